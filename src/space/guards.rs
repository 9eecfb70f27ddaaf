//! Guard pages: without mappings of their own where the kernel can (Linux 6.13), else within a budget,
//! so that the program keeps its share of `vm.max_map_count`. `guard_method` can choose.

use crate::bits::PAGE;
use crate::config::options::{GUARD_METHOD, GUARD_PAGES};
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use crate::sys;

/// Values of [`GUARD_METHOD`], and of [`FOUND`].
const AUTO: u32 = 0;
const BY_MARKER: u32 = 1;
const BY_MAPPING: u32 = 2;

/// What the first guard page found the kernel to be able to; [`AUTO`]: not tried yet.
static FOUND: AtomicU32 = AtomicU32::new(AUTO);
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Guard pages with mappings of their own.
static MAPPED: AtomicUsize = AtomicUsize::new(0);
/// See [`budget`]; 0: not known yet.
pub static BUDGET: AtomicUsize = AtomicUsize::new(0);

/// Guard pages installed between pools.
pub fn guard_count() -> usize {
    COUNT.load(Relaxed)
}

/// Whether markers are worth trying.
pub fn wants_markers() -> bool {
    GUARD_METHOD.get() != BY_MAPPING && FOUND.load(Relaxed) != BY_MAPPING
}

/// Whether a guard page may have a mapping of its own where there is no marker.
pub fn may_map() -> bool {
    GUARD_METHOD.get() != BY_MARKER
}

/// Makes pages fault, by markers, and gives them back. False where the kernel will not: it has none, or the
/// pages are locked.
///
/// # Safety
/// The pages are the caller's and nothing on them is in use.
pub unsafe fn mark(at: *mut u8, len: usize) -> bool {
    // SAFETY: SPACE-2, vouched for by the caller.
    let done = unsafe { sys::guard(at, len) }.is_ok();
    if FOUND.load(Relaxed) == AUTO {
        FOUND.store(if done { BY_MARKER } else { BY_MAPPING }, Relaxed);
    }
    done
}

/// Makes the page at `at`, which ends a pool, fault, if that is wanted and the budget allows; an allocation never fails for want of one.
///
/// # Safety
/// The page is the caller's and nothing on it is or will be in use.
pub unsafe fn guard_page(at: *mut u8) -> bool {
    // SAFETY: SPACE-2, vouched for by the caller.
    let done = GUARD_PAGES.is_on()
        && unsafe { (wants_markers() && mark(at, PAGE)) || (may_map() && map_guard(at)) };
    COUNT.fetch_add(usize::from(done), Relaxed);
    done
}

/// # Safety
/// As for [`guard_page`].
unsafe fn map_guard(at: *mut u8) -> bool {
    if MAPPED.load(Relaxed) >= budget() {
        return false;
    }
    // SAFETY: SPACE-2, vouched for by the caller.
    let done = unsafe { sys::protect_none(at, PAGE) }.is_ok();
    MAPPED.fetch_add(usize::from(done), Relaxed);
    done
}

/// How many guards may have mappings of their own, of pools and, counted apart, of large blocks. Each splits a mapping:
/// two more. A quarter of what a process may have is for these at the most.
pub fn budget() -> usize {
    let mut budget = BUDGET.load(Relaxed);
    if budget == 0 {
        budget = sys::map_count_limit() / 8;
        BUDGET.store(budget, Relaxed);
    }
    budget
}
