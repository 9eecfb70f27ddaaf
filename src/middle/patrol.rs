//! A look, at each operation, at the blocks that were made and freed last (`patrol`).
//!
//! Finds: damage without the damaged block's being freed. Costs: a lock or two and some cache lines an operation.
#![forbid(unsafe_code)]

use crate::guard::Operation;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::cell::Hold;
use super::fault::Fault;
use super::header::HEADER;
use super::marks::State;
use super::{pools, waiting};

/// Bytes behind a block that are looked at.
const LOOK: usize = 64;

/// The block made last; 0: none.
static MADE: AtomicUsize = AtomicUsize::new(0);

/// Notes that this block has been made.
pub fn note(block: usize) {
    MADE.store(block, Relaxed);
}

/// See [`super::patrol`].
pub fn patrol() {
    waiting::queue().patrol();
    let Some((cell, user)) = pools::find(MADE.load(Relaxed)) else { return };
    let Some(mut hold) = cell.try_hold() else { return };
    let fault = hold.look_at_end(user);
    drop(hold);
    if let Some(fault) = fault {
        fault.report(Operation::Check, Some(cell.index));
    }
}

impl Hold<'_> {
    /// What is wrong behind a block, if it still is the program's; nothing more where damage is known of.
    pub fn look_at_end(&mut self, user: usize) -> Option<Fault> {
        let start = user.wrapping_sub(HEADER);
        let is_live = self.cell.front.marks.at(start).state_at(start) == State::Live;
        if !is_live || self.pool.quarantined {
            return None;
        }
        let live = self.pool.locate(user).ok()?;
        let fault = self.pool.damage_near(user, &live, LOOK)?;
        Some(self.contain(fault))
    }
}
