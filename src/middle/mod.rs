//! Tier 2: blocks of up to `MIDDLE_MAX` bytes, in pools that split and coalesce.
//!
//! ```text
//! middle range:  | pool 0 (32 MiB) | pool 1 | …                             (address space)
//! a pool:        | block | block | block …                | not committed | last page: never |
//! a used block:  | header (16) | what the program asked for | canary (8) | slack |
//!                              ^ user pointer
//! ```
//!
//! What a pool consists of is kept out of band ([`map`]): a bit and a word per 4 KiB. The free
//! block of the lowest address that fits is found by a max tree ([`tree`]); a freed block is joined
//! with its free neighbours at once. The header ([`header`]) holds what the user needs to know of
//! one block, under a keyed checksum; it is checked, but where blocks begin and end never depends
//! on it. Free blocks have no header: nothing in freed memory is ever read again, so whole pages of
//! it can be given back ([`sweep`]), and pages known to be zero need no clearing ([`stale`]).
//!
//! Requests go to the pool that last served the thread ([`pools`]); each pool has a lock and
//! counters ([`cell`]). A pool in which damage is found is quarantined: it hands out nothing, its
//! live blocks stay usable, and blocks freed from it stay apart.
//!
//! The hardened profiles add [`rules`]: free memory stays zero ([`wiped`]), freed blocks wait ([`waiting`]), where a
//! block lies is drawn by lot ([`lots`]), and each operation looks at the last ones' blocks ([`mod@patrol`]).
//!
//! What a thread frees it mostly asks for again: blocks of up to some hundred KiB stay in the thread's
//! [`store`], used as far as the pool is concerned, and change hands without its lock ([`marks`]).
//!
//! - MIDDLE-1: the middle range belongs to this tier alone (SPACE-2), pool `i` to the cell in entry
//!   `i` of the table, and to no other. Entries are written once, with the address of a cell that
//!   lives for ever (SPACE-3).
//! - MIDDLE-2: a pool's state is used only under its lock.
//! - MIDDLE-3: the blocks of the map tile `[0, LIMIT)` of a pool; each is at least `MIN_BLOCK`
//!   long. Two free blocks are never neighbours, except in quarantine.
//! - MIDDLE-4: `[0, committed)` of a pool is readable and writable, and `committed` is a multiple
//!   of the page. Every used block ends there, and has room for its header, its requested bytes and
//!   its canary.
//! - MIDDLE-5: a dirty page lies wholly in one free block and below `committed`; a page that lies
//!   wholly in a free block and is not dirty holds zeros.
//! - MIDDLE-6: of a used block, the allocator writes only what is not the program's: header,
//!   canary, slack.

mod bitmap;
mod cell;
mod check;
mod fault;
mod figures;
mod header;
mod lots;
mod map;
mod marks;
mod patrol;
mod pool;
mod pools;
mod pressure;
mod resize;
mod rules;
mod stale;
mod stats;
pub mod store;
mod sweep;
#[cfg(test)]
mod tests;
mod tree;
mod verify;
mod waiting;
pub mod walk;
mod wiped;

pub use check::{check, check_block};
pub use figures::{held, is_live};
pub use patrol::{is_any_freed, look_at_freed, look_at_made};
pub use pools::prepare;
pub use stats::{Stats, stats, used_bytes};
pub use store::Store;
pub use sweep::{end_waiting, give_back_all, look_around};

use core::ptr::NonNull;

use crate::bits::Kind;
use crate::config::limits::{MIDDLE_MAX, MIDDLE_POOL};
use crate::guard::{Operation, Violation};
use crate::space::{Claim, Resize};

use cell::PoolCell;
use fault::{Detail, Fault};
use pool::Request;
use stale::StalePages;

/// The largest alignment served here.
pub const MAX_ALIGN: usize = MIDDLE_MAX;

/// Whether this tier is meant for such a request.
#[inline(always)]
pub const fn serves(size: usize, align: usize) -> bool {
    size <= MIDDLE_MAX && align <= MAX_ALIGN
}

/// A block of `size` bytes, at least 1, aligned to `align`, a power of two of at least 16. `None`
/// when there is no memory, no address space left in the middle range, or when the request is not
/// for this tier ([`serves`]). `near` is a small number that names the thread.
///
/// # Safety
/// `space::init` and `canary::prepare` have been called.
#[inline]
pub unsafe fn allocate(size: usize, align: usize, kind: Kind, near: u32) -> Option<NonNull<u8>> {
    place(&Request { size, align, kind }, near, None)
}

