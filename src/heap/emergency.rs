//! Blocks for signal handlers that interrupted an allocation of their own thread.
//!
//! `malloc` is not for signal handlers, but programs call it there. When the handler's thread is
//! inside a slow path, the tiers cannot be used; such requests are served from here by moving a
//! mark forward. Nothing is reused: the memory is small and the case rare.
//!
//! - EMERGENCY-1: the 16 bytes in front of a block hold its requested size, or that it is free, and
//!   a mark made of a secret and its address, by which a block's start is known.

use core::ptr::{self, NonNull};

use crate::bits::{PAGE, align_up};
use crate::guard::{Finding, Operation, Violation, canary, violation};
use crate::small::window::WINDOWS;
use crate::space;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sys;

const HEADER: usize = 16;
const FREED: u64 = u64::MAX;
/// Bytes for these blocks where address space is limited.
const UNDER_LIMIT: usize = 256 << 10;

static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
static START: AtomicUsize = AtomicUsize::new(0);
static COMMITTED: AtomicUsize = AtomicUsize::new(0);

/// Blocks in use, and the bytes asked for.
static LIVE: AtomicU64 = AtomicU64::new(0);
static REQUESTED: AtomicU64 = AtomicU64::new(0);

/// Gives the emergency blocks their window. Called once, before the first allocation.
pub fn init(layout: space::Layout) {
    let start = layout.base + (WINDOWS << layout.shift);
    let mut len = 1 << layout.shift;
    if !space::is_reserved() {
        // Blocks share pages, and two threads may commit the same one: it has to be there.
        len = UNDER_LIMIT;
        if sys::reserve_at(ptr::with_exposed_provenance_mut(start), len).is_err() {
            return;
        }
    }
    NEXT.store(start, Ordering::Relaxed);
    START.store(start, Ordering::Relaxed);
    END.store(start + len, Ordering::Release);
}

/// Whether `window` is that of the emergency blocks.
pub fn owns(window: usize) -> bool {
    window == WINDOWS
}

/// A zeroed block; `None` when the window is used up or memory is refused. Takes no lock.
pub fn allocate(size: usize, align: usize) -> Option<NonNull<u8>> {
    let end = END.load(Ordering::Acquire);
    let room = align_up(size.checked_add(HEADER + align)?, 16);
    if room >= end.checked_sub(NEXT.load(Ordering::Relaxed))? {
        return None;
    }
    let start = NEXT.fetch_add(room, Ordering::Relaxed);
    let block = align_up(start + HEADER, align);
    if block + size > end {
        return None;
    }
    // Neighbours may commit the same pages at the same time: that changes nothing.
    let (from, to) = (start & !(PAGE - 1), align_up(block + size, PAGE));
    sys::commit(ptr::with_exposed_provenance_mut(from), to - from).ok()?;
    COMMITTED.fetch_max(to, Ordering::Relaxed);
    header(block)[0].store(size as u64, Ordering::Relaxed);
    header(block)[1].store(mark(block), Ordering::Release);
    LIVE.fetch_add(1, Ordering::Relaxed);
    REQUESTED.fetch_add(size as u64, Ordering::Relaxed);
    NonNull::new(ptr::with_exposed_provenance_mut(block))
}

/// The requested size of a block; `None` (reported) when it is not live.
pub fn usable_size(block: *mut u8, operation: Operation) -> Option<usize> {
    look(block).map_err(|violation| report(block, operation, violation)).ok()
}

/// Whether a live block begins at this address of the window.
pub fn is_live(block: *mut u8) -> bool {
    look(block).is_ok()
}

/// The requested size of a block, or what is wrong with it.
fn look(block: *mut u8) -> Result<usize, Violation> {
    let at = block.addr();
    let start = START.load(Ordering::Relaxed);
    // A hole that a refused request left would fault here, as a wild pointer may anywhere.
    let readable = at.is_multiple_of(16)
        && at >= start + HEADER
        && at <= COMMITTED.load(Ordering::Relaxed)
        && header(at)[1].load(Ordering::Acquire) == mark(at);
    if !readable {
        return Err(Violation::InvalidFree);
    }
    match header(at)[0].load(Ordering::Relaxed) {
        FREED => Err(Violation::DoubleFree),
        size => Ok(size as usize),
    }
}

/// Gives a live block a smaller size; false when it is not live any more.
pub fn relabel(block: *mut u8, size: usize) -> bool {
    replace_size(block, size as u64).is_some()
}

/// Marks a block as free.
pub fn free(block: *mut u8, operation: Operation) {
    if usable_size(block, operation).is_none() {
        return;
    }
    match replace_size(block, FREED) {
        Some(_) => _ = LIVE.fetch_sub(1, Ordering::Relaxed),
        None => report(block, operation, Violation::DoubleFree),
    }
}

/// Changes what the header of a block says, unless it says that the block is free; the size before.
fn replace_size(block: *mut u8, to: u64) -> Option<u64> {
    let replace = |size| (size != FREED).then_some(to);
    let size = &header(block.addr())[0];
    let before = size.fetch_update(Ordering::Relaxed, Ordering::Relaxed, replace).ok()?;
    let requested = if to == FREED { 0 } else { to };
    REQUESTED.fetch_add(requested.wrapping_sub(before), Ordering::Relaxed);
    Some(before)
}

/// What these blocks take up.
pub struct Stats {
    /// Blocks in use.
    pub live: u64,
    /// Their bytes, with headers.
    pub live_bytes: u64,
    /// Their bytes as requested.
    pub requested_bytes: u64,
    /// Readable and writable bytes, those between refused requests included.
    pub committed_bytes: u64,
    /// Address space that is in no reservation of others.
    pub reserved_bytes: u64,
}

/// The figures now.
pub fn stats() -> Stats {
    let (live, requested) = (LIVE.load(Ordering::Relaxed), REQUESTED.load(Ordering::Relaxed));
    let start = START.load(Ordering::Relaxed);
    let own = if space::is_reserved() { 0 } else { END.load(Ordering::Relaxed) - start };
    Stats {
        live,
        live_bytes: requested + live * HEADER as u64,
        requested_bytes: requested,
        committed_bytes: COMMITTED.load(Ordering::Relaxed).saturating_sub(start) as u64,
        reserved_bytes: own as u64,
    }
}

fn mark(block: usize) -> u64 {
    canary::secret(block as u64)
}

fn header(block: usize) -> &'static [AtomicU64; 2] {
    let at: *const [AtomicU64; 2] = ptr::with_exposed_provenance(block - HEADER);
    // SAFETY: EMERGENCY-1: in front of each block, committed, for ever ours.
    unsafe { &*at }
}

fn report(block: *mut u8, operation: Operation, violation: Violation) {
    violation::report(&Finding {
        violation,
        operation,
        address: block.addr(),
        size: None,
        damage: None,
        place: format_args!("among the blocks of signal handlers"),
    });
}
