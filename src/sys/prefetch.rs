//! Asking for memory before it is needed.
//!
//! - PREFETCH-1: a prefetch changes nothing the program can see, and never faults.

use core::arch::asm;

/// Has the cache line at `at`, any address, fetched for writing.
#[inline(always)]
pub fn to_write(at: *const u8) {
    // SAFETY: PREFETCH-1: a hint. Processors without `prefetchw` take it as a no-operation.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("prefetchw [{at}]", at = in(reg) at, options(nostack, preserves_flags, readonly));
    }
    // SAFETY: PREFETCH-1: a hint.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("prfm pstl1keep, [{at}]", at = in(reg) at, options(nostack, preserves_flags, readonly));
    }
}

/// Has the cache line at `at`, any address, fetched for reading.
#[inline(always)]
pub fn to_read(at: *const u8) {
    // SAFETY: PREFETCH-1: a hint.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        asm!("prefetcht0 [{at}]", at = in(reg) at, options(nostack, preserves_flags, readonly));
    }
    // SAFETY: PREFETCH-1: a hint.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        asm!("prfm pldl1keep, [{at}]", at = in(reg) at, options(nostack, preserves_flags, readonly));
    }
}
