//! A look, at each operation, at the blocks that were made and freed last (`patrol`).
//!
//! Finds: damage without the damaged block's being freed. Costs: a lock or two and some cache lines an operation.
#![forbid(unsafe_code)]

use crate::config::options::PATROL;
use crate::guard::Operation;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::cell::Hold;
use super::fault::Fault;
use super::header::HEADER;
use super::marks::State;
use super::{pools, waiting};

/// Bytes behind a block that are looked at.
const LOOK: usize = 64;

/// A block has been freed, and waits.
static FREED: AtomicBool = AtomicBool::new(false);

/// Notes that a block has been freed, and waits.
pub fn note_freed() {
    FREED.store(PATROL.is_on(), Relaxed);
}

/// Whether [`look_at_freed`] has something to do.
#[inline(always)]
pub fn is_any_freed() -> bool {
    FREED.load(Relaxed)
}

/// Looks at the block freed last, once, where such blocks wait.
#[inline(always)]
pub fn look_at_freed() {
    if is_any_freed() && FREED.swap(false, Relaxed) {
        waiting::queue().patrol();
    }
}

/// Looks at the header and the end of a block of this tier, if it still is one.
#[cold]
#[inline(never)]
pub fn look_at_made(block: usize) {
    let Some((cell, user)) = pools::find(block) else { return };
    let Some(mut hold) = cell.try_hold() else { return };
    let fault = hold.look_around(user);
    drop(hold);
    if let Some(fault) = fault {
        fault.report(Operation::Check, Some(cell.index));
    }
}

impl Hold<'_> {
    /// What is wrong in front of a block or behind it, if it still is the program's; nothing more where damage is known of.
    pub fn look_around(&mut self, user: usize) -> Option<Fault> {
        let start = user.wrapping_sub(HEADER);
        let marks = &self.cell.front.marks;
        let mark = marks.at(start);
        if mark.state_at(start) != State::Live || self.pool.quarantined {
            return None;
        }
        let fault = self.pool.verify_near(user, LOOK).err()?;
        // Threads free, reuse and resize blocks of their stores without the pool's lock.
        marks.is_still(start, mark).then(|| self.contain(fault))
    }
}
