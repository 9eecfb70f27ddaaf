//! Finds what a peer is made from, and its version: the sources in crates, which cargo fetches
//! (it builds none of them), and the files in Debian's packages, unpacked and not installed.

use super::Place;
use super::definition::{Definition, Source, Version};
use super::tools;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a library is built from, or the library itself.
pub(super) struct Found {
    pub version: String,
    /// The folder of the sources, or the finished library; nothing for glibc.
    pub path: Option<PathBuf>,
    /// The root of the crate that the sources are in.
    pub package: PathBuf,
}

pub(super) struct Sources<'a> {
    place: &'a Place,
    /// Version and root folder of each crate, once cargo has been asked.
    crates: OnceCell<HashMap<String, (String, PathBuf)>>,
}

impl<'a> Sources<'a> {
    pub fn new(place: &'a Place) -> Sources<'a> {
        Sources { place, crates: OnceCell::new() }
    }

    pub fn find(&self, definition: &Definition) -> Result<Found> {
        match &definition.source {
            Source::Glibc => {
                let version = tools::output(Command::new("getconf").arg("GNU_LIBC_VERSION"))?;
                let version = version.trim_start_matches("glibc ").to_string();
                Ok(Found { version, path: None, package: PathBuf::new() })
            }
            Source::Dam => self.dam(self.place.replaces(definition)),
            Source::Crate { package, folder, version } => {
                let (of_crate, package_root) = self.package(package)?;
                let sources = package_root.join(folder);
                let version = version_of(version, package, of_crate, &sources)?;
                Ok(Found { version, path: Some(sources), package: package_root.clone() })
            }
            Source::Debian { package, file } => self.debian(definition.name, package, file),
        }
    }

    fn dam(&self, other: Option<&Path>) -> Result<Found> {
        let library = self.place.root.join("dist/libdam.so");
        let library = other.map_or(library, Path::to_path_buf);
        if !library.is_file() {
            bail!("dist/libdam.so is missing: run \"make build\" first");
        }
        let manifest = std::fs::read_to_string(self.place.root.join("Cargo.toml"))?;
        let number = manifest.lines().find_map(|line| line.strip_prefix("version = \""));
        let number = number.context("no version in Cargo.toml")?.trim_end_matches('"');
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.place.root).args([
            "describe",
            "--always",
            "--dirty",
            "--exclude=*",
        ]);
        // An unpacked archive has no commits.
        let version =
            tools::output(&mut git).map_or(number.into(), |commit| format!("{number} ({commit})"));
        Ok(Found { version, path: Some(library), package: PathBuf::new() })
    }

    fn package(&self, name: &str) -> Result<&(String, PathBuf)> {
        if self.crates.get().is_none() {
            let crates = self.fetch()?;
            self.crates.get_or_init(|| crates);
        }
        self.crates
            .get()
            .and_then(|crates| crates.get(name))
            .with_context(|| format!("cargo has no crate {name}"))
    }

    fn fetch(&self) -> Result<HashMap<String, (String, PathBuf)>> {
        let cargo = std::env::var("CARGO").unwrap_or("cargo".into());
        let command = |name: &str| {
            let mut command = Command::new(&cargo);
            command
                .args([name, "--locked", "--manifest-path"])
                .arg(self.place.manifest.join("Cargo.toml"));
            command
        };
        tools::output(&mut command("fetch"))?;
        let metadata =
            tools::output(command("metadata").args(["--format-version", "1", "--offline"]))?;
        let metadata: Value = serde_json::from_str(&metadata)?;
        let mut crates = HashMap::new();
        for package in metadata["packages"].as_array().into_iter().flatten() {
            let text = |key: &str| package[key].as_str().unwrap_or_default().to_string();
            let folder = PathBuf::from(text("manifest_path")).parent().map(Path::to_path_buf);
            crates.insert(text("name"), (text("version"), folder.unwrap_or_default()));
        }
        Ok(crates)
    }

    /// Downloads and unpacks a Debian package beside the libraries, unless that version is there.
    fn debian(&self, peer: &str, package: &str, file: &str) -> Result<Found> {
        let log = self.place.log(peer);
        let package = &self.newest(package, &log)?;
        let version = candidate(package)?;
        let folder = self
            .place
            .out
            .join("debian")
            .join(format!("{package}_{}", version.replace(':', "%3a")));
        let unpacked = folder.join("unpacked");
        if find(&unpacked, file).is_none() {
            std::fs::create_dir_all(&folder)?;
            tools::logged(
                tools::nice("apt-get").args(["-qq", "download", package]).current_dir(&folder),
                &log,
            )
            .with_context(|| format!("cannot download {package}"))?;
            let archive =
                find(&folder, "*.deb").with_context(|| format!("no archive of {package}"))?;
            tools::logged(tools::nice("dpkg").arg("-x").arg(archive).arg(&unpacked), &log)?;
        }
        let library =
            find(&unpacked, file).with_context(|| format!("{package} {version} has no {file}"))?;
        // Without the epoch.
        let version = version.split_once(':').map_or(version.as_str(), |parts| parts.1).to_string();
        Ok(Found { version, path: Some(library), package: folder })
    }

