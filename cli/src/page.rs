//! A process's page of statistics, as `dam::measure::page` describes it: found, copied in one piece, decoded. Everything in it
//! is another process's word, and taken with suspicion: wrong lengths and numbers are errors or zeros, never a fault.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use dam::measure::page::{
    Answers, Event, LAYOUT, MAGIC, MAX_CLASSES, MAX_EVENTS, MAX_OPTIONS, MAX_POOLS, PAGE_NAME,
    Page, Part, Parts, WISHES_NAME, Wishes,
};
use dam::measure::stats::{dam_stats_class_t, dam_stats_pool_t, dam_stats_t};

/// Structures of whole numbers alone, for which any bytes are a value.
///
/// # Safety
/// `repr(C)`, of integers, without padding that would matter.
unsafe trait Plain: Copy + Default {}

// SAFETY: whole numbers alone.
unsafe impl Plain for dam_stats_t {}
// SAFETY: as above.
unsafe impl Plain for dam_stats_class_t {}
// SAFETY: as above.
unsafe impl Plain for dam_stats_pool_t {}
// SAFETY: as above.
unsafe impl Plain for Parts {}
// SAFETY: as above.
unsafe impl Plain for Answers {}
// SAFETY: as above.
unsafe impl Plain for Event {}
// SAFETY: as above.
unsafe impl Plain for u32 {}
// SAFETY: as above.
unsafe impl Plain for u64 {}

/// The value that begins with these bytes; what they do not reach is zero.
fn decode<T: Plain>(bytes: &[u8]) -> T {
    let mut value = T::default();
    let len = bytes.len().min(size_of::<T>());
    // SAFETY: Plain: any bytes are a value; `len` of them are there on both sides.
    unsafe { (&raw mut value).cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), len) };
    value
}

/// What a page said at a moment.
#[derive(Clone)]
pub struct Snapshot {
    /// The process by its own count.
    pub process: u32,
    /// The library's version.
    pub version: String,
    /// When the page was written, in nanoseconds of the monotonic clock.
    pub written_ns: u64,
    /// The figures.
    pub stats: dam_stats_t,
    /// The classes.
    pub classes: Vec<dam_stats_class_t>,
    /// The values of the options.
    pub options: Vec<u32>,
    /// The last violations, the oldest first.
    pub events: Vec<Event>,
    /// The pools, as of `answers.pools_ns`.
    pub pools: Vec<dam_stats_pool_t>,
    /// How many there are, told or not.
    pub all_pools: u64,
    /// What became of wishes.
    pub answers: Answers,
}

impl Snapshot {
    /// How long ago it was written.
    pub fn age(&self) -> Duration {
        Duration::from_nanos(now_ns().saturating_sub(self.written_ns))
    }

    /// The name of the profile in force.
    pub fn profile(&self) -> &'static str {
        use dam::config::options::PROFILE;
        let value = self.options.first().copied().unwrap_or(0) as usize;
        PROFILE.words.get(value).copied().unwrap_or("?")
    }

    /// Reads a page. `None`: it was being written.
    pub fn of_bytes(bytes: &[u8]) -> Result<Option<Self>> {
        use std::mem::offset_of;
        let word = |offset: usize| decode::<u64>(bytes.get(offset..).unwrap_or(&[]));
        if bytes.len() < offset_of!(Page, stats) || word(0) != MAGIC {
            bail!("its statistics page is not one of DAM's");
        }
        let layout = word(offset_of!(Page, layout)) as u32;
        if layout != LAYOUT {
            let other = if layout < LAYOUT { "older" } else { "newer" };
            bail!(
                "its DAM has an {other} page (layout {layout}, this command reads {LAYOUT}): use the command dam of its version"
            );
        }
        if word(offset_of!(Page, sequence)) % 2 == 1 {
            return Ok(None);
        }
        let parts: Parts = decode(&bytes[offset_of!(Page, parts)..]);
        let version = &bytes[offset_of!(Page, version)..][..16];
        let end = version.iter().position(|&byte| byte == 0).unwrap_or(16);
        let mut events: Vec<Event> = entries(bytes, parts.events, MAX_EVENTS);
        events.retain(|event| event.number != 0);
        events.sort_by_key(|event| event.number);
        Ok(Some(Self {
            process: word(offset_of!(Page, process)) as u32,
            version: String::from_utf8_lossy(&version[..end]).into_owned(),
            written_ns: word(offset_of!(Page, written_ns)),
            stats: entries(bytes, parts.stats, 1).first().copied().unwrap_or_default(),
            classes: entries(bytes, parts.classes, MAX_CLASSES),
            options: entries(bytes, parts.options, MAX_OPTIONS),
            events,
            pools: entries(bytes, parts.pools, MAX_POOLS),
            all_pools: parts.all_pools,
            answers: decode(&bytes[offset_of!(Page, answers)..]),
        }))
    }
}

