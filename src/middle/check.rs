//! A walk over everything.
#![forbid(unsafe_code)]

use crate::guard::{Operation, Violation};

use super::cell::{Hold, PoolCell};
use super::fault::{Detail, Fault};
use super::header::HEADER;
use super::map::LIMIT;
use super::marks::State;
use super::{pools, waiting};

/// See [`super::check`].
pub fn check(report: bool) -> usize {
    pools::all().map(|cell| check_pool(cell, report)).sum::<usize>()
        + waiting::queue().check(report)
}

fn check_pool(cell: &PoolCell, report: bool) -> usize {
    let mut faults = 0;
    let mut found = |fault: Fault| {
        faults += 1;
        if report {
            fault.report(Operation::Check, Some(cell.index));
        }
    };
    if let Some(fault) = map_fault(&mut cell.hold()) {
        found(fault);
        return faults;
    }
    let mut from = 0;
    while from < LIMIT {
        // The lock is taken anew for each fault, because a report may end in a signal handler.
        // Blocks may come and go meanwhile, so the walk goes on where a block starts now.
        let Some((fault, next)) = cell.hold().examine(from) else { break };
        found(fault);
        from = next;
    }
    faults
}

/// Verifies one block; false, after a report, where there is none or it is damaged. One that another thread changes
/// meanwhile counts as sound.
pub fn check_block(block: *mut u8) -> bool {
    let Some((cell, user)) = pools::find(block.addr()) else {
        return super::refuse(block, Operation::Check);
    };
    let mut hold = cell.hold();
    let (marks, start) = (&cell.front.marks, user.wrapping_sub(HEADER));
    let mark = marks.at(start);
    let fault = match mark.state_at(start) {
        State::Live => hold.pool.verify(user).err().filter(|_| marks.is_still(start, mark)),
        State::Taken => Some(hold.pool.freed_before(user)),
        State::None => Some(hold.pool.stray(user)),
    };
    let Some(fault) = fault.map(|fault| hold.contain(fault)) else { return true };
    drop(hold);
    fault.report(Operation::Check, Some(cell.index));
    false
}

/// The map of a pool is checked first: nothing else can be trusted without it.
fn map_fault(hold: &mut Hold<'_>) -> Option<Fault> {
    if hold.is_sound() {
        return None;
    }
    let fault = Fault::new(Violation::MetadataCorruption, hold.pool.base, None, Detail::Map);
    Some(hold.contain(fault))
}

/// Stops the process when a pool contradicts itself.
#[cfg(feature = "audit")]
pub fn audit(hold: &Hold<'_>) {
    if !hold.is_sound() {
        let fault = Fault::new(Violation::MetadataCorruption, hold.pool.base, None, Detail::Map);
        fault.report(Operation::Check, Some(hold.cell.index));
        crate::sys::abort();
    }
}
