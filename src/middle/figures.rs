//! What the tier holds of the system's memory, and the sizes of its live blocks.

use crate::bits::{PAGE, align_up};
use crate::space::Held;

use super::header::{HEADER, Header};
use super::map::Block;
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

/// Calls `visit` with the requested size of every live block whose header is intact.
pub fn for_each_live(visit: &mut dyn FnMut(usize)) {
    for cell in pools::all() {
        let hold = cell.hold();
        let is_live = |block: &Block| {
            !block.free && cell.front.marks.at(block.start).state_at(block.start) == State::Live
        };
        for block in hold.pool.map.blocks_from(0).filter(is_live) {
            debug_assert!(block.end - block.start >= HEADER);
            // SAFETY: MIDDLE-4: a used block begins with its header; the lock is held, so the block's pages stay.
            let header = unsafe { Header::read(hold.pool.pointer(block.start), &hold.pool.keys) };
            if let Some(header) = header {
                visit(header.requested as usize);
            }
        }
    }
}
