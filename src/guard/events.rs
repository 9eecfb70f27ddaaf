//! What the program wants to be told: one function of its own, called outside all locks.
//!
//! What happens is noted where it happens and told when its thread leaves the slow paths, where the
//! function may allocate and free. Noting takes no lock: a free place in a list is taken by one
//! compare-and-swap. Where the list is full, what happens is counted as lost.

use core::ffi::{c_char, c_void};
use core::ptr;

use crate::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sys;

use super::{Finding, Violation};

/// A violation was found.
const VIOLATION: u32 = 1;

/// One thing that happened. Only ever grows at its end: `size` says how much of it there is.
#[repr(C)]
#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
pub struct dam_event_t {
    /// Bytes of this structure.
    pub size: u64,
    /// What kind of event it is: one of `DAM_EVENT_*`.
    pub kind: u32,
    /// Events that were lost before this one because there were too many at once.
    pub lost: u32,
    /// The violation's name, `double-free` and so on; a constant.
    pub violation: *const c_char,
    /// The pointer the program passed, or the block concerned.
    pub address: *mut c_void,
    /// The bytes the block was asked for; 0 where that is not known.
    pub block_size: u64,
}

/// A function that is told.
pub type Callback = extern "C" fn(event: *const dam_event_t, context: *mut c_void);

static MASK: AtomicU32 = AtomicU32::new(0);
static CALLBACK: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());
static CONTEXT: AtomicPtr<c_void> = AtomicPtr::new(ptr::null_mut());

/// Chooses what is told to whom, instead of what was chosen before.
pub fn choose(mask: u32, callback: Option<Callback>, context: *mut c_void) {
    MASK.store(0, Relaxed);
    CONTEXT.store(context, Release);
    CALLBACK.store(callback.map_or(ptr::null_mut(), |callback| callback as *mut c_void), Release);
    MASK.store(if callback.is_some() { mask } else { 0 }, Release);
}

/// A place of the list.
struct Place {
    state: AtomicU32,
    /// The violation's number: those found first are told first.
    number: AtomicU64,
    violation: AtomicUsize,
    address: AtomicUsize,
    block_size: AtomicUsize,
}

const FREE: u32 = 0;
const IN_WORK: u32 = 1;
const NOTED: u32 = 2;

const PLACES: usize = 64;

static LIST: [Place; PLACES] = [const {
    Place {
        state: AtomicU32::new(FREE),
        number: AtomicU64::new(0),
        violation: AtomicUsize::new(0),
        address: AtomicUsize::new(0),
        block_size: AtomicUsize::new(0),
    }
}; PLACES];

/// Whether there may be something in the list.
static WAITING: AtomicBool = AtomicBool::new(false);
/// Events that found no place since the last one that was told.
static LOST: AtomicU32 = AtomicU32::new(0);
/// The mark of the thread that is telling; 0: none.
static TELLER: AtomicUsize = AtomicUsize::new(0);

/// Notes violation number `number`.
pub fn note(finding: &Finding<'_>, number: u64) {
    if MASK.load(Acquire) & VIOLATION == 0 {
        return;
    }
    let take =
        |place: &&Place| place.state.compare_exchange(FREE, IN_WORK, Acquire, Relaxed).is_ok();
    match LIST.iter().find(take) {
        None => _ = LOST.fetch_add(1, Relaxed),
        Some(place) => {
            place.number.store(number, Relaxed);
            place.violation.store(finding.violation as usize, Relaxed);
            place.address.store(finding.address, Relaxed);
            place.block_size.store(finding.size.unwrap_or(0), Relaxed);
            place.state.store(NOTED, Release);
        }
    }
    WAITING.store(true, Release);
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
            let callback = CALLBACK.load(Acquire);
            if !callback.is_null() {
                // SAFETY: GUARD-4: only `choose` writes it, from such a function.
                let callback = unsafe { core::mem::transmute::<*mut c_void, Callback>(callback) };
                callback(&raw const event, CONTEXT.load(Acquire));
            }
        }
        TELLER.store(0, Release);
    }
}

/// Takes the event that was noted first off the list.
fn next() -> Option<dam_event_t> {
    let noted = LIST.iter().filter(|place| place.state.load(Acquire) == NOTED);
    let place = noted.min_by_key(|place| place.number.load(Relaxed))?;
    let name = Violation::ALL.get(place.violation.load(Relaxed))?.name_for_c();
    let event = dam_event_t {
        size: size_of::<dam_event_t>() as u64,
        kind: VIOLATION,
        lost: LOST.swap(0, Relaxed),
        violation: name.as_ptr(),
        address: ptr::with_exposed_provenance_mut(place.address.load(Relaxed)),
        block_size: place.block_size.load(Relaxed) as u64,
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
