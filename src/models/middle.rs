//! Of the middle tier, the marks; a pool of two cells.

#[path = "../middle/marks.rs"]
pub mod marks;

/// See `middle::bitmap`.
pub mod bitmap {
    /// Cells of a pool.
    pub const BITS: usize = 2;
}
