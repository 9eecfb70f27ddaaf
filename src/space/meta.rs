//! Memory for the allocator's own data: a bump arena that never gives anything back.
//!
//! Chunks are mapped far from the blocks' windows, with a page that faults on both sides.

use core::ptr::NonNull;

use crate::bits::{PAGE, align_up};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sys;

const CHUNK: usize = 256 << 10;

struct Arena {
    next: usize,
    end: usize,
}

static ARENA: Lock<Arena> = Lock::new(Arena { next: 0, end: 0 });
static USED: AtomicUsize = AtomicUsize::new(0);

/// Zeroed memory for ever (SPACE-3); `align` is a power of two up to a page. `None` when the system
/// has no more.
pub fn allocate(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    if bytes > CHUNK / 4 {
        return chunk(align_up(bytes, PAGE)).map(|(start, _)| start);
    }
    let mut arena = ARENA.lock();
    let mut start = align_up(arena.next, align);
    if start + bytes > arena.end {
        let (chunk, end) = chunk(CHUNK)?;
        arena.end = end;
        start = chunk.as_ptr().expose_provenance();
    }
    arena.next = start + bytes;
    NonNull::new(core::ptr::with_exposed_provenance_mut(start))
}

/// Bytes mapped for the allocator's own data.
pub fn used_bytes() -> usize {
    USED.load(Relaxed)
}

/// Adds memory that a module mapped for its own data to [`used_bytes`].
pub fn note_used(bytes: usize) {
    USED.fetch_add(bytes, Relaxed);
}

fn chunk(bytes: usize) -> Option<(NonNull<u8>, usize)> {
    let whole = sys::reserve(bytes + 2 * PAGE).ok()?;
    let start = whole.wrapping_add(PAGE);
    if sys::commit(start, bytes).is_err() {
        // SAFETY: SYS-1: just reserved, and nobody knows of it.
        let _ = unsafe { sys::unmap(whole, bytes + 2 * PAGE) };
        return None;
    }
    note_used(bytes);
    Some((NonNull::new(start)?, start.expose_provenance() + bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocations_are_zeroed_aligned_and_apart() {
        let mut last_end = 0;
        for round in 1..500usize {
            let bytes = round * 37 % 3000 + 1;
            let align = 1 << (round % 13);
            let start = allocate(bytes, align).unwrap();
            assert_eq!(start.as_ptr().addr() % align, 0);
            // SAFETY: SPACE-3: `bytes` bytes of ours.
            let memory = unsafe { core::slice::from_raw_parts_mut(start.as_ptr(), bytes) };
            assert!(memory.iter().all(|&byte| byte == 0));
            memory.fill(0xff);
            assert!(start.as_ptr().addr() >= last_end || start.as_ptr().addr() + bytes <= last_end);
            last_end = start.as_ptr().addr() + bytes;
        }
    }
}
