//! Where the windows lie: in a reservation, or, under a limit on address space, in a place that is
//! only chosen.
//!
//! `RLIMIT_AS` counts a reservation as if it were memory, and windows that share what it leaves
//! would be too short. So under a limit nothing is reserved: the windows keep their length, in a
//! part of the address space where neither programs nor the kernel's `mmap` put anything, and
//! committing maps the pages. Should something be there all the same (SPACE-2), it is not
//! replaced: the commit fails, and the window grows no further.

use core::ops::Range;
use core::ptr;

use crate::bits::{PAGE, align_down, align_up};
use crate::config::limits::{MIDDLE_POOL, MIDDLE_WINDOWS, WINDOW_SHIFT_MAX, WINDOW_SHIFT_MIN};
use crate::config::options::RANDOM_SLOTS;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use crate::sys::{self, Errno};

use super::lots;

static BASE: AtomicUsize = AtomicUsize::new(0);
static SHIFT: AtomicU32 = AtomicU32::new(0);
static MIDDLE_BASE: AtomicUsize = AtomicUsize::new(0);
static MIDDLE_LEN: AtomicUsize = AtomicUsize::new(0);
static RESERVED: AtomicUsize = AtomicUsize::new(0);
/// Whether the windows' place is only chosen.
static CHOSEN: AtomicBool = AtomicBool::new(false);
/// Then: where the allocator's own data goes next.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Pages of the last commit that was refused where the windows are only chosen, and, in the upper
/// half, when that was (milliseconds): it is not worth asking for as many at once again.
static REFUSAL: AtomicU64 = AtomicU64::new(0);

/// Places that are tried before none is chosen.
const TRIES: usize = 8;

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
    crate::minus_static!(address, BASE) >> shift()
}

/// First byte and length of the middle tier's range; the length is a multiple of `MIDDLE_POOL`.
#[inline(always)]
pub fn middle_range() -> (usize, usize) {
    (MIDDLE_BASE.load(Relaxed), MIDDLE_LEN.load(Relaxed))
}

/// Bytes of address space taken for windows and their records.
pub fn reserved_bytes() -> usize {
    RESERVED.load(Relaxed)
}

/// Whether the windows are a reservation; else only what is committed is mapped.
pub fn is_reserved() -> bool {
    !CHOSEN.load(Relaxed)
}

/// Places `windows` windows and the middle range behind them. Called once, by the initialising
/// thread.
pub fn init(windows: usize) -> Option<Layout> {
    let reserved = match sys::address_limit() {
        None => longest(|shift| reserve(windows, shift)),
        Some(_) => None,
    };
    let (start, shift) = reserved.or_else(|| longest(|shift| choose(windows, shift)))?;
    let window = 1usize << shift;
    // A guard of at least a page stays in front.
    let base = align_up(start + 1, MIDDLE_POOL);
    let skipped = middle_skip(MIDDLE_WINDOWS * window);
    MIDDLE_BASE.store(base + windows * window + skipped, Relaxed);
    MIDDLE_LEN.store(align_down(MIDDLE_WINDOWS * window - skipped, MIDDLE_POOL), Relaxed);
    SHIFT.store(shift, Relaxed);
    BASE.store(base, Relaxed);
    Some(Layout { base, shift })
}

/// Bytes that the middle tier leaves unused in front of its `room`: with lots, up to half of it. The reservation alone is
/// aligned, and so says little by chance.
fn middle_skip(room: usize) -> usize {
    if RANDOM_SLOTS.is_on() { lots::below(room / 2 / PAGE) * PAGE } else { 0 }
}

/// The first answer, and the length of the windows it is for, as they are halved.
fn longest(place: impl Fn(u32) -> Option<usize>) -> Option<(usize, u32)> {
    (WINDOW_SHIFT_MIN..=WINDOW_SHIFT_MAX)
        .rev()
        .find_map(|shift| place(shift).map(|start| (start, shift)))
}

