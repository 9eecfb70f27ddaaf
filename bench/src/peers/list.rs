//! The peers: what each is made from, in which configuration, and what proves that it is in it.

use super::definition::{Definition, Recipe, Source};
use super::recipes::*;

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
    profile("dam-fast", "as dam, with profile=fast", &[("DAM_OPTIONS", "profile=fast")]),
    proven(
        profile(
            "dam-hardened",
            "as dam, with profile=hardened, which aborts on a violation",
            &[("DAM_OPTIONS", "profile=hardened")],
        ),
        "reuse",
        Some("jemalloc"),
    ),
    peer("glibc", Source::Glibc, Recipe::Ready, "the system's, nothing preloaded"),
    mimalloc(
        "mimalloc3",
        "c_src/mimalloc3",
        MIMALLOC,
        "libmimalloc.so",
        "its CMake's release build, GCC",
    ),
    mimalloc(
        "mimalloc2",
        "c_src/mimalloc",
        MIMALLOC,
        "libmimalloc.so",
        "its CMake's release build, GCC",
    ),
    snmalloc(
        "snmalloc",
        "snmallocshim",
        "libsnmallocshim.so",
        "its CMake's snmallocshim, release, GCC",
    ),
    JEMALLOC,
    tcmalloc("tcmalloc", None, "8 KiB pages, -O3, GCC, glibc's own rseq off"),
    tcmalloc(
        "tcmalloc-thp",
        Some(("patches/tcmalloc/madv_hugepage.patch", "tcmalloc")),
        "as tcmalloc, with its crate's patch that asks the system for huge pages (MADV_HUGEPAGE)",
    ),
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
            "c_src/mimalloc3",
            MIMALLOC_SECURE,
            "libmimalloc-secure.so",
            "as mimalloc3, with MI_SECURE=ON (level 4)",
        ),
        "double-free",
        Some("mimalloc3"),
    ),
    proven(
        mimalloc(
            "mimalloc2-secure",
            "c_src/mimalloc",
            MIMALLOC_SECURE,
            "libmimalloc-secure.so",
            "as mimalloc2, with MI_SECURE=ON (level 4)",
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
            "its config-light, GCC with LTO, -march=native and hardening flags (the crate carries no Makefile)",
        ),
        "overflow",
        Some("jemalloc"),
    ),
    proven(
        hardened_malloc(
            "hardened-default",
            "config-default.conf",
            "its config-default, GCC with LTO, -march=native and hardening flags (the crate carries no Makefile)",
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
