//! aarch64: AAPCS64, initial-exec thread-local storage.

use core::arch::asm;

/// See x86_64.rs.
#[macro_export]
macro_rules! define_thread_word {
    ($initial:path) => {
        core::arch::global_asm!(
            ".pushsection .tdata.dam_tls,\"awT\",@progbits",
            ".p2align 3",
            ".globl dam_tls",
            ".hidden dam_tls",
            ".type dam_tls,@object",
            ".size dam_tls,8",
            "dam_tls:",
            ".quad {initial}",
            ".popsection",
            initial = sym $initial,
        );
    };
}

/// This thread's word.
#[inline(always)]
pub fn thread_word() -> usize {
    let word: usize;
    // SAFETY: SYS-3: tpidr_el0 is the thread pointer, the GOT entry holds dam_tls's offset from it.
    unsafe {
        asm!(
            "mrs {base}, tpidr_el0",
            "adrp {word}, :gottprel:dam_tls",
            "ldr {word}, [{word}, #:gottprel_lo12:dam_tls]",
            "ldr {word}, [{base}, {word}]",
            base = out(reg) _,
            word = out(reg) word,
            options(readonly, nostack, preserves_flags)
        );
    }
    word
}

/// Sets this thread's word.
#[inline]
pub fn set_thread_word(word: usize) {
    // SAFETY: SYS-3: as in `thread_word`.
    unsafe {
        asm!(
            "mrs {base}, tpidr_el0",
            "adrp {at}, :gottprel:dam_tls",
            "ldr {at}, [{at}, #:gottprel_lo12:dam_tls]",
            "str {word}, [{base}, {at}]",
            base = out(reg) _,
            at = out(reg) _,
            word = in(reg) word,
            options(nostack, preserves_flags)
        );
    }
}

/// A system call; the kernel's answer, negative for an error.
///
/// # Safety
/// The call and its arguments must be sound for the process.
#[inline]
pub unsafe fn syscall6(number: usize, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: SYS-2: the caller vouches for the call.
    unsafe {
        asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") args[0] as isize => result,
            in("x1") args[1], in("x2") args[2], in("x3") args[3], in("x4") args[4], in("x5") args[5],
            options(nostack)
        );
    }
    result
}
