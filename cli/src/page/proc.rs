//! A process's folder under `/proc`; where its first thread has ended before the others, and what the process has is not
//! shown there any more, that of another thread.
//!
//! The folder is held open: what is read through it is of this process, and never of a later one with the same number.
//! Nothing here needs more rights than reading `/proc/PID/fd` does; nothing traces or stops the process.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;

use procfs::FromRead;
use procfs::process::{Stat, StatM, Status};
use rustix::fs::{CWD, Dir, Mode, OFlags, openat, readlinkat};

use super::snapshot::plain_text;
use super::trouble::Trouble;

/// See the module.
#[derive(Debug)]
pub struct Folder {
    /// The process's number.
    pub pid: i32,
    directory: OwnedFd,
    /// The folder of the thread that stands for the process, where the first one does not.
    thread: Option<OwnedFd>,
}

impl Folder {
    /// That of a process.
    pub fn open(pid: i32) -> Result<Self, Trouble> {
        match Self::named(pid, &pid.to_string()) {
            Err(Trouble::Ended(pid)) => Err(Trouble::NoSuchProcess(pid)),
            Ok(mut folder) => {
                if !folder.is_alive() {
                    folder.thread = folder.living_thread();
                }
                Ok(folder)
            }
            other => other,
        }
    }

    /// Any thread that has not ended.
    pub fn living_thread(&self) -> Option<OwnedFd> {
        let threads = open_in(&self.directory, "task", OFlags::RDONLY | OFlags::DIRECTORY).ok()?;
        Dir::read_from(&threads).ok()?.flatten().find_map(|thread| {
            let name = thread.file_name().to_str().ok()?;
            let thread = open_in(&threads, name, OFlags::PATH | OFlags::DIRECTORY).ok()?;
            is_alive(&thread).then_some(thread)
        })
    }

    /// That of this process.
    pub fn own() -> Result<Self, Trouble> {
        Self::named(std::process::id() as i32, "self")
    }

    fn named(pid: i32, name: &str) -> Result<Self, Trouble> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = openat(CWD, format!("/proc/{name}"), flags, Mode::empty());
        let directory = directory.map_err(|error| Trouble::of_io(pid, error.into()))?;
        Ok(Self { pid, directory, thread: None })
    }

    /// One of the folder's files, read-only unless flags are added.
    pub fn file(&self, name: &str, more: OFlags) -> Result<File, Trouble> {
        // A file that somebody else made may be one that blocks, or a terminal.
        let flags = OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY | more;
        let file = openat(self.place(), name, flags, Mode::empty());
        Ok(File::from(file.map_err(|error| Trouble::of_io(self.pid, error.into()))?))
    }

    fn place(&self) -> &OwnedFd {
        self.thread.as_ref().unwrap_or(&self.directory)
    }

    fn text(&self, name: &str) -> Result<String, Trouble> {
        let mut bytes = Vec::new();
        let read = self.file(name, OFlags::empty())?.read_to_end(&mut bytes);
        read.map_err(|error| Trouble::of_io(self.pid, error))?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What a link says; `None` where there is none.
    pub fn link(&self, name: &str) -> Option<Vec<u8>> {
        Some(readlinkat(self.place(), name, Vec::new()).ok()?.into_bytes())
    }

    /// The numbers of the open descriptors.
    pub fn descriptors(&self) -> Result<Vec<u32>, Trouble> {
        let of_io = |error: rustix::io::Errno| Trouble::of_io(self.pid, io::Error::from(error));
        let folder = self.file("fd", OFlags::DIRECTORY)?;
        let mut numbers = Vec::new();
        for entry in Dir::read_from(&folder).map_err(of_io)? {
            let entry = entry.map_err(of_io)?;
            numbers
                .extend(entry.file_name().to_str().ok().and_then(|name| name.parse::<u32>().ok()));
        }
        Ok(numbers)
    }

    /// The mount on which an open file lies.
    pub fn mount_of(&self, descriptor: u32) -> Option<u64> {
        let text = self.text(&format!("fdinfo/{descriptor}")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("mnt_id:"))?.trim().parse().ok()
    }

    fn parsed<T: FromRead>(&self, name: &str) -> Option<T> {
        parsed_in(self.place(), name)
    }

    /// Whether the process runs, or could: one that has ended and is not waited for does not, nor one that is about to end.
    pub fn is_alive(&self) -> bool {
        is_alive(self.place())
    }

    /// The name of its command, as `ps` shows it.
    pub fn command(&self) -> String {
        let mut name = Vec::new();
        let _ = open_in(&self.directory, "comm", OFlags::RDONLY)
            .and_then(|file| File::from(file).read_to_end(&mut name));
        let name = String::from_utf8_lossy(&name);
        plain_text(name.strip_suffix('\n').unwrap_or(&name).as_bytes())
    }

    /// Its bytes in memory, by the kernel's count.
    pub fn resident(&self) -> u64 {
        self.parsed::<StatM>("statm").map_or(0, |statm| statm.resident * procfs::page_size())
    }

    /// Its page faults so far.
    pub fn page_faults(&self) -> u64 {
        parsed_in::<Stat>(&self.directory, "stat").map_or(0, |stat| stat.minflt + stat.majflt)
    }

    /// Its number as it knows it: another one where it is in a container.
    pub fn own_number(&self) -> Option<u32> {
        let numbers = self.parsed::<Status>("status")?.nstgid?;
        numbers.last().and_then(|&number| u32::try_from(number).ok())
    }

    /// Whether its memory maps name this.
    pub fn maps_name(&self, name: &str) -> bool {
        self.text("maps").is_ok_and(|maps| maps.contains(name))
    }
}

fn open_in(folder: &OwnedFd, name: &str, flags: OFlags) -> io::Result<OwnedFd> {
    Ok(openat(folder, name, flags | OFlags::CLOEXEC, Mode::empty())?)
}

fn parsed_in<T: FromRead>(folder: &OwnedFd, name: &str) -> Option<T> {
    T::from_read(File::from(open_in(folder, name, OFlags::RDONLY).ok()?)).ok()
}

/// Whether a process or a thread, of which this is the folder, has not ended and is not about to.
fn is_alive(folder: &OwnedFd) -> bool {
    parsed_in::<Stat>(folder, "stat").is_some_and(|stat| !matches!(stat.state, 'Z' | 'X'))
        // Its memory goes before its files do, and those before it is said to have ended.
        && parsed_in::<StatM>(folder, "statm").is_some_and(|statm| statm.size != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_known() {
        let folder = Folder::open(std::process::id() as i32).unwrap();
        assert!(folder.is_alive());
        assert!(folder.resident() > 100_000);
        assert_eq!(folder.own_number().map(|number| number as i32), Some(folder.pid));
        assert!(
            folder.descriptors().unwrap().contains(&0) || !folder.descriptors().unwrap().is_empty()
        );
        assert!(!folder.command().contains('\n'));
    }

    #[test]
    fn a_process_that_is_gone_is_told_from_one_that_never_was() {
        let mut child =
            std::process::Command::new("cat").stdin(std::process::Stdio::piped()).spawn().unwrap();
        let pid = child.id() as i32;
        let folder = Folder::open(pid).unwrap();
        assert!(folder.is_alive());
        drop(child.stdin.take());
        child.wait().unwrap();
        assert!(!folder.is_alive());
        assert!(matches!(folder.descriptors(), Err(Trouble::Ended(_))));
        // No process has the number of a process group's leader to be, or a negative one.
        assert!(matches!(Folder::open(i32::MAX), Err(Trouble::NoSuchProcess(_))));
    }
}
