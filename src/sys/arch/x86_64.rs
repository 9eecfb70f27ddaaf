//! x86_64: System V ABI, initial-exec thread-local storage.

use core::arch::asm;
use core::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_setzero_si128};

/// The address of a static, computed here: the compiler does not see that it is a constant, which it
/// would compute again for each use or, where there is one use, early and keep in a register.
#[macro_export]
macro_rules! address_of_static {
    ($name:path) => {{
        let address: usize;
        // SAFETY: SYS-2: computes an address.
        unsafe {
            core::arch::asm!(
                "lea {address}, [rip + {name}]",
                address = out(reg) address,
                name = sym $name,
                options(nomem, nostack, preserves_flags)
            );
        }
        address
    }};
}

/// `number` less the value of a static `AtomicUsize`, read relaxed: one instruction.
#[macro_export]
macro_rules! minus_static {
    ($number:expr, $name:path) => {{
        let mut number: usize = $number;
        // SAFETY: SYS-2: a relaxed load of a static.
        unsafe {
            core::arch::asm!(
                "sub {number}, qword ptr [rip + {name}]",
                number = inout(reg) number,
                name = sym $name,
                options(readonly, nostack)
            );
        }
        number
    }};
}

/// Where this thread's two words are.
#[derive(Clone, Copy)]
pub struct ThreadWords {
    /// Offset from the thread pointer.
    at: usize,
}

impl ThreadWords {
    /// Those of the calling thread.
    #[inline(always)]
    pub fn here() -> Self {
        let at: usize;
        // SAFETY: SYS-3: the GOT entry holds a constant that no Rust code can reach. `mov` with
        // @GOTTPOFF is a form that linkers may relax.
        unsafe {
            asm!(
                "mov {at}, qword ptr [rip + dam_tls@GOTTPOFF]",
                at = out(reg) at,
                options(pure, nomem, nostack, preserves_flags)
            );
        }
        Self { at }
    }

    /// Word `N`, 0 or 1.
    #[inline(always)]
    pub fn get<const N: usize>(self) -> usize {
        let word: usize;
        // SAFETY: SYS-3: fs is the thread pointer; dam_tls has two words.
        unsafe {
            asm!(
                "mov {word}, qword ptr fs:[{at} + {offset}]",
                word = out(reg) word,
                at = in(reg) self.at,
                offset = const N % 2 * 8,
                options(readonly, nostack, preserves_flags)
            );
        }
        word
    }

    /// Sets word `N`, 0 or 1. The compiler moves no access to memory across this.
    #[inline(always)]
    pub fn set<const N: usize>(self, word: usize) {
        // SAFETY: SYS-3: as in `get`.
        unsafe {
            asm!(
                "mov qword ptr fs:[{at} + {offset}], {word}",
                word = in(reg) word,
                at = in(reg) self.at,
                offset = const N % 2 * 8,
                options(nostack, preserves_flags)
            );
        }
    }
}

/// Entry `index` of a table of atomic 16-bit numbers that begins `OFFSET` bytes behind `base`, in full
/// width: the compiler would extend an atomic load of sixteen bits in an instruction of its own.
///
/// # Safety
/// The entry is readable.
#[inline(always)]
pub unsafe fn load_wide<const OFFSET: usize>(base: *const u8, index: usize) -> usize {
    let value: usize;
    // SAFETY: SYS-2: a relaxed load; the caller vouches for the entry.
    unsafe {
        asm!(
            "movzx {value:e}, word ptr [{base} + {index} * 2 + {offset}]",
            value = out(reg) value,
            base = in(reg) base,
            index = in(reg) index,
            offset = const OFFSET,
            options(readonly, nostack, preserves_flags)
        );
    }
    value
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

/// Whether the `len` bytes at `at` are zero. Other threads may write there meanwhile.
///
/// # Safety
/// They are readable; `at` is a multiple of 16, `len` one of eight, and not of 16.
#[inline(always)]
pub unsafe fn is_zero(at: *const u8, len: usize) -> bool {
    let sum: __m128i;
    // SAFETY: SYS-2: reads what the caller vouches for. First the last word, then what is no multiple of 32 bytes: the steps
    // may read the last of it once more.
    unsafe {
        asm!(
            "movq {sum}, qword ptr [{end}]",
            "cmp {at}, {end}",
            "je 3f",
            "por {sum}, xmmword ptr [{end} - 16]",
            "sub {end}, 16",
            "cmp {at}, {end}",
            "je 3f",
            "2:",
            "por {sum}, xmmword ptr [{at}]",
            "por {sum}, xmmword ptr [{at} + 16]",
            "add {at}, 32",
            "cmp {at}, {end}",
            "jb 2b",
            "3:",
            at = inout(reg) at => _,
            end = inout(reg) at.add(len - 8) => _,
            sum = out(xmm_reg) sum,
            options(readonly, nostack)
        );
    }
    is_none_set(sum)
}

/// Whether no bit of a register is set.
#[inline(always)]
fn is_none_set(register: __m128i) -> bool {
    // SAFETY: SYS-2: every x86_64 has SSE2.
    unsafe { _mm_movemask_epi8(_mm_cmpeq_epi8(register, _mm_setzero_si128())) == 0xffff }
}

/// [`is_zero`] for longer pieces.
///
/// # Safety
/// They are readable; `at` is a multiple of 16, `len` one of 64 and not 0.
#[inline(always)]
pub unsafe fn is_zero_wide(at: *const u8, len: usize) -> bool {
    let sum: __m128i;
    // SAFETY: SYS-2: reads what the caller vouches for.
    unsafe {
        asm!(
            "pxor {a}, {a}",
            "pxor {b}, {b}",
            "2:",
            "por {a}, xmmword ptr [{at}]",
            "por {b}, xmmword ptr [{at} + 16]",
            "por {a}, xmmword ptr [{at} + 32]",
            "por {b}, xmmword ptr [{at} + 48]",
            "add {at}, 64",
            "cmp {at}, {end}",
            "jb 2b",
            "por {a}, {b}",
            at = inout(reg) at => _,
            end = in(reg) at.add(len),
            a = out(xmm_reg) sum,
            b = out(xmm_reg) _,
            options(readonly, nostack)
        );
    }
    is_none_set(sum)
}

/// Sets the `len` bytes at `at` to zero.
///
/// # Safety
/// They are the caller's; `at` is a multiple of 16, `len` one of eight, and not of 16.
#[inline(always)]
pub unsafe fn clear(at: *mut u8, len: usize) {
    // SAFETY: SYS-2: writes what the caller vouches for, in the order of [`is_zero`].
    unsafe {
        asm!(
            "pxor {zero}, {zero}",
            "movq qword ptr [{end}], {zero}",
            "cmp {at}, {end}",
            "je 3f",
            "movaps xmmword ptr [{end} - 16], {zero}",
            "sub {end}, 16",
            "cmp {at}, {end}",
            "je 3f",
            "2:",
            "movaps xmmword ptr [{at}], {zero}",
            "movaps xmmword ptr [{at} + 16], {zero}",
            "add {at}, 32",
            "cmp {at}, {end}",
            "jb 2b",
            "3:",
            at = inout(reg) at => _,
            end = inout(reg) at.add(len - 8) => _,
            zero = out(xmm_reg) _,
            options(nostack)
        );
    }
}
