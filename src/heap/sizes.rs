//! Bytes that live small blocks were asked for, in bounded time.
//!
//! Only the records know, two bytes for each slot. Programs ask for such figures ten times a second, and a heap of
//! 10 GiB has 10⁸ slots. So a look reads a bounded number of records, pool after pool, and goes on there at the next
//! one. Where all of them fit into one look the sum is exact. Else it is the number of live blocks, which is counted,
//! by the mean of the records read last; since the sizes of a class lie close together, that is right to a few
//! parts in a hundred.

use crate::config::limits::CANARY;
use crate::small::class::{self, CLASSES};
use crate::small::{stats, window};

/// Records read in one look: half a millisecond.
const MOST: u64 = 1 << 19;

/// Live blocks, and the bytes they were asked for.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub live: u64,
    pub requested: u64,
}

/// What was read so far.
pub struct Sizes {
    /// Of each class, the pools visited in this round.
    round: [Tally; CLASSES],
    /// Of each class, all pools, in the last round.
    last: [Tally; CLASSES],
    /// The pool to visit next.
    class: usize,
    pool: u32,
    /// Whether all have been read once.
    begun: bool,
}

impl Sizes {
    /// Nothing read yet.
    pub const fn new() -> Self {
        const NONE: [Tally; CLASSES] = [Tally { live: 0, requested: 0 }; CLASSES];
        Self { round: NONE, last: NONE, class: 0, pool: 0, begun: false }
    }

    /// Reads on; whether that was all there is. (The first look reads all.)
    pub fn look(&mut self) -> bool {
        let slots = |class| u64::from(window::of(class).pools(class)) << class::POOL_LOG2[class];
        let all = (0..CLASSES).map(slots).sum::<u64>() <= MOST;
        if all || !self.begun {
            (self.class, self.pool, self.round, self.begun) = (0, 0, Self::new().round, true);
            for _ in 0..CLASSES {
                self.read(u64::MAX);
            }
            return true;
        }
        let mut left = MOST;
        while left > 0 {
            left = left.saturating_sub(self.read(left));
        }
        false
    }

    /// Reads on in the class whose turn it is, about `most` records at the most; how many they were, and one more.
    fn read(&mut self, most: u64) -> u64 {
        let (class, mut count) = (self.class, 0);
        while count < most
            && let Some(pool) = stats::pool(class, self.pool)
        {
            let tally = &mut self.round[class];
            for size in pool.sizes() {
                tally.live += 1;
                tally.requested += size as u64;
            }
            count += pool.reach as u64;
            self.pool += 1;
        }
        if self.pool >= window::of(class).pools(class) {
            self.last[class] = core::mem::take(&mut self.round[class]);
            (self.class, self.pool) = ((class + 1) % CLASSES, 0);
        }
        count + 1
    }

    /// What the last full reading of a class found.
    pub fn last(&self, class: usize) -> Tally {
        self.last[class]
    }

    /// The bytes that `live` blocks of a class were asked for, by what was read of it last.
    pub fn estimate(&self, class: usize, live: u64) -> u64 {
        let most = u64::from(class::SLOT[class]) - CANARY as u64;
        match self.last[class] {
            Tally { live: 0, .. } => live * most,
            seen => (u128::from(live) * u128::from(seen.requested) / u128::from(seen.live)) as u64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_goes_by_the_mean_of_what_was_read() {
        let mut sizes = Sizes::new();
        assert_eq!(sizes.estimate(3, 10), 10 * 56);
        sizes.last[3] = Tally { live: 4, requested: 200 };
        assert_eq!(sizes.estimate(3, 10), 500);
        assert_eq!(sizes.estimate(3, 0), 0);
    }
}
