//! What the junction (`heap`) and the tiers say to each other about one block.

use crate::bits::Kind;
use crate::guard::Operation;

/// What a caller claims of a block it gives back; `None` where its door does not say.
#[derive(Clone, Copy, Debug)]
pub struct Claim {
    /// What the program is doing.
    pub operation: Operation,
    /// The door it goes out by.
    pub kind: Option<Kind>,
    /// The size it names (sized `delete`, `free_sized`).
    pub size: Option<usize>,
}

/// How an attempt to resize a block where it is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resize {
    /// Done; the pointer stays valid.
    InPlace,
    /// Done; the block is at this address now (its pages were moved).
    Moved(core::ptr::NonNull<u8>),
    /// Must be copied: the block is sound and has this many requested bytes.
    Copy(usize),
    /// The pointer or the block was bad; it has been reported.
    Refused,
}
