//! DAM's own functions, exported by every build of the library and declared in `dam.h`. The
//! allocation functions are those of the standard under names of their own, for programs that use
//! DAM beside another `malloc`.
//!
//! All of them may be called from any thread. None but `dam_check_heap` and `dam_find_leaks` writes anything unless it has a
//! violation to report.

use core::ffi::{c_char, c_int, c_void};

use crate::guard::events::{self, dam_event_t};
use crate::heap::inspect;

use super::entry;

/// Allocates `size` bytes, aligned to 16. `malloc(0)` gives a unique pointer that faults when touched.
#[unsafe(no_mangle)]
pub extern "C" fn dam_malloc(size: usize) -> *mut c_void {
    entry::malloc(size)
}

/// Gives a block back. NULL is ignored; `errno` is kept. Anything but a live block is reported.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_free(block: *mut c_void) {
    // SAFETY: ABI-1.
    unsafe { entry::free(block) }
}

/// Allocates `count * size` zero bytes.
#[unsafe(no_mangle)]
pub extern "C" fn dam_calloc(count: usize, size: usize) -> *mut c_void {
    entry::calloc(count, size)
}

/// Resizes a block, keeping its contents. `realloc(p, 0)` frees `p` and returns NULL.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_realloc(block: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: ABI-1.
    unsafe { entry::realloc(block, size) }
}

/// Like `realloc(block, count * size)`, failing when the product overflows.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_reallocarray(
    block: *mut c_void,
    count: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: ABI-1.
    unsafe { entry::reallocarray(block, count, size) }
}

/// Allocates `size` bytes at a multiple of `align`, a power of two up to 1 GiB (else `EINVAL`).
#[unsafe(no_mangle)]
pub extern "C" fn dam_aligned_alloc(align: usize, size: usize) -> *mut c_void {
    entry::aligned_alloc(align, size)
}

/// POSIX: 0, `EINVAL` or `ENOMEM`; leaves `errno`, and on failure `*out`, alone.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_posix_memalign(
    out: *mut *mut c_void,
    align: usize,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { entry::posix_memalign(out, align, size) }
}

/// Like `aligned_alloc`, rounding `align` up to a power of two.
#[unsafe(no_mangle)]
pub extern "C" fn dam_memalign(align: usize, size: usize) -> *mut c_void {
    entry::memalign(align, size)
}

/// Allocates `size` bytes at a multiple of the page.
#[unsafe(no_mangle)]
pub extern "C" fn dam_valloc(size: usize) -> *mut c_void {
    entry::valloc(size)
}

/// Allocates whole pages, at least `size` bytes.
#[unsafe(no_mangle)]
pub extern "C" fn dam_pvalloc(size: usize) -> *mut c_void {
    entry::pvalloc(size)
}

/// The size that was asked for, exactly: bytes behind it are not the program's.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_malloc_usable_size(block: *mut c_void) -> usize {
    // SAFETY: ABI-1.
    unsafe { entry::malloc_usable_size(block) }
}

/// Like `free`, checking that the block was allocated with `size` bytes (C23).
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_free_sized(block: *mut c_void, size: usize) {
    // SAFETY: ABI-1.
    unsafe { entry::free_sized(block, size) }
}

/// Like `dam_free_sized`; the alignment is not compared.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_free_aligned_sized(block: *mut c_void, _align: usize, size: usize) {
    // SAFETY: ABI-1.
    unsafe { entry::free_sized(block, size) }
}

/// Gives free pages back to the system at once; 1 when there were any. `pad` is ignored.
#[unsafe(no_mangle)]
pub extern "C" fn dam_malloc_trim(_pad: usize) -> c_int {
    c_int::from(inspect::trim())
}

/// Makes the allocator ready. Optional: the first allocation does the same. May be called at any
/// time and any number of times.
#[unsafe(no_mangle)]
pub extern "C" fn dam_init() {
    inspect::prepare();
}

/// Gives free memory back to the system. Live blocks stay valid, and the allocator goes on working:
/// there is no end after which it could not be used. May be called at any time, any number of times.
#[unsafe(no_mangle)]
pub extern "C" fn dam_shutdown() {
    inspect::trim();
}

/// The library's version, as `1.2.3`.
#[unsafe(no_mangle)]
pub extern "C" fn dam_version() -> *const c_char {
    concat!(env!("CARGO_PKG_VERSION"), "\0").as_ptr().cast()
}

/// Examines every block, record and header; reports each fault on standard error, and returns how
/// many there are. `SIZE_MAX`: nothing was examined, since the caller is a signal handler that has interrupted the
/// allocator in its own thread.
#[unsafe(no_mangle)]
pub extern "C" fn dam_check_heap() -> usize {
    inspect::check_heap().unwrap_or(usize::MAX)
}

/// Event kind: a violation was found.
pub const DAM_EVENT_VIOLATION: u32 = 1;
/// Event kind: a pool went into quarantine.
pub const DAM_EVENT_QUARANTINE: u32 = 2;
/// Event kind: a request was refused for want of memory. It is made once more when the callback has returned.
pub const DAM_EVENT_FAILURE: u32 = 4;
/// Event kind: the soft limit was reached. Told again when the bytes in use have grown by a sixteenth of it, or have been
/// that much below it.
pub const DAM_EVENT_SOFT_LIMIT: u32 = 8;
/// Event kind: a request was refused for the hard limit. It is made once more when the callback has returned.
pub const DAM_EVENT_HARD_LIMIT: u32 = 16;
/// Event kind: the process's control group uses nine tenths of what it may, or the system is short of memory (a tenth of
/// the time, some task waits for it). Told at most every two seconds, while it is so.
pub const DAM_EVENT_PRESSURE: u32 = 32;
/// Event kind: of the bytes in use, more hold no live block than option `fragmentation_pct` says, and it is more than 64 MiB.
/// Told again when it was a tenth less.
pub const DAM_EVENT_FRAGMENTATION: u32 = 64;

/// Has `callback` called, with `context`, for each event whose kind is in `mask`: one function for the
/// whole process, the last that was named; none when it is NULL. It is called in a thread that has just
/// left the allocator and may allocate and free; events that happen meanwhile are told when it has
/// returned, by the same thread. The event is valid until then. When the process is about to be ended
/// after a violation, it is called before that.
#[unsafe(no_mangle)]
pub extern "C" fn dam_on_event(
    mask: u32,
    callback: Option<extern "C" fn(event: *const dam_event_t, context: *mut c_void)>,
    context: *mut c_void,
) {
    events::choose(mask, callback, context);
}
