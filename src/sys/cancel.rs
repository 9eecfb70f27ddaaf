//! Asynchronous cancellation, which must not take a thread out of work that nobody would finish.

use core::ptr;

use super::arch::syscall6;

/// The signal by which the C library cancels threads: 33 in musl, 32 in glibc, where 33 must not wait: `setuid` does
/// until every thread has seen it.
const CANCELLING: u64 = if cfg!(target_env = "musl") { 1 << 32 } else { 1 << 31 };

/// While it lives, the calling thread is not cancelled, however it wants to be; what came meanwhile comes then. (Deferred
/// cancellation has no point at which it acts in DAM, which does not call libc's functions.)
pub struct Uncancelled {
    /// What was blocked; `None`: a sandbox lets nobody change that.
    before: Option<u64>,
}

impl Uncancelled {
    /// From now on.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        let mut before = 0;
        let done = change(libc::SIG_BLOCK, &CANCELLING, &raw mut before);
        Self { before: done.then_some(before) }
    }
}

impl Drop for Uncancelled {
    fn drop(&mut self) {
        if let Some(before) = &self.before {
            change(libc::SIG_SETMASK, before, ptr::null_mut());
        }
    }
}

/// Changes the thread's set of blocked signals; what it was goes to `before`, unless that is null.
fn change(how: i32, set: &u64, before: *mut u64) -> bool {
    let set = (&raw const *set).expose_provenance();
    let args = [how as usize, set, before.expose_provenance(), size_of::<u64>(), 0, 0];
    // SAFETY: SYS-2: the kernel reads the one set and writes the other.
    unsafe { syscall6(libc::SYS_rt_sigprocmask as usize, args) == 0 }
}
