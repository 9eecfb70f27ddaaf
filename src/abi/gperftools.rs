//! The C functions of gperftools' `MallocExtension`, for programs that were built for its tcmalloc: they would ask its
//! library, which knows nothing of DAM's heap. (The C++ class cannot be answered: it is an object of that library.)
//!
//! What each property means here is in docs/compatibility.md. Nothing here allocates.
// The names are gperftools'.
#![allow(non_snake_case)]

use core::ffi::{CStr, c_char, c_int, c_void};
use core::fmt::{self, Write};

use crate::config::limits::STORES_MOST;
use crate::heap::answers::{self, Totals};
use crate::heap::inspect;
use crate::small::class::{self, CLASSES};

use super::text::write_text;

/// Entries of a histogram of sizes.
const HISTOGRAM: usize = 64;

/// Examines the whole heap, reports what is wrong, and returns 1 where nothing is. Finds nothing in a signal handler that
/// interrupted the allocator in its own thread.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_VerifyAllMemory() -> c_int {
    c_int::from(inspect::check_heap().unwrap_or(0) == 0)
}

/// Examines a block, reports what is wrong, and returns 1 where nothing is, as for NULL.
///
/// # Safety
/// None: any address may be passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_VerifyMallocMemory(block: *const c_void) -> c_int {
    c_int::from(block.is_null() || answers::check_block(block.cast_mut().cast()))
}

/// [`MallocExtension_VerifyMallocMemory`]; the door that the block came by is not compared.
///
/// # Safety
/// None.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_VerifyNewMemory(block: *const c_void) -> c_int {
    // SAFETY: ABI-1.
    unsafe { MallocExtension_VerifyMallocMemory(block) }
}

/// [`MallocExtension_VerifyMallocMemory`]; the door that the block came by is not compared.
///
/// # Safety
/// None.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_VerifyArrayNewMemory(block: *const c_void) -> c_int {
    // SAFETY: ABI-1.
    unsafe { MallocExtension_VerifyMallocMemory(block) }
}

/// Counts all live blocks of at least a byte, their bytes as they were asked for, and, by the number of binary digits
/// of its size, each of them. 1; 0 in a signal handler that interrupted the allocator in its own thread.
///
/// # Safety
/// Each is writable; `histogram` has 64 places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_MallocMemoryStats(
    blocks: *mut c_int,
    total: *mut usize,
    histogram: *mut c_int,
) -> c_int {
    let (mut count, mut bytes, mut by_size) = (0, 0, [0; HISTOGRAM]);
    let known = answers::for_each_live(&mut |size| {
        count += 1;
        bytes += size;
        by_size[(usize::BITS - size.leading_zeros()) as usize % HISTOGRAM] += 1;
    });
    let cut = |count: usize| c_int::try_from(count).unwrap_or(c_int::MAX);
    // SAFETY: ABI-1.
    unsafe {
        *blocks = cut(count);
        *total = bytes;
        for (at, &count) in by_size.iter().enumerate() {
            *histogram.add(at) = cut(count);
        }
    }
    c_int::from(known)
}

/// Writes the figures as text, at most `length` bytes with the zero at its end.
///
/// # Safety
/// `buffer` has `length` bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_GetStats(buffer: *mut c_char, length: c_int) {
    let totals = answers::refresh().unwrap_or_default();
    let room = usize::try_from(length).unwrap_or(0);
    // SAFETY: ABI-1.
    unsafe { write_text(buffer, room, |out| write_stats(out, &totals)) };
}

fn write_stats(out: &mut dyn Write, totals: &Totals) -> fmt::Result {
    let line = "------------------------------------------------";
    let mut row = |sign: char, bytes: u64, what: &str| {
        let tenths = (bytes * 10) >> 20;
        writeln!(out, "MALLOC: {sign} {bytes:>12} ({:>7}.{} MiB) {what}", tenths / 10, tenths % 10)
    };
    let physical = totals.active + totals.dirty + totals.metadata;
    row(' ', totals.requested(), "Bytes in use by application")?;
    row('+', slack(totals), "Bytes lost in blocks and between them")?;
    row('+', totals.dirty, "Bytes in page heap freelist")?;
    row('+', totals.pinned, "Bytes in central cache freelist")?;
    row('+', totals.cached_by_threads(), "Bytes in thread cache freelists")?;
    row('+', totals.metadata, "Bytes in malloc metadata")?;
    row('=', physical, "Actual memory used (physical + swap)")?;
    row('+', totals.bare, "Bytes released to OS (aka unmapped)")?;
    row('=', physical + totals.bare, "Virtual address space used")?;
    writeln!(out, "MALLOC: {line}\nMALLOC: {:>14} Thread heaps in use", totals.threads)
}