/// Bytes of all windows. The base is aligned to a page of the largest block alignment that slots
/// give, and to a middle pool.
fn length(windows: usize, shift: u32) -> usize {
    ((windows + MIDDLE_WINDOWS) << shift) + MIDDLE_POOL * 2
}

fn reserve(windows: usize, shift: u32) -> Option<usize> {
    let len = length(windows, shift);
    let start = sys::reserve(len).ok()?.expose_provenance();
    RESERVED.fetch_add(len, Relaxed);
    Some(start)
}

/// A random place for the windows and, behind them, as much for their records.
fn choose(windows: usize, shift: u32) -> Option<usize> {
    let (len, all) = (length(windows, shift), second_eighth());
    let room = all.len().checked_sub(2 * len).filter(|&room| room > 0)?;
    (0..TRIES).find_map(|_| {
        let start = all.start + align_down(sys::random_u64() as usize % room, PAGE);
        if !is_free(start) || !is_free(start + 2 * len - PAGE) {
            return None;
        }
        NEXT.store(start + len, Relaxed);
        CHOSEN.store(true, Relaxed);
        Some(start)
    })
}

/// The second eighth of the address space. Programs lie below it or far above, the kernel's mappings at the top or, under an
/// unlimited stack, from a quarter or a third on.
pub fn second_eighth() -> Range<usize> {
    let somewhere_high = 0u8;
    let eighth = (&raw const somewhere_high).addr().next_power_of_two() / 8;
    eighth..2 * eighth
}

/// Whether the page at `address` can be mapped.
fn is_free(address: usize) -> bool {
    let at = ptr::with_exposed_provenance_mut(address);
    // SAFETY: SPACE-2: just reserved by us, and nobody knows of it.
    sys::reserve_at(at, PAGE).is_ok() && unsafe { sys::unmap(at, PAGE) }.is_ok()
}

/// Addresses for `len` bytes of the allocator's own data, for ever; inaccessible until they are
/// committed.
pub fn addresses(len: usize) -> Option<*mut u8> {
    let len = align_up(len, PAGE) + PAGE;
    if is_reserved() {
        RESERVED.fetch_add(len, Relaxed);
        return sys::reserve(len).ok();
    }
    Some(ptr::with_exposed_provenance_mut(NEXT.fetch_add(len, Relaxed)))
}

/// Makes a part of a window, or of what [`addresses`] gave, readable and writable; it holds zeros.
/// The caller has it to itself, and it is not committed yet.
pub fn commit(at: *mut u8, len: usize) -> Result<(), Errno> {
    if is_reserved() {
        return sys::commit(at, len);
    }
    let (now, pages) = (u64::from(sys::now_ms()), (len / PAGE) as u64);
    let refusal = REFUSAL.load(Relaxed);
    if refusal >> 32 == now && pages >= refusal & u64::from(u32::MAX) {
        return Err(Errno::NO_MEMORY);
    }
    sys::map_at(at, len).inspect_err(|error| {
        if error.is_exhaustion() {
            REFUSAL.store(now << 32 | pages, Relaxed);
        }
    })?;
    RESERVED.fetch_add(len, Relaxed);
    Ok(())
}

/// Addresses may have been given back: [`commit`] asks again.
pub fn forget_refusal() {
    REFUSAL.store(0, Relaxed);
}

/// Undoes [`commit`].
///
/// # Safety
/// `[at, at + len)` was committed, belongs to the caller (SPACE-2) and holds nothing live.
pub unsafe fn decommit(at: *mut u8, len: usize) -> Result<(), Errno> {
    // SAFETY: SPACE-2, vouched for by the caller.
    unsafe {
        if is_reserved() {
            return sys::decommit(at, len);
        }
        sys::unmap(at, len)?;
    }
    RESERVED.fetch_sub(len, Relaxed);
    forget_refusal();
    Ok(())
}
