//! The canary around a block, and what has been done to it.
//!
//! Stops: nothing. Finds: what the guard pages do not stop because it stays on the block's own pages:
//! overflows from the first byte behind the request; underflows of blocks with pages of their own. (Others
//! begin right behind a guard page.) Costs: a few stores and compares.

use crate::bits::{PAGE, align_up};
use crate::config::limits::CANARY;
use crate::guard::canary;

use super::mapping::{Mapping, pointer};

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

/// Where the canary behind a block of `size` bytes ends: with the page that its first eight bytes touch. (Of a block
/// with pages of its own, which may end at the guard page, it may have fewer.)
fn end(mapping: &Mapping, size: usize) -> usize {
    align_up(mapping.address + size + CANARY, PAGE).min(mapping.inner_end())
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

/// Clears what is canary behind `size` bytes, and would be the program's, or slack, with `new_size`: who grows a block reads
/// no canary in it.
///
/// # Safety
/// As for [`draw`], for either size; the mapping may have lost the pages behind the new one.
pub unsafe fn wipe(mapping: &Mapping, size: usize, new_size: usize) {
    let (start, mut end) = (mapping.address + size, end(mapping, size));
    if new_size > size {
        end = end.min(mapping.address + new_size);
    }
    // SAFETY: LARGE-4: inside the accessible part and outside what the block has kept.
    unsafe { pointer(start).write_bytes(0, end.saturating_sub(start)) };
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
