//! What those who look at a whole tier find there.

use crate::bits::Kind;

/// A live block, by its own addresses and lengths.
#[derive(Clone, Copy, Debug)]
pub struct Live {
    /// Its address.
    pub address: usize,
    /// Bytes it was asked for.
    pub requested: usize,
    /// Bytes it takes up.
    pub bytes: usize,
    /// The door it came by.
    pub kind: Kind,
    /// Address of its pool; its own, where it is in none.
    pub pool: usize,
}

/// Bytes of a tier's pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    /// Of blocks that are live or at a thread's hand, and of free ones that cannot go without them.
    pub active: u64,
    /// Of other free blocks with memory behind them.
    pub dirty: u64,
    /// Of pools, whether there is memory behind them or not.
    pub committed: u64,
}
