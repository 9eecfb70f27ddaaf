//! A program or library of a report, and what its places are called.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use addr2line::{Loader, demangle_auto};

use super::debug::{self, Facts};
use super::report::printable;

/// One that was looked for, or what can be said instead.
pub struct Module {
    path: PathBuf,
    /// What reads its debug information.
    loader: Option<Loader>,
    /// Why not all is known.
    lack: String,
}

impl Module {
    /// Looks for a module and its debug information.
    pub fn open(path: &Path, folders: &[PathBuf]) -> Self {
        match Self::load(path, folders) {
            Ok(loader) => Self {
                path: path.into(),
                loader: Some(loader),
                lack: "it has no line for this place".into(),
            },
            Err(lack) => Self { path: path.into(), loader: None, lack },
        }
    }

    fn load(path: &Path, folders: &[PathBuf]) -> Result<Loader, String> {
        let name = path.as_os_str().as_bytes();
        if name.starts_with(b"[") {
            return Err("it is the kernel's own, and no file".into());
        }
        if name.ends_with(b" (deleted)") {
            return Err("its file was deleted or replaced while the process ran".into());
        }
        let facts = Facts::of(path)?;
        let Some((file, common)) = facts.debug_files(path, folders) else {
            return Err(match facts.build_id.as_str() {
                "" => "it has no debug information (build it with -g)".into(),
                id => format!(
                    "it is stripped, and no debug information is here for its build id {id}"
                ),
            });
        };
        Loader::new_with_sup(&file, common).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// The functions at an offset, the innermost first, as lines; else why they are not known.
    pub fn tell(&self, offset: u64) -> Vec<String> {
        let lines = self.loader.as_ref().map(|loader| frames(loader, offset)).unwrap_or_default();
        if !lines.is_empty() {
            return lines;
        }
        let lack = printable(&self.lack);
        vec![match debug::symbol(&self.path, offset) {
            Some(symbol) => {
                let name = demangle_auto(symbol.name.into(), None);
                format!("{} + {}, line not known: {lack}", printable(&name), symbol.beyond)
            }
            None => format!("not known: {lack}"),
        }]
    }
}

fn frames(loader: &Loader, offset: u64) -> Vec<String> {
    let mut found = Vec::new();
    let Ok(mut frames) = loader.find_frames(offset) else { return found };
    while let Ok(Some(frame)) = frames.next() {
        let name = frame
            .function
            .as_ref()
            .and_then(|function| Some(function.demangle().ok()?.into_owned()));
        let symbol = || Some(demangle_auto(loader.find_symbol(offset)?.into(), None).into_owned());
        // A line without a function is that of a table of lines alone; the table of symbols knows the function.
        let name = name.or_else(|| if found.is_empty() { symbol() } else { None });
        let place = frame.location.map(|location| {
            let file = location.file.unwrap_or("?");
            location.line.map_or_else(|| file.to_string(), |line| format!("{file}:{line}"))
        });
        if name.is_none() && place.is_none() {
            continue;
        }
        let name = printable(&name.unwrap_or_else(|| "?".into()));
        found.push(format!("{name} at {}", printable(&place.unwrap_or_else(|| "?".into()))));
    }
    // All but the last are inlined into the one that follows.
    let inlined = found.len().saturating_sub(1);
    found[..inlined].iter_mut().for_each(|line| line.push_str(", inlined into"));
    found
}
