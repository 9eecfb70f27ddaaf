//! glibc's additions: trimming, tuning, and its ways of asking for figures.

use core::ffi::{c_int, c_void};
use core::fmt::Write;

use crate::heap::inspect;
use crate::sys::Line;

unsafe extern "C" {
    fn fwrite(data: *const c_void, size: usize, count: usize, stream: *mut c_void) -> usize;
}

/// glibc's `struct mallinfo`: figures that no longer fit are cut off at the largest `int`.
#[repr(C)]
pub struct Mallinfo([c_int; 10]);

/// glibc's `struct mallinfo2`.
#[repr(C)]
pub struct Mallinfo2([usize; 10]);

/// The figures in glibc's order: arena, ordblks, smblks, hblks, hblkhd, usmblks, fsmblks, uordblks,
/// fordblks, keepcost.
fn figures() -> [u64; 10] {
    let stats = &inspect::statistics();
    let large_bytes = inspect::large_bytes();
    let free = stats.committed_bytes.saturating_sub(stats.live_bytes);
    [
        stats.committed_bytes,
        stats.small_cached,
        0,
        stats.large_live,
        large_bytes,
        0,
        0,
        stats.live_bytes,
        free,
        free,
    ]
}

/// glibc: figures of the heap in `int`s.
#[unsafe(no_mangle)]
pub extern "C" fn mallinfo() -> Mallinfo {
    let cut = |figure| c_int::try_from(figure).unwrap_or(c_int::MAX);
    Mallinfo(figures().map(cut))
}

/// glibc: figures of the heap.
#[unsafe(no_mangle)]
pub extern "C" fn mallinfo2() -> Mallinfo2 {
    Mallinfo2(figures().map(|figure| figure as usize))
}

/// glibc: gives free pages back to the system at once; 1 when there were any.
#[unsafe(no_mangle)]
pub extern "C" fn malloc_trim(_pad: usize) -> c_int {
    c_int::from(inspect::trim())
}

const M_MXFAST: c_int = 1;
/// The largest value that glibc takes for it.
const MOST_MXFAST: c_int = 160;

/// glibc: its tuning does not apply here. Answers as glibc does: 1 for whatever it knows or does not
/// know, 0 only where it would refuse the value.
#[unsafe(no_mangle)]
pub extern "C" fn mallopt(parameter: c_int, value: c_int) -> c_int {
    c_int::from(parameter != M_MXFAST || (0..=MOST_MXFAST).contains(&value))
}

/// glibc: the figures as text on standard error.
#[unsafe(no_mangle)]
pub extern "C" fn malloc_stats() {
    inspect::print(2);
}

/// glibc: the figures as XML on a stream. `options` must be 0 (else `EINVAL` is returned).
///
/// # Safety
/// `stream` is an open `FILE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_info(options: c_int, stream: *mut c_void) -> c_int {
    if options != 0 {
        return libc::EINVAL;
    }
    let stats = inspect::statistics();
    let mut text: Line<1024> = Line::new();
    let _ = writeln!(text, "<malloc version=\"1\">\n<heap nr=\"0\">");
    let tiers = [
        ("small", stats.small_live, stats.small_allocations),
        ("middle", stats.middle_live, stats.middle_allocations),
        ("large", stats.large_live, stats.large_allocations),
    ];
    for (name, live, allocations) in tiers {
        let _ = writeln!(
            text,
            "<total type=\"{name}\" count=\"{live}\" allocations=\"{allocations}\"/>"
        );
    }
    let _ =
        writeln!(text, "</heap>\n<system type=\"current\" size=\"{}\"/>", stats.committed_bytes);
    let _ = writeln!(text, "<aspace type=\"total\" size=\"{}\"/>", stats.reserved_bytes);
    let _ = writeln!(text, "<requested size=\"{}\"/>\n</malloc>", stats.requested_bytes);
    let bytes = text.bytes();
    // SAFETY: ABI-1: the stream is the caller's; the bytes are ours.
    unsafe { fwrite(bytes.as_ptr().cast(), 1, bytes.len(), stream) };
    0
}
