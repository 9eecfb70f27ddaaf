//! Freed slots of one thread that may not be used again yet: first in, first out, bounded in bytes and number.
//!
//! Stops: a block that was just freed from being handed out by the next request. Finds, with
//! `zero_on_free`: writes to it meanwhile. Costs: so much memory per thread.

use super::class;
use super::hardened::Place;

/// Most slots that wait.
const MOST: usize = 1024;

/// The slots. All-zero memory is an empty one.
#[repr(C)]
pub struct Waiting {
    places: [Place; MOST],
    first: u32,
    count: u32,
    bytes: usize,
}

impl Waiting {
    /// None.
    pub const EMPTY: Self = Self { places: [Place::NONE; MOST], first: 0, count: 0, bytes: 0 };

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count as usize
    }

    /// Whether another slot of `bytes` may wait within `bound` bytes.
    #[inline(always)]
    pub fn has_room(&self, bytes: usize, bound: usize) -> bool {
        self.count() < MOST && self.bytes + bytes <= bound
    }

    /// Adds a slot of `bytes`, for which there is room.
    #[inline(always)]
    pub fn add(&mut self, place: Place, bytes: usize) {
        self.places[(self.first as usize + self.count()) % MOST] = place;
        self.count += 1;
        self.bytes += bytes;
    }

    /// The one that has waited longest.
    #[inline(always)]
    pub fn oldest(&self) -> Option<Place> {
        (self.count != 0).then(|| self.places[self.first as usize % MOST])
    }

    /// Leaves out the one that has waited longest, of `bytes`.
    #[inline(always)]
    pub fn drop_oldest(&mut self, bytes: usize) {
        self.first = (self.first + 1) % MOST as u32;
        self.count -= 1;
        self.bytes -= bytes;
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
        let last = self.count().checked_sub(1)?;
        Some(self.places[(self.first as usize + last) % MOST])
    }

    /// Leaves out the one that came last: it is not to be used again.
    pub fn forget_newest(&mut self) {
        if let Some(place) = self.newest() {
            self.count -= 1;
            self.bytes -= bytes_of(place);
        }
    }

    /// Each of them, the oldest first.
    pub fn iter(&self) -> impl Iterator<Item = Place> {
        (0..self.count()).map(|at| self.places[(self.first as usize + at) % MOST])
    }

    /// Whether a slot is among them.
    pub fn holds(&self, place: Place) -> bool {
        self.iter().any(|waiting| waiting == place)
    }

    /// Gives all of them up, without a word; how many there were.
    pub fn forget(&mut self) -> u64 {
        let count = core::mem::take(&mut self.count);
        self.bytes = 0;
        u64::from(count)
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
