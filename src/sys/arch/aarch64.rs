//! aarch64: AAPCS64, initial-exec thread-local storage.

use core::arch::asm;

/// See x86_64.rs.
#[macro_export]
macro_rules! address_of_static {
    ($name:path) => {{
        let address: usize;
        // SAFETY: SYS-2: computes an address.
        unsafe {
            core::arch::asm!(
                "adrp {address}, {name}",
                "add {address}, {address}, :lo12:{name}",
                address = out(reg) address,
                name = sym $name,
                options(nomem, nostack, preserves_flags)
            );
        }
        address
    }};
}

/// `number` less the value of a static `AtomicUsize`, read relaxed.
#[macro_export]
macro_rules! minus_static {
    ($number:expr, $name:path) => {
        usize::wrapping_sub($number, $name.load(core::sync::atomic::Ordering::Relaxed))
    };
}

/// Where this thread's two words are.
#[derive(Clone, Copy)]
pub struct ThreadWords {
    at: usize,
}

impl ThreadWords {
    /// Those of the calling thread.
    #[inline(always)]
    pub fn here() -> Self {
        let at: usize;
        // SAFETY: SYS-3: tpidr_el0 is the thread pointer, the GOT entry holds dam_tls's offset from
        // it, a constant that no Rust code can reach.
        unsafe {
            asm!(
                "mrs {base}, tpidr_el0",
                "adrp {at}, :gottprel:dam_tls",
                "ldr {at}, [{at}, #:gottprel_lo12:dam_tls]",
                "add {at}, {at}, {base}",
                base = out(reg) _,
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
        // SAFETY: SYS-3: dam_tls has two words.
        unsafe {
            asm!(
                "ldr {word}, [{at}, #{offset}]",
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
                "str {word}, [{at}, #{offset}]",
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
    let base = base.wrapping_add(OFFSET);
    let value: usize;
    // SAFETY: SYS-2: a relaxed load; the caller vouches for the entry.
    unsafe {
        asm!(
            "ldrh {value:w}, [{base}, {index}, lsl #1]",
            value = out(reg) value,
            base = in(reg) base,
            index = in(reg) index,
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

/// Whether the `len` bytes at `at` are zero. Other threads may write there meanwhile.
///
/// # Safety
/// They are readable; `at` is a multiple of 16, `len` one of eight.
#[inline(always)]
pub unsafe fn is_zero(at: *const u8, len: usize) -> bool {
    // SAFETY: SYS-2: reads what the caller vouches for.
    let word = |word: usize| unsafe { at.cast::<u64>().add(word).read_volatile() };
    (0..len / 8).fold(0, |sum, at| sum | word(at)) == 0
}

/// [`is_zero`] for longer pieces.
///
/// # Safety
/// As for [`is_zero`].
#[inline(always)]
pub unsafe fn is_zero_wide(at: *const u8, len: usize) -> bool {
    // SAFETY: SYS-2: the caller's word.
    unsafe { is_zero(at, len) }
}

/// Sets the `len` bytes at `at` to zero.
///
/// # Safety
/// They are the caller's; `at` is a multiple of 16, `len` one of eight.
#[inline(always)]
pub unsafe fn clear(at: *mut u8, len: usize) {
    // SAFETY: SYS-2: writes what the caller vouches for.
    unsafe { at.write_bytes(0, len) };
}
