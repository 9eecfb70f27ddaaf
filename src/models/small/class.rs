//! One class with pools of two usable slots, so that few steps fill and empty them.

use crate::bits::PAGE;

/// Number of classes.
pub const CLASSES: usize = 1;
/// Bins of a thread.
pub const BINS: usize = CLASSES;
/// Slot size in bytes: a thread's first refill fetches one.
pub const SLOT: [u32; CLASSES] = [1024];
/// A bitmap has whole words: 64 slots.
pub const POOL_LOG2: [u8; CLASSES] = [6];
/// As in the table proper.
pub const RECIPROCAL: [u64; CLASSES] = [u64::MAX / SLOT[0] as u64 + 1];
/// Slots a thread may keep at first.
pub const CAPACITY_FIRST: [u8; CLASSES] = [2];
/// And while the class is busy.
pub const CAPACITY_BUSY: [u8; CLASSES] = [2];

/// Slots of a pool, the unusable ones included.
pub const fn pool_slots(class: usize) -> usize {
    1 << POOL_LOG2[class]
}

/// Bytes of a pool.
pub const fn pool_bytes(class: usize) -> usize {
    (SLOT[class] as usize) << POOL_LOG2[class]
}

/// Slots 1 and 2 are usable.
pub const fn usable_end(_class: usize) -> usize {
    3
}

const _: () = assert!(pool_bytes(0).is_multiple_of(PAGE));
