//! Blocks for signal handlers that interrupted an allocation of their own thread.
//!
//! `malloc` is not for signal handlers, but programs call it there. When the handler's thread is
//! inside a slow path, the tiers cannot be used; such requests are served from here by moving a
//! mark forward. Nothing is reused: the memory is small and the case rare.
//!
//! - EMERGENCY-1: the 16 bytes in front of a block hold its requested size, and whether it is live.

use core::ptr::{self, NonNull};

use crate::bits::{PAGE, align_up};
use crate::guard::{Finding, Operation, Violation, violation};
use crate::small::window::WINDOWS;
use crate::space;
use crate::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use crate::sys;

const HEADER: usize = 16;
const FREED: u64 = u64::MAX;

static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// Gives the emergency blocks their window. Called once, before the first allocation.
pub fn init(layout: space::Layout) {
    let start = layout.base + (WINDOWS << layout.shift);
    NEXT.store(start, Ordering::Relaxed);
    END.store(start + (1 << layout.shift), Ordering::Release);
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
    header(block).store(size as u64, Ordering::Relaxed);
    NonNull::new(ptr::with_exposed_provenance_mut(block))
}

/// The requested size of a block; `None` (reported) when it is not live.
pub fn usable_size(block: *mut u8, operation: Operation) -> Option<usize> {
    let in_use = block.addr().is_multiple_of(16) && block.addr() < NEXT.load(Ordering::Relaxed);
    if in_use {
        let size = header(block.addr()).load(Ordering::Relaxed);
        if size != FREED {
            return Some(size as usize);
        }
    }
    report(block, operation, if in_use { Violation::DoubleFree } else { Violation::InvalidFree });
    None
}

/// Marks a block as free.
pub fn free(block: *mut u8, operation: Operation) {
    if usable_size(block, operation).is_some() {
        header(block.addr()).store(FREED, Ordering::Relaxed);
    }
}

fn header(block: usize) -> &'static AtomicU64 {
    let at: *const AtomicU64 = ptr::with_exposed_provenance(block - HEADER);
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
