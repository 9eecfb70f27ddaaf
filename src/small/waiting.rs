//! Freed slots of one thread that may not be used again yet: first in, first out, bounded in bytes and number.
//!
//! Stops: a block that was just freed from being handed out by the next request. Finds, with
//! `zero_on_free`: writes to it meanwhile. Costs: so much memory per thread.

use core::sync::atomic::{Ordering::SeqCst, compiler_fence};

use crate::bits::align_down;
use crate::config::limits::CANARY;
use crate::guard::clear::first_written;

use super::damage::{Damage, Fault};
use super::hardened::Place;
use super::{class, window};

/// Most slots that wait.
const MOST: usize = 1024;

/// The slots. All-zero memory is an empty one.
#[repr(C)]
pub struct Waiting {
    places: [Place; MOST],
    /// The number of the oldest one, and that of the next to come; places are used again and again.
    first: usize,
    next: usize,
    bytes: usize,
}

impl Waiting {
    /// None.
    pub const EMPTY: Self = Self { places: [Place::NONE; MOST], first: 0, next: 0, bytes: 0 };

    /// How many there are.
    pub fn count(&self) -> usize {
        self.next - self.first
    }

    /// Whether another slot of `bytes` may wait within `bound` bytes.
    #[inline(always)]
    pub fn has_room(&self, bytes: usize, bound: usize) -> bool {
        self.count() < MOST && self.bytes + bytes <= bound
    }

    /// Adds a slot of `bytes`, for which there is room.
    #[inline(always)]
    pub fn add(&mut self, place: Place, bytes: usize) {
        self.places[self.next % MOST] = place;
        self.next += 1;
        self.bytes += bytes;
    }

    /// The one that has waited longest.
    #[inline(always)]
    pub fn oldest(&self) -> Option<Place> {
        (self.next != self.first).then(|| self.places[self.first % MOST])
    }

    /// Leaves out the one that has waited longest, of `bytes`.
    #[inline(always)]
    pub fn drop_oldest(&mut self, bytes: usize) {
        self.first += 1;
        self.bytes -= bytes;
    }

    /// Lets the oldest leave, by `out`, until another slot of `bytes` may wait within `bound` bytes, which it does alone.
    /// `length` says how long a slot of a class is, or stops this by `None`: false then, with some that have left.
    #[inline(always)]
    pub fn make_room(
        &mut self,
        bytes: usize,
        bound: usize,
        length: impl Fn(u32) -> Option<usize>,
        mut out: impl FnMut(Place),
    ) -> bool {
        let (mut first, mut held) = (self.first, self.bytes);
        while self.next - first >= MOST || held + bytes > bound {
            let oldest = self.places[first % MOST];
            let Some(length) = length(oldest.class).filter(|_| first != self.next) else {
                return false;
            };
            (first, held) = (first + 1, held - length);
            // In this order: a thread that is ended in between loses a slot, and has none twice.
            (self.first, self.bytes) = (first, held);
            compiler_fence(SeqCst);
            out(oldest);
        }
        true
    }

    /// Adds a slot; those that are too many then for `bound` bytes leave by `out`, the oldest first.
    pub fn put(&mut self, place: Place, bound: usize, out: &mut dyn FnMut(Place)) {
        let bytes = bytes_of(place);
        if bytes > bound {
            return out(place);
        }
        while !self.has_room(bytes, bound) {
            let Some(oldest) = self.take_oldest() else { break };
            out(oldest);
        }
        self.add(place, bytes);
    }

    /// Takes out the one that has waited longest.
    pub fn take_oldest(&mut self) -> Option<Place> {
        let oldest = self.oldest()?;
        self.drop_oldest(bytes_of(oldest));
        Some(oldest)
    }

    /// The one that came last.
    pub fn newest(&self) -> Option<Place> {
        (self.next != self.first).then(|| self.places[(self.next - 1) % MOST])
    }

    /// Leaves out the one that came last: it is not to be used again.
    pub fn forget_newest(&mut self) {
        if let Some(place) = self.newest() {
            self.next -= 1;
            self.bytes -= bytes_of(place);
        }
    }

    /// Each of them, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Place> {
        (self.first..self.next).map(|at| self.places[at % MOST])
    }

    /// Whether a slot is among them.
    pub fn holds(&self, place: Place) -> bool {
        self.iter().any(|waiting| waiting == place)
    }

    /// Gives all of them up, without a word; how many there were.
    pub fn forget(&mut self) -> u64 {
        let count = self.count();
        (self.first, self.bytes) = (self.next, 0);
        count as u64
    }
}

/// What was written to the first `most` bytes of a slot that waits since it was cleared.
///
/// # Safety
/// HARD-2: it waits, and was cleared.
pub unsafe fn written(Place { class, index }: Place, most: usize) -> Option<Fault> {
    let class = class as usize;
    let block = window::of(class).block(class, index);
    // SAFETY: SMALL-3: a slot that was a block's is committed.
    unsafe {
        let first = first_written(block, (class::SLOT[class] as usize - CANARY).min(most))?;
        let damage = Some(Damage::after_free(block, align_down(first, 8)));
        Some(Fault { class, index, damage })
    }
}

fn bytes_of(place: Place) -> usize {
    class::SLOT[place.class as usize] as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;
    use std::vec::Vec;

    #[test]
    fn slots_leave_in_the_order_they_came_and_within_the_bounds() {
        let mut waiting = Box::new(Waiting::EMPTY);
        let mut left = Vec::new();
        let place = |class, index| Place { class, index };
        for index in 1..=5000 {
            waiting.put(place(0, index), 64 << 10, &mut |place| left.push(place.index));
        }
        assert_eq!(waiting.count(), MOST);
        assert!(left.iter().copied().eq(1..=5000 - MOST as u32));
        assert_eq!(waiting.newest(), Some(place(0, 5000)));
        assert!(waiting.holds(place(0, 5000 - MOST as u32 + 1)) && !waiting.holds(place(0, 1)));
        let last = class::CLASSES as u32 - 1;
        for index in 1..10 {
            waiting.put(place(last, index), 64 << 10, &mut |_| {});
            assert!(waiting.bytes <= 64 << 10);
        }
        waiting.forget_newest();
        assert_eq!(waiting.newest(), Some(place(last, 8)));
        while waiting.take_oldest().is_some() {}
        assert_eq!(waiting.bytes, 0);
        let mut passed = 0;
        waiting.put(place(0, 1), 0, &mut |_| passed += 1);
        assert_eq!((passed, waiting.count()), (1, 0), "where nothing waits it leaves at once");
    }
}
