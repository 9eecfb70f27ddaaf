//! Waiting on a word, and yielding.

use core::sync::atomic::AtomicU32;

use super::arch::syscall6;

const PRIVATE: usize = 128;

/// Sleeps while `word` holds `expected`; may wake without cause. `timeout_ms` 0 waits for ever.
pub fn futex_wait(word: &AtomicU32, expected: u32, timeout_ms: u32) {
    let ms = i64::from(timeout_ms);
    let timeout = [ms / 1000, (ms % 1000) * 1_000_000];
    wait(word, expected, (timeout_ms != 0).then_some(&timeout));
}

/// `timeout`: seconds and nanoseconds.
fn wait(word: &AtomicU32, expected: u32, timeout: Option<&[i64; 2]>) {
    let timeout_at = timeout.map_or(0, |timeout| (&raw const *timeout).addr());
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
    futex_wait(&AtomicU32::new(0), 0, ms);
}

/// Sleeps for the time of a few thousand instructions.
pub fn nap() {
    wait(&AtomicU32::new(0), 0, Some(&[0, 50_000]));
}

/// Lets another thread run.
pub fn sched_yield() {
    // SAFETY: SYS-2: no arguments.
    unsafe { syscall6(libc::SYS_sched_yield as usize, [0; 6]) };
}
