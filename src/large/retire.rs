//! The way out of a block that left use:
//!
//! ```text
//! put → (hardened: moved and cleared) → warm cache → (old, or no room) cool → quarantine of ranges → (no room) unmapped
//! ```
//!
//! Each step is taken by a thread that owns the block alone (LARGE-2), without a lock while it
//! talks to the kernel.

use crate::config::options::{DECAY, WARM_LARGE};
use crate::sys;

use super::mapping::{Mapping, Own, Range, pointer, unmap};
use super::warm::{Item, Offer};
use super::{again, quarantine, registry, renew, reuse, spare, stats, warm};

/// Blocks one sweep cools at the most: it runs in the middle of somebody's request.
const SWEEP: usize = 8;

/// Keeps a freed block for reuse, or gives it back.
pub fn put(mapping: Mapping) {
    if DECAY.get() == 0 || !WARM_LARGE.is_on() || mapping.own != Own::No {
        return cool(mapping);
    }
    let now = sys::now_ms();
    again::note_freed(stats::LIVE_BYTES.get() as usize + mapping.inner, now);
    let kept = match renew::is_on() {
        true => renew::renew(mapping, now),
        // The program may have mapped a file of its own over a part of it.
        false => is_private(mapping).then_some(mapping),
    };
    match kept {
        Some(mapping) => keep(reuse::join_around(Item { mapping, since: now })),
        None => cool(mapping),
    }
}

/// Whether no page is a file's, as far as the kernel can tell.
fn is_private(mapping: Mapping) -> bool {
    sys::claim_private(pointer(mapping.address), mapping.inner) != Some(false)
}

/// Keeps a block or a part of one that nobody uses.
pub fn keep(item: Item) {
    let now = sys::now_ms();
    loop {
        match warm::offer(item, now) {
            Offer::Kept => return,
            Offer::MakeRoom(oldest) => make_room(oldest, now),
            Offer::TooLarge => return make_room(item.mapping, now),
        }
    }
}

/// Gives a block back for want of room.
fn make_room(mapping: Mapping, now: u32) {
    again::note_given_back(now);
    cool(mapping);
}

/// Gives a block's memory back and keeps its addresses for a while.
pub fn cool(mapping: Mapping) {
    stats::note_purge(mapping.inner);
    close(mapping);
}

/// Keeps a block's addresses for a while, and whatever is in it no longer.
pub fn close(mapping: Mapping) {
    // Addresses with markers are kept in any case (`spare.rs`).
    if !quarantine::wants(mapping.len) && mapping.own != Own::ByMarker {
        return discard(mapping);
    }
    // SAFETY: LARGE-2: the block is freed, and we own it.
    match unsafe { mapping.decommit() } {
        Ok(range) => put_range(range),
        Err(mapping) => discard(mapping),
    }
}

/// Keeps a range without pages inaccessible for a while.
pub fn put_range(range: Range) {
    if !quarantine::wants(range.len) {
        return discard_range(range);
    }
    loop {
        match quarantine::offer(range) {
            Offer::Kept => return,
            Offer::MakeRoom(oldest) => discard_range(oldest),
            Offer::TooLarge => return discard_range(range),
        }
    }
}

/// Makes a freed block that was found damaged inaccessible for ever. Its entry stays too, so that
/// another free of it is known for what it is.
pub fn lock_away(mapping: Mapping) {
    // SAFETY: LARGE-2: the program has given the block up, and we own it.
    if let Ok(range) = unsafe { mapping.decommit() } {
        stats::note_purge(mapping.inner);
        stats::QUARANTINED.add(range.len);
    }
}

fn discard(mapping: Mapping) {
    registry::remove(mapping.address);
    // SAFETY: LARGE-2, LARGE-3: we own the block, and the registry has forgotten it.
    unsafe { mapping.discard() };
}

fn discard_range(range: Range) {
    registry::remove(range.address);
    if range.marked && spare::keep(range.start, range.len) {
        return;
    }
    // SAFETY: LARGE-2, LARGE-3: we own the range, and the registry has forgotten it.
    unsafe { range.discard() };
}

/// Gives back the pages of blocks freed at least `decay_ms` before `now_ms`, a few per call; all of
/// them if `everything`. One load when there is nothing to do.
pub fn sweep(now_ms: u32, decay_ms: u32, everything: bool) {
    let (most, age) = if everything { (usize::MAX, 0) } else { (SWEEP, decay_ms) };
    for _ in 0..most {
        match warm::take_older(now_ms, age) {
            Some(mapping) => cool(mapping),
            None => return,
        }
    }
}

/// Gives back about `most` bytes of blocks freed at least `age` milliseconds ago, except what the program
/// was seen to come back to; how many it were.
pub fn reclaim_idle(most: usize, now_ms: u32, age: u32) -> usize {
    let kept = again::room(stats::LIVE_BYTES.get() as usize, now_ms);
    let surplus = (stats::CACHED.get() as usize).saturating_sub(kept);
    let done = reclaim(most.min(surplus), now_ms, age);
    if done != 0 {
        again::note_given_back(now_ms);
    }
    done
}

/// Gives back about `most` bytes of blocks freed at least `age` milliseconds ago; how many it were.
pub fn reclaim(most: usize, now_ms: u32, age: u32) -> usize {
    let mut done = 0;
    for _ in 0..SWEEP {
        if done >= most {
            break;
        }
        let Some(mapping) = warm::take_older(now_ms, age) else { break };
        done += mapping.inner;
        cool(mapping);
    }
    done
}

/// The system is out of memory, addresses or mappings: gives up everything that is not in use.
/// Whether there was anything.
#[cold]
pub fn drop_all() -> bool {
    let mut dropped = false;
    while let Some(mapping) = warm::take_any() {
        stats::note_purge(mapping.inner);
        discard(mapping);
        dropped = true;
    }
    while let Some(range) = quarantine::take() {
        discard_range(range);
        dropped = true;
    }
    while let Some((start, len)) = spare::take_any() {
        if !unmap(start, len) {
            // The kernel had no mapping left for the hole. There was a place for it a moment ago.
            spare::keep(start, len);
            break;
        }
        dropped = true;
    }
    dropped
}
