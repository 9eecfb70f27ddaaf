//! Bytes that live small blocks were asked for, in bounded time.
//!
//! Only the records know, two bytes for each slot. Programs ask for such figures ten times a second, and a heap of
//! 10 GiB has 10⁸ slots. So a look reads a bounded number of records, pool after pool, and goes on there at the next
//! one. Where all of them fit into one look the sum is exact. Else it is the number of live blocks, which is counted,
//! by the mean of the records read last; since the sizes of a class lie close together, that is right to a few
//! parts in a hundred.

use crate::small::class::{self, CLASSES};
use crate::small::{stats, window};

use super::figures::{self, Requested};

/// Records read in one look: half a millisecond.
const MOST: u64 = 1 << 19;

/// Live blocks, and the bytes they were asked for.
#[derive(Clone, Copy, Default)]
pub struct Tally {
    pub live: u64,
    pub requested: u64,
}

/// How far the reading has come.
pub struct Sizes {
    /// The pool to visit next.
    class: usize,
    pool: u32,
    /// What those of its class before it hold.
    round: Tally,
    /// Whether all have been read once.
    begun: bool,
}

impl Sizes {
    /// Nothing read yet.
    pub const fn new() -> Self {
        Self { class: 0, pool: 0, round: Tally { live: 0, requested: 0 }, begun: false }
    }

    /// Reads on; how to have the sums now: `Exact` where a look may read all there is. (The first one does, however
    /// much that is.)
    pub fn look(&mut self) -> Requested {
        let slots = |class| u64::from(window::of(class).pools(class)) << class::POOL_LOG2[class];
        let all = (0..CLASSES).map(slots).sum::<u64>() <= MOST;
        if all || !self.begun {
            *self = Self { begun: true, ..Self::new() };
            return Requested::Exact;
        }
        let mut left = MOST;
        while left > 0 {
            left = left.saturating_sub(self.read(left));
        }
        Requested::AsLast
    }

    /// Reads on in the class whose turn it is, about `most` records at the most; how many they were, and one more.
    fn read(&mut self, most: u64) -> u64 {
        let (class, mut count) = (self.class, 0);
        while count < most
            && let Some(pool) = stats::pool(class, self.pool)
        {
            for size in pool.sizes() {
                self.round.live += 1;
                self.round.requested += size as u64;
            }
            count += pool.reach as u64;
            self.pool += 1;
        }
        if self.pool >= window::of(class).pools(class) {
            figures::note_read(class, self.round);
            *self = Self { class: (class + 1) % CLASSES, begun: true, ..Self::new() };
        }
        count + 1
    }
}

/// The bytes that `live` blocks of a class were asked for, by what was read of it last.
pub fn estimate(class: usize, live: u64, last: Tally) -> u64 {
    let most = live * class::largest(class) as u64;
    match last {
        Tally { live: 0, .. } => most,
        seen => {
            let mean = u128::from(live) * u128::from(seen.requested) / u128::from(seen.live);
            mean.min(u128::from(most)) as u64
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_goes_by_the_mean_of_what_was_read() {
        assert_eq!(estimate(3, 10, Tally::default()), 10 * 56);
        let last = Tally { live: 4, requested: 200 };
        assert_eq!(estimate(3, 10, last), 500);
        assert_eq!(estimate(3, 0, last), 0);
    }
}
