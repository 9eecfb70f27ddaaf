//! The statistics, for programs: structures, names, a walk over the heap, limits.
//!
//! All of it may be called from any thread, and from signal handlers (where a function of the program's is called, that has
//! to be fit for it). Nothing here allocates, or waits for a lock that another thread's request may wait for, unless said.
//! Structures have a `size`: a caller passes the size it knows and gets so many bytes; what a newer caller knows beyond this
//! library is set to zero.

use core::ffi::{CStr, c_char, c_int, c_void};

use crate::heap::leaks::{self, Refusal};
use crate::heap::limits::{self, Limit};
use crate::heap::{inspect, lifetimes, walk};
use crate::measure::metrics::{self, dam_metric_t};
use crate::measure::prometheus::Format;
use crate::measure::stats::{
    dam_block_t, dam_leaks_t, dam_stats_class_t, dam_stats_lifetimes_t, dam_stats_pool_t,
    dam_stats_t, dam_stats_thread_t, dam_stats_tier_t,
};

use super::text::write_text;

/// Fills in the first `size` bytes of the statistics at `out`. Returns 0, or `EINVAL` when `out` is NULL or `size` is 0.
///
/// In every snapshot allocations - frees == live, in each tier; sums over the classes are the small tier's figures; and no
/// count is ever smaller than before. Takes some 20 microseconds for each 100 threads of few sizes, and about 0.1 ms for each
/// million slots of small blocks ever in use: what these were asked for is read from the records.
///
/// # Safety
/// `out` is NULL or has `size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_get_stats(out: *mut dam_stats_t, size: usize) -> c_int {
    if out.is_null() || size == 0 {
        return libc::EINVAL;
    }
    let mut stats = dam_stats_t::default();
    inspect::fill_in(&mut stats);
    // SAFETY: ABI-1.
    unsafe { copy_out(out, size, &mut stats) }
    0
}

/// Fills in the figures of the small tier's class number `class_number`, from 0 on: 0, or `EINVAL` when there is none.
/// Reads the class's records.
///
/// # Safety
/// As for `dam_get_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_class(
    class_number: u32,
    out: *mut dam_stats_class_t,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { give(out, size, || inspect::class(class_number as usize)) }
}

/// Fills in the figures of pool number `number`, from 0 on: those of the classes in their order, then the middle tier's. A
/// pool keeps its number, as long as no class gets another one. 0, or `EINVAL` when there is none.
///
/// # Safety
/// As for `dam_get_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_pool(
    number: u32,
    out: *mut dam_stats_pool_t,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { give(out, size, || inspect::pool(number as usize)) }
}

/// Fills in the figures of a tier: 0 small, 1 middle, 2 large. 0, or `EINVAL` when there is none.
///
/// # Safety
/// As for `dam_get_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_tier(
    number: u32,
    out: *mut dam_stats_tier_t,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { give(out, size, || inspect::tier(number as usize)) }
}

/// Fills in what a thread has done, the threads counted from 0 on in no particular order, with those that have ended
/// (`running` is 0) and whose place will be another's: 0, or `EINVAL` when there are no more.
///
/// # Safety
/// As for `dam_get_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_thread(
    number: u32,
    out: *mut dam_stats_thread_t,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { give(out, size, || inspect::thread(number as usize)) }
}

/// Fills in how long small blocks live, by a sample: 0, or `EINVAL` as for `dam_get_stats`. Without `sample_lifetimes=1` there
/// is none.
///
/// # Safety
/// As for `dam_get_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_lifetimes(
    out: *mut dam_stats_lifetimes_t,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { give(out, size, || Some(lifetimes::figures())) }
}

/// How many figures have names (`dam_stats_describe`).
#[unsafe(no_mangle)]
pub extern "C" fn dam_stats_count() -> u32 {
    metrics::COUNT as u32
}

/// Describes figure number `number`, from 0 on: name, unit, kind, meaning. 0, or `EINVAL` when there is none. A figure keeps
/// its name and meaning for ever; its number may change with the library.
///
/// # Safety
/// As for `dam_get_stats`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_describe(
    number: u32,
    out: *mut dam_metric_t,
    size: usize,
) -> c_int {
    // SAFETY: ABI-1.
    unsafe { give(out, size, || metrics::get(number as usize).map(|metric| metric.described())) }
}

/// Reads the figure of this name, exact up to 2^53: 0, `ENOENT` when there is none of that name, or `EINVAL` when a pointer is
/// NULL. Takes as long as `dam_get_stats`: who wants many figures should ask for them at once.
///
/// # Safety
/// `name` is NULL or a C string, `value` NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_read(name: *const c_char, value: *mut f64) -> c_int {
    if name.is_null() || value.is_null() {
        return libc::EINVAL;
    }
    // SAFETY: ABI-1: a C string.
    let name = unsafe { CStr::from_ptr(name) };
    let Some(metric) = metrics::find(name.to_bytes()) else { return libc::ENOENT };
    // SAFETY: ABI-1: writable.
    unsafe { value.write(metric.of(&inspect::statistics()).to_f64()) };
    0
}

/// Writes the statistics as text to a file descriptor. Allocates nothing.
#[unsafe(no_mangle)]
pub extern "C" fn dam_stats_print(fd: c_int) {
    inspect::print(fd);
}

/// Writes the statistics as one JSON object, in the manner of `snprintf`: at most `size` bytes at `text`, with a NUL at their
/// end; the length that the whole text has is returned. Every figure is there by its name, and the classes in an array.
///
/// # Safety
/// `text` has `size` writable bytes; it may be NULL when `size` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_json(text: *mut c_char, size: usize) -> usize {
    // SAFETY: ABI-1.
    unsafe { write_text(text, size, inspect::json) }
}