/// What active pages hold beside what was asked for and what is free.
fn slack(totals: &Totals) -> u64 {
    let known = totals.requested() + totals.pinned + totals.cached_by_threads();
    totals.active.saturating_sub(known)
}

/// The figure of a name; 0, and `*value` is left alone, where there is none.
///
/// # Safety
/// `property` is a string, `value` writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_GetNumericProperty(
    property: *const c_char,
    value: *mut usize,
) -> c_int {
    // SAFETY: ABI-1.
    let Some(figure) = figure(unsafe { CStr::from_ptr(property) }.to_bytes()) else { return 0 };
    // SAFETY: ABI-1.
    unsafe { *value = figure as usize };
    1
}

fn figure(property: &[u8]) -> Option<u64> {
    let of: fn(&Totals) -> u64 = match property {
        b"generic.current_allocated_bytes" => Totals::requested,
        b"generic.heap_size" => Totals::committed,
        b"generic.total_physical_bytes" => |all| all.active + all.dirty + all.metadata,
        b"tcmalloc.max_total_thread_cache_bytes" => {
            |all| most_kept() * all.threads + STORES_MOST as u64
        }
        b"tcmalloc.current_total_thread_cache_bytes" | b"tcmalloc.thread_cache_free_bytes" => {
            Totals::cached_by_threads
        }
        b"tcmalloc.central_cache_free_bytes" => |all| all.pinned,
        b"tcmalloc.transfer_cache_free_bytes" => |_| 0,
        b"tcmalloc.pageheap_free_bytes" => |all| all.dirty,
        b"tcmalloc.pageheap_unmapped_bytes" => |all| all.bare,
        _ => return None,
    };
    answers::refresh().as_ref().map(of)
}

/// The most that one thread's stocks may hold.
fn most_kept() -> u64 {
    let bytes = |class| u64::from(class::CAPACITY_BUSY[class]) * u64::from(class::SLOT[class]);
    (0..CLASSES).map(bytes).sum()
}

/// No property can be set: 0.
///
/// # Safety
/// None.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_SetNumericProperty(_: *const c_char, _: usize) -> c_int {
    0
}

/// The calling thread will be idle: what it has at hand goes home.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_MarkThreadIdle() {
    answers::empty_own_stocks();
}

/// The same: what a thread needs is made again when it comes back.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_MarkThreadTemporarilyIdle() {
    answers::empty_own_stocks();
}

/// The calling thread is busy again. Nothing has to be done for that.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_MarkThreadBusy() {}

/// Gives free pages back to the system: all of them, however few are asked for.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_ReleaseToSystem(bytes: usize) {
    if bytes != 0 {
        inspect::trim();
    }
}

/// Gives all free pages back to the system.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_ReleaseFreeMemory() {
    inspect::trim();
}

/// Bytes that the program could use of a block of `size` bytes: so many.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_GetEstimatedAllocatedSize(size: usize) -> usize {
    size
}

/// Bytes of a block that the program may use: those it asked for. 0 for NULL.
///
/// # Safety
/// ABI-1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_GetAllocatedSize(block: *const c_void) -> usize {
    // SAFETY: ABI-1.
    unsafe { super::entry::malloc_usable_size(block.cast_mut()) }
}

/// Bytes of what the calling thread has at hand.
#[unsafe(no_mangle)]
pub extern "C" fn MallocExtension_GetThreadCacheSize() -> usize {
    answers::own_stocks() as usize
}

/// 1 where a live block begins at an address, 2 where none does; 0 in a signal handler that interrupted the allocator in
/// its own thread.
///
/// # Safety
/// None: any address may be passed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn MallocExtension_GetOwnership(block: *const c_void) -> c_int {
    match answers::is_live(block.cast_mut().cast()) {
        None => 0,
        Some(true) => 1,
        Some(false) => 2,
    }
}
