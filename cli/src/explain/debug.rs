//! Where a module's debug information is: in itself, or in a file of its own that its build id or its debug link names.

use std::ffi::OsStr;
use std::fs::File;
use std::io::BufReader;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use object::read::ReadCache;
use object::{Object, ObjectSection, ObjectSymbol};

/// Where distributions put it.
const SYSTEM: &str = "/usr/lib/debug";

/// What a file's header and sections say of it.
pub struct Facts {
    /// In hexadecimal digits; empty: it has none.
    pub build_id: String,
    /// Whether it can say lines itself.
    pub has_lines: bool,
    /// The file that its link names.
    link: Option<PathBuf>,
    /// The file that holds what several have in common, and its build id.
    common: Option<(PathBuf, String)>,
}

/// A symbol with an address in it.
pub struct Symbol {
    /// As it is in the file.
    pub name: String,
    /// How far behind its beginning the address is.
    pub beyond: u64,
}

type Cache = ReadCache<BufReader<File>>;

/// Opens a regular file: a report may name anything.
fn open(path: &Path) -> Result<Cache, String> {
    let shown = path.display();
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Err(format!("there is no file {shown} here"))
        }
        Err(error) => Err(format!("{shown}: {error}")),
        Ok(about) if !about.is_file() => Err(format!("{shown} is no regular file")),
        Ok(_) => {
            let file = File::open(path).map_err(|error| format!("{shown}: {error}"))?;
            Ok(ReadCache::new(BufReader::new(file)))
        }
    }
}

fn with<T>(path: &Path, read: impl FnOnce(&object::File<'_, &Cache>) -> T) -> Result<T, String> {
    let cache = open(path)?;
    let parsed = object::File::parse(&cache);
    let file =
        parsed.map_err(|error| format!("{} is no program or library: {error}", path.display()))?;
    Ok(read(&file))
}

impl Facts {
    /// Those of a file.
    pub fn of(path: &Path) -> Result<Self, String> {
        with(path, |file| {
            let build_id = file.build_id().ok().flatten().unwrap_or_default();
            let link = file.gnu_debuglink().ok().flatten();
            let common = file.gnu_debugaltlink().ok().flatten();
            Self {
                build_id: hexadecimal(build_id),
                has_lines: has_section(file, ".debug_line"),
                link: link.map(|(name, _)| OsStr::from_bytes(name).into()),
                common: common.map(|(name, id)| (OsStr::from_bytes(name).into(), hexadecimal(id))),
            }
        })
    }

    /// The file with the debug information of `path`, and the one with what it has in common with others.
    pub fn debug_files(
        &self,
        path: &Path,
        folders: &[PathBuf],
    ) -> Option<(PathBuf, Option<PathBuf>)> {
        if self.has_lines {
            return Some((path.into(), self.common_file(path, folders)));
        }
        self.candidates(path, folders).into_iter().find_map(|candidate| {
            let facts = Self::of(&candidate).ok()?;
            // A debug link says only a name: the file may be another build's.
            let is_same = facts.build_id == self.build_id && candidate != path;
            (is_same && facts.has_lines).then(|| {
                let common = facts.common_file(&candidate, folders);
                (candidate, common)
            })
        })
    }

    fn candidates(&self, path: &Path, folders: &[PathBuf]) -> Vec<PathBuf> {
        let roots = || folders.iter().map(PathBuf::as_path).chain([Path::new(SYSTEM)]);
        let mut candidates: Vec<PathBuf> =
            roots().filter_map(|root| by_build_id(root, &self.build_id)).collect();
        // What debuggers have fetched from debuginfod.
        let cache = std::env::var_os("DEBUGINFOD_CACHE_PATH").map(PathBuf::from).or_else(|| {
            let home = std::env::var_os("HOME")?;
            Some(Path::new(&home).join(".cache/debuginfod_client"))
        });
        if let Some(cache) = cache.filter(|_| !self.build_id.is_empty()) {
            candidates.push(cache.join(&self.build_id).join("debuginfo"));
        }
        if let (Some(link), Some(folder)) = (&self.link, path.parent()) {
            candidates.extend([folder.join(link), folder.join(".debug").join(link)]);
            let inside = folder.strip_prefix("/").unwrap_or(folder);
            candidates.extend(roots().map(|root| root.join(inside).join(link)));
        }
        candidates
    }

    fn common_file(&self, path: &Path, folders: &[PathBuf]) -> Option<PathBuf> {
        let (name, build_id) = self.common.as_ref()?;
        let roots = folders.iter().map(PathBuf::as_path).chain([Path::new(SYSTEM)]);
        let named = path.parent().map(|folder| folder.join(name));
        let mut candidates = roots.filter_map(|root| by_build_id(root, build_id)).chain(named);
        candidates.find(|candidate| candidate.is_file())
    }
}

/// The symbol with an address in it. The dynamic ones are there even where a file is stripped.
pub fn symbol(path: &Path, address: u64) -> Option<Symbol> {
    let found = with(path, |file| {
        let symbols = file.symbols().chain(file.dynamic_symbols());
        let mut holding = symbols.filter(|symbol| {
            let begin = symbol.address();
            symbol.is_definition() && begin <= address && address - begin < symbol.size()
        });
        let symbol = holding.next()?;
        Some(Symbol { name: symbol.name().ok()?.into(), beyond: address - symbol.address() })
    });
    found.ok().flatten()
}

fn has_section<'a>(file: &object::File<'a, &'a Cache>, name: &str) -> bool {
    // A stripped file's debug information has headers of sections without contents.
    file.section_by_name(name).is_some_and(|section| section.size() > 0)
}

fn by_build_id(root: &Path, build_id: &str) -> Option<PathBuf> {
    let (first, rest) = build_id.split_at_checked(2)?;
    (!rest.is_empty()).then(|| root.join(".build-id").join(first).join(format!("{rest}.debug")))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
