//! Another process's page of statistics, as `dam::measure::page` lays it out: found, copied in one piece, read.
//!
//! The process writes its page when one of its threads passes a slow path of the allocator: about once a second, more often
//! while somebody wishes so, never while it does nothing. It is not stopped, traced or signalled. All that is read is another
//! process's word: wrong lengths and numbers are errors or zeros here, and nothing waits for the process for long.

mod decode;
mod memory_file;
mod proc;
mod snapshot;
#[cfg(test)]
pub mod tests;
mod trouble;
mod wishes;

use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use dam::measure::page::{PAGE_NAME, WISHES_NAME};
use rustix::fs::OFlags;
use rustix::time::{ClockId, clock_gettime};

use memory_file::MemoryFile;
use proc::Folder;
pub use snapshot::{Snapshot, plain_text, violation_name};
use snapshot::{Unreadable, length_of};
pub use trouble::Trouble;
pub use wishes::Wish;

/// How long a page may be in the middle of being written, where one process is looked at …
const PATIENCE: Duration = Duration::from_secs(1);
/// … and where many are, or one often.
const SHORT_PATIENCE: Duration = Duration::from_millis(20);

/// A process that is looked at. It may end, or become another program, at any time: what it said last can still be read.
#[derive(Debug)]
pub struct Target {
    /// Its number.
    pub pid: i32,
    folder: Folder,
    page: MemoryFile,
    wishes: Option<MemoryFile>,
}

/// What has become of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Its page is the one that was found.
    There,
    /// It runs, but that page is not its own any more, or not to be seen there: it has become another program, closed its
    /// descriptors, or the thread has ended that was looked at.
    Changed,
    /// It has ended.
    Ended,
}

impl Target {
    /// The process of this number.
    pub fn open(pid: i32) -> Result<Self, Trouble> {
        let target = Self::find(pid)?;
        target.check_owner(&target.read()?)?;
        Ok(target)
    }

    fn find(pid: i32) -> Result<Self, Trouble> {
        let folder = Folder::open(pid)?;
        let mut found = Self::pages(&folder)?;
        if found.is_none() {
            match without_page(&folder) {
                // One that begins has opened it since.
                Trouble::Closed(_) => found = Self::pages(&folder)?,
                trouble => return Err(trouble),
            }
        }
        let (page, wishes) = found.ok_or(Trouble::Closed(pid))?;
        Ok(Self { pid, folder, page, wishes })
    }

    /// The page among its descriptors, and the wishes.
    fn pages(folder: &Folder) -> Result<Option<(MemoryFile, Option<MemoryFile>)>, Trouble> {
        let descriptors = folder.descriptors()?;
        let page = MemoryFile::find(folder, &descriptors, PAGE_NAME, OFlags::empty())?;
        // What cannot be written to is not there: the page alone is worth reading.
        let wishes = || MemoryFile::find(folder, &descriptors, WISHES_NAME, OFlags::RDWR);
        Ok(page.map(|page| (page, wishes().ok().flatten())))
    }

    /// A child in which no fork handler ran still has its parent's page.
    fn check_owner(&self, snapshot: &Snapshot) -> Result<(), Trouble> {
        match self.folder.own_number() {
            Some(own) if own != snapshot.process => {
                Err(Trouble::Inherited { pid: self.pid, owner: snapshot.process })
            }
            _ => Ok(()),
        }
    }

    /// What the page says now.
    pub fn read(&self) -> Result<Snapshot, Trouble> {
        self.read_within(PATIENCE)
    }

    /// The same for those who come again soon: without patience.
    pub fn glance(&self) -> Result<Snapshot, Trouble> {
        self.read_within(SHORT_PATIENCE)
    }

    fn read_within(&self, patience: Duration) -> Result<Snapshot, Trouble> {
        let start = Instant::now();
        loop {
            let before = self.sequence()?;
            if before.is_multiple_of(2) {
                let snapshot = self.copied()?;
                if self.sequence()? == before {
                    return snapshot.map_err(|reason| self.unreadable(reason));
                }
            }
            if start.elapsed() > patience {
                return Err(Trouble::Unfinished(self.pid));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn sequence(&self) -> Result<u64, Trouble> {
        let bytes = self.bytes(snapshot::SEQUENCE, size_of::<u64>())?;
        Ok(decode::decode_at(&bytes, 0))
    }

    fn copied(&self) -> Result<Result<Snapshot, Unreadable>, Trouble> {
        let head = self.bytes(0, snapshot::HEAD)?;
        Ok(match length_of(&head) {
            Ok(length) => Snapshot::of_bytes(&self.bytes(0, length)?),
            Err(reason) => Err(reason),
        })
    }

    fn bytes(&self, offset: usize, length: usize) -> Result<Vec<u8>, Trouble> {
        let mut bytes = vec![0; length];
        let mut got = 0;
        while got < length {
            let read = self.page.file.read_at(&mut bytes[got..], (offset + got) as u64);
            match read.map_err(|error| Trouble::of_io(self.pid, error))? {
                0 => break,
                more => got += more,
            }
        }
        bytes.truncate(got);
        Ok(bytes)
    }

    fn unreadable(&self, reason: Unreadable) -> Trouble {
        match reason {
            Unreadable::NotAPage => Trouble::NotAPage(self.pid),
            Unreadable::Layout(layout) => Trouble::Layout { pid: self.pid, layout },
        }
    }

    /// What has become of the process.
    pub fn state(&self) -> State {
        // In this order: while it ends, its files are closed before it is gone.
        if self.page.is_still_open(&self.folder) {
            State::There
        } else if self.folder.is_alive() || self.folder.living_thread().is_some() {
            State::Changed
        } else {
            State::Ended
        }
    }

    /// The name of its command.
    pub fn command(&self) -> String {
        self.folder.command()
    }

    /// The snapshot with what the kernel knows: resident bytes and page faults.
    pub fn completed(&self, mut snapshot: Snapshot) -> Snapshot {
        match self.folder.resident() {
            0 => {}
            bytes => snapshot.stats.resident_bytes = bytes,
        }
        snapshot.stats.page_faults = self.folder.page_faults();
        snapshot
    }
}

/// Why a process has no page.
fn without_page(folder: &Folder) -> Trouble {
    let pid = folder.pid;
    match () {
        () if !folder.is_alive() => Trouble::Ended(pid),
        () if folder.maps_name("/memfd:dam-stats") => Trouble::Closed(pid),
        () if folder.maps_name("libdam") => Trouble::NoPage(pid),
        () => Trouble::NotOnDam(pid),
    }
}

/// The processes with a page that this user may read, and what they say; the lowest number first.
pub fn all() -> Vec<(Target, Snapshot)> {
    let names = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let mut pids: Vec<i32> =
        names.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    // One that ends meanwhile, or has a page that cannot be read, is not there.
    let known = |pid| {
        let target = Target::find(pid).ok()?;
        let snapshot = target.glance().ok()?;
        target.check_owner(&snapshot).ok()?;
        let snapshot = target.completed(snapshot);
        Some((target, snapshot))
    };
    pids.into_iter().filter_map(known).collect()
}

/// Nanoseconds of the monotonic clock.
pub fn now_ns() -> u64 {
    let time = clock_gettime(ClockId::Monotonic);
    (time.tv_sec as u64).saturating_mul(1_000_000_000).saturating_add(time.tv_nsec as u64)
}
