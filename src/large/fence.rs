//! The canary around a block, and what has been done to it.
//!
//! Stops: nothing. Finds: what the guard pages do not stop because it stays on the block's own pages:
//! overflows from the first byte behind the request; underflows of blocks with pages of their own. (Others
//! begin right behind a guard page.) Costs: a few stores and compares.

use crate::bits::{PAGE, align_up};
use crate::config::limits::CANARY;
use crate::config::options::FILL_SLACK;
use crate::guard::canary;

use super::mapping::{Mapping, Own, pointer};

/// Bytes of canary in front of a block with pages of its own, where there are so many.
const FRONT: usize = 64;

/// The changed part of a canary.
#[derive(Clone, Copy)]
pub struct Damage {
    /// Where the first changed byte lies, counted from the block's first.
    pub offset: isize,
    found: [u8; CANARY],
    len: usize,
}

impl Damage {
    /// The bytes there, from the first changed one on.
    pub fn found(&self) -> &[u8] {
        &self.found[..self.len]
    }
}

/// Where the canary behind a block of `size` bytes ends: all to the end of the page, or eight bytes.
fn end(mapping: &Mapping, size: usize) -> usize {
    let least = mapping.address + size + CANARY;
    if mapping.own != Own::No || FILL_SLACK.is_on() {
        // At a guard page there need not be room for it.
        return align_up(least, PAGE).min(mapping.inner_end());
    }
    least
}

/// The canaries around a block of `size` bytes, the front one first: address and length.
fn fences(mapping: &Mapping, size: usize) -> [(usize, usize); 2] {
    let front = mapping.front.min(FRONT);
    let behind = mapping.address + size;
    [(mapping.address - front, front), (behind, end(mapping, size) - behind)]
}

/// Writes the canaries around a block of `size` bytes.
///
/// # Safety
/// LARGE-4: the size suits the mapping, whose pages are there and which the caller owns or has locked.
pub unsafe fn draw(mapping: &Mapping, size: usize) {
    for (at, len) in fences(mapping, size) {
        // SAFETY: LARGE-4: inside the accessible part and outside the block.
        unsafe { canary::fill_slack(pointer(at), 0, len) };
    }
}

/// The first damage to the canaries around a block of `size` bytes.
///
/// # Safety
/// As for [`draw`], and they were drawn for this size.
pub unsafe fn damage(mapping: &Mapping, size: usize) -> Option<Damage> {
    fences(mapping, size).into_iter().find_map(|(at, len)| {
        let bytes: *const u8 = pointer(at);
        // SAFETY: LARGE-4: inside the accessible part.
        unsafe {
            let first = canary::first_damage_of_slack(bytes, len)?;
            let mut found = [0; CANARY];
            let len = CANARY.min(len - first);
            bytes.add(first).copy_to_nonoverlapping(found.as_mut_ptr(), len);
            let offset = (at + first).wrapping_sub(mapping.address) as isize;
            Some(Damage { offset, found, len })
        }
    })
}
