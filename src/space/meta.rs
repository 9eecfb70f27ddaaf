//! Memory for the allocator's own data: a bump arena that never gives anything back.
//!
//! Chunks are mapped far from the blocks' windows, with a page that faults on both sides. The last bytes of each say where
//! the one made before it lies.

use core::ptr::NonNull;

use crate::bits::{PAGE, align_up};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sys;

const CHUNK: usize = 256 << 10;

/// The chunk made before, at the end of each.
#[derive(Clone, Copy)]
struct Before {
    start: usize,
    len: usize,
}

const LINK: usize = size_of::<Before>();

struct Arena {
    next: usize,
    end: usize,
    last: Before,
}

static ARENA: Lock<Arena> = Lock::new(Arena { next: 0, end: 0, last: Before { start: 0, len: 0 } });
static USED: AtomicUsize = AtomicUsize::new(0);

/// Zeroed memory for ever (SPACE-3); `align` is a power of two up to a page. `None` when the system
/// has no more.
pub fn allocate(bytes: usize, align: usize) -> Option<NonNull<u8>> {
    let mut arena = ARENA.lock();
    if bytes > CHUNK / 4 {
        return arena.chunk(align_up(bytes + LINK, PAGE)).map(|(start, _)| start);
    }
    let mut start = align_up(arena.next, align);
    if start + bytes > arena.end {
        let (chunk, end) = arena.chunk(CHUNK)?;
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

impl Arena {
    /// Maps a chunk: where it starts, and where the link at its end does.
    fn chunk(&mut self, bytes: usize) -> Option<(NonNull<u8>, usize)> {
        let whole = sys::reserve(bytes + 2 * PAGE).ok()?;
        let start = whole.wrapping_add(PAGE);
        if sys::commit(start, bytes).is_err() {
            // SAFETY: SYS-1: just reserved, and nobody knows of it.
            let _ = unsafe { sys::unmap(whole, bytes + 2 * PAGE) };
            return None;
        }
        note_used(bytes);
        let end = start.expose_provenance() + bytes - LINK;
        // SAFETY: SPACE-3: the end of a chunk nobody else knows of yet; what follows the link faults.
        unsafe { link_at(end).write(self.last) };
        self.last = Before { start: start.addr(), len: bytes };
        Some((NonNull::new(start)?, end))
    }
}

fn link_at(end: usize) -> *mut Before {
    core::ptr::with_exposed_provenance_mut(end)
}

/// Shows first byte and length of every chunk. Nothing may be allocated meanwhile.
pub fn visit(visit: &mut dyn FnMut(usize, usize)) {
    let arena = ARENA.lock();
    let mut chunk = arena.last;
    while chunk.len > 0 {
        visit(chunk.start, chunk.len);
        // SAFETY: SPACE-3: chunks live for ever, and each has its link at its end.
        chunk = unsafe { link_at(chunk.start + chunk.len - LINK).read() };
    }
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
            let mut holding = 0;
            visit(&mut |chunk, len| {
                holding += usize::from((chunk..chunk + len).contains(&start.as_ptr().addr()));
            });
            assert_eq!(holding, 1);
        }
        assert_eq!(allocate(CHUNK, PAGE).map(|at| at.as_ptr().addr() % PAGE), Some(0));
    }
}
