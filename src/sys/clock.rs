//! Time.

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

/// Nanoseconds of the monotonic clock, by which other processes can tell how old something is.
pub fn now_ns() -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: SYS-2: as above.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &raw mut time) };
    (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
}

/// Whether `age` milliseconds have gone by from `since` to `now`. Clocks that threads looked at in turn
/// differ by moments: a time slightly after `now` is not an age of seven weeks.
pub fn has_passed(since: u32, now: u32, age: u32) -> bool {
    const SLIGHTLY: u32 = 60_000;
    let passed = now.wrapping_sub(since);
    age == 0 || (passed >= age && passed < u32::MAX - SLIGHTLY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_counted_across_the_end_of_the_clock_and_never_from_the_future() {
        assert!(has_passed(1, 1, 0));
        assert!(has_passed(1000, 2000, 1000) && !has_passed(1001, 2000, 1000));
        assert!(!has_passed(2001, 2000, 1000));
        assert!(has_passed(u32::MAX - 500, 600, 1000));
    }
}
