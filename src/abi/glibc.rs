//! glibc's additions: trimming, tuning, and its ways of asking for figures.

use core::ffi::{c_int, c_void};
use core::fmt::Write;

use crate::heap::answers::{self, Totals};
use crate::heap::inspect;
use crate::small::class::{self, CLASSES};
use crate::sys::{self, Line};

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
/// fordblks, keepcost. As there, large blocks are beside the heap.
fn figures() -> [u64; 10] {
    let totals = answers::refresh().unwrap_or_default();
    let heap = totals.heap();
    let in_use = totals.small.occupied + totals.middle.occupied;
    let [cached, idle] = free_slots();
    [
        heap,
        idle,
        cached,
        totals.large.live(),
        totals.large.occupied,
        0,
        totals.small.cached,
        in_use,
        heap.saturating_sub(in_use),
        totals.dirty,
    ]
}

/// Free slots in threads' stocks, and in pools, with memory behind them.
fn free_slots() -> [u64; 2] {
    let classes = (0..CLASSES).filter_map(answers::class);
    classes.fold([0; 2], |[cached, idle], class| [cached + class.cached, idle + class.idle])
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

/// glibc: the figures as text on standard error, in its words, and behind them DAM's own.
#[unsafe(no_mangle)]
pub extern "C" fn malloc_stats() {
    let totals = answers::refresh().unwrap_or_default();
    let (heap, in_use) = (totals.heap(), totals.small.occupied + totals.middle.occupied);
    let [_, most_bytes, most_blocks] = totals.most;
    let mut text: Line<512> = Line::new();
    for (title, mapped) in [("Arena 0:", 0), ("Total (incl. mmap):", totals.large.occupied)] {
        let (system, in_use) = (heap + mapped, in_use + mapped);
        let _ = writeln!(
            text,
            "{title}\nsystem bytes     = {system:>10}\nin use bytes     = {in_use:>10}"
        );
    }
    let _ =
        writeln!(text, "max mmap regions = {most_blocks:>10}\nmax mmap bytes   = {most_bytes:>10}");
    sys::write_all(libc::STDERR_FILENO, text.bytes());
    inspect::print(libc::STDERR_FILENO);
}

/// glibc: the figures as XML on a stream, in the shape of its own: one heap, whose free places are listed by size.
/// `options` must be 0 (else `EINVAL` is returned).
///
/// # Safety
/// `stream` is an open `FILE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_info(options: c_int, stream: *mut c_void) -> c_int {
    if options != 0 {
        return libc::EINVAL;
    }
    let totals = answers::refresh().unwrap_or_default();
    let mut text: Line<LINES> = Line::new();
    let _ = text.write_str("<malloc version=\"1\">\n<heap nr=\"0\">\n<sizes>\n");
    // SAFETY: ABI-1: the stream is the caller's. It may allocate: nothing is held meanwhile.
    unsafe { put(stream, &mut text) };
    let mut smaller = 0;
    for class in 0..CLASSES {
        size_row(&mut text, class, smaller + 1);
        smaller = class::SLOT[class];
        // SAFETY: ABI-1: as above.
        unsafe { put(stream, &mut text) };
    }
    let _ = text.write_str("</sizes>\n");
    free_rows(&mut text, &totals);
    system_rows(&mut text, &totals);
    let _ = text.write_str("</heap>\n");
    free_rows(&mut text, &totals);
    let (count, size) = (totals.large.live(), totals.large.occupied);
    let _ = writeln!(text, "<total type=\"mmap\" count=\"{count}\" size=\"{size}\"/>");
    system_rows(&mut text, &totals);
    let _ = text.write_str("</malloc>\n");
    // SAFETY: ABI-1: as above.
    unsafe { put(stream, &mut text) };
    0
}

/// Room for a few lines.
const LINES: usize = 1536;

/// Writes the text out, and begins another.
///
/// # Safety
/// `stream` is an open `FILE`.
unsafe fn put(stream: *mut c_void, text: &mut Line<LINES>) {
    // SAFETY: ABI-1: the stream is the caller's; the bytes are ours.
    unsafe { fwrite(text.bytes().as_ptr().cast(), 1, text.bytes().len(), stream) };
    text.truncate(0);
}

/// The free slots of a class, if there are any; `from` is the least size that comes to it.
fn size_row(text: &mut Line<LINES>, class: usize, from: u32) {
    let figures = answers::class(class).unwrap_or_default();
    let (to, count) = (class::SLOT[class], figures.cached + figures.idle);
    let total = count * u64::from(to);
    if count != 0 {
        let _ = writeln!(
            text,
            "  <size from=\"{from}\" to=\"{to}\" total=\"{total}\" count=\"{count}\"/>"
        );
    }
}

/// What is free, at threads' hands and else.
fn free_rows(text: &mut Line<LINES>, totals: &Totals) {
    let [cached, idle] = free_slots();
    for (kind, count, size) in
        [("fast", cached, totals.small.cached), ("rest", idle, totals.pinned + totals.dirty)]
    {
        let _ = writeln!(text, "<total type=\"{kind}\" count=\"{count}\" size=\"{size}\"/>");
    }
}

/// What the heap has from the system.
fn system_rows(text: &mut Line<LINES>, totals: &Totals) {
    let (heap, most) = (totals.heap(), totals.most[0]);
    for (element, kind, size) in [
        ("system", "current", heap),
        ("system", "max", most),
        ("aspace", "total", heap),
        ("aspace", "mprotect", heap),
    ] {
        let _ = writeln!(text, "<{element} type=\"{kind}\" size=\"{size}\"/>");
    }
}
