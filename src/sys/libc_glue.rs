//! What must go through libc: errno, thread exit, fork handlers, abort.

use core::cell::UnsafeCell;
use core::ffi::{c_int, c_uint, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

use super::arch::syscall6;

/// Sets this thread's `errno`.
pub fn set_errno(value: i32) {
    // SAFETY: SYS-2: libc's per-thread errno, always writable.
    unsafe { *libc::__errno_location() = value };
}

/// The kernel's number of this thread, not 0.
pub fn thread_id() -> u32 {
    // SAFETY: SYS-2: no arguments.
    unsafe { syscall6(libc::SYS_gettid as usize, [0; 6]) as u32 }
}

/// The kernel's number of this process.
pub fn process_id() -> u32 {
    // SAFETY: SYS-2: no arguments.
    unsafe { syscall6(libc::SYS_getpid as usize, [0; 6]) as u32 }
}

/// A number that no other living thread has, not 0, and that stays the same in the child of a fork.
pub fn thread_mark() -> usize {
    // SAFETY: SYS-2: computes an address.
    unsafe { libc::__errno_location() }.addr()
}

/// This thread's `errno`.
pub fn errno() -> i32 {
    // SAFETY: SYS-2: as above.
    unsafe { *libc::__errno_location() }
}

/// Ends the process by SIGABRT, without running anything of the program's except its handler.
pub fn abort() -> ! {
    // SAFETY: SYS-2: no arguments.
    unsafe { libc::abort() }
}

/// Ends the process by SIGTRAP, at this place and without asking any handler.
pub fn trap() -> ! {
    const BYTES_OF_SET: usize = 8;
    // The kernel's structure; zeroes stand for the default action.
    let default = [0usize; 4];
    let args = [libc::SIGTRAP as usize, default.as_ptr().addr(), 0, BYTES_OF_SET, 0, 0];
    // SAFETY: SYS-2: the kernel reads `default`; the instruction does not come back.
    unsafe {
        syscall6(libc::SYS_rt_sigaction as usize, args);
        #[cfg(target_arch = "x86_64")]
        core::arch::asm!("int3");
        #[cfg(target_arch = "aarch64")]
        core::arch::asm!("brk #1");
    }
    abort()
}

/// Has `prepare`, `parent` and `child` called around every `fork`.
pub fn fork_hooks(prepare: extern "C" fn(), parent: extern "C" fn(), child: extern "C" fn()) {
    // SAFETY: SYS-2: plain function pointers that live as long as the library, which is never
    // unloaded (-z nodelete). A failure leaves fork as safe as without handlers.
    unsafe {
        libc::pthread_atfork(
            Some(as_unsafe(prepare)),
            Some(as_unsafe(parent)),
            Some(as_unsafe(child)),
        );
    }
}

fn as_unsafe(hook: extern "C" fn()) -> unsafe extern "C" fn() {
    hook
}

/// A barrier on every running thread of this process, where the kernel offers one.
pub fn membarrier() -> bool {
    const PRIVATE_EXPEDITED: usize = 8;
    const REGISTER_PRIVATE_EXPEDITED: usize = 16;
    [REGISTER_PRIVATE_EXPEDITED, PRIVATE_EXPEDITED].into_iter().all(|command| {
        // SAFETY: SYS-2: no memory is passed.
        unsafe { syscall6(libc::SYS_membarrier as usize, [command, 0, 0, 0, 0, 0]) == 0 }
    })
}

static KEY: Key = Key { state: AtomicU32::new(0), key: UnsafeCell::new(0) };

/// The pthread key whose destructor tells that a thread ends.
struct Key {
    state: AtomicU32,
    key: UnsafeCell<c_uint>,
}

// SAFETY: SYS-2: `key` is written once, by the thread that moved `state` from 0 to 1, and read
// only after `state` was seen as 2 (release/acquire).
unsafe impl Sync for Key {}

unsafe extern "C" {
    fn pthread_key_create(key: *mut c_uint, destructor: extern "C" fn(*mut c_void)) -> c_int;
    fn pthread_setspecific(key: c_uint, value: *const c_void) -> c_int;
}

/// Has `destructor` called with `round`, not 0, when this thread ends (again in each later round in which
/// it is asked for again). Without effect when no key can be had: the thread's state then stays
/// with the dead thread.
pub fn with_thread_exit(destructor: extern "C" fn(*mut c_void), round: usize) {
    if KEY.state.compare_exchange(0, 1, Ordering::Acquire, Ordering::Acquire).is_ok() {
        // SAFETY: SYS-2: this thread alone is in state 1.
        let created = unsafe { pthread_key_create(KEY.key.get(), destructor) } == 0;
        KEY.state.store(if created { 2 } else { 3 }, Ordering::Release);
    }
    while KEY.state.load(Ordering::Acquire) == 1 {
        super::sleep_ms(1);
    }
    if KEY.state.load(Ordering::Acquire) == 2 {
        // SAFETY: SYS-2: the key exists. May call calloc when the key's number is 32 or more; the
        // caller is ready for that.
        unsafe { pthread_setspecific(*KEY.key.get(), core::ptr::without_provenance(round)) };
    }
}
