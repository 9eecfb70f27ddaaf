//! The large tier: a mapping of its own for every block, and guard pages on both sides of it.
//!
//! ```text
//!             allocate: a warm block of about the size, else a fresh mapping
//!                 ↓
//!   [guard page | block, canary | guard page]   ← registry: address → size, kind, state
//!                 ↓ free: verify, then by way of retire.rs
//!   warm cache (pages kept; hardened: moved) → quarantine (addresses kept, nothing accessible) → unmapped
//! ```
//!
//! Stops: overflows and underflows that reach a guard page, and uses after free of blocks that have
//! gone cold (they fault). Finds: overflows from the first byte behind the request, at free,
//! realloc and heap check; double frees; frees of pointers that are no block's start. Costs: up to
//! two pages of address space, two of the kernel's mappings and one entry a block.
//!
//! - LARGE-1: the range of a [`mapping::Mapping`] or [`mapping::Range`] belongs to the tier until
//!   its owner unmaps it; the only bytes in it anybody may touch are the mapping's
//!   `[address - front, address + inner)`.
//! - LARGE-2: each has one owner at a time, who alone changes what is mapped there: the program
//!   (state `Live`), the thread that moved its entry to another state, the warm cache, the
//!   quarantine. Ownership of a live block passes to the thread that changes the state under the
//!   shard's lock, so of two threads that free it one gets it and one is told off.
//! - LARGE-3: a block's entry is made before the program learns the address and removed before the
//!   range is unmapped, or moved away with its pages (`renew.rs` moves the pages alone): while a shard
//!   is locked, the accessible bytes of its live blocks exist, and every entry's range belongs to who
//!   owns its block.
//! - LARGE-4: a live block's canary lies from `address + requested` to what `fence::end` says, which is at
//!   most `address + inner`. It has eight bytes or more; of a block with pages of its own it has what is left
//!   of its last page, be it nothing, and there is canary in front of the block as well.
//! - LARGE-5: a table's slots are `capacity` initialised entries that only the table refers to;
//!   all-zero is a free one.
//! - LARGE-6: the places of a long list are memory of the tier's own for ever, valid as zeros, and used under that
//!   list's lock.
//!
//! Locks: a shard, then the warm cache or the quarantine (SYNC-3); none is held during a system
//! call, except while a shard's table doubles.

mod again;
mod apart;
mod check;
mod fence;
mod mapping;
mod moves;
mod own;
mod patrol;
mod pieces;
mod places;
mod quarantine;
mod registry;
mod renew;
mod resize;
mod retire;
mod reuse;
mod spare;
mod stats;
mod table;
#[cfg(test)]
mod tests;
mod verify;
pub mod walk;
mod warm;

use core::ptr::NonNull;

use crate::bits::{Kind, PAGE, checked_align_up};
use crate::config::limits::CANARY;
use crate::guard::Operation;
use crate::space::Claim;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sys;

use mapping::{Mapping, pointer};
use table::{Entry, State};
use verify::Verdict;

pub use check::{check, check_block};
pub use own::allocate_own;
pub use patrol::look_at_made;
pub use resize::{relabel, resize};
pub use retire::{reclaim, reclaim_idle, sweep};
pub use stats::{Stats, stats};

/// Whether a live block begins at this address, which may be any.
pub fn is_live(block: *mut u8) -> bool {
    registry::with(block.addr(), |entry| entry.state == State::Live) == Some(true)
}

/// A block of `size` bytes (1 up to `isize::MAX - align`) at a multiple of `align` (a power of two
/// up to 1 GiB). `None` when the system has no more.
///
/// # Safety
/// None beyond these ranges; `unsafe` like its siblings, so that only the junction calls it.
pub unsafe fn allocate(size: usize, align: usize, kind: Kind, _near: u32) -> Option<NonNull<u8>> {
    obtain(size, align, kind, false)
}

/// Like [`allocate`] at the least alignment, for contents that go on growing.
///
/// # Safety
/// As [`allocate`].
pub unsafe fn allocate_growing(size: usize, kind: Kind) -> Option<NonNull<u8>> {
    let inner = inner_for(size)?;
    match reuse::take_for_growth(inner, inner) {
        Some(mapping) => hand_out(mapping, size, kind),
        None => obtain(size, PAGE, kind, false),
    }
}

/// Like [`allocate`], and the block's bytes are zero.
///
/// # Safety
/// As [`allocate`].
pub unsafe fn allocate_zeroed(
    size: usize,
    align: usize,
    kind: Kind,
    _near: u32,
) -> Option<NonNull<u8>> {
    obtain(size, align, kind, true)
}

