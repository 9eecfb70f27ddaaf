//! Waiting on a word, and yielding.

use core::sync::atomic::AtomicU32;

use super::arch::syscall6;

const PRIVATE: usize = 128;

/// Sleeps while `word` holds `expected`; may wake without cause. `timeout_ms` 0 waits for ever.
pub fn futex_wait(word: &AtomicU32, expected: u32, timeout_ms: u32) {
    let ms = i64::from(timeout_ms);
    let timeout = [ms / 1000, (ms % 1000) * 1_000_000];
    let timeout_at = if timeout_ms == 0 { 0 } else { (&raw const timeout).addr() };
    let wait = libc::FUTEX_WAIT as usize | PRIVATE;
    let args = [word.as_ptr().addr(), wait, expected as usize, timeout_at, 0, 0];
    // SAFETY: SYS-2: the kernel only reads the word and the timeout.
    unsafe { syscall6(libc::SYS_futex as usize, args) };
}

/// Wakes up to `count` threads that wait on `word`.
pub fn futex_wake(word: &AtomicU32, count: u32) {
    let wake = libc::FUTEX_WAKE as usize | PRIVATE;
    let args = [word.as_ptr().addr(), wake, count as usize, 0, 0, 0];
    // SAFETY: SYS-2: only the address is used.
    unsafe { syscall6(libc::SYS_futex as usize, args) };
}

/// Sleeps.
pub fn sleep_ms(ms: u32) {
    let nobody = AtomicU32::new(0);
    futex_wait(&nobody, 0, ms);
}

/// Lets another thread run.
pub fn sched_yield() {
    // SAFETY: SYS-2: no arguments.
    unsafe { syscall6(libc::SYS_sched_yield as usize, [0; 6]) };
}