/// Writes the statistics in Prometheus' text format 0.0.4, in the manner of `snprintf` (`dam_stats_json`).
///
/// # Safety
/// As for `dam_stats_json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_prometheus(text: *mut c_char, size: usize) -> usize {
    // SAFETY: ABI-1.
    unsafe { write_text(text, size, |out| inspect::prometheus(Format::Text, out)) }
}

/// Writes the statistics in the format OpenMetrics 1.0, in the manner of `snprintf` (`dam_stats_json`).
///
/// # Safety
/// As for `dam_stats_json`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_stats_openmetrics(text: *mut c_char, size: usize) -> usize {
    // SAFETY: ABI-1.
    unsafe { write_text(text, size, |out| inspect::prometheus(Format::OpenMetrics, out)) }
}

/// Calls `callback`, with `context`, for every live block, until it returns something else than 0; that, or 0 at the end.
/// Blocks that other threads allocate or free meanwhile are seen or not. The callback may allocate and free; other threads wait
/// for no more than one pool's lock. Not for signal handlers.
///
/// # Safety
/// `callback` is NULL or a function that may be called so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_heap_walk(
    callback: Option<extern "C" fn(block: *const dam_block_t, context: *mut c_void) -> c_int>,
    context: *mut c_void,
) -> c_int {
    let Some(callback) = callback else { return libc::EINVAL };
    let mut answer = 0;
    walk::blocks(&mut |block| {
        answer = callback(block, context);
        answer == 0
    });
    answer
}

/// Looks for blocks whose address the program has nowhere any more, reports them like violations ("DAM: memory-leak"), and
/// fills in the first `size` bytes of what it found at `out`. Returns 0; `EINVAL` when `out` is NULL or `size` is 0; `ENOMEM`
/// without memory for a list of all blocks, 56 bytes for each and 4 MiB; `EIO` when /proc/self/maps cannot be read; or `EBUSY`
/// during another search, and in a signal handler that has interrupted the allocator in its own thread. (In other handlers it
/// works, with 16 KiB of stack.)
///
/// An address is whatever looks like one of a byte of the block, in memory that is or was writable, in a block that is not
/// lost itself, or in a register of this thread. So a block may be overlooked; one whose address the program keeps in another form (inverted, or
/// in a file) is taken to be lost. Other threads are not stopped: with some, their registers are not seen, and what they
/// moved meanwhile may be missed. Takes about a second for each GiB that is in memory.
///
/// # Safety
/// `out` is NULL or has `size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dam_find_leaks(out: *mut dam_leaks_t, size: usize) -> c_int {
    if out.is_null() || size == 0 {
        return libc::EINVAL;
    }
    match leaks::find() {
        Ok(mut found) => {
            // SAFETY: ABI-1.
            unsafe { copy_out(out, size, &mut found) }
            0
        }
        Err(Refusal::Busy) => libc::EBUSY,
        Err(Refusal::NoMemory) => libc::ENOMEM,
        Err(Refusal::NoMappings) => libc::EIO,
    }
}

/// The share of the middle tier's free bytes, from 0 to 1, that lie in runs too short for a block of `size` bytes: what is
/// free and of no use for such a request. 0 where nothing is free. Looks at one pool after the other, under its lock. Not for
/// signal handlers.
#[unsafe(no_mangle)]
pub extern "C" fn dam_stats_unusable_free(size: usize) -> f64 {
    inspect::unusable_free(size)
}

/// `dam_set_limit`: the limit at which memory goes back to the system and the program is told (DAM_EVENT_SOFT_LIMIT).
pub const DAM_SOFT_LIMIT: u32 = 0;
/// `dam_set_limit`: the limit beyond which requests are refused (`ENOMEM`, DAM_EVENT_HARD_LIMIT).
pub const DAM_HARD_LIMIT: u32 = 1;

/// Sets a limit to `used_bytes`; 0: none. Returns 0, or `EINVAL` for another `which`. Looked at where memory is asked of the
/// tiers, not for blocks from a thread's stock: the heap may exceed it by what a tier takes at once, up to 2 MiB.
#[unsafe(no_mangle)]
pub extern "C" fn dam_set_limit(which: u32, bytes: u64) -> c_int {
    let limit = match which {
        DAM_SOFT_LIMIT => Limit::Soft,
        DAM_HARD_LIMIT => Limit::Hard,
        _ => return libc::EINVAL,
    };
    inspect::prepare();
    limits::set(limit, bytes);
    0
}

/// Copies what `make` makes to `out`, as far as both know it.
///
/// # Safety
/// `out` is NULL or has `size` writable bytes. `T` begins with its size, a `u64`, and has no padding.
unsafe fn give<T: Copy>(out: *mut T, size: usize, make: impl FnOnce() -> Option<T>) -> c_int {
    if out.is_null() || size == 0 {
        return libc::EINVAL;
    }
    let Some(mut made) = make() else { return libc::EINVAL };
    // SAFETY: ABI-1: the caller vouches for `size` bytes.
    unsafe { copy_out(out, size, &mut made) }
    0
}

/// Copies as much of a structure, which begins with its size, as the caller knows.
///
/// # Safety
/// ABI-1: `out` has `size` writable bytes.
unsafe fn copy_out<T: Copy>(out: *mut T, size: usize, made: &mut T) {
    let known = size.min(size_of::<T>());
    // SAFETY: ABI-1: the caller vouches for `size` bytes.
    unsafe {
        (&raw mut *made).cast::<u64>().write(known as u64);
        core::ptr::copy_nonoverlapping((&raw const *made).cast::<u8>(), out.cast::<u8>(), known);
        out.cast::<u8>().add(known).write_bytes(0, size - known);
    }
}
