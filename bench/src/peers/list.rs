//! What each peer is made from and how: the flags are those of the peer's own build files, which
//! the crates that carry its sources mostly leave out.

use super::compile::{Files, Objects};
use super::definition::{Definition, Proof, Recipe, Source, Version};

const fn peer(
    name: &'static str,
    source: Source,
    recipe: Recipe,
    configuration: &'static str,
) -> Definition {
    Definition { name, source, recipe, configuration, environment: &[], proof: None }
}

const fn proven(
    mut peer: Definition,
    misuse: &'static str,
    unnoticed_by: Option<&'static str>,
) -> Definition {
    // Only mimalloc needs telling: it reports a double free, ignores it and goes on.
    let environment = &[("MIMALLOC_SHOW_ERRORS", "1")];
    peer.proof = Some(Proof { misuse, environment, unnoticed_by });
    peer
}

const fn with(
    mut peer: Definition,
    environment: &'static [(&'static str, &'static str)],
) -> Definition {
    peer.environment = environment;
    peer
}

const fn mimalloc(
    name: &'static str,
    folder: &'static str,
    defines: &'static [&'static str],
    configuration: &'static str,
) -> Definition {
    let version = Version::Header { file: "include/mimalloc.h", name: "MI_MALLOC_VERSION" };
    let objects = Objects {
        // The whole allocator as one unit, as in its object library.
        files: Files::These(&["src/static.c"]),
        includes: &["include"],
        flags: &[
            "-O3",
            "-DNDEBUG",
            "-DMI_BUILD_RELEASE",
            "-DMI_MALLOC_OVERRIDE",
            "-DMI_SHARED_LIB",
            "-DMI_SHARED_LIB_EXPORT",
            "-fPIC",
            "-fvisibility=hidden",
            "-ftls-model=initial-exec",
            "-fno-builtin-malloc",
            "-Wno-unknown-pragmas",
        ],
        defines,
        c_flags: &["-std=gnu11"],
        link: &["-lpthread"],
        ..Objects::NONE
    };
    let source = Source::Crate { package: "libmimalloc-sys", folder, version };
    peer(name, source, Recipe::Objects(objects), configuration)
}

const fn snmalloc(
    name: &'static str,
    target: &'static str,
    product: &'static str,
    configuration: &'static str,
) -> Definition {
    let recipe = Recipe::CMake {
        options: &[
            "-DCMAKE_BUILD_TYPE=Release",
            "-DSNMALLOC_BUILD_TESTING=OFF",
            "-DSNMALLOC_STATIC_LIBRARY=OFF",
            // Where LLD is missing, its script also fails to find out that the compiler knows -mprfchw.
            "-DSNMALLOC_LINKER_FLAVOUR=bfd",
        ],
        target,
        product,
    };
    let source =
        Source::Crate { package: "snmalloc-sys", folder: "upstream", version: Version::OfCrate };
    peer(name, source, recipe, configuration)
}

const fn hardened_malloc(
    name: &'static str,
    defines_from: &'static str,
    configuration: &'static str,
) -> Definition {
    let objects = Objects {
        files: Files::These(&[
            "chacha.c",
            "h_malloc.c",
            "memory.c",
            "pages.c",
            "random.c",
            "util.c",
            "new.cc",
        ]),
        includes: &[".", "include", "third_party"],
        // Its Makefile's, LTO and -march=native (CONFIG_NATIVE is on in both variants) included.
        flags: &[
            "-pipe",
            "-O3",
            "-flto",
            "-fPIC",
            "-fvisibility=hidden",
            "-fno-plt",
            "-fstack-clash-protection",
            "-fcf-protection",
            "-fstack-protector-strong",
            "-march=native",
            "-D_GNU_SOURCE",
        ],
        defines_from: Some(defines_from),
        // The header: GCC 12 knows C23's alignas only by it.
        c_flags: &["-std=c2x", "-include", "stdalign.h"],
        cxx_flags: &["-std=c++17", "-fsized-deallocation"],
        link: &[
            "-O3",
            "-flto",
            "-march=native",
            "-Wl,-O1,--as-needed,-z,defs,-z,relro,-z,now,-z,nodlopen,-z,text",
        ],
        ..Objects::NONE
    };
    let folder = "vendor/hardened-malloc";
    let source =
        Source::Crate { package: "hardened-malloc-sys", folder, version: Version::OfCrate };
    peer(name, source, Recipe::Objects(objects), configuration)
}

const JEMALLOC: Definition = peer(
    "jemalloc",
    Source::Crate {
        package: "tikv-jemalloc-sys",
        folder: "jemalloc",
        version: Version::BehindPlus,
    },
    Recipe::Configure {
        script: "configure/configure",
        options: &["--enable-doc=no", "--disable-static"],
        target: "build_lib_shared",
        product: "lib/libjemalloc.so.2",
    },
    "configure's defaults (-O3 -funroll-loops, no prefix, operators new and delete), GCC",
);

const TCMALLOC: Definition = peer(
    "tcmalloc",
    Source::Crate { package: "libtcmalloc-sys", folder: "c_src", version: Version::Snapshot },
    Recipe::Objects(Objects {
        files: Files::Tree {
            folders: &["tcmalloc/tcmalloc", "abseil-cpp/absl"],
            // Tests, what only tests need, options to link in, and parts of Abseil that are not used.
            without: &[
                "test",
                "mock_",
                "benchmark",
                "/want_",
                "/flags/",
                "/log/",
                "/random/",
                "profile_marshaler",
                "profile_builder",
                "proc_maps",
                "affinity.cc",
                "scoped_set_env",
                "leak_check",
                "failure_signal",
                "examine_stack",
                "stack_consumption",
                "pow10_helper",
                "print_hash_of",
                "cordz_sample",
                "status_matchers",
                "periodic_sampler",
                "rseq_aarch64.S",
                "rseq_x86_64.S",
            ],
        },
        includes: &["abseil-cpp", "tcmalloc"],
        flags: &["-O3", "-DNDEBUG", "-fPIC", "-w"],
        cxx_flags: &["-std=c++17"],
        link: &["-pthread"],
        ..Objects::NONE
    }),
    "8 KiB pages, -O3, GCC, glibc's own rseq off as its caches per CPU need it",
);

