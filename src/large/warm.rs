//! Freed blocks kept with their pages for the next request of about their size. The system would
//! have to zero every page again: for a block that lives shortly that is most of its cost.
//!
//! Stops: nothing; a use after free of such a block does not fault until it has gone cold.
//! Costs: memory, bounded in bytes, in number and in time.

use crate::bits::{PAGE, is_aligned};
use crate::config::limits::{WARM_BYTES, WARM_COUNT, WARM_LEAST};
use crate::sync::Leaf;
use crate::sync::atomic::{AtomicU32, Ordering::Relaxed};
use crate::sys;

use super::mapping::Mapping;
use super::{address_limit, stats};

/// How an offer was received.
pub enum Offer<T> {
    /// It was taken.
    Kept,
    /// It was not: this one must go first, and the caller owns it now.
    MakeRoom(T),
    /// It will never fit.
    TooLarge,
}

#[derive(Clone, Copy)]
struct Item {
    mapping: Mapping,
    /// When it was freed.
    since: u32,
}

struct Warm {
    /// The first `count` are in use, oldest first.
    items: [Item; WARM_COUNT],
    count: usize,
    bytes: usize,
}

const NOTHING: Item =
    Item { mapping: Mapping { start: 0, len: 0, address: 0, inner: 0, guarded: false }, since: 0 };

static WARM: Leaf<Warm> = Leaf::new(Warm { items: [NOTHING; WARM_COUNT], count: 0, bytes: 0 });

/// When the oldest item was freed; 0 while there is none. Lets [`take_older`] pass without the
/// lock.
static OLDEST: AtomicU32 = AtomicU32::new(0);

/// Half of what is in use, so that a program which is through with its large blocks does not sit on
/// them. Under a limit of the address space the program wants most of it for itself.
fn capacity() -> usize {
    let most = WARM_BYTES.min((stats::LIVE_BYTES.get() as usize / 2).max(WARM_LEAST));
    address_limit().map_or(most, |limit| most.min(limit / 16))
}

/// Hands a freed block over; `now` is the time.
pub fn offer(mapping: Mapping, now: u32) -> Offer<Mapping> {
    let capacity = capacity();
    if mapping.inner > capacity {
        return Offer::TooLarge;
    }
    let mut warm = WARM.lock();
    if warm.count == WARM_COUNT || warm.bytes + mapping.inner > capacity {
        return Offer::MakeRoom(warm.remove(0));
    }
    let at = warm.count;
    warm.items[at] = Item { mapping, since: now };
    warm.count += 1;
    warm.bytes += mapping.inner;
    warm.publish();
    Offer::Kept
}

/// The block that fits best: at least `inner` accessible bytes, at most a quarter more, at a
/// multiple of `align`. Of equal ones the youngest, which the processor's caches know best.
pub fn take(inner: usize, align: usize) -> Option<Mapping> {
    take_within(inner, inner + inner / 4, align)
}

/// The same for contents that go on growing: up to four times as long, since there they can grow
/// where they are.
pub fn take_for_growth(inner: usize) -> Option<Mapping> {
    take_within(inner, inner.saturating_mul(4), PAGE)
}

fn take_within(inner: usize, most: usize, align: usize) -> Option<Mapping> {
    if OLDEST.load(Relaxed) == 0 {
        return None;
    }
    let mut warm = WARM.lock();
    let mut best: Option<(usize, usize)> = None;
    for (at, item) in warm.items[..warm.count].iter().enumerate().rev() {
        let has = item.mapping.inner;
        let fits = has >= inner && has <= most && is_aligned(item.mapping.address, align);
        if fits && best.is_none_or(|(_, least)| has < least) {
            best = Some((at, has));
        }
    }
    best.map(|(at, _)| warm.remove(at))
}

/// The oldest block, if it was freed at least `age` milliseconds before `now`.
pub fn take_older(now: u32, age: u32) -> Option<Mapping> {
    if !is_older(OLDEST.load(Relaxed), now, age) {
        return None;
    }
    let mut warm = WARM.lock();
    let due = warm.count != 0 && is_older(warm.items[0].since, now, age);
    due.then(|| warm.remove(0))
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
    fn remove(&mut self, at: usize) -> Mapping {
        let mapping = self.items[at].mapping;
        self.items.copy_within(at + 1..self.count, at);
        self.count -= 1;
        self.bytes -= mapping.inner;
        self.publish();
        mapping
    }

    /// Brings what is read without the lock up to date.
    fn publish(&self) {
        OLDEST.store(if self.count == 0 { 0 } else { self.items[0].since }, Relaxed);
        stats::CACHED.set(self.bytes);
    }
}