/// Takes a block back. `false` when the pointer, the block or the claim was bad: it has been reported.
/// A damaged block is never used again; one of another size than claimed is freed all the same.
///
/// # Safety
/// The program gives up the block at `block`, if there is one; any address may be passed.
pub unsafe fn free(block: *mut u8, claim: Claim) -> bool {
    let address = block.addr();
    let found = registry::with(address, |entry| {
        // SAFETY: LARGE-3: `with` holds the shard's lock.
        let verdict = unsafe { verify::judge(entry, claim.size) };
        match verdict {
            Verdict::NotLive => {}
            Verdict::Sound | Verdict::WrongSize(_) => entry.state = State::Freed,
            Verdict::Damaged(_) => entry.state = State::Quarantined,
        }
        (*entry, verdict)
    });
    let Some((entry, verdict)) = found else {
        verify::report_unknown(address, claim.operation);
        return false;
    };
    if !matches!(verdict, Verdict::NotLive) {
        note_left(&entry, claim);
    }
    let sound = matches!(verdict, Verdict::Sound);
    if !sound {
        // First, so that where it ends the process, the damaged block is there to be looked at.
        verify::report_block(&entry, verdict, claim.operation);
    }
    match verdict {
        Verdict::NotLive => {}
        Verdict::Sound | Verdict::WrongSize(_) => retire::put(entry.mapping),
        Verdict::Damaged(_) => retire::lock_away(entry.mapping),
    }
    sound
}

/// The size the program asked for; `None` when no block lives at `block`, which is reported.
///
/// # Safety
/// Any address may be passed; nothing is read there.
pub unsafe fn usable_size(block: *mut u8, operation: Operation) -> Option<usize> {
    let address = block.addr();
    match registry::with(address, |entry| *entry) {
        Some(entry) if entry.state == State::Live => Some(entry.requested),
        Some(entry) => {
            verify::report_block(&entry, Verdict::NotLive, operation);
            None
        }
        None => {
            verify::report_unknown(address, operation);
            None
        }
    }
}

/// The size of a live block, where its lock is free: for a signal handler, whose own thread may hold it.
pub fn size_at_sight(block: *mut u8) -> Option<usize> {
    let entry = registry::try_entry(block.addr())?;
    (entry.state == State::Live).then_some(entry.requested)
}

/// Accessible bytes of a block of `size` bytes: the canary always fits.
fn inner_for(size: usize) -> Option<usize> {
    checked_align_up(size.checked_add(CANARY)?, PAGE)
}

fn obtain(size: usize, align: usize, kind: Kind, zeroed: bool) -> Option<NonNull<u8>> {
    let inner = inner_for(size);
    let warm = inner.and_then(|inner| reuse::take(inner, align, zeroed));
    let mapping = warm.or_else(|| fresh(inner?, align));
    let block = mapping.and_then(|mapping| hand_out(mapping, size, kind));
    if block.is_none() {
        stats::FAILURES.add(1);
    }
    block
}

/// A new mapping. What is kept for reuse goes before a request fails.
fn fresh(inner: usize, align: usize) -> Option<Mapping> {
    let made = match Mapping::create(inner, align) {
        Err(errno) if errno.is_exhaustion() && retire::drop_all() => {
            Mapping::create(inner, align).ok()
        }
        made => made.ok(),
    };
    note_fresh(made.map_or(0, |mapping| mapping.inner));
    made
}

/// Counts bytes that no freed block could serve.
fn note_fresh(bytes: usize) {
    FRESH.fetch_add(bytes, Relaxed);
    again::note_made(stats::LIVE_BYTES.get() as usize + bytes, sys::now_ms());
}

/// Bytes of mappings made since the start.
static FRESH: AtomicUsize = AtomicUsize::new(0);

/// Bytes of mappings made since the start: tells whether the heap has grown.
pub fn fresh_bytes() -> usize {
    FRESH.load(Relaxed)
}

/// Makes a block of a mapping that this thread owns.
fn hand_out(mapping: Mapping, requested: usize, kind: Kind) -> Option<NonNull<u8>> {
    let block = pointer(mapping.address);
    // SAFETY: LARGE-4: the mapping was chosen so that size and canary fit; LARGE-2: it is ours.
    unsafe { fence::draw(&mapping, requested) };
    // A warm block has an entry, which this replaces.
    if !registry::insert(Entry { mapping, requested, kind, state: State::Live }) {
        // SAFETY: LARGE-2, LARGE-3: ours, and the registry does not know it.
        unsafe { mapping.discard() };
        return None;
    }
    stats::ALLOCATIONS.add(1);
    stats::ALLOCATED_BYTES.add(mapping.accessible());
    stats::LIVE_BYTES.add(mapping.accessible());
    stats::REQUESTED.add(requested);
    NonNull::new(block)
}

/// Counts a block that the program has given up, and looks at the door it goes by.
fn note_left(entry: &Entry, claim: Claim) {
    stats::note_free();
    stats::LIVE_BYTES.sub(entry.mapping.accessible());
    stats::REQUESTED.sub(entry.requested);
    if let Some(goes) = claim.kind.filter(|&kind| kind != entry.kind) {
        stats::MISMATCHES.add(1);
        verify::report_doors(entry, goes, claim.operation);
    }
}

/// Asks the system what will have to be known.
pub fn prepare() {
    address_limit();
    mapping::guards_left();
}

/// What [`address_limit`] found; 0: not looked yet.
static LIMIT: AtomicUsize = AtomicUsize::new(0);

/// The limit of the process's address space when the tier was first used.
pub fn address_limit() -> Option<usize> {
    let mut limit = LIMIT.load(Relaxed);
    if limit == 0 {
        limit = sys::address_limit().unwrap_or(usize::MAX).max(1);
        LIMIT.store(limit, Relaxed);
    }
    (limit != usize::MAX).then_some(limit)
}
