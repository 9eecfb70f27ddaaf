//! The pages of a freed block, at other addresses and cleared, for the next block (`warm_large=moved`).
//!
//! Stops: uses after free of a large block: its own addresses are inaccessible at once, and stay so in the quarantine.
//! Nothing of what it held is left. Costs: clearing, and a move of the pages, which is a fraction of what it costs to fault
//! in as many new ones.

use crate::bits::PAGE;
use crate::config::options::{MOVED, WARM_LARGE};
use crate::guard::clear::first_written;
use crate::space::lots;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sys;

use super::mapping::{Mapping, PURGE_FROM, guards_left, pointer};
use super::table::Entry;
use super::{address_limit, again, registry, retire, warm};

/// Whether freed blocks are kept in this way: what lies in the warm cache is clear then, and nobody was ever told where.
pub fn is_on() -> bool {
    WARM_LARGE.get() == MOVED
}

/// The pages of a freed block that this thread owns, at a new place and clear; the old one is closed. `None` where that is
/// not worth it or can't be done, and the block as it was.
///
/// The block stays in the registry under its old address all the time, and that is never free for others to map.
pub fn renew(mapping: Mapping, now: u32) -> Option<Mapping> {
    let fits = mapping.inner < PURGE_FROM && mapping.guarded && is_possible();
    if !fits || !has_room(mapping.inner, now) || !is_as_made(&mapping) {
        return None;
    }
    let entry = registry::with(mapping.address, |entry| *entry)?;
    if !seems_used(&mapping, entry.requested) {
        return None;
    }
    let moved = relocate(&entry)?;
    retire::close(mapping);
    // Now that no stale pointer leads there any more: another thread may have written to the block until a moment ago.
    // SAFETY: LARGE-2: the block is freed, and we own it.
    unsafe { moved.clear(moved.inner) };
    Some(moved)
}

/// Whether there are addresses and guards to spare: nothing in the quarantine has to go for it.
fn is_possible() -> bool {
    address_limit().is_none() && guards_left() && FAILED.load(Relaxed) < MOST_FAILED
}

fn has_room(bytes: usize, now: u32) -> bool {
    let room = warm::has_room(bytes, now);
    if !room {
        again::note_given_back(now);
    }
    room
}

/// Whether the pages are one mapping of the kernel's and of this process alone, after what the program may have done to them
/// while they were its own is undone. Of several mappings (locked in part, say) the kernel might move some and then fail;
/// what is a file's must not be cleared.
fn is_as_made(mapping: &Mapping) -> bool {
    let (at, bytes) = (pointer(mapping.address), mapping.inner);
    // SAFETY: LARGE-2: the block is freed, and we own it. (A kernel that knows no markers has none.)
    let _ = unsafe { sys::unguard(at, bytes) };
    let is_private = sys::claim_private(at, bytes) == Some(true);
    // SAFETY: LARGE-2: as above; the guard page behind is ours too.
    is_private && sys::make_writable(at, bytes).is_ok() && unsafe { sys::is_one_mapping(at, bytes) }
}

/// Moves that failed: so many that the kernel may not know how to move pages and leave their mapping, or that cost the
/// addresses of their targets.
static FAILED: AtomicUsize = AtomicUsize::new(0);
const MOST_FAILED: usize = 8;

fn relocate(entry: &Entry) -> Option<Mapping> {
    let from = &entry.mapping;
    let target = from.target(from.inner, 0).ok()?;
    if !registry::insert(Entry { mapping: target, ..*entry }) {
        // SAFETY: LARGE-2, LARGE-3: just made, and nobody knows of it.
        unsafe { target.cancel() };
        return None;
    }
    // SAFETY: LARGE-2, LARGE-3: we own both, and `is_as_made` has looked at it.
    let lifted = unsafe { from.lift_to(&target) };
    if let Err(errno) = lifted {
        registry::remove(target.address);
        // SAFETY: LARGE-2, LARGE-3: ours, and the registry has forgotten it.
        let lost = unsafe { target.abandon() };
        FAILED.fetch_add(if errno.is_exhaustion() { lost.into() } else { MOST_FAILED }, Relaxed);
    }
    lifted.is_ok().then_some(target)
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
