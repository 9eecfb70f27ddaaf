//! x86_64: System V ABI, initial-exec thread-local storage.

use core::arch::asm;

/// Defines the word that every thread has, with its value at a thread's birth: the address of a
/// static. Our own symbol, because stable Rust has no initial-exec `#[thread_local]`, and the
/// dynamic models may call malloc.
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
    // SAFETY: SYS-3: the GOT entry holds the constant offset of dam_tls from the thread pointer, the
    // base of fs. `mov` with @GOTTPOFF is a form that linkers may relax.
    unsafe {
        asm!(
            "mov {word}, qword ptr [rip + dam_tls@GOTTPOFF]",
            "mov {word}, qword ptr fs:[{word}]",
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
            "mov {at}, qword ptr [rip + dam_tls@GOTTPOFF]",
            "mov qword ptr fs:[{at}], {word}",
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
    // SAFETY: SYS-2: the caller vouches for the call; rcx and r11 are clobbered by `syscall`.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") number as isize => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _,
            options(nostack)
        );
    }
    result
}
