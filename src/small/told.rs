//! What a pool holds, for those who take no lock.

// A figure alone, not part of any protocol: the plain type also where a model checker runs.
use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use crate::bits::PAGE;
use crate::measure::health::{Health, Holding};

use super::class;
use super::pool::{Inner, State};

/// What the last user of a pool has left: written under the pool's lock.
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

impl Told {
    /// What the pool holds.
    pub fn load(&self) -> Holds {
        let word = self.0.load(Relaxed);
        let part = |shift: u32| (word >> shift & MOST) as u16;
        Holds { reach: part(0), free: part(BITS), health: Health::from_number(word >> (2 * BITS)) }
    }

    /// Tells what the pool holds.
    pub fn update(&self, inner: &Inner) {
        let bytes = class::SLOT[usize::from(inner.class)] as usize;
        let holding = Holding {
            capacity: usize::from(inner.capacity()),
            free: usize::from(inner.free),
            reached: usize::from(inner.reach),
            pages: usize::from(inner.reach) * bytes / PAGE,
        };
        let health = match inner.state {
            State::Quarantined => Health::Quarantined,
            _ => self.load().health.after(holding),
        };
        let (reach, free) = (u32::from(inner.reach), u32::from(inner.free));
        self.0.store(reach | free << BITS | (health as u32) << (2 * BITS), Relaxed);
    }
}

const _: () = {
    let mut class = 0;
    while class < class::CLASSES {
        assert!(class::pool_slots(class) <= MOST as usize);
        class += 1;
    }
};
