//! What the program wants to be told: one function of its own, called outside all locks.
//!
//! What happens is noted where it happens and told when its thread leaves the slow paths, where the
//! function may allocate and free. Noting takes no lock: a free place in a list is taken by one
//! compare-and-swap. Where the list is full, what happens is counted as lost.

use core::ffi::{c_char, c_void};
use core::{mem, ptr};

use crate::sync::Pair;
use crate::sync::atomic::{
    AtomicBool, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sys::{self, probes};

use super::{Finding, Violation};

/// What kind of event it is: the bits of `DAM_EVENT_*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// A violation was found.
    Violation = 1,
    /// A pool went into quarantine.
    Quarantine = 2,
    /// A request was refused for want of memory.
    Failure = 4,
    /// The soft limit was reached.
    SoftLimit = 8,
    /// A request was refused for the hard limit.
    HardLimit = 16,
    /// The system, or this process's control group, is short of memory.
    Pressure = 32,
    /// More of what is held in memory than a threshold allows holds no live block.
    Fragmentation = 64,
}

#[cfg(test)]
impl Kind {
    const ALL: [Self; 7] = [
        Self::Violation,
        Self::Quarantine,
        Self::Failure,
        Self::SoftLimit,
        Self::HardLimit,
        Self::Pressure,
        Self::Fragmentation,
    ];
}

/// One thing that happened. Only ever grows at its end: `size` says how much of it there is.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct dam_event_t {
    /// Bytes of this structure.
    pub size: u64,
    /// What kind of event it is: one of `DAM_EVENT_*`.
    pub kind: u32,
    /// Events that were lost before this one: there were too many at once, or the callback's own requests were refused.
    pub lost: u32,
    /// The violation's name, `double-free` and so on, a constant; empty for other events.
    pub violation: *const c_char,
    /// The pointer the program passed, or the block concerned; a quarantined pool's first byte; else NULL.
    pub address: *mut c_void,
    /// The bytes the block was asked for, or those of a refused request; 0 where that is not known.
    pub block_size: u64,
    /// Bytes in use: for limits, pressure and fragmentation.
    pub used_bytes: u64,
    /// What they are measured by: the limit, or the bytes the control group may use, or live bytes; 0: none.
    pub limit_bytes: u64,
}

/// A function that is told.
pub type Callback = extern "C" fn(event: *const dam_event_t, context: *mut c_void);

static MASK: AtomicU32 = AtomicU32::new(0);
/// The function, or null, and its context: who is told by one gets the other that was named with it.
static LISTENER: Pair = Pair::new();

/// Chooses what is told to whom, instead of what was chosen before. A thread that is just telling may still tell that.
pub fn choose(mask: u32, callback: Option<Callback>, context: *mut c_void) {
    MASK.store(0, Relaxed);
    let function = callback.map_or(0, |callback| (callback as *mut c_void).expose_provenance());
    LISTENER.set([function, context.expose_provenance()]);
    MASK.store(if callback.is_some() { mask } else { 0 }, Release);
}

/// An event on its way.
#[derive(Clone, Copy)]
struct Noted {
    kind: Kind,
    violation: usize,
    address: usize,
    size: u64,
    used: u64,
    limit: u64,
}

/// A place of the list.
struct Place {
    state: AtomicU32,
    /// Events noted first are told first.
    number: AtomicU64,
    kind: AtomicU32,
    violation: AtomicUsize,
    address: AtomicUsize,
    size: AtomicU64,
    used: AtomicU64,
    limit: AtomicU64,
}

const FREE: u32 = 0;
const IN_WORK: u32 = 1;
const NOTED: u32 = 2;

const PLACES: usize = 64;

static LIST: [Place; PLACES] = [const {
    Place {
        state: AtomicU32::new(FREE),
        number: AtomicU64::new(0),
        kind: AtomicU32::new(0),
        violation: AtomicUsize::new(0),
        address: AtomicUsize::new(0),
        size: AtomicU64::new(0),
        used: AtomicU64::new(0),
        limit: AtomicU64::new(0),
    }
}; PLACES];

/// Whether there may be something in the list.
static WAITING: AtomicBool = AtomicBool::new(false);
/// Events so far.
static NUMBER: AtomicU64 = AtomicU64::new(0);
/// Events that found no place since the last one that was told.
static LOST: AtomicU32 = AtomicU32::new(0);
/// Those since the start.
static ALL_LOST: AtomicU64 = AtomicU64::new(0);
/// The mark of the thread that is telling; 0: none.
static TELLER: AtomicUsize = AtomicUsize::new(0);

/// Whether anybody wants to be told of such events.
pub fn are_wanted(kind: Kind) -> bool {
    MASK.load(Acquire) & kind as u32 != 0
}

/// Notes a violation.
pub fn note(finding: &Finding<'_>) {
    note_event(Noted {
        kind: Kind::Violation,
        violation: finding.violation as usize,
        address: finding.address,
        size: finding.size.unwrap_or(0) as u64,
        used: 0,
        limit: 0,
    });
}

