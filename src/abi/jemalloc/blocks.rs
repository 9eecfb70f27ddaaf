//! jemalloc's allocation functions, whose `flags` say what others have names for.
//!
//! The real size of a block is what was asked for, here as in `malloc_usable_size`: `nallocx`, `mallocx` and `sallocx`
//! agree. Which arena and which cache a program names makes no difference.

use core::ffi::{c_int, c_void};
use core::ptr;

use crate::abi::entry;
use crate::bits::Kind;
use crate::config::limits::{MAX_ALIGN, MIN_ALIGN};
use crate::heap::{self, answers};

/// Every new byte is zero.
const ZERO: c_int = 0x40;
/// The alignment's logarithm.
const ALIGN: c_int = 0x3f;

fn align_of(flags: c_int) -> usize {
    1 << (flags & ALIGN)
}

/// Allocates `size` bytes; NULL, with `errno` `ENOMEM`, where there is no memory.
#[unsafe(no_mangle)]
pub extern "C" fn mallocx(size: usize, flags: c_int) -> *mut c_void {
    let block = match (align_of(flags), flags & ZERO != 0) {
        (..=MIN_ALIGN, false) => heap::allocate(size, Kind::Malloc),
        (..=MIN_ALIGN, true) => heap::allocate_zeroed(size),
        (align, false) => heap::allocate_aligned(size, align, Kind::Malloc),
        (align, true) => heap::allocate_aligned_zeroed(size, align),
    };
    block.cast()
}

/// Resizes a block, to the alignment that the flags ask for; NULL, and the block is untouched, where there is no
/// memory. A `size` of 0 counts as 1.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rallocx(block: *mut c_void, size: usize, flags: c_int) -> *mut c_void {
    let (align, size) = (align_of(flags), size.max(1));
    if block.is_null() {
        return mallocx(size, flags);
    }
    // SAFETY: ABI-1.
    unsafe {
        let mut old = usize::MAX;
        if flags & ZERO != 0 || !block.addr().is_multiple_of(align) {
            let Some(size) = heap::known_size(block.cast()) else { return ptr::null_mut() };
            old = size;
        }
        let new = match align {
            ..=MIN_ALIGN => heap::reallocate(block.cast(), size),
            _ if block.addr().is_multiple_of(align) => {
                heap::reallocate_aligned(block.cast(), size, align)
            }
            _ => to_other_alignment(block.cast(), old, size, align),
        };
        if flags & ZERO != 0 && !new.is_null() && size > old {
            new.add(old).write_bytes(0, size - old);
        }
        new.cast()
    }
}

/// Copies a block of `old` bytes to a place of its new alignment.
///
/// # Safety
/// ABI-1.
unsafe fn to_other_alignment(block: *mut u8, old: usize, size: usize, align: usize) -> *mut u8 {
    let new = heap::allocate_aligned(size, align, Kind::Malloc);
    if !new.is_null() {
        // SAFETY: ABI-1: the old block is live, as was just found, and the new one is another.
        unsafe {
            new.copy_from_nonoverlapping(block, old.min(size));
            heap::free(block, Kind::Malloc, None);
        }
    }
    new
}

/// Resizes a block where it is, to `size + extra` bytes or, where that cannot be, to `size`; its size then, which is less
/// than `size` where that cannot be either.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn xallocx(
    block: *mut c_void,
    size: usize,
    extra: usize,
    _flags: c_int,
) -> usize {
    let size = size.max(1);
    for wanted in [size.saturating_add(extra), size] {
        // SAFETY: ABI-1.
        if unsafe { heap::resize_in_place(block.cast(), wanted) } {
            return wanted;
        }
    }
    // SAFETY: ABI-1.
    unsafe { entry::malloc_usable_size(block) }
}

/// A block's size.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sallocx(block: *const c_void, _flags: c_int) -> usize {
    // SAFETY: ABI-1.
    unsafe { entry::malloc_usable_size(block.cast_mut()) }
}

/// Gives a block back.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dallocx(block: *mut c_void, _flags: c_int) {
    // SAFETY: ABI-1.
    unsafe { entry::free(block) }
}

/// Gives a block of `size` bytes back; another size is reported.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn sdallocx(block: *mut c_void, size: usize, _flags: c_int) {
    // SAFETY: ABI-1.
    unsafe { entry::free_sized(block, size) }
}

/// The size that a block of `size` bytes would have; 0: there can be none.
#[unsafe(no_mangle)]
pub extern "C" fn nallocx(size: usize, flags: c_int) -> usize {
    if size > answers::LARGE_MAX || align_of(flags) > MAX_ALIGN { 0 } else { size }
}
