//! The form of an entry in the list of peers.

use super::compile::Objects;

/// One peer, before it is built.
pub(super) struct Definition {
    pub name: &'static str,
    pub source: Source,
    pub recipe: Recipe,
    /// In one line, for the report.
    pub configuration: &'static str,
    pub environment: &'static [(&'static str, &'static str)],
    /// What its configuration turns out to be when it runs, from the probe program's output.
    pub observed: fn(&str) -> Option<String>,
    pub proof: Option<Proof>,
    /// It takes part only when it is asked for.
    pub on_request: bool,
}

/// Where a peer comes from.
pub(super) enum Source {
    /// Nothing to preload.
    Glibc,
    /// This repository's own library.
    Dam,
    /// A package of crates.io that `bench/peers/Cargo.toml` names, and the folder of the sources in it.
    Crate { package: &'static str, folder: &'static str, version: Version },
    /// A Debian package and the library's file in it. `*` in the package's name stands for
    /// digits, the highest wins; in the file's, for anything.
    Debian { package: &'static str, file: &'static str },
}

/// How the version of the allocator in a crate is found out.
pub(super) enum Version {
    /// It is the crate's.
    OfCrate,
    /// It stands behind the `+` of the crate's version, up to a `-`.
    BehindPlus,
    /// A macro of a header: 20302 for 2.3.2.
    Header { file: &'static str, name: &'static str },
    /// The sources have none: the crate is named.
    Snapshot,
}

/// How the library is made from the source.
#[derive(Debug)]
pub(super) enum Recipe {
    /// It is there already.
    Ready,
    Objects(Objects),
    CMake {
        options: &'static [&'static str],
        target: &'static str,
        product: &'static str,
    },
    /// `configure` is in another folder of the crate than the sources.
    Configure {
        script: &'static str,
        options: &'static [&'static str],
        target: &'static str,
        product: &'static str,
    },
}

/// A misuse (of `bench/peers/misuse.c`) that this configuration is documented to notice.
pub(super) struct Proof {
    pub misuse: &'static str,
    /// Makes it say what it found.
    pub environment: &'static [(&'static str, &'static str)],
    /// The peer that must not notice it, or else the misuse proves nothing.
    pub unnoticed_by: Option<&'static str>,
}

pub(super) fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}
