//! Where a block lies, drawn by lot (`random_slots`).
//!
//! Stops: nothing for certain; who frees and asks for blocks can not tell which lie side by side. Costs: free
//! memory that lies in more pieces.
//!
//! The search begins at any cell in use instead of the first. The free block at the pool's end serves only
//! where no other does: else each pool would grow to its end.
#![forbid(unsafe_code)]

use crate::bits::PAGE;
use crate::guard::canary;

use super::map::{Block, LIMIT};
use super::pool::Pool;

impl Pool {
    /// A free block of at least `need` bytes.
    #[cold]
    pub(super) fn fit_by_lot(&mut self, need: usize) -> Option<Block> {
        self.drawn += 1;
        let number = canary::secret(self.base as u64 ^ self.drawn.rotate_left(32));
        let cells = (self.committed / PAGE) as u128;
        let cell = ((u128::from(number) * cells) >> 64) as usize;
        let drawn = self.map.first_fit_from(cell, need).filter(|free| free.end != LIMIT);
        drawn.or_else(|| self.map.first_fit(need))
    }
}
