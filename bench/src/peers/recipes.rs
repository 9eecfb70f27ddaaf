//! How each peer is made: the flags are those of the peer's own build files, which the crates that
//! carry its sources mostly leave out. The compiler is GCC for all: built by clang 14, mimalloc, snmalloc
//! and rpmalloc take the same time to within 3 %.

use super::compile::{Files, Objects};
use super::definition::{Definition, Proof, Recipe, Source, Version};

pub(super) const fn peer(
    name: &'static str,
    source: Source,
    recipe: Recipe,
    configuration: &'static str,
) -> Definition {
    Definition {
        name,
        source,
        recipe,
        configuration,
        environment: &[],
        observed: |_| None,
        proof: None,
        on_request: false,
    }
}

/// Another profile of DAM.
pub(super) const fn profile(
    name: &'static str,
    configuration: &'static str,
    environment: &'static [(&'static str, &'static str)],
) -> Definition {
    let mut peer = with(peer(name, Source::Dam, Recipe::Ready, configuration), environment);
    peer.on_request = true;
    peer
}

pub(super) const fn proven(
    mut peer: Definition,
    misuse: &'static str,
    unnoticed_by: Option<&'static str>,
) -> Definition {
    // Only mimalloc needs telling: it reports a double free, ignores it and goes on.
    let environment = &[("MIMALLOC_SHOW_ERRORS", "1")];
    peer.proof = Some(Proof { misuse, environment, unnoticed_by });
    peer
}

pub(super) const fn with(
    mut peer: Definition,
    environment: &'static [(&'static str, &'static str)],
) -> Definition {
    peer.environment = environment;
    peer
}

pub(super) const MIMALLOC: &[&str] = &[
    "-DCMAKE_BUILD_TYPE=Release",
    "-DMI_BUILD_STATIC=OFF",
    "-DMI_BUILD_OBJECT=OFF",
    "-DMI_BUILD_TESTS=OFF",
];

pub(super) const MIMALLOC_SECURE: &[&str] = &[
    "-DMI_SECURE=ON",
    "-DCMAKE_BUILD_TYPE=Release",
    "-DMI_BUILD_STATIC=OFF",
    "-DMI_BUILD_OBJECT=OFF",
    "-DMI_BUILD_TESTS=OFF",
];

/// Google's tcmalloc falls back to caches per thread without a word.
fn caches(probe: &str) -> Option<String> {
    let active = probe.lines().find_map(|line| line.strip_prefix("per_cpu_caches "))?;
    let mode =
        if active == "1" { "caches per CPU (rseq)" } else { "caches per thread: no rseq here" };
    Some(mode.into())
}

/// hardened_malloc's guard pages take two mappings for each slab; its authors ask for 1048576.
fn mappings(_probe: &str) -> Option<String> {
    let allowed = std::fs::read_to_string("/proc/sys/vm/max_map_count").ok()?;
    Some(format!("vm.max_map_count is {} (it asks for 1048576)", allowed.trim()))
}

pub(super) const fn mimalloc(
    name: &'static str,
    folder: &'static str,
    options: &'static [&'static str],
    product: &'static str,
    configuration: &'static str,
) -> Definition {
    // The crate libmimalloc-sys carries sources, too, but older ones and without all of their CMake files.
    let version = Version::Header { file: "include/mimalloc.h", name: "MI_MALLOC_VERSION" };
    let source = Source::Crate { package: "libmimalloc-sys2", folder, version };
    peer(name, source, Recipe::CMake { options, target: "mimalloc", product }, configuration)
}

pub(super) const fn snmalloc(
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

pub(super) const fn hardened_malloc(
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
        // The crate carries no Makefile. CONFIG_NATIVE is on in both of its configurations, hence -march=native.
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
    let mut peer = peer(name, source, Recipe::Objects(objects), configuration);
    peer.observed = mappings;
    peer
}

pub(super) const JEMALLOC: Definition = peer(
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

pub(super) const fn tcmalloc(
    name: &'static str,
    patch: Option<(&'static str, &'static str)>,
    configuration: &'static str,
) -> Definition {
    let mut tcmalloc = peer(
        name,
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
            patch,
            includes: &["abseil-cpp", "tcmalloc"],
            flags: &["-O3", "-DNDEBUG", "-fPIC", "-w"],
            cxx_flags: &["-std=c++17"],
            link: &["-pthread"],
            ..Objects::NONE
        }),
        configuration,
    );
    tcmalloc.observed = caches;
    // Its caches per CPU need the kernel's rseq for themselves, which glibc would take first.
    with(tcmalloc, &[("GLIBC_TUNABLES", "glibc.pthread.rseq=0")])
}

pub(super) const RPMALLOC: Definition = peer(
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
    "its rpmallocwrap library (-O3 -funroll-loops), GCC; a commit after 1.4.3, 1.4.5 and 2.x are in no package",
);

pub(super) const SCUDO: Source = Source::Debian {
    package: "libclang-rt-*-dev",
    file: "usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.scudo_standalone-x86_64.so",
};

pub(super) const fn debian(
    name: &'static str,
    package: &'static str,
    file: &'static str,
    configuration: &'static str,
) -> Definition {
    peer(name, Source::Debian { package, file }, Recipe::Ready, configuration)
}
