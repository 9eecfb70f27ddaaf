//! The allocators that DAM is compared with: each built from its newest published sources, as its
//! authors configure it for speed and, where there is one, in its hardened configuration, as a
//! library for `LD_PRELOAD` in `target/bench/peers`.
//!
//! [`list`] and `recipes` say what each is, [`sources`] finds what it is made from, [`build`] makes it, and
//! [`check`] refuses it when it does not take over the heap or when its checks are not on.

mod build;
mod check;
mod compile;
mod definition;
mod list;
mod recipes;
mod sources;
mod tools;

use crate::bars::DAM;
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use definition::Definition;
use sources::Sources;
use std::path::{Path, PathBuf};

/// One allocator of the comparison, ready to run or absent.
#[derive(Clone, Debug)]
pub struct Peer {
    /// Short, unique, and the stem of the library's file: `mimalloc3-secure`.
    pub name: String,
    /// The version as its authors, or else its packagers, count it.
    pub version: String,
    /// How it was built or where it comes from, in one line.
    pub configuration: String,
    /// What to preload. `None`: nothing, which is glibc's malloc.
    pub library: Option<PathBuf>,
    /// Why it cannot take part, in one line.
    pub absent: Option<String>,
    /// Variables that belong to this configuration and are set for each program it runs under.
    pub environment: Vec<(String, String)>,
}

/// The names of all peers, in the order of the tables.
pub fn names() -> Vec<&'static str> {
    list::PEERS.iter().map(|peer| peer.name).collect()
}

/// Builds and checks the peers in `wanted` (if it is empty, all that need no request), in the order of the tables.
/// What is there in the right version and configuration is not built again. A peer that
/// cannot be built, or fails its check, is in the answer as absent. `root`: of the repository; `dam`: another
/// library in the place of dist/libdam.so.
pub fn prepare(root: &Path, wanted: &[&str], dam: Option<&Path>) -> Result<Vec<Peer>> {
    if let Some(unknown) = wanted.iter().find(|name| !names().contains(name)) {
        bail!("no peer is called {unknown}; there are {}", names().join(", "));
    }
    let place = Place::new(root, dam)?;
    let sources = Sources::new(&place);
    let checks = check::Checks::new(&place)?;
    let chosen: Vec<&Definition> = list::PEERS
        .iter()
        .filter(|peer| match wanted {
            [] => !peer.on_request,
            _ => wanted.contains(&peer.name),
        })
        .collect();
    let mut progress = Progress::new(chosen.len());
    let mut peers = Vec::new();
    for definition in &chosen {
        progress.step(&format!("peer {}", definition.name));
        let mut peer = prepare_one(&place, &sources, definition);
        if peer.absent.is_none() {
            peer.absent = checks.accept(definition, &mut peer).err().as_ref().map(one_line);
        }
        peers.push(peer);
    }
    // Once all are built: a hardened peer is compared with its plain one.
    for (definition, peer) in chosen.iter().zip(&mut peers) {
        if peer.absent.is_none() {
            peer.absent = checks.prove(definition, peer).err().as_ref().map(one_line);
        }
        let reason =
            peer.absent.as_ref().map_or(String::new(), |reason| format!("absent: {reason}; "));
        let Peer { name, version, configuration, .. } = peer;
        progress.say(&format!("peer {name}: {reason}{version}, {configuration}"));
    }
    Ok(peers)
}

/// The peer that another build of DAM is.
pub const BESIDE: &str = "dam-beside";

/// Another build of DAM, to be compared with the one among `peers`. It is not checked: it may lack what that has.
pub fn beside(peers: &[Peer], library: &Path) -> Result<Peer> {
    let dam = peers.iter().find(|peer| peer.name == DAM).context("DAM is not among the peers")?;
    let library = library.canonicalize().with_context(|| format!("no {}", library.display()))?;
    let configuration = library.display().to_string();
    Ok(Peer { name: BESIDE.into(), configuration, library: Some(library), ..dam.clone() })
}

fn prepare_one(place: &Place, sources: &Sources, definition: &Definition) -> Peer {
    let mut peer = Peer {
        name: definition.name.into(),
        version: "unknown".into(),
        configuration: definition.configuration.into(),
        library: None,
        absent: None,
        environment: definition::owned(definition.environment),
    };
    if let Some(library) = place.replaces(definition) {
        peer.configuration = format!("{}, {}", peer.configuration, library.display());
    }
    let made = sources.find(definition).and_then(|source| {
        peer.version = source.version.clone();
        build::library(place, definition, &source)
    });
    match made {
        Ok(library) => peer.library = library,
        Err(error) => peer.absent = Some(one_line(&error)),
    }
    peer
}

fn one_line(error: &anyhow::Error) -> String {
    format!("{error:#}").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The folders of the repository that building peers has to do with.
struct Place {
    root: PathBuf,
    /// `bench/peers`: the manifest that names the sources, and the check programs.
    manifest: PathBuf,
    /// `target/bench/peers`: the libraries, their logs and whatever it takes to make them.
    out: PathBuf,
    /// What is measured as DAM instead of dist/libdam.so.
    dam: Option<PathBuf>,
}

impl Place {
    fn new(root: &Path, dam: Option<&Path>) -> Result<Place> {
        if let Some(missing) = dam.filter(|library| !library.is_file()) {
            bail!("no library {}", missing.display());
        }
        let root = root.canonicalize().with_context(|| format!("no folder {}", root.display()))?;
        let place = Place {
            manifest: root.join("bench/peers"),
            out: root.join("target/bench/peers"),
            dam: dam.map(Path::to_path_buf),
            root,
        };
        std::fs::create_dir_all(place.out.join("build"))?;
        Ok(place)
    }

    /// The library that takes a peer's place.
    fn replaces(&self, definition: &Definition) -> Option<&Path> {
        self.dam.as_deref().filter(|_| matches!(definition.source, definition::Source::Dam))
    }

    fn library(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.so"))
    }

    fn log(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.log"))
    }
}
