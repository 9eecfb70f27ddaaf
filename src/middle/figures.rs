//! What the tier holds of the system's memory, and where its live blocks begin.
#![forbid(unsafe_code)]

use crate::bits::{PAGE, align_up};
use crate::space::Held;

use super::header::HEADER;
use super::marks::State;
use super::pools;

/// What all pools hold. One that is busy tells what it last said of its dirty pages, to a MiB.
pub fn held() -> Held {
    pools::all().fold(Held::default(), |sum, cell| {
        let counters = &cell.counters;
        let dirty = match cell.try_hold() {
            Some(hold) => (hold.pool.dirty.len() * PAGE) as u64,
            None => counters.told.dirty(),
        };
        Held {
            active: sum.active + align_up(counters.live_bytes.get() as usize, PAGE) as u64,
            dirty: sum.dirty + dirty,
            committed: sum.committed + counters.committed_bytes.get(),
        }
    })
}

/// Whether a live block begins at this address, which may be any.
pub fn is_live(block: *mut u8) -> bool {
    pools::find(block.addr()).is_some_and(|(cell, user)| {
        let start = user.wrapping_sub(HEADER);
        cell.front.marks.at(start).state_at(start) == State::Live
    })
}
