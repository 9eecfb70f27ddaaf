//! The blocks that the program has, for those who want to see all of them.
#![forbid(unsafe_code)]

use crate::config::limits::CANARY;
use crate::measure::health::Health;
use crate::space::Live;

use super::header::HEADER;
use super::map::LIMIT;
use super::marks::State;
use super::pools;

/// Visits live blocks of a pool from offset `from` on, as long as `visit` says so, under its lock; where to go on, if that
/// is in the same pool. `None` for pools that there are not.
pub fn visit_live(index: usize, from: usize, visit: &mut dyn FnMut(Live) -> bool) -> Option<usize> {
    let cell = pools::cell(index)?;
    let hold = cell.hold();
    for block in hold.pool.map.blocks_from(from).filter(|block| !block.free) {
        let mark = cell.front.marks.at(block.start);
        if mark.state_at(block.start) != State::Live {
            continue;
        }
        let user = block.start + HEADER;
        let Ok(live) = hold.pool.locate(user) else { continue };
        let seen = Live {
            address: cell.front.base + user,
            requested: live.header.requested as usize,
            bytes: block.end - block.start,
            kind: live.header.kind,
            pool: cell.front.base,
        };
        if !visit(seen) {
            return Some(block.end);
        }
    }
    Some(LIMIT)
}

/// Calls `visit` with each free run's bytes, and the most that a block there could be asked for. One pool's lock is held at a
/// time.
pub fn free_runs(visit: &mut dyn FnMut(usize, usize)) {
    for cell in pools::all() {
        let hold = cell.hold();
        for run in hold.pool.map.blocks_from(0).filter(|block| block.free) {
            let bytes = run.end - run.start;
            visit(bytes, bytes.saturating_sub(HEADER + CANARY));
        }
    }
}

/// A pool at a moment.
#[derive(Clone, Copy, Debug)]
pub struct PoolSeen {
    /// Its address, and its length in bytes.
    pub address: usize,
    /// See above.
    pub bytes: usize,
    /// Bytes of its blocks, those in threads' stores included.
    pub live_bytes: u64,
    /// Bytes of it that are readable and writable.
    pub committed_bytes: u64,
    /// How well it is.
    pub health: Health,
}

/// How many pools there are.
pub fn count() -> usize {
    pools::count()
}

/// The pool of this number.
pub fn pool(index: usize) -> Option<PoolSeen> {
    let cell = pools::cell(index)?;
    Some(PoolSeen {
        address: cell.front.base,
        bytes: crate::config::limits::MIDDLE_POOL,
        live_bytes: cell.counters.live_bytes.get(),
        committed_bytes: cell.counters.committed_bytes.get(),
        health: cell.health(),
    })
}

/// Where a pool's blocks end.
pub const END: usize = LIMIT;
