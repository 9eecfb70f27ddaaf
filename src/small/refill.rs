//! Slots on their way between a thread's stock and the pools.
//!
//! A thread refills from pools of its own, so that slots of different threads do not share a line
//! of records or of blocks. It takes over pools that lost their thread, or that are empty, before it
//! asks for a new one. A flush returns each slot to the pool it came from, whoever freed it.

use core::ops::Range;
use core::ptr::{self, NonNull};

use crate::guard::{Operation, canary};
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys;

use super::audit;
use super::cache::{Bin, Shelf};
use super::choose;
use super::class;
use super::judge::{self, Fault};
use super::pool::{self, Inner, Pool, State};
use super::purge;
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
    bin.capacity = u64::from(class::CAPACITY[class]);
    bin.records = window.records();
    bin.base = window.base();
    bin.reciprocal = class::RECIPROCAL[class];
    bin.slot = class::SLOT[class];
    bin.extent = u64::from(window.extent());
    // Few slots at first: their memory is touched when they are fetched.
    bin.batch = (1024 / class::SLOT[class] as usize).clamp(1, 16) as u8;
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
    let fetched = fetch(bin, class, from, most);
    bin.count = fetched.slots as u64;
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
        let (fetched, refaulted) = fetch_from(pool, bin, got..wanted, from);
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
        bin.batch = (bin.batch * 2).min(class::CAPACITY[class].div_ceil(2).max(1) as u8);
    }
    bin.slots[..got].reverse(); // The lowest address is handed out first.
    bin.extent = u64::from(window::of(class).extent());
    Fetched { slots: got, grown }
}

/// Makes a pool the bin's current one and moves slots from it to those `places` of the bin; how many,
/// and how many bytes of them had been given back to the system.
fn fetch_from(
    pool: NonNull<Pool>,
    bin: &mut Bin,
    places: Range<usize>,
    from: From,
) -> (usize, usize) {
    // SAFETY: SMALL-5: descriptors live for ever.
    let mut inner = unsafe { pool.as_ref() }.inner.lock();
    if inner.state == State::Quarantined {
        bin.current = ptr::null_mut();
        return (0, 0);
    }
    inner.owner = bin.shelf;
    inner.state = State::Held;
    bin.current = pool.as_ptr();
    let Taken { slots, refaulted, fault } = take_from(&mut inner, &mut bin.slots[places], from);
    if inner.free == 0 {
        // Damage found on the way leaves the pool in quarantine, with no free slot either.
        if inner.state == State::Held {
            inner.state = State::Full;
        }
        bin.current = ptr::null_mut();
    }
    audit::pool(&inner);
    drop(inner);
    if let Some(fault) = fault {
        fault.report(Operation::Reuse);
    }
    (slots, refaulted)
}

/// What was taken from a pool.
struct Taken {
    slots: usize,
    /// Bytes of those whose pages had been given back to the system.
    refaulted: usize,
    /// What ended it.
    fault: Option<Fault>,
}

/// Moves the lowest free slots of a pool to `out`, checking and writing the words around them
/// (SMALL-4).
fn take_from(inner: &mut Inner, out: &mut [u32], from: From) -> Taken {
    let class = usize::from(inner.class);
    let window = window::of(class);
    let bytes = class::SLOT[class] as usize;
    let first = inner.first_slot();
    let base = window.base() + first as usize * bytes;
    let used_before = usize::from(inner.reach);
    let limit = if from == From::Any { inner.first_fresh_page() } else { used_before };
    let (mut got, mut idle, mut refaulted, mut fault) = (0, 0, 0, None);
    let mut previous = 0;
    while got < out.len() && fault.is_none() {
        let Some(slot) = inner.take(limit) else { break };
        let index = first + slot as u32;
        // SMALL-2 holds unless the slot came back twice: then it is not ours to hand out.
        if window.record(index).load(Relaxed) != 0 {
            idle += 1;
            previous = slot;
            continue;
        }
        let block: *mut u8 = ptr::with_exposed_provenance_mut(base + slot * bytes);
        // Fresh memory is written without a look: reading it first would cost a fault of its own.
        let framed = slot < used_before
            // SAFETY: SMALL-3: the slot and the words on both sides of it are committed.
            && unsafe {
                canary::intact_aligned(block.sub(8)) & canary::intact_aligned(block.add(bytes - 8))
            };
        if framed {
            idle += 1;
        } else {
            refaulted += if slot < used_before { bytes } else { 0 };
            fault = frame(inner, slot, block, slot - 1 == previous);
        }
        out[got] = index;
        got += 1;
        previous = slot;
    }
    window.idle.remove(inner, idle);
    window.idle.begin(usize::from(inner.reach) - used_before);
    Taken { slots: got, refaulted, fault }
}

