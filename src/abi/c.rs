//! The standard names of the malloc family. What they do is in [`entry`](super::entry).

use core::ffi::{c_int, c_void};

use super::entry;

/// Allocates `size` bytes, aligned to 16. `malloc(0)` gives a unique pointer that faults when touched.
#[unsafe(no_mangle)]
pub extern "C" fn malloc(size: usize) -> *mut c_void {
    entry::malloc(size)
}

/// Gives a block back. NULL is ignored; `errno` is kept. Anything but a live block is reported.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free(block: *mut c_void) {
    // SAFETY: ABI-1.
    unsafe { entry::free(block) }
}

/// Allocates `count * size` zero bytes.
#[unsafe(no_mangle)]
pub extern "C" fn calloc(count: usize, size: usize) -> *mut c_void {
    entry::calloc(count, size)
}

/// Resizes a block, keeping its contents. `realloc(p, 0)` frees `p` and returns NULL.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: ABI-1.
    unsafe { entry::realloc(block, size) }
}

/// Like `realloc(block, count * size)`, failing when the product overflows.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: ABI-1.
    unsafe { entry::reallocarray(block, count, size) }
}

/// Allocates `size` bytes at a multiple of `align`, a power of two up to 1 GiB (else `EINVAL`).
#[unsafe(no_mangle)]
pub extern "C" fn aligned_alloc(align: usize, size: usize) -> *mut c_void {
    entry::aligned_alloc(align, size)
}

/// POSIX: 0, `EINVAL` or `ENOMEM`; leaves `errno`, and on failure `*out`, alone.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_memalign(out: *mut *mut c_void, align: usize, size: usize) -> c_int {
    // SAFETY: ABI-1.
    unsafe { entry::posix_memalign(out, align, size) }
}

/// Like `aligned_alloc`, rounding `align` up to a power of two.
#[unsafe(no_mangle)]
pub extern "C" fn memalign(align: usize, size: usize) -> *mut c_void {
    entry::memalign(align, size)
}

/// Allocates `size` bytes at a multiple of the page.
#[unsafe(no_mangle)]
pub extern "C" fn valloc(size: usize) -> *mut c_void {
    entry::valloc(size)
}

/// Allocates whole pages, at least `size` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn pvalloc(size: usize) -> *mut c_void {
    entry::pvalloc(size)
}

/// The size that was asked for, exactly: bytes behind it are not the program's.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: ABI-1.
    unsafe { entry::malloc_usable_size(block) }
}

/// Like `free`, checking that the block was allocated with `size` bytes (C23).
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_sized(block: *mut c_void, size: usize) {
    // SAFETY: ABI-1.
    unsafe { entry::free_sized(block, size) }
}

/// Like `free_sized`; the alignment is not compared.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn free_aligned_sized(block: *mut c_void, _align: usize, size: usize) {
    // SAFETY: ABI-1.
    unsafe { entry::free_sized(block, size) }
}

/// The old name of `free`.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn cfree(block: *mut c_void) {
    // SAFETY: ABI-1.
    unsafe { entry::free(block) }
}