/// The entries of a part, as far as they lie within the bytes; at most `most`.
fn entries<T: Plain>(bytes: &[u8], part: Part, most: usize) -> Vec<T> {
    let (offset, len) = (part.offset as usize, part.entry as usize);
    if len == 0 {
        return Vec::new();
    }
    let count = part.count.min(most as u64) as usize;
    let pieces = bytes.get(offset..).unwrap_or(&[]).chunks_exact(len);
    pieces.take(count).map(decode).collect()
}

/// Nanoseconds of the monotonic clock.
pub fn now_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes `time`.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

/// A process that is looked at.
pub struct Target {
    /// Its number.
    pub pid: i32,
    page: File,
    wishes: PathBuf,
}

/// How long a page may be in the middle of being written.
const PATIENCE: Duration = Duration::from_secs(1);

impl Target {
    /// The process of this number.
    pub fn open(pid: i32) -> Result<Self> {
        let folder = PathBuf::from(format!("/proc/{pid}/fd"));
        if !Path::new(&format!("/proc/{pid}")).exists() {
            bail!("there is no process {pid}");
        }
        let (mut page, mut wishes) = (None, None);
        let list = folder.read_dir().map_err(|error| refused(pid, &error))?;
        for entry in list.flatten() {
            let Ok(link) = entry.path().read_link() else { continue };
            let name = link.to_string_lossy().into_owned();
            match name.strip_prefix("/memfd:").map(|name| name.trim_end_matches(" (deleted)")) {
                Some(PAGE_NAME) => page = Some(entry.path()),
                Some(WISHES_NAME) => wishes = Some(entry.path()),
                _ => {}
            }
        }
        let (Some(page), Some(wishes)) = (page, wishes) else { bail!(not_on_dam(pid)) };
        let page = File::open(&page).map_err(|error| refused(pid, &error))?;
        let target = Self { pid, page, wishes };
        target.check_owner()?;
        Ok(target)
    }

    /// A child in which no fork handler ran still has its parent's page.
    fn check_owner(&self) -> Result<()> {
        let process = self.read()?.process;
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let own = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let own = own.and_then(|list| list.split_whitespace().last()?.parse().ok());
        if own.is_some_and(|own: u32| own != process) {
            bail!(
                "process {} has the page of another one, {process}: it was made by a raw clone, and keeps no figures of its own",
                self.pid
            );
        }
        Ok(())
    }

