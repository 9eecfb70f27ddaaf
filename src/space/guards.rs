//! Guard pages between pools: without mappings of their own where the kernel can (Linux 6.13),
//! else within a budget, so that the program keeps its share of `vm.max_map_count`.

use crate::bits::PAGE;
use crate::sync::atomic::{AtomicU32, AtomicUsize, Ordering::Relaxed};
use crate::sys;

const UNKNOWN: u32 = 0;
const BY_MARKER: u32 = 1;
const BY_MAPPING: u32 = 2;

static METHOD: AtomicU32 = AtomicU32::new(UNKNOWN);
static COUNT: AtomicUsize = AtomicUsize::new(0);
static MAPPING_BUDGET: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Guard pages installed.
pub fn guard_count() -> usize {
    COUNT.load(Relaxed)
}

/// Makes the page at `at` fault, if the budget allows; an allocation never fails for want of one.
///
/// # Safety
/// The page is the caller's and nothing on it is or will be in use.
pub unsafe fn guard_page(at: *mut u8) -> bool {
    if METHOD.load(Relaxed) != BY_MAPPING {
        // SAFETY: SPACE-2, vouched for by the caller.
        if unsafe { sys::guard(at, PAGE) }.is_ok() {
            METHOD.store(BY_MARKER, Relaxed);
            COUNT.fetch_add(1, Relaxed);
            return true;
        }
        if METHOD.load(Relaxed) == BY_MARKER {
            return false;
        }
        METHOD.store(BY_MAPPING, Relaxed);
        // Each guard splits a mapping: two more. A quarter of the limit is ours at the most.
        MAPPING_BUDGET.store(sys::map_count_limit() / 8, Relaxed);
    }
    if COUNT.load(Relaxed) >= MAPPING_BUDGET.load(Relaxed) {
        return false;
    }
    // SAFETY: SPACE-2, vouched for by the caller.
    let done = unsafe { sys::protect_none(at, PAGE) }.is_ok();
    COUNT.fetch_add(usize::from(done), Relaxed);
    done
}
