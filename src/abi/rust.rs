//! DAM as a Rust program's allocator.

use core::alloc::{GlobalAlloc, Layout};

use crate::bits::Kind;
use crate::heap;

/// `#[global_allocator] static HEAP: dam::Dam = dam::Dam;`
///
/// Build the crate with `default-features = false`: it then exports no C names, and C code in the
/// same program keeps its own `malloc`. A deallocation that names another size than the allocation
/// is reported as a `size-mismatch`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dam;

// SAFETY: ABI-1: the heap's blocks are unique, large enough and aligned as asked; no path unwinds.
unsafe impl GlobalAlloc for Dam {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        match layout.align() {
            ..=16 => heap::allocate(layout.size(), Kind::Malloc),
            align => heap::allocate_aligned(layout.size(), align, Kind::Malloc),
        }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: ABI-1.
        unsafe { heap::free(block, Kind::Malloc, Some(layout.size())) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if layout.align() <= 16 {
            return heap::allocate_zeroed(layout.size());
        }
        heap::allocate_aligned_zeroed(layout.size(), layout.align())
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: ABI-1.
        unsafe { heap::reallocate_aligned(block, size, layout.align()) }
    }
}