    /// What the page says now.
    pub fn read(&self) -> Result<Snapshot> {
        let start = Instant::now();
        loop {
            let before = self.sequence()?;
            let bytes = self.bytes()?;
            if before % 2 == 0
                && self.sequence()? == before
                && let Some(snapshot) = Snapshot::of_bytes(&bytes)?
            {
                return Ok(snapshot);
            }
            if start.elapsed() > PATIENCE {
                bail!(
                    "process {} has been writing its page for a second: is it stopped?",
                    self.pid
                );
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn sequence(&self) -> Result<u64> {
        let mut bytes = [0; 8];
        self.page.read_exact_at(&mut bytes, std::mem::offset_of!(Page, sequence) as u64)?;
        Ok(u64::from_le_bytes(bytes))
    }

    /// The page as far as it is needed: the pools only where there are any.
    fn bytes(&self) -> Result<Vec<u8>> {
        let mut bytes = vec![0; size_of::<Page>()];
        let head = std::mem::offset_of!(Page, pools);
        let got = read_up_to(&self.page, &mut bytes[..head], 0)?;
        let parts: Parts =
            decode(bytes.get(std::mem::offset_of!(Page, parts)..).context("a short page")?);
        let rest = (parts.pools.count.min(MAX_POOLS as u64) as usize)
            * (parts.pools.entry as usize).min(1 << 10);
        let end = (head + rest).min(bytes.len());
        let more = read_up_to(&self.page, &mut bytes[head..end], head as u64)?;
        bytes.truncate(if got < head { got } else { head + more });
        Ok(bytes)
    }

    /// Changes the wishes.
    pub fn wish(&self, change: impl FnOnce(&mut Wishes)) -> Result<()> {
        let file = OpenOptions::new().read(true).write(true).open(&self.wishes);
        let file = file.map_err(|error| refused(self.pid, &error))?;
        let mut bytes = [0; size_of::<Wishes>()];
        file.read_exact_at(&mut bytes, 0)?;
        let word =
            |at: usize| u64::from_le_bytes(bytes[at * 8..][..8].try_into().expect("8 bytes"));
        let mut wishes = Wishes {
            magic: MAGIC,
            layout: LAYOUT,
            every_ms: (word(1) >> 32) as u32,
            watched_until_ns: word(2),
            pools_until_ns: word(3),
            check: word(4),
            trim: word(5),
        };
        change(&mut wishes);
        let second = u64::from(wishes.layout) | u64::from(wishes.every_ms) << 32;
        let words = [
            wishes.magic,
            second,
            wishes.watched_until_ns,
            wishes.pools_until_ns,
            wishes.check,
            wishes.trim,
        ];
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        Ok(file.write_all_at(&bytes, 0)?)
    }

    /// Asks for a fresh page every so often, for some seconds from now on.
    pub fn watch(&self, every: Duration) -> Result<()> {
        let every_ms = every.as_millis().clamp(10, 1000) as u32;
        let until = now_ns() + 5_000_000_000 + every.as_nanos() as u64;
        self.wish(|wishes| {
            wishes.watched_until_ns = wishes.watched_until_ns.max(until);
            wishes.every_ms = every_ms;
        })
    }

    /// Whether the process is there and has not become another program.
    pub fn is_there(&self) -> bool {
        self.wishes.exists()
            && std::fs::read_to_string(format!("/proc/{}/stat", self.pid))
                .is_ok_and(|stat| !stat.contains(") Z "))
    }
}

fn read_up_to(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut got = 0;
    while got < buffer.len() {
        match file.read_at(&mut buffer[got..], offset + got as u64)? {
            0 => break,
            more => got += more,
        }
    }
    Ok(got)
}

fn refused(pid: i32, error: &io::Error) -> anyhow::Error {
    match error.kind() {
        io::ErrorKind::PermissionDenied => anyhow!(
            "process {pid} is another user's, or one with other rights than its user's: run this as that user or as root"
        ),
        io::ErrorKind::NotFound => anyhow!("process {pid} has ended"),
        _ => anyhow!("process {pid}: {error}"),
    }
}

/// Why a process has no page.
fn not_on_dam(pid: i32) -> String {
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    if maps.contains("memfd:dam-stats") {
        return format!(
            "process {pid} runs on DAM, but has closed the descriptors of its statistics page"
        );
    }
    if maps.contains("libdam") {
        return format!(
            "process {pid} runs on DAM without a statistics page (attach=0, a set-user-id program, or memfd_create is forbidden)"
        );
    }
    format!("process {pid} does not run on DAM: start it by `dam run -- COMMAND`")
}

/// The processes that have a page this user may read, lowest number first.
pub fn all() -> Vec<Target> {
    let mut pids: Vec<i32> = Path::new("/proc")
        .read_dir()
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .collect();
    pids.sort_unstable();
    pids.into_iter().filter_map(|pid| Target::open(pid).ok()).collect()
}

/// The name of a process's command.
pub fn command_of(pid: i32) -> String {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    name.trim_end().chars().filter(|symbol| !symbol.is_control()).collect()
}

/// Resident bytes of a process, by the kernel's count.
pub fn resident(pid: i32) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    // SAFETY: asks for a constant.
    pages * unsafe { libc::sysconf(libc::_SC_PAGESIZE) } as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page() -> Vec<u8> {
        let mut bytes = vec![0; size_of::<Page>()];
        let mut put =
            |offset: usize, value: &[u8]| bytes[offset..][..value.len()].copy_from_slice(value);
        put(0, &MAGIC.to_le_bytes());
        put(std::mem::offset_of!(Page, layout), &LAYOUT.to_le_bytes());
        put(std::mem::offset_of!(Page, process), &7u32.to_le_bytes());
        let parts = Parts::new(74, 30);
        for (at, part) in [parts.stats, parts.classes, parts.options, parts.events, parts.pools]
            .iter()
            .enumerate()
        {
            let offset = std::mem::offset_of!(Page, parts) + at * size_of::<Part>();
            put(offset, &part.offset.to_le_bytes());
            put(offset + 4, &part.entry.to_le_bytes());
            put(offset + 8, &part.count.to_le_bytes());
        }
        bytes
    }

    #[test]
    fn a_page_is_read_and_one_that_is_being_written_is_not() {
        let mut bytes = page();
        let snapshot = Snapshot::of_bytes(&bytes).unwrap().unwrap();
        assert_eq!((snapshot.process, snapshot.classes.len(), snapshot.events.len()), (7, 74, 0));
        bytes[std::mem::offset_of!(Page, sequence)] = 1;
        assert!(Snapshot::of_bytes(&bytes).unwrap().is_none());
    }

    #[test]
    fn other_layouts_are_named() {
        let mut bytes = page();
        bytes[std::mem::offset_of!(Page, layout)] = 9;
        let error = Snapshot::of_bytes(&bytes).err().unwrap().to_string();
        assert!(error.contains("newer page (layout 9"), "{error}");
    }

    proptest! {
        #[test]
        fn no_page_is_a_fault(changes in proptest::collection::vec((0usize..20_000, any::<u8>()), 0..64), len in 0usize..430_000) {
            let mut bytes = page();
            for (at, value) in changes {
                bytes[at] = value;
            }
            bytes.truncate(len);
            if let Ok(Some(snapshot)) = Snapshot::of_bytes(&bytes) {
                prop_assert!(snapshot.classes.len() <= MAX_CLASSES && snapshot.pools.len() <= MAX_POOLS);
                let _ = (snapshot.profile(), snapshot.age());
            }
        }
    }
}
