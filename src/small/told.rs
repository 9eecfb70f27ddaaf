//! What a pool holds, for those who take no lock.

// A figure alone, not part of any protocol: the plain type also where a model checker runs.
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::bits::PAGE;
use crate::measure::health::{Health, Holding};

use super::class;
use super::pool::{Inner, State};

/// What the last user of a pool has left: written under the pool's lock, but for the health of pools that are not in
/// quarantine. That is what the last reader made of it: whoever allocates and frees has no time for it.
///
/// ```text
/// bit   28 … 26   25 … 13   12 … 0
///      | health |  free   | reach |
/// ```
#[derive(Default)]
#[repr(C)]
pub struct Told(AtomicU32);

/// A copy of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holds {
    /// [`Inner::reach`].
    pub reach: u16,
    /// [`Inner::free`].
    pub free: u16,
    /// How well it is.
    pub health: Health,
}

const BITS: u32 = 13;
const MOST: u32 = (1 << BITS) - 1;
const HEALTH: u32 = 2 * BITS;

impl Told {
    /// What a pool of this class holds.
    #[inline]
    pub fn look(&self, class: usize) -> Holds {
        let word = self.0.load(Relaxed);
        let part = |shift: u32| (word >> shift & MOST) as u16;
        let (reach, free) = (part(0), part(BITS));
        let health = health(Health::from_number(word >> HEALTH), class, reach, free);
        let news = (word & ((1 << HEALTH) - 1)) | ((health as u32) << HEALTH);
        if news != word {
            // Where the pool has changed meanwhile, the next reader will remember.
            let _ = self.0.compare_exchange(word, news, Relaxed, Relaxed);
        }
        Holds { reach, free, health }
    }

    /// Tells what the pool holds.
    #[inline]
    pub fn update(&self, inner: &Inner) {
        let health = match inner.state {
            State::Quarantined => Health::Quarantined as u32,
            _ => self.0.load(Relaxed) >> HEALTH,
        };
        let (reach, free) = (u32::from(inner.reach), u32::from(inner.free));
        self.0.store(reach | free << BITS | health << HEALTH, Relaxed);
    }
}

fn health(before: Health, class: usize, reach: u16, free: u16) -> Health {
    let (reached, bytes) = (usize::from(reach), class::SLOT[class] as usize);
    match before {
        Health::Quarantined => before,
        _ => before.after(Holding {
            capacity: class::usable_end(class) - 1,
            free: usize::from(free),
            reached,
            pages: reached * bytes / PAGE,
        }),
    }
}

const _: () = {
    let mut class = 0;
    while class < class::CLASSES {
        assert!(class::pool_slots(class) <= MOST as usize);
        class += 1;
    }
};
