//! Coarse time.

/// Milliseconds of the monotonic clock, wrapping, a few milliseconds coarse, never 0 (0 means
/// "no time noted" to the callers).
pub fn now_ms() -> u32 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: SYS-2: clock_gettime writes `time`. The libc function is used for its vDSO call,
    // which needs no system call; with the coarse clock it cannot fail.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC_COARSE, &raw mut time) };
    let ms = (time.tv_sec as u64).wrapping_mul(1000).wrapping_add(time.tv_nsec as u64 / 1_000_000);
    (ms as u32).max(1)
}
