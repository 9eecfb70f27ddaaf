//! Lots: numbers that nobody can foretell, for where things lie (`random_slots`).
//!
//! A process that is forked draws others than its parent and its parent's other children: they share secrets, so what one
//! of them drew would foretell what the next one will. No system call tells them apart: a sandbox may not let it.
#![forbid(unsafe_code)]

use crate::guard::canary;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Lots drawn so far.
static DRAWN: AtomicU64 = AtomicU64::new(0);
/// This process's own number; 0 in one that was not forked.
static BRANCH: AtomicU64 = AtomicU64::new(0);
/// Children that this process and those it comes from had.
static CHILDREN: AtomicU64 = AtomicU64::new(0);

/// A number below `count`, which is not 0.
pub fn below(count: usize) -> usize {
    /// No address, and so none of a pool's secrets.
    const PURPOSE: u64 = 0x1075 << 48;
    let drawn = DRAWN.fetch_add(1, Relaxed);
    let number = canary::secret(PURPOSE + drawn.wrapping_add(branch()) % (1 << 48));
    ((u128::from(number) * count as u128) >> 64) as usize
}

/// What goes into lots that are drawn elsewhere. Changes when the process is forked.
#[inline(always)]
pub fn branch() -> u64 {
    BRANCH.load(Relaxed)
}

/// After a fork, in the parent.
pub fn after_fork_in_parent() {
    CHILDREN.fetch_add(1, Relaxed);
}

/// After a fork, in the child.
pub fn after_fork_in_child() {
    const PURPOSE: u64 = 0xF04C << 48;
    let place = branch().wrapping_add(CHILDREN.load(Relaxed)) % (1 << 48);
    BRANCH.store(canary::secret(PURPOSE + place), Relaxed);
}
