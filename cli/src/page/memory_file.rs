//! Memory files of another process, found by name.
//!
//! Names can be had by anybody: under a mount of his own, a user may have a pipe or a file of a network file system called
//! `/memfd:dam-stats`, and reading from it may never end. So a file is taken for a memory file only if it lies on the one
//! mount on which the kernel keeps these; that is asked before it is opened, and of what was opened.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::MetadataExt;
use std::sync::OnceLock;

use rustix::fs::{MemfdFlags, OFlags, memfd_create};

use super::proc::Folder;
use super::trouble::Trouble;

/// A memory file of another process.
#[derive(Debug)]
pub struct MemoryFile {
    /// The file, open here.
    pub file: File,
    /// Its descriptor there.
    descriptor: u32,
    name: &'static str,
    inode: u64,
}

impl MemoryFile {
    /// Opens the file of this name; `None`: there is none.
    pub fn find(
        folder: &Folder,
        descriptors: &[u32],
        name: &'static str,
        flags: OFlags,
    ) -> Result<Option<Self>, Trouble> {
        let found =
            descriptors.iter().copied().find(|&descriptor| is_named(folder, descriptor, name));
        let Some(descriptor) = found else { return Ok(None) };
        let file = folder.file(&format!("fd/{descriptor}"), flags)?;
        // The process may have closed it and opened something else in its place.
        let own = Folder::own()?;
        if !is_named(&own, file.as_raw_fd() as u32, name) {
            return Ok(None);
        }
        let inode = file.metadata().map_err(|error| Trouble::of_io(folder.pid, error))?.ino();
        Ok(Some(Self { file, descriptor, name, inode }))
    }

    /// Whether it is still what the process has open there.
    pub fn is_still_open(&self, folder: &Folder) -> bool {
        is_named(folder, self.descriptor, self.name)
            && folder
                .file(&format!("fd/{}", self.descriptor), OFlags::empty())
                .ok()
                .and_then(|file| file.metadata().ok())
                .is_some_and(|now| now.ino() == self.inode)
    }
}

fn is_named(folder: &Folder, descriptor: u32, name: &str) -> bool {
    let Some(link) = folder.link(&format!("fd/{descriptor}")) else { return false };
    let link = link.strip_suffix(b" (deleted)").unwrap_or(&link);
    link.strip_prefix(b"/memfd:").is_some_and(|rest| rest == name.as_bytes())
        && folder
            .mount_of(descriptor)
            .is_some_and(|mount| memory_mount().is_none_or(|own| own == mount))
}

/// The mount of memory files; `None` where this process may make none.
fn memory_mount() -> Option<u64> {
    static MOUNT: OnceLock<Option<u64>> = OnceLock::new();
    *MOUNT.get_or_init(|| {
        let file = memfd_create("dam", MemfdFlags::CLOEXEC).ok()?;
        Folder::own().ok()?.mount_of(file.as_raw_fd() as u32)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memory_file_is_found_and_nothing_else_of_its_name() {
        let own = Folder::own().unwrap();
        let find = |name| {
            MemoryFile::find(&own, &own.descriptors().unwrap(), name, OFlags::empty()).unwrap()
        };
        assert!(find("of-a-test").is_none());
        let file = memfd_create("of-a-test", MemfdFlags::CLOEXEC).unwrap();
        let found = find("of-a-test").unwrap();
        assert!(found.is_still_open(&own));
        drop(file);
        assert!(!found.is_still_open(&own));
        // Another one in its place is not the same.
        let _other = memfd_create("of-a-test", MemfdFlags::CLOEXEC).unwrap();
        assert!(!found.is_still_open(&own));
    }
}