const RPMALLOC: Definition = peer(
    "rpmalloc",
    Source::Crate {
        package: "rpmalloc-sys",
        folder: "rpmalloc/rpmalloc",
        version: Version::Snapshot,
    },
    Recipe::Objects(Objects {
        files: Files::These(&["rpmalloc.c"]),
        flags: &[
            "-O3",
            "-funroll-loops",
            "-fomit-frame-pointer",
            "-fvisibility=hidden",
            "-fno-stack-protector",
            "-funit-at-a-time",
            "-fstrict-aliasing",
            "-ffast-math",
            "-fPIC",
            "-D_GNU_SOURCE=1",
            "-DRPMALLOC_COMPILE=1",
            "-DBUILD_DYNAMIC_LINK=1",
            "-DBUILD_RELEASE=1",
            "-DENABLE_PRELOAD=1",
            "-DENABLE_OVERRIDE=1",
            "-w",
        ],
        c_flags: &["-std=c11"],
        link: &["-pthread", "-ldl"],
        ..Objects::NONE
    }),
    "its rpmallocwrap library (-O3 -funroll-loops), GCC; a commit between 1.4.3 and 1.4.5, newer ones are in no package",
);

const SCUDO: Source = Source::Debian {
    package: "libclang-rt-*-dev",
    file: "usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-x86_64.so",
};

const fn debian(
    name: &'static str,
    package: &'static str,
    file: &'static str,
    configuration: &'static str,
) -> Definition {
    peer(name, Source::Debian { package, file }, Recipe::Ready, configuration)
}

/// All peers, in the order of the tables.
pub(super) static PEERS: &[Definition] = &[
    proven(
        peer(
            "dam",
            Source::Dam,
            Recipe::Ready,
            "the default: all checks on, on_violation=continue",
        ),
        "overflow",
        Some("jemalloc"),
    ),
    peer("glibc", Source::Glibc, Recipe::Ready, "the system's, nothing preloaded"),
    mimalloc("mimalloc3", "c_src/mimalloc/v3", &[], "release build of its CMake, -O3, GCC"),
    mimalloc("mimalloc2", "c_src/mimalloc/v2", &[], "release build of its CMake, -O3, GCC"),
    snmalloc(
        "snmalloc",
        "snmallocshim",
        "libsnmallocshim.so",
        "its CMake's snmallocshim, release, GCC",
    ),
    JEMALLOC,
    with(TCMALLOC, &[("GLIBC_TUNABLES", "glibc.pthread.rseq=0")]),
    debian(
        "gperftools",
        "libtcmalloc-minimal4",
        "usr/lib/*/libtcmalloc_minimal.so.4",
        "tcmalloc_minimal of Debian's package",
    ),
    RPMALLOC,
    proven(
        mimalloc(
            "mimalloc3-secure",
            "c_src/mimalloc/v3",
            &["-DMI_SECURE=4"],
            "as mimalloc3 with its CMake's MI_SECURE=ON (level 4)",
        ),
        "double-free",
        Some("mimalloc3"),
    ),
    proven(
        mimalloc(
            "mimalloc2-secure",
            "c_src/mimalloc/v2",
            &["-DMI_SECURE=4"],
            "as mimalloc2 with its CMake's MI_SECURE=ON (level 4)",
        ),
        "double-free",
        Some("mimalloc2"),
    ),
    proven(
        snmalloc(
            "snmalloc-checks",
            "snmallocshim-checks",
            "libsnmallocshim-checks.so",
            "its CMake's snmallocshim-checks (SNMALLOC_CHECK_CLIENT, checked memcpy), release, GCC",
        ),
        "write-after-free",
        Some("snmalloc"),
    ),
    proven(
        peer(
            "scudo",
            SCUDO,
            Recipe::Ready,
            "Scudo standalone of Debian's newest clang, default options",
        ),
        "double-free",
        Some("jemalloc"),
    ),
    proven(
        with(
            peer(
                "scudo-quarantine",
                SCUDO,
                Recipe::Ready,
                "as scudo with its quarantine: 256 KiB, 64 KiB a thread",
            ),
            &[(
                "SCUDO_OPTIONS",
                "quarantine_size_kb=256:thread_local_quarantine_size_kb=64:quarantine_max_chunk_size=2048",
            )],
        ),
        "reuse",
        Some("scudo"),
    ),
    proven(
        hardened_malloc(
            "hardened-light",
            "config-light.conf",
            "its Makefile's VARIANT=light, -march=native, LTO, GCC",
        ),
        "overflow",
        Some("jemalloc"),
    ),
    proven(
        hardened_malloc(
            "hardened-default",
            "config-default.conf",
            "its Makefile's default, -march=native, LTO, GCC",
        ),
        "write-after-free",
        Some("hardened-light"),
    ),
    debian(
        "jemalloc-debian",
        "libjemalloc2",
        "usr/lib/*/libjemalloc.so.2",
        "Debian's package, for information",
    ),
    debian(
        "mimalloc-debian",
        "libmimalloc2.0",
        "usr/lib/*/libmimalloc.so.2.0",
        "Debian's package, for information",
    ),
];
