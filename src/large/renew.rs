//! The pages of a freed block, at other addresses and cleared, for the next block (`warm_large=moved`).
//!
//! Stops: uses after free of a large block: its own addresses are inaccessible at once, and stay so in the quarantine.
//! Nothing of what it held is left. Costs: clearing, and a move of the pages, which is a fraction of what it costs to fault
//! in as many new ones.

use crate::bits::PAGE;
use crate::config::options::{MOVED, WARM_LARGE};
use crate::guard::clear::first_written;
use crate::space::lots;
use crate::sys;

use super::mapping::{Mapping, PURGE_FROM, guards_left, pointer};
use super::{address_limit, moves, registry, warm};

/// Whether freed blocks are kept in this way: what lies in the warm cache is clear then, and nobody was ever told where.
pub fn is_on() -> bool {
    WARM_LARGE.get() == MOVED
}

/// The pages of a block that this thread owns at their new place, still its own; `None` where that is not worth it or
/// can't be done, and the block as it was.
pub fn renew(mapping: Mapping, now: u32) -> Option<Mapping> {
    let entry = registry::with(mapping.address, |entry| *entry)?;
    let is_kept = mapping.inner < PURGE_FROM
        && address_limit().is_none()
        // Else a move might be had at the price of what lies in the quarantine.
        && guards_left()
        && warm::has_room(mapping.inner, now)
        // The program may have taken the right to write away.
        && sys::make_writable(pointer(mapping.address), mapping.inner).is_ok()
        && seems_used(&mapping, entry.requested);
    if !is_kept {
        return None;
    }
    let moved = moves::relocate(&entry, mapping.inner, 0)?;
    // Now that no stale pointer leads there any more: another thread may have written to the block until a moment ago.
    // SAFETY: LARGE-2: the block is freed, and we own it.
    unsafe { moved.clear(moved.inner) };
    Some(moved)
}

/// Whether the program has most likely written to nearly all pages of a block of `size` bytes: to clear the others would
/// make memory of what is none. One that holds nothing but zeros is taken for one that was not touched. (`mincore` would
/// know. A sandbox may end a process that calls it.)
fn seems_used(mapping: &Mapping, size: usize) -> bool {
    /// Pages that are looked at, each in a part of the block of its own.
    const SAMPLES: usize = 8;
    let pages = size.div_ceil(PAGE);
    (0..SAMPLES).all(|sample| {
        let (from, to) = (pages * sample / SAMPLES, pages * (sample + 1) / SAMPLES);
        let page = from + lots::below((to - from).max(1));
        // SAFETY: LARGE-1, LARGE-2: the block is freed, we own it, and it can be read.
        unsafe { first_written(pointer(mapping.address + page * PAGE), PAGE) }.is_some()
    })
}
