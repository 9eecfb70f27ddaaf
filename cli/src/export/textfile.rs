//! A file for node_exporter's textfile collector.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use dam::measure::prometheus::Format;
use tempfile::NamedTempFile;

use super::series::render;

const NAME: &str = "dam.prom";

/// Writes the file every so often.
pub fn write_every(folder: &Path, every: Duration) -> Result<()> {
    loop {
        write(folder)?;
        std::thread::sleep(every);
    }
}

/// Writes it once.
pub fn write(folder: &Path) -> Result<()> {
    let path = folder.join(NAME);
    written(&path, &render(Format::Text)?).with_context(|| path.display().to_string())
}

/// The collector never reads half a file: it is renamed into place. It may run as somebody else.
fn written(path: &Path, text: &str) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // Its name has another end, so that the collector passes it by.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        written(&path, "old\n").unwrap();
        written(&path, "new\n").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new\n");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o644);
        assert_eq!(folder.path().read_dir().unwrap().count(), 1);
        assert!(write(&folder.path().join("nowhere")).is_err());
    }
}
