//! The reservation: made once, as large as the limits of the process allow.

use crate::bits::align_down;
use crate::config::limits::{MIDDLE_POOL, MIDDLE_WINDOWS, WINDOW_SHIFT_MAX, WINDOW_SHIFT_MIN};
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use crate::sys;

static BASE: AtomicUsize = AtomicUsize::new(0);
static SHIFT: AtomicU32 = AtomicU32::new(0);
static MIDDLE_BASE: AtomicUsize = AtomicUsize::new(0);
static MIDDLE_LEN: AtomicUsize = AtomicUsize::new(0);
static RESERVED: AtomicUsize = AtomicUsize::new(0);

/// The outcome of [`init`].
#[derive(Clone, Copy)]
pub struct Layout {
    /// First byte of window 0.
    pub base: usize,
    /// log2 of a window's length.
    pub shift: u32,
}

/// Where the windows begin; 0 before [`init`].
#[inline(always)]
pub fn base() -> usize {
    BASE.load(Relaxed)
}

/// log2 of a window's length.
#[inline(always)]
pub fn shift() -> u32 {
    SHIFT.load(Relaxed)
}

/// The number of the window `address` lies in; meaningless numbers are larger than any window's.
#[inline(always)]
pub fn window_of(address: usize) -> usize {
    address.wrapping_sub(base()) >> shift()
}

/// First byte and length of the middle tier's range; the length is a multiple of `MIDDLE_POOL`.
#[inline(always)]
pub fn middle_range() -> (usize, usize) {
    (MIDDLE_BASE.load(Relaxed), MIDDLE_LEN.load(Relaxed))
}

/// Bytes of address space reserved for windows and their records.
pub fn reserved_bytes() -> usize {
    RESERVED.load(Relaxed)
}

/// Adds to [`reserved_bytes`].
pub fn note_reserved(bytes: usize) {
    RESERVED.fetch_add(bytes, Relaxed);
}

/// Reserves `windows` windows and the middle range behind them, halving their length until the
/// kernel agrees. Called once, by the initialising thread.
///
/// Under an address-space limit the windows take at most a quarter of it and the middle range an
/// eighth; what they cannot hold goes to the other tiers.
pub fn init(windows: usize) -> Option<Layout> {
    let limit = sys::address_limit();
    let mut shift = match limit {
        None => WINDOW_SHIFT_MAX,
        Some(bytes) => {
            ((bytes / 4 / windows).max(1).ilog2()).clamp(WINDOW_SHIFT_MIN, WINDOW_SHIFT_MAX)
        }
    };
    loop {
        let middle = match limit {
            None => MIDDLE_WINDOWS << shift,
            Some(bytes) => align_down((bytes / 8).min(MIDDLE_WINDOWS << shift), MIDDLE_POOL),
        };
        if let Some(layout) = reserve(windows, shift, middle) {
            return Some(layout);
        }
        if shift == WINDOW_SHIFT_MIN {
            return None;
        }
        shift -= 1;
    }
}

fn reserve(windows: usize, shift: u32, middle: usize) -> Option<Layout> {
    let window = 1usize << shift;
    // One window more, so that the base can be aligned to a page of the largest block alignment
    // that slots give; a guard of at least a page stays in front.
    let len = windows * window + middle + window.min(MIDDLE_POOL) * 2;
    let start = sys::reserve(len).ok()?.expose_provenance();
    let base = crate::bits::align_up(start + 1, window.min(MIDDLE_POOL));
    note_reserved(len);
    MIDDLE_BASE.store(base + windows * window, Relaxed);
    MIDDLE_LEN.store(align_down(middle, MIDDLE_POOL), Relaxed);
    SHIFT.store(shift, Relaxed);
    BASE.store(base, Relaxed);
    Some(Layout { base, shift })
}
