//! Where `libdam.so` is.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The library: the one that is named, the one that is installed with this command, or the one that was built with it.
pub fn find(named: Option<&Path>) -> Result<PathBuf> {
    let library = match named {
        Some(named) => named.canonicalize().with_context(|| named.display().to_string())?,
        None => {
            let own = env::current_exe().context("where this command is")?;
            let found = places(&own).into_iter().find(|place| place.is_file());
            found.context(
                "libdam.so is not where this command is: say where by --library or DAM_LIBRARY",
            )?
        }
    };
    // ld.so takes these for the end of a name, and goes on without a word beyond a warning.
    if library.to_string_lossy().contains([' ', ':']) {
        bail!(
            "{}: LD_PRELOAD takes no path with a space or a colon; link to it from another",
            library.display()
        );
    }
    Ok(library)
}

/// Where it may be, for a command of this path.
fn places(own: &Path) -> Vec<PathBuf> {
    let folder = own.parent().unwrap_or(Path::new("/"));
    let mut places = vec![folder.join("libdam.so")];
    if let Some(prefix) = folder.parent() {
        let lib = prefix.join("lib");
        places.extend([lib.join("libdam.so"), prefix.join("lib64/libdam.so")]);
        // A distribution's folders: lib/x86_64-linux-gnu.
        places.push(lib.join(format!("{}-linux-gnu/libdam.so", env::consts::ARCH)));
    }
    // cargo's own folder, in which the command lies until `make build` copies it beside the library.
    let target = own.ancestors().find(|folder| folder.ends_with("target"));
    places.extend(target.and_then(Path::parent).map(|root| root.join("dist/libdam.so")));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_looked_for_where_it_is_installed_and_where_it_is_built() {
        let has = |own: &str, place: &str| places(Path::new(own)).contains(&PathBuf::from(place));
        assert!(has("/opt/dam/bin/dam", "/opt/dam/lib/libdam.so"));
        assert!(has("/src/dam/dist/dam", "/src/dam/dist/libdam.so"));
        assert!(has("/src/dam/target/debug/dam", "/src/dam/dist/libdam.so"));
        assert!(has(
            "/usr/bin/dam",
            &format!("/usr/lib/{}-linux-gnu/libdam.so", env::consts::ARCH)
        ));
        assert!(!has("/usr/bin/dam", "/dist/libdam.so"));
    }

    #[test]
    fn what_ld_preload_cannot_name_is_refused() {
        let folder = tempfile::Builder::new().prefix("a b").tempdir().unwrap();
        let library = folder.path().join("libdam.so");
        let message = |library: &Path| format!("{:#}", find(Some(library)).unwrap_err());
        assert!(message(&library).contains("No such file"));
        std::fs::write(&library, "").unwrap();
        assert!(message(&library).contains("a space or a colon"));
    }
}