/// Notes that the pool at `address` went into quarantine.
pub fn note_quarantine(address: usize) {
    note_plain(Kind::Quarantine, address, 0, (0, 0));
}

/// Notes that a request of `size` bytes was refused.
pub fn note_failure(size: usize) {
    note_plain(Kind::Failure, 0, size as u64, (0, 0));
}

/// Notes that so many bytes are in use, beside what that is measured by.
pub fn note_use(kind: Kind, used: u64, limit: u64) {
    probes::limit(kind as u32, used);
    note_plain(kind, 0, 0, (used, limit));
}

fn note_plain(kind: Kind, address: usize, size: u64, (used, limit): (u64, u64)) {
    note_event(Noted { kind, violation: usize::MAX, address, size, used, limit });
}

fn note_event(event: Noted) {
    if !are_wanted(event.kind) {
        return;
    }
    // One that the callback's own requests bring about would have it called for ever.
    let is_echo =
        matches!(event.kind, Kind::Failure | Kind::SoftLimit | Kind::HardLimit) && is_telling();
    let take =
        |place: &&Place| place.state.compare_exchange(FREE, IN_WORK, Acquire, Relaxed).is_ok();
    match (!is_echo).then(|| LIST.iter().find(take)).flatten() {
        None => {
            LOST.fetch_add(1, Relaxed);
            ALL_LOST.fetch_add(1, Relaxed);
        }
        Some(place) => place.fill(event),
    }
    WAITING.store(true, Release);
}

impl Place {
    fn fill(&self, event: Noted) {
        self.number.store(NUMBER.fetch_add(1, Relaxed), Relaxed);
        self.kind.store(event.kind as u32, Relaxed);
        self.violation.store(event.violation, Relaxed);
        self.address.store(event.address, Relaxed);
        self.size.store(event.size, Relaxed);
        self.used.store(event.used, Relaxed);
        self.limit.store(event.limit, Relaxed);
        self.state.store(NOTED, Release);
    }
}

/// Events that found no place since the start.
pub fn lost() -> u64 {
    ALL_LOST.load(Relaxed)
}

/// Whether [`tell`] has something to do.
#[inline(always)]
pub fn are_waiting() -> bool {
    WAITING.load(Relaxed)
}

/// [`tell`], where there is something to do.
#[inline(always)]
pub fn tell_if_waiting() {
    if are_waiting() {
        tell();
    }
}

/// Tells all that waits, unless a thread is just doing so: this one, if the function has called the
/// allocator, or another.
#[cold]
#[inline(never)]
pub fn tell() {
    let me = sys::thread_mark();
    // Once more, if something was noted after the list was seen empty and before others could tell it.
    while are_waiting() && TELLER.compare_exchange(0, me, Acquire, Relaxed).is_ok() {
        WAITING.store(false, Relaxed);
        while let Some(event) = next() {
            let [function, context] =
                LISTENER.get().map(ptr::with_exposed_provenance_mut::<c_void>);
            // SAFETY: GUARD-4: null, or written by `choose` from such a function.
            let callback = unsafe { mem::transmute::<*mut c_void, Option<Callback>>(function) };
            if let Some(callback) = callback {
                callback(&raw const event, context);
            }
        }
        TELLER.store(0, Release);
    }
}

/// Whether the calling thread is telling: it is in the program's function.
pub fn is_telling() -> bool {
    TELLER.load(Relaxed) == sys::thread_mark()
}

/// Takes the event that was noted first off the list.
fn next() -> Option<dam_event_t> {
    let noted = LIST.iter().filter(|place| place.state.load(Acquire) == NOTED);
    let place = noted.min_by_key(|place| place.number.load(Relaxed))?;
    let violation = Violation::ALL.get(place.violation.load(Relaxed));
    let event = dam_event_t {
        size: size_of::<dam_event_t>() as u64,
        kind: place.kind.load(Relaxed),
        lost: LOST.swap(0, Relaxed),
        violation: violation.map_or(c"", |violation| violation.name_for_c()).as_ptr(),
        address: ptr::with_exposed_provenance_mut(place.address.load(Relaxed)),
        block_size: place.size.load(Relaxed),
        used_bytes: place.used.load(Relaxed),
        limit_bytes: place.limit.load(Relaxed),
    };
    place.state.store(FREE, Release);
    Some(event)
}

/// In the child of a fork: a thread that was telling is gone, unless it is this one.
pub fn after_fork() {
    if TELLER.load(Relaxed) != sys::thread_mark() {
        TELLER.store(0, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_bits_of_a_mask() {
        let bits = Kind::ALL.iter().fold(0, |bits, &kind| bits | kind as u32);
        assert_eq!(bits, (1 << Kind::ALL.len()) - 1);
    }
}
