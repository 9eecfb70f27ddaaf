//! Slots on their way from the pools to a thread's stock.
//!
//! A thread refills from pools of its own, so that slots of different threads do not share a line
//! of records or of blocks. It takes over pools that lost their thread, or that are empty, before it
//! asks for a new one.

use core::ptr::{self, NonNull};

use crate::config::options::RANDOM_SLOTS;
use crate::guard::Operation;
use crate::sync::atomic::Ordering::Relaxed;

use super::audit;
use super::cache::{self, Bin, Shelf};
use super::capacity;
use super::choose;
use super::class;
use super::pool::{Pool, State};
use super::take::{self, Taken};
use super::window;

/// Makes a bin usable by its thread.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), for `class`; `shelf` lives for ever.
pub unsafe fn attach(bin: *mut Bin, shelf: &'static Shelf, class: usize) {
    let window = window::of(class);
    // SAFETY: SMALL-6.
    let bin = unsafe { &mut *bin };
    let (_growth, _) = window.lock();
    shelf.attached.store(true, Relaxed);
    bin.shelf = shelf;
    bin.most = capacity::first(class);
    bin.capacity = u64::from(bin.most);
    bin.records = window.records();
    bin.base = window.base();
    bin.reciprocal = class::RECIPROCAL[class];
    bin.slot = class::SLOT[class];
    bin.extent = u64::from(window.extent());
    // Few slots at first: their memory is touched when they are fetched.
    bin.batch = match RANDOM_SLOTS.is_on() {
        true => capacity::most_at_once(bin),
        false => (1024 / class::SLOT[class] as usize).clamp(1, 16) as u8,
    };
}

/// Which slots a refill takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum From {
    /// Only those that have been in use before: most of them have memory already.
    Idle,
    /// Fresh ones too, a page at a time, and new pools.
    Any,
}

/// What a refill did.
pub struct Fetched {
    /// Slots now in the bin; 0: there is no memory.
    pub slots: usize,
    /// Bytes by which memory in use has grown for it: of pools that were made, and of slots whose
    /// pages had been given back to the system.
    pub grown: usize,
}

/// Fetches slots, at most `most`, into an empty bin.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), attached, for `class`, with no slot in it.
pub unsafe fn refill(bin: *mut Bin, class: usize, from: From, most: usize) -> Fetched {
    // SAFETY: SMALL-6.
    let bin = unsafe { &mut *bin };
    debug_assert!(bin.count == 0);
    capacity::visit(bin, class);
    let fetched = fetch(bin, class, from, most);
    // SAFETY: SMALL-6.
    unsafe { cache::come(bin, fetched.slots) };
    (bin.count, bin.drawn) = (fetched.slots as u64, 0);
    audit::bin(bin, class);
    fetched
}

fn fetch(bin: &mut Bin, class: usize, from: From, most: usize) -> Fetched {
    let wanted = usize::from(bin.batch).min(most);
    let (mut got, mut grown, mut exchanged) = (0, 0, from == From::Any);
    choose::prefer_lower(bin, class);
    while got < wanted {
        // A bin with something in it is served; new memory is for empty ones only.
        let pool = match choose::find(bin, class) {
            None if got == 0 && from == From::Any => {
                // SAFETY: SMALL-5: shelves live for ever.
                let made = unsafe { window::of(class).grow(class, bin.shelf) };
                grown += made.map_or(0, |_| class::pool_bytes(class));
                made
            }
            found => found,
        };
        let Some(pool) = pool else { break };
        let (fetched, refaulted) = fetch_from(pool, bin, wanted - got, from);
        got += fetched;
        grown += refaulted;
        // A current pool that is left has only fresh slots, or nothing else is wanted. Another may have
        // better ones.
        if !bin.current.is_null() {
            if got > 0 || exchanged || !choose::exchange(bin, class) {
                break;
            }
            exchanged = true;
        }
    }
    if got == wanted && wanted < most {
        bin.batch = (bin.batch * 2).min(capacity::most_at_once(bin));
    }
    // They were put in from the end, so that the lowest address is handed out first.
    if got < wanted {
        bin.slots.copy_within(wanted - got..wanted, 0);
    }
    bin.extent = u64::from(window::of(class).extent());
    Fetched { slots: got, grown }
}

/// Makes a pool the bin's current one and moves slots from it to the last of so many `places` of the bin;
/// how many, and how many bytes of them had been given back to the system.
fn fetch_from(pool: NonNull<Pool>, bin: &mut Bin, places: usize, from: From) -> (usize, usize) {
    // SAFETY: SMALL-5: descriptors live for ever.
    let mut inner = unsafe { pool.as_ref() }.inner.lock();
    if inner.state == State::Quarantined {
        bin.current = ptr::null_mut();
        return (0, 0);
    }
    inner.owner = bin.shelf;
    inner.state = State::Held;
    bin.current = pool.as_ptr();
    let Taken { slots, refaulted, fault } = take::some(&mut inner, &mut bin.slots[..places], from);
    if inner.free == 0 {
        // Damage found on the way leaves the pool in quarantine, with no free slot either.
        if inner.state == State::Held {
            inner.state = State::Full;
        }
        bin.current = ptr::null_mut();
    }
    audit::pool(&inner);
    // SAFETY: SMALL-5: descriptors live for ever.
    unsafe { pool.as_ref() }.told.update(&inner);
    drop(inner);
    if let Some(fault) = fault {
        fault.report(Operation::Reuse);
    }
    (slots, refaulted)
}
