//! The C library's contract on top of the heap: corner values, `errno`, return codes. One function
//! for each exported name; the names themselves are in `c` and `dam`.

use core::ffi::{c_int, c_void};

use crate::bits::{Kind, PAGE, checked_align_up};
use crate::config::limits::MAX_ALIGN;
use crate::heap;
use crate::sys::{errno, set_errno};

/// As the standard has it; see `dam_malloc`.
#[inline(always)]
pub fn malloc(size: usize) -> *mut c_void {
    heap::allocate(size, Kind::Malloc).cast()
}

/// As the standard has it; anything but a live block is reported.
///
/// # Safety
/// ABI-1.
#[inline(always)]
pub unsafe fn free(block: *mut c_void) {
    // SAFETY: ABI-1.
    unsafe { heap::free(block.cast(), Kind::Malloc, None) }
}

/// As the standard has it; `ENOMEM` when the product overflows.
#[inline(always)]
pub fn calloc(count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        Some(bytes) => heap::allocate_zeroed(bytes).cast(),
        None => fail(libc::ENOMEM),
    }
}

/// As glibc: `realloc(p, 0)` frees and returns NULL, `realloc(NULL, n)` allocates.
///
/// # Safety
/// ABI-1.
#[inline(always)]
pub unsafe fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    if block.is_null() {
        return malloc(size);
    }
    // SAFETY: ABI-1.
    unsafe {
        if size == 0 {
            free(block);
            return core::ptr::null_mut();
        }
        heap::reallocate(block.cast(), size).cast()
    }
}

/// As glibc: `realloc` of the product, `ENOMEM` when it overflows.
///
/// # Safety
/// ABI-1.
pub unsafe fn reallocarray(block: *mut c_void, count: usize, size: usize) -> *mut c_void {
    match count.checked_mul(size) {
        // SAFETY: ABI-1.
        Some(bytes) => unsafe { realloc(block, bytes) },
        None => fail(libc::ENOMEM),
    }
}

/// `EINVAL` when `align` is not a power of two.
#[inline(always)]
pub fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    if !align.is_power_of_two() || align > MAX_ALIGN {
        return fail(libc::EINVAL);
    }
    heap::allocate_aligned(size, align, Kind::Malloc).cast()
}

/// As glibc: an alignment that is not a power of two is rounded up to one.
#[inline(always)]
pub fn memalign(align: usize, size: usize) -> *mut c_void {
    match align.max(1).checked_next_power_of_two() {
        Some(align) => aligned_alloc(align, size),
        None => fail(libc::EINVAL),
    }
}

/// Leaves `errno` and, on failure, `*out` alone. The NULL of `zero_size=null` is no failure.
///
/// # Safety
/// ABI-1; `out` is writable.
pub unsafe fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    if !align.is_power_of_two() || !align.is_multiple_of(size_of::<usize>()) || align > MAX_ALIGN {
        return libc::EINVAL;
    }
    let Some(block) = heap::allocate_aligned_fast(size, align, Kind::Malloc) else {
        // SAFETY: ABI-1.
        return unsafe { posix_memalign_slow(out, align, size) };
    };
    // SAFETY: ABI-1: `out` is the caller's.
    unsafe { *out = block.as_ptr().cast() };
    0
}

/// # Safety
/// As for [`posix_memalign`].
#[cold]
#[inline(never)]
unsafe fn posix_memalign_slow(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    let errno_before = errno();
    let block = heap::allocate_slow(size, align, Kind::Malloc, false);
    set_errno(errno_before);
    if block.is_null() && !heap::is_null_wanted(size, Kind::Malloc) {
        return libc::ENOMEM;
    }
    // SAFETY: ABI-1: `out` is the caller's.
    unsafe { *out = block.cast() };
    0
}

/// A block that begins on a page.
pub fn valloc(size: usize) -> *mut c_void {
    // No slot is a multiple of the page: there is no fast way.
    heap::allocate_slow(size, PAGE, Kind::Malloc, false).cast()
}

/// Whole pages; `ENOMEM` when rounding up overflows.
pub fn pvalloc(size: usize) -> *mut c_void {
    match checked_align_up(size, PAGE) {
        Some(size) => valloc(size),
        None => fail(libc::ENOMEM),
    }
}

/// The size that was asked for, exactly; 0 for NULL.
///
/// # Safety
/// ABI-1.
pub unsafe fn malloc_usable_size(block: *mut c_void) -> usize {
    if block.is_null() {
        return 0;
    }
    // SAFETY: ABI-1.
    unsafe { heap::usable_size(block.cast()) }
}

/// C23: `size` is what was asked for; another size is reported.
///
/// # Safety
/// ABI-1.
#[inline(always)]
pub unsafe fn free_sized(block: *mut c_void, size: usize) {
    // SAFETY: ABI-1.
    unsafe { heap::free(block.cast(), Kind::Malloc, Some(size)) }
}

#[cold]
#[inline(never)]
fn fail(errno: c_int) -> *mut c_void {
    set_errno(errno);
    core::ptr::null_mut()
}
