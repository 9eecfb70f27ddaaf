//! Slots on their way from a thread's stock home: each to the pool it came from, whoever freed it.

use core::ptr::{self, NonNull};

use crate::config::limits::STOCK_SLOTS;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys::probes;

use super::audit;
use super::cache::{self, Bin, Shelf};
use super::class;
use super::judge;
use super::list;
use super::pool::{Inner, Pool, State};
use super::window;

/// Returns the oldest slots of a bin to their pools, all but `kept`.
///
/// # Safety
/// `bin` is the calling thread's or its thread is gone (SMALL-6); for `class`.
pub unsafe fn flush(bin: *mut Bin, class: usize, kept: usize) {
    // SAFETY: SMALL-6.
    let bin = unsafe { &mut *bin };
    let held = bin.count as usize;
    let count = held.saturating_sub(kept);
    if count > 0 {
        return_all(class, &bin.slots[..count]);
    }
    bin.slots.copy_within(count..held, 0);
    bin.count = (held - count) as u64;
    // SAFETY: SMALL-6.
    unsafe { cache::go(bin, count) };
    audit::bin(bin, class);
}

/// Returns a slot to its pool, if that is another thread's; the calling one has no pools of the class yet.
pub fn to_neighbour(class: usize, index: u32) -> bool {
    let is_neighbours = is_neighbours(class, index >> class::POOL_LOG2[class], ptr::null());
    if is_neighbours {
        return_all(class, &[index]);
    }
    is_neighbours
}

/// Returns a slot to its pool.
pub fn home(class: usize, index: u32) {
    return_all(class, &[index]);
}

/// Returns those slots of a bin that lie in other threads' pools.
///
/// # Safety
/// As for [`flush`].
pub unsafe fn to_neighbours(bin: *mut Bin, class: usize) {
    // SAFETY: SMALL-6.
    let bin = unsafe { &mut *bin };
    let mut theirs = [0; STOCK_SLOTS];
    let (mut kept, mut leaving) = (0, 0);
    // Slots that lie side by side in a stock are often of one pool.
    let mut last = (u32::MAX, false);
    for at in 0..bin.count as usize {
        let index = bin.slots[at];
        let number = index >> class::POOL_LOG2[class];
        if number != last.0 {
            last = (number, is_neighbours(class, number, bin.shelf));
        }
        let (place, count) =
            if last.1 { (&mut theirs, &mut leaving) } else { (&mut bin.slots, &mut kept) };
        place[*count] = index;
        *count += 1;
    }
    bin.count = kept as u64;
    if leaving > 0 {
        // SAFETY: SMALL-6.
        unsafe { cache::go(bin, leaving) };
        return_all(class, &theirs[..leaving]);
    }
    audit::bin(bin, class);
}

/// Whether another thread that lives refills from a pool, or did last: in the stock of this one its slots would be handed out
/// beside blocks of that thread, in the same cache line perhaps. `own` is this thread's shelf; null: it has none yet.
fn is_neighbours(class: usize, number: u32, own: *const Shelf) -> bool {
    // SAFETY: SMALL-5: descriptors live for ever.
    let owner = unsafe { window::of(class).pool(class, number).as_ref() }.inner.lock().owner;
    // SAFETY: SMALL-5: shelves live for ever, and whether they are attached may be read at any time.
    owner != own && unsafe { (*owner).attached.load(Relaxed) }
}

/// Returns slots to their pools.
fn return_all(class: usize, slots: &[u32]) {
    let idle = &window::of(class).idle;
    // All in one, and before they are found in their pools.
    idle.add(slots.len());
    let differ = slots.iter().fold(0, |differ, slot| differ | (slot ^ slots[0]));
    let mut sorted;
    let mut rest = slots;
    if differ >> class::POOL_LOG2[class] != 0 {
        sorted = [0; STOCK_SLOTS];
        sort(class, slots, &mut sorted);
        rest = &sorted[..slots.len()];
    }
    let mut lost = 0;
    while let Some(first) = rest.first() {
        let number = first >> class::POOL_LOG2[class];
        let is_other = |slot: &u32| slot >> class::POOL_LOG2[class] != number;
        let (these, others) = rest.split_at(rest.iter().position(is_other).unwrap_or(rest.len()));
        lost += these.len() - return_to(class, number, these);
        rest = others;
    }
    if lost > 0 {
        idle.lose(lost);
    }
}

/// Returns slots to their pool, number `number`; how many were welcome.
fn return_to(class: usize, number: u32, slots: &[u32]) -> usize {
    let pool = window::of(class).pool(class, number);
    // SAFETY: SMALL-5: descriptors live for ever.
    let mut inner = unsafe { pool.as_ref() }.inner.lock();
    let (mut doubly, mut returned) = (None, 0);
    // Slots of a quarantined pool are in no place any more (SMALL-1).
    if inner.state != State::Quarantined {
        let before = inner.free;
        inner.mark_free(slots, &mut |index| doubly = Some(index));
        returned = inner.free - before;
        inner.idle += returned;
    }
    settle(pool, &mut inner);
    audit::pool(&inner);
    // SAFETY: SMALL-5: descriptors live for ever.
    unsafe { pool.as_ref() }.told.update(&inner);
    drop(inner);
    if let Some(index) = doubly {
        judge::returned_twice(class, index);
    }
    usize::from(returned)
}

/// Places to sort slots into, by the lower bits of their pools' numbers.
const PLACES: usize = 64;

/// Puts slots of a pool side by side, in two passes over all: each pool is then visited once. (Where two of very many have
/// the same place, they may be visited more often.)
fn sort(class: usize, slots: &[u32], sorted: &mut [u32; STOCK_SLOTS]) {
    let place_of = |slot: u32| (slot >> class::POOL_LOG2[class]) as usize % PLACES;
    let mut ends = [0u8; PLACES];
    slots.iter().for_each(|&slot| ends[place_of(slot)] += 1);
    let mut end = 0;
    for count in &mut ends {
        end += *count;
        *count = end;
    }
    for &slot in slots {
        let end = &mut ends[place_of(slot)];
        *end -= 1;
        sorted[usize::from(*end)] = slot;
    }
}

const _: () = assert!(STOCK_SLOTS <= u8::MAX as usize);

/// Puts a pool that has free slots again where it will be found: on its owner's shelf, or, when it
/// has no free slot missing, among the orphans for any thread.
fn settle(pool: NonNull<Pool>, inner: &mut Inner) {
    inner.dirty = true;
    let is_full = inner.state == State::Full && inner.free > 0;
    if !is_full && (inner.state != State::Listed || !inner.is_empty()) {
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
            list::remove(pool.as_ptr());
            orphans.push(pool.as_ptr());
        } else if owner.attached.load(Relaxed) && !inner.is_empty() {
            owner.pools.push(pool.as_ptr());
        } else {
            orphans.push(pool.as_ptr());
        }
    }
    inner.state = State::Listed;
    if inner.is_empty() {
        probes::pool_empty(usize::from(inner.class), inner.index as usize);
    }
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
