//! What differs between processors: system calls, the pause hint, thread-local storage.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::{ThreadWords, clear, is_zero, load_wide, syscall6};
#[cfg(target_arch = "x86_64")]
pub use x86_64::{ThreadWords, clear, is_zero, load_wide, syscall6};

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("DAM knows x86_64 and aarch64");

/// Defines the two words that every thread has: at its birth the address of a static, and 0. Our own
/// symbol, because stable Rust has no initial-exec `#[thread_local]`, and the dynamic models may call
/// malloc.
#[macro_export]
macro_rules! define_thread_words {
    ($initial:path) => {
        core::arch::global_asm!(
            ".pushsection .tdata.dam_tls,\"awT\",@progbits",
            ".p2align 4",
            ".globl dam_tls",
            ".hidden dam_tls",
            ".type dam_tls,@object",
            ".size dam_tls,16",
            "dam_tls:",
            ".quad {initial}",
            ".quad 0",
            ".popsection",
            initial = sym $initial,
        );
    };
}

/// The same number; the compiler does not see what it knows of it.
#[inline(always)]
pub fn opaque(mut number: usize) -> usize {
    // SAFETY: SYS-2: no instruction at all.
    unsafe {
        core::arch::asm!("/* {number} */", number = inout(reg) number, options(pure, nomem, nostack, preserves_flags));
    }
    number
}