    /// The package with the highest number where `pattern` has a `*`.
    fn newest(&self, pattern: &str, log: &Path) -> Result<String> {
        let Some((before, after)) = pattern.split_once('*') else {
            if candidate(pattern).is_err() {
                tools::update_lists(log)?;
            }
            return Ok(pattern.into());
        };
        let search = || {
            let names = tools::output(Command::new("apt-cache").args(["pkgnames", before]))
                .unwrap_or_default();
            let number =
                |name: &str| name.strip_prefix(before)?.strip_suffix(after)?.parse::<u32>().ok();
            names.lines().filter_map(number).max()
        };
        let highest = match search() {
            None => {
                tools::update_lists(log)?;
                search()
            }
            found => found,
        };
        let highest = highest.with_context(|| format!("Debian has no package {pattern}"))?;
        Ok(format!("{before}{highest}{after}"))
    }
}

/// The version that `apt-get download` would fetch.
fn candidate(package: &str) -> Result<String> {
    let policy =
        tools::output(Command::new("apt-cache").env("LC_ALL", "C").args(["policy", package]))?;
    let version = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate: "));
    let version = version.filter(|version| *version != "(none)");
    version.map(str::to_string).with_context(|| format!("Debian has no package {package}"))
}

/// The first file below `folder` whose path fits `pattern`, where each `*` is one name or a part of it.
fn find(folder: &Path, pattern: &str) -> Option<PathBuf> {
    let (first, rest) =
        pattern.split_once('/').map_or((pattern, None), |(first, rest)| (first, Some(rest)));
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    entries.sort();
    entries
        .iter()
        .filter(|entry| fits(&entry.file_name().unwrap_or_default().to_string_lossy(), first))
        .find_map(|entry| match rest {
            Some(rest) => find(entry, rest),
            None => Some(entry.clone()),
        })
}

fn fits(name: &str, pattern: &str) -> bool {
    match pattern.split_once('*') {
        None => name == pattern,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

fn version_of(version: &Version, package: &str, of_crate: &str, sources: &Path) -> Result<String> {
    match version {
        Version::OfCrate => Ok(of_crate.into()),
        Version::Snapshot => Ok(format!("snapshot in {package} {of_crate}")),
        Version::BehindPlus => {
            let upstream = of_crate.split_once('+').map(|parts| parts.1);
            let upstream =
                upstream.with_context(|| format!("{of_crate} does not name the peer's version"))?;
            Ok(upstream.split_once('-').map_or(upstream, |parts| parts.0).into())
        }
        Version::Header { file, name } => {
            let header = std::fs::read_to_string(sources.join(file))
                .with_context(|| format!("no {file}"))?;
            let define = format!("#define {name}");
            let value = header
                .lines()
                .find_map(|line| line.strip_prefix(&define)?.split_whitespace().next());
            let value: u32 = value.with_context(|| format!("no {name} in {file}"))?.parse()?;
            Ok(format!("{}.{}.{}", value / 10000, value / 100 % 100, value % 100))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_a_part_of_a_name() {
        assert!(fits("llvm-22", "llvm-*") && fits("x.deb", "*.deb") && fits("any", "*"));
        assert!(!fits("llvm", "llvm-*") && !fits("aa", "aa*a"));
    }

    #[test]
    fn versions_are_the_authors() {
        let of = |version: Version, of_crate: &str| {
            version_of(&version, "c", of_crate, Path::new("/none"))
        };
        assert_eq!(of(Version::OfCrate, "0.7.6").unwrap(), "0.7.6");
        assert_eq!(of(Version::BehindPlus, "0.7.1+5.3.1-0-g81").unwrap(), "5.3.1");
        assert_eq!(of(Version::Snapshot, "0.1").unwrap(), "snapshot in c 0.1");
        assert!(of(Version::BehindPlus, "0.7.1").is_err());
        assert!(of(Version::Header { file: "f.h", name: "V" }, "1").is_err());
    }
}
