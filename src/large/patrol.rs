//! A look at the block made last (`patrol`): finds damage without the block's being freed.

use crate::guard::Operation;

use super::registry;
use super::verify::{self, Verdict};

/// Looks at the canaries of a block of this tier, if it still is one.
#[cold]
#[inline(never)]
pub fn look_at_made(address: usize) {
    let found = registry::with(address, |entry| {
        // SAFETY: LARGE-3: `with` holds the shard's lock.
        (*entry, unsafe { verify::judge(entry, None) })
    });
    if let Some((entry, verdict @ Verdict::Damaged(_))) = found {
        verify::report_block(&entry, verdict, Operation::Check);
    }
}