/// Like [`allocate`], with all bytes zero.
///
/// # Safety
/// As for [`allocate`].
pub unsafe fn allocate_zeroed(
    size: usize,
    align: usize,
    kind: Kind,
    near: u32,
) -> Option<NonNull<u8>> {
    let mut stale = StalePages::NONE;
    let block = place(&Request { size, align, kind }, near, Some(&mut stale))?;
    let (_, offset) = pools::find(block.addr().get())?;
    // SAFETY: STALE-1: the block was made for this request, and nobody else knows of it.
    unsafe { stale.clear(block.as_ptr(), offset, size) };
    Some(block)
}

#[inline]
fn place(request: &Request, near: u32, stale: Option<&mut StalePages>) -> Option<NonNull<u8>> {
    if !serves(request.size, request.align) {
        return None;
    }
    let Some(placed) = pools::allocate(request, near, stale) else {
        stats::count_failure();
        return None;
    };
    NonNull::new(placed.block)
}

/// Takes a block back. `false` when the pointer, the block or the claim was bad: it has been reported.
/// A block that was written beyond its end, or is of another size than claimed, is freed all the same.
///
/// # Safety
/// If `block` is a live block, nobody uses it any more. Any other value is safe.
#[inline]
pub unsafe fn free(block: *mut u8, claim: Claim) -> bool {
    let Some((cell, user)) = pools::find(block.addr()) else {
        return refuse(block, claim.operation);
    };
    crate::sys::prefetch::to_write(block);
    if let Some(bound) = waiting::bound(cell, user) {
        return waiting::queue().free(bound, cell, user, &claim);
    }
    let released = cell.hold().release(user, &claim);
    // A report first: where it ends the process, the damaged block is there to be looked at.
    let sound = released.map_err(|fault| tell(fault, claim.operation, cell)).is_ok();
    sweep::after_free(cell);
    sound
}

/// The size that the live block was requested with; `None`, after a report, when `block` is not
/// one.
///
/// # Safety
/// Any value of `block` is safe.
pub unsafe fn usable_size(block: *mut u8, operation: Operation) -> Option<usize> {
    let Some((cell, user)) = pools::find(block.addr()) else {
        refuse(block, operation);
        return None;
    };
    let requested = cell.hold().requested(user);
    requested.map_err(|fault| tell(fault, operation, cell)).ok()
}

/// Resizes a block where it is, if that is possible and sensible. `_near` is for tiers that move
/// blocks.
///
/// # Safety
/// If `block` is a live block, nobody else uses it meanwhile, nor afterwards the bytes behind
/// `new_size`, at least 1. Any other value of `block` is safe.
pub unsafe fn resize(block: *mut u8, new_size: usize, _near: u32) -> Resize {
    let Some((cell, user)) = pools::find(block.addr()) else {
        refuse(block, Operation::Realloc);
        return Resize::Refused;
    };
    let resized = cell.hold().resize(user, new_size);
    sweep::after_free(cell);
    match resized {
        Ok(None) => Resize::InPlace,
        Ok(Some(requested)) => Resize::Copy(requested),
        Err(fault) => {
            tell(fault, Operation::Realloc, cell);
            Resize::Refused
        }
    }
}

/// Gives a live block a smaller size without moving its end; false, after a report, when `block` is
/// not a sound one.
///
/// # Safety
/// As for [`resize`]; the block has at least `size` bytes.
#[cold]
pub unsafe fn relabel(block: *mut u8, size: usize) -> bool {
    let Some((cell, user)) = pools::find(block.addr()) else {
        return refuse(block, Operation::Realloc);
    };
    let relabelled = cell.hold().relabel(user, size);
    relabelled.map_err(|fault| tell(fault, Operation::Realloc, cell)).is_ok()
}

#[cold]
fn tell(fault: Fault, operation: Operation, cell: &PoolCell) {
    fault.report(operation, Some(cell.index));
}

/// Reports an address where no pool is.
#[cold]
fn refuse(block: *mut u8, operation: Operation) -> bool {
    let fault = Fault::new(Violation::InvalidFree, block.addr(), None, Detail::NotAllocated);
    fault.report(operation, None);
    false
}

const _: () = assert!(MAX_ALIGN <= MIDDLE_POOL / 4);