/// Puts canary into the word in front of `slot` and into that behind it, which are missing in fresh
/// and in purged memory. Where the neighbour in front is in use its end must hold canary already;
/// if it does not, that block has overflowed, which is the caller's to report.
fn frame(inner: &mut Inner, slot: usize, block: *mut u8, front_is_new: bool) -> Option<Fault> {
    let class = usize::from(inner.class);
    let bytes = class::SLOT[class] as usize;
    let front_is_live = slot > 1 && !front_is_new && !inner.is_free(slot - 1);
    let next_is_live = slot + 1 < class::usable_end(class) && !inner.is_free(slot + 1);
    // SAFETY: SMALL-3: both words are committed and, the slot being free until now, ours; the word
    // in front ends the slot before it (SMALL-4).
    unsafe {
        if front_is_live && !canary::intact_aligned(block.sub(8)) {
            // The damage stays for whoever looks at that block next.
            return Some(judge::overflow_in_front(inner, slot));
        }
        canary::write(block.sub(8));
        if !next_is_live {
            canary::write(block.add(bytes - 8));
        }
    }
    None
}

/// Returns the oldest slots of a bin to their pools, all but `kept`.
///
/// # Safety
/// `bin` is the calling thread's or its thread is gone (SMALL-6); for `class`.
pub unsafe fn flush(bin: *mut Bin, class: usize, kept: usize) {
    // SAFETY: SMALL-6.
    let bin = unsafe { &mut *bin };
    let held = bin.count as usize;
    let count = held.saturating_sub(kept);
    let mut rest = count;
    let now = sys::now_ms();
    while rest > 0 {
        let number = bin.slots[0] >> class::POOL_LOG2[class];
        rest = return_to(class, number, &mut bin.slots[..rest], now);
    }
    bin.slots.copy_within(count..held, 0);
    bin.count = (held - count) as u64;
    audit::bin(bin, class);
}

/// Returns those of `slots` that belong to pool `number`, moves the others together, and tells how
/// many those are.
fn return_to(class: usize, number: u32, slots: &mut [u32], now: u32) -> usize {
    let pool = window::of(class).pool(class, number);
    let log2 = class::POOL_LOG2[class];
    let mut kept = 0;
    let (mut returned, mut doubly) = (0, None);
    // SAFETY: SMALL-5: descriptors live for ever.
    let mut inner = unsafe { pool.as_ref() }.inner.lock();
    for at in 0..slots.len() {
        let index = slots[at];
        if index >> log2 != number {
            slots[kept] = index;
            kept += 1;
        } else if inner.state != State::Quarantined {
            let slot = index - inner.first_slot();
            match inner.give_back(slot as usize) {
                true => returned += 1,
                false => doubly = Some(index),
            }
        }
    }
    window::of(class).idle.add(&mut inner, returned);
    settle(pool, &mut inner, now);
    audit::pool(&inner);
    drop(inner);
    if let Some(index) = doubly {
        judge::returned_twice(class, index);
    }
    kept
}

/// Puts a pool that has free slots again where it will be found: on its owner's shelf, or, when it
/// has no free slot missing, among the orphans for any thread.
fn settle(pool: NonNull<Pool>, inner: &mut Inner, now: u32) {
    inner.dirty_since = now;
    purge::remember(inner);
    let found = match inner.state {
        State::Full => inner.free > 0,
        State::Listed => inner.is_empty(),
        State::Held | State::Quarantined => false,
    };
    if !found {
        return;
    }
    let (_growth, orphans) = window::of(usize::from(inner.class)).lock();
    // SAFETY: SMALL-5: the class's lock is held; owners live for ever.
    unsafe {
        let owner = &*inner.owner;
        if inner.state == State::Listed {
            if (*pool.as_ptr()).on.load(Relaxed).is_null() {
                return; // A thread is just taking it.
            }
            pool::remove(pool.as_ptr());
            orphans.push(pool.as_ptr());
        } else if owner.attached.load(Relaxed) && !inner.is_empty() {
            owner.pools.push(pool.as_ptr());
        } else {
            orphans.push(pool.as_ptr());
        }
    }
    inner.state = State::Listed;
}

/// Empties a bin whose thread ends: its slots go home, its pools lose their thread.
///
/// # Safety
/// `bin` is the calling thread's or its thread is gone (SMALL-6); for `class`.
pub unsafe fn detach(bin: *mut Bin, class: usize) {
    // SAFETY: SMALL-6.
    unsafe { flush(bin, class, 0) };
    // SAFETY: SMALL-6.
    let bin = unsafe { &mut *bin };
    bin.capacity = 0;
    if let Some(pool) = NonNull::new(core::mem::replace(&mut bin.current, ptr::null_mut())) {
        // SAFETY: SMALL-5: descriptors live for ever.
        let mut inner = unsafe { pool.as_ref() }.inner.lock();
        if inner.state == State::Held {
            let (_growth, orphans) = window::of(class).lock();
            // SAFETY: SMALL-5: the class's lock is held, and a held pool is on no list.
            unsafe { orphans.push(pool.as_ptr()) };
            inner.state = State::Listed;
        }
        audit::pool(&inner);
    }
    let (_growth, orphans) = window::of(class).lock();
    bin.reciprocal = 0;
    // SAFETY: SMALL-5: shelves live for ever.
    let shelf = unsafe { &*bin.shelf };
    shelf.attached.store(false, Relaxed);
    loop {
        // SAFETY: SMALL-5: the class's lock is held.
        unsafe {
            let pool = shelf.pools.pop();
            if pool.is_null() {
                break;
            }
            orphans.push(pool);
        }
    }
}
