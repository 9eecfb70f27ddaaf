//! Where a block lies, drawn by lot (`random_slots`).
//!
//! Stops: nothing for certain; who frees and asks for blocks can not tell which lie side by side. Costs: free
//! memory that lies in more pieces.
//!
//! The search begins at any cell in use instead of the first. A free block with room for many is filled from
//! several places, its sections, one of which is drawn: neighbours in a section still share the page
//! between them, so that there is no memory between blocks that serves nobody. The free block at the
//! pool's end serves only where no other does: else each pool would grow to its end.
#![forbid(unsafe_code)]

use crate::bits::PAGE;
use crate::config::limits::MIN_ALIGN;
use crate::space::lots;

use super::map::{Block, LIMIT, MIN_BLOCK};
use super::pool::Pool;

/// Bytes of a section at the least, and blocks.
const SECTION: usize = 64 << 10;
/// See [`SECTION`].
const IN_A_SECTION: usize = 2;
/// Sections by which a pool grows, at the most.
const SECTIONS: usize = 4;

impl Pool {
    /// A free block of at least `need` bytes, and where in it they start.
    #[cold]
    pub(super) fn fit_by_lot(&mut self, need: usize) -> Option<(Block, usize)> {
        let cell = lots::below((self.committed / PAGE).max(1));
        let drawn = self.map.first_fit_from(cell, need).filter(|free| free.end != LIMIT);
        let free = drawn.or_else(|| self.map.first_fit(need))?;
        let spare = free.end - free.start - need;
        let section = need * (SECTION / need).max(IN_A_SECTION);
        let skipped = if free.end == LIMIT {
            // Memory that nobody has touched. What is skipped of it serves next, and should be sections to choose from.
            let half = spare.min(SECTIONS * section) / MIN_ALIGN / 2;
            let skipped = (half + lots::below(half + 1)) * MIN_ALIGN;
            if skipped < MIN_BLOCK { 0 } else { skipped }
        } else {
            // From either end.
            let skipped = lots::below(spare / section + 1) * section;
            if lots::below(2) == 0 || spare - skipped < MIN_BLOCK {
                skipped
            } else {
                spare - skipped
            }
        };
        Some((free, free.start + skipped))
    }
}
