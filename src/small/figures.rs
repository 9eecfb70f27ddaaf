//! The live blocks of one pool, and what a class's slots hold of the system's memory: figures that take the same
//! time however many blocks there are.

use crate::sync::atomic::Ordering::Acquire;

use super::class::{self, CLASSES};
use super::{purge, record, window};

/// Bytes of the pages of small blocks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Held {
    /// Of slots that are live or in a stock, and of free ones beside them.
    pub active: u64,
    /// Of the other free slots with memory behind them.
    pub dirty: u64,
    /// Of pools, whether there is memory behind them or not.
    pub committed: u64,
}

/// What the small tier holds, by the counts of its classes: right but for the pages that slots share.
pub fn held() -> Held {
    let (mut out, mut idle, mut committed) = (0, 0, 0);
    for class in 0..CLASSES {
        let (window, slot) = (window::of(class), class::SLOT[class] as usize);
        out += window.idle.out() * slot;
        idle += window.idle.idle() * slot;
        committed += window.committed_bytes(class);
    }
    let pinned = purge::pinned_bytes().min(idle);
    Held {
        active: (out + pinned) as u64,
        dirty: (idle - pinned) as u64,
        committed: committed as u64,
    }
}

/// Calls `visit` with the requested size of every live block of a pool, which exists. No lock is held: blocks come and
/// go meanwhile. How many slots were looked at.
pub fn for_each_live_of(class: usize, number: u32, visit: &mut dyn FnMut(usize)) -> u32 {
    let window = window::of(class);
    // SAFETY: SMALL-5: descriptors live for ever.
    let reach = unsafe { window.pool(class, number).as_ref() }.inner.lock().reach;
    let first = number << class::POOL_LOG2[class];
    for index in first + 1..first + u32::from(reach) {
        if let Some(size) = record::size(window.record(index).load(Acquire)) {
            visit(size);
        }
    }
    u32::from(reach)
}
