//! Freed blocks kept with their pages for the next request of about their size. The system would
//! have to zero every page again: for a block that lives shortly that is most of its cost.
//!
//! Stops: nothing; a use after free of such a block does not fault until it has gone cold, unless its pages were moved
//! (`renew.rs`).
//! Costs: memory, bounded in bytes, in number and in time.

use crate::bits::is_aligned;
use crate::config::limits::{WARM_BYTES, WARM_COUNT, WARM_LEAST, WARM_MOVED_LEAST};
use crate::sync::Leaf;
use crate::sync::atomic::{AtomicU32, Ordering::Relaxed};
use crate::sys;

use super::mapping::Mapping;
use super::{address_limit, again, renew, stats};

/// How an offer was received.
pub enum Offer<T> {
    /// It was taken.
    Kept,
    /// It was not: this one must go first, and the caller owns it now.
    MakeRoom(T),
    /// It will never fit.
    TooLarge,
}

/// A freed block, or a piece of one.
#[derive(Clone, Copy)]
pub struct Item {
    pub mapping: Mapping,
    /// When it was freed; what is cut off keeps that date.
    pub since: u32,
}

struct Warm {
    /// The first `count` are in use, oldest first.
    items: [Item; WARM_COUNT],
    count: usize,
    bytes: usize,
}

const NOTHING: Item = Item { mapping: Mapping::NONE, since: 0 };

static WARM: Leaf<Warm> = Leaf::new(Warm { items: [NOTHING; WARM_COUNT], count: 0, bytes: 0 });

/// When the oldest item was freed; 0 while there is none. Lets [`take_older`] pass without the
/// lock.
static OLDEST: AtomicU32 = AtomicU32::new(0);

/// Half of what is in use, so that a program which is through with its large blocks does not sit on
/// them; more where it is known to want it again. Under a limit of the address space the program wants
/// most of it for itself.
fn capacity(now: u32) -> usize {
    let live = stats::LIVE_BYTES.get() as usize;
    let least = if renew::is_on() { WARM_MOVED_LEAST } else { WARM_LEAST };
    let most = WARM_BYTES.min((live / 2).max(least)).max(again::room(live, now));
    address_limit().map_or(most, |limit| most.min(limit / 16))
}

/// Whether so many bytes more have a place without another's giving way.
pub fn has_room(bytes: usize, now: u32) -> bool {
    let capacity = capacity(now);
    WARM.lock().has_room(bytes, capacity)
}

/// Hands a freed block over; `now` is the time.
pub fn offer(item: Item, now: u32) -> Offer<Mapping> {
    let (Item { mapping, since }, capacity) = (item, capacity(now));
    if mapping.inner > capacity {
        return Offer::TooLarge;
    }
    let mut warm = WARM.lock();
    if !warm.has_room(mapping.inner, capacity) {
        return Offer::MakeRoom(warm.remove(0).mapping);
    }
    let count = warm.count;
    let is_younger = |other: &Item| sys::has_passed(since, other.since, 1);
    let at = count - warm.items[..count].iter().rev().take_while(|other| is_younger(other)).count();
    warm.items.copy_within(at..count, at + 1);
    warm.items[at] = item;
    warm.count += 1;
    warm.bytes += mapping.inner;
    warm.publish();
    Offer::Kept
}

/// A block at a multiple of `align` for a request that `wanted` bytes suit best: the smallest that has
/// them, else the largest that has at least `least`. Of equal ones the youngest, which the processor's
/// caches know best.
pub fn take(least: usize, wanted: usize, align: usize) -> Option<Item> {
    if OLDEST.load(Relaxed) == 0 {
        return None;
    }
    let mut warm = WARM.lock();
    let mut best: Option<(usize, usize)> = None;
    for (at, item) in warm.items[..warm.count].iter().enumerate().rev() {
        let has = item.mapping.inner;
        let better = |than: usize| match than >= wanted {
            true => has >= wanted && has < than,
            false => has > than,
        };
        let fits = has >= least && is_aligned(item.mapping.address, align);
        if fits && best.is_none_or(|(_, than)| better(than)) {
            best = Some((at, has));
        }
    }
    best.map(|(at, _)| warm.remove(at))
}

/// What is here of the mapping that `mapping` once was a part of, and lies right behind it; or, with
/// `in_front`, right in front of it.
pub fn take_neighbour(mapping: &Mapping, in_front: bool) -> Option<Item> {
    if OLDEST.load(Relaxed) == 0 || (in_front && !mapping.is_rest) {
        return None;
    }
    let mut warm = WARM.lock();
    let at = warm.items[..warm.count].iter().position(|item| match in_front {
        true => item.mapping.is_before(mapping),
        false => mapping.is_before(&item.mapping),
    });
    at.map(|at| warm.remove(at))
}

/// The oldest block, if it was freed at least `age` milliseconds before `now`.
pub fn take_older(now: u32, age: u32) -> Option<Mapping> {
    if !is_older(OLDEST.load(Relaxed), now, age) {
        return None;
    }
    let mut warm = WARM.lock();
    let due = warm.count != 0 && is_older(warm.items[0].since, now, age);
    due.then(|| warm.remove(0).mapping)
}

/// The oldest block, whatever its age.
pub fn take_any() -> Option<Mapping> {
    take_older(0, 0)
}

/// Calls `visit` with each block, with the cache locked; `false` if the cache's own sums are wrong.
pub fn for_each(visit: &mut dyn FnMut(&Mapping)) -> bool {
    let warm = WARM.lock();
    let items = &warm.items[..warm.count];
    items.iter().for_each(|item| visit(&item.mapping));
    items.iter().map(|item| item.mapping.inner).sum::<usize>() == warm.bytes
}

/// 0 is no time.
fn is_older(since: u32, now: u32, age: u32) -> bool {
    since != 0 && sys::has_passed(since, now, age)
}

impl Warm {
    fn has_room(&self, bytes: usize, capacity: usize) -> bool {
        self.count < WARM_COUNT && self.bytes + bytes <= capacity
    }

    fn remove(&mut self, at: usize) -> Item {
        let item = self.items[at];
        self.items.copy_within(at + 1..self.count, at);
        self.count -= 1;
        self.bytes -= item.mapping.inner;
        self.publish();
        item
    }

    /// Brings what is read without the lock up to date.
    fn publish(&self) {
        OLDEST.store(if self.count == 0 { 0 } else { self.items[0].since }, Relaxed);
        stats::CACHED.set(self.bytes);
    }
}
