//! Compiles a peer's sources one by one, on as many cores as there are, and links them.

use super::tools;
use crate::progress::Progress;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A library that the peer's own build would make from these files with these flags.
#[derive(Debug)]
pub(super) struct Objects {
    pub files: Files,
    /// A patch in the crate, for a copy of the sources, and the folder in them that it is for.
    pub patch: Option<(&'static str, &'static str)>,
    pub includes: &'static [&'static str],
    /// For every file. LTO and machine flags are for the linker, too: see `link`.
    pub flags: &'static [&'static str],
    /// A file of the crate with a macro and its value, "A=1", on each line.
    pub defines_from: Option<&'static str>,
    pub c_flags: &'static [&'static str],
    pub cxx_flags: &'static [&'static str],
    pub link: &'static [&'static str],
}

impl Objects {
    /// For the fields a peer does not need.
    pub const NONE: Objects = Objects {
        files: Files::These(&[]),
        patch: None,
        includes: &[],
        flags: &[],
        defines_from: None,
        c_flags: &[],
        cxx_flags: &[],
        link: &[],
    };
}

#[derive(Debug)]
pub(super) enum Files {
    These(&'static [&'static str]),
    /// Every C++ and assembler file of the folders whose path contains none of `without`.
    Tree {
        folders: &'static [&'static str],
        without: &'static [&'static str],
    },
}

/// One peer's sources and where what is made of them goes.
pub(super) struct Job<'a> {
    pub objects: &'a Objects,
    pub sources: PathBuf,
    pub package: &'a Path,
    pub folder: &'a Path,
    pub log: &'a Path,
}

impl Job<'_> {
    /// Compiles and links; the answer is the finished library.
    pub fn run(mut self, name: &str) -> Result<PathBuf> {
        if let Some((patch, folder)) = self.objects.patch {
            self.apply(patch, folder)?;
        }
        self.make(name)
    }

    /// Cargo's copy of the sources stays as it is.
    fn apply(&mut self, patch: &str, folder: &str) -> Result<()> {
        tools::need(&[("patch", "patch")], self.log)?;
        let copy = self.folder.join("sources");
        tools::logged(tools::nice("cp").arg("-r").arg(&self.sources).arg(&copy), self.log)?;
        let mut command = tools::nice("patch");
        command.args(["--batch", "-p1", "-d"]).arg(copy.join(folder));
        tools::logged(command.arg("-i").arg(self.package.join(patch)), self.log)?;
        self.sources = copy;
        Ok(())
    }

    fn make(&self, name: &str) -> Result<PathBuf> {
        let defines = self.defines()?;
        let files = self.files()?;
        let next = AtomicUsize::new(0);
        let progress = Mutex::new(Progress::new(files.len()));
        let worker = || -> Result<()> {
            while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let step = format!("peer {name}: {}", file.display());
                progress.lock().expect("no worker panics").step(&step);
                self.compile(file, &defines)?;
            }
            Ok(())
        };
        std::thread::scope(|scope| {
            let workers: Vec<_> = (0..tools::cores()).map(|_| scope.spawn(worker)).collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().expect("a worker does not panic"))
        })?;
        self.link(&files)
    }

    fn files(&self) -> Result<Vec<PathBuf>> {
        let mut files = match &self.objects.files {
            Files::These(files) => files.iter().map(PathBuf::from).collect(),
            Files::Tree { folders, without } => {
                let mut files = Vec::new();
                for folder in *folders {
                    collect(&self.sources, Path::new(folder), without, &mut files)?;
                }
                files
            }
        };
        if files.is_empty() {
            bail!("no sources in {}", self.sources.display());
        }
        files.sort();
        Ok(files)
    }

    fn defines(&self) -> Result<Vec<String>> {
        let Some(file) = self.objects.defines_from else { return Ok(Vec::new()) };
        let text = std::fs::read_to_string(self.package.join(file))
            .with_context(|| format!("no {file}"))?;
        let lines = text.lines().map(str::trim);
        let settings = lines.filter(|line| !line.starts_with('#') && line.contains('='));
        Ok(settings.map(|line| format!("-D{line}")).collect())
    }

    fn object(&self, file: &Path) -> PathBuf {
        self.folder.join(file.to_string_lossy().replace('/', "_") + ".o")
    }

    fn compile(&self, file: &Path, defines: &[String]) -> Result<()> {
        let is_c = file.extension().is_some_and(|extension| extension == "c");
        let is_cxx = file.extension().is_some_and(|extension| extension == "cc");
        let mut command = tools::nice(if is_c { "gcc" } else { "g++" });
        command.args(self.objects.flags).args(defines);
        for include in self.objects.includes {
            command.arg("-I").arg(self.sources.join(include));
        }
        command.args(if is_c { self.objects.c_flags } else { &[] });
        command.args(if is_cxx { self.objects.cxx_flags } else { &[] });
        command.arg("-c").arg(self.sources.join(file)).arg("-o").arg(self.object(file));
        tools::logged(&mut command, self.log)
    }

    /// By the C++ driver only where there is C++: the others need not load its library.
    fn link(&self, files: &[PathBuf]) -> Result<PathBuf> {
        let cxx =
            files.iter().any(|file| file.extension().is_some_and(|extension| extension == "cc"));
        let library = self.folder.join("library.so");
        let mut command = tools::nice(if cxx { "g++" } else { "gcc" });
        command.args(["-shared", "-fPIC", "-Wl,--no-undefined", "-o"]).arg(&library);
        command.args(files.iter().map(|file| self.object(file))).args(self.objects.link);
        tools::logged(&mut command, self.log)?;
        Ok(library)
    }
}

fn collect(root: &Path, folder: &Path, without: &[&str], files: &mut Vec<PathBuf>) -> Result<()> {
    let here = root.join(folder);
    for entry in std::fs::read_dir(&here).with_context(|| format!("no {}", here.display()))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        let text = format!("/{}", path.display());
        if without.iter().any(|part| text.contains(part)) {
            continue;
        }
        if entry.file_type()?.is_dir() {
            collect(root, &path, without, files)?;
        } else if text.ends_with(".cc") || text.ends_with(".S") {
            files.push(path);
        }
    }
    Ok(())
}
