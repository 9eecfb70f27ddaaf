//! The registers that the frames of a stack are found by, and words of the stack.

use super::Peek;
use super::arch::syscall6;

/// Those that DWARF numbers, general ones and the stack pointer alone.
#[cfg(target_arch = "x86_64")]
const COUNT: usize = 16;
#[cfg(target_arch = "aarch64")]
const COUNT: usize = 32;

/// The registers of one frame.
#[derive(Clone)]
pub struct Registers {
    /// By their numbers in DWARF.
    pub values: [usize; COUNT],
    /// Where execution goes on.
    pub pc: usize,
}

impl Registers {
    /// The stack pointer's number.
    #[cfg(target_arch = "x86_64")]
    pub const SP: usize = 7;
    /// The stack pointer's number.
    #[cfg(target_arch = "aarch64")]
    pub const SP: usize = 31;

    /// Those at this place, as far as functions leave them alone.
    #[inline(always)]
    pub fn here() -> Self {
        let mut here = Self { values: [0; COUNT], pc: 0 };
        let at = here.values.as_mut_ptr();
        // SAFETY: SYS-2: writes to the array at the places of the registers' numbers.
        #[cfg(target_arch = "x86_64")]
        unsafe {
            core::arch::asm!(
                "mov [{at} + 8 * 3], rbx",
                "mov [{at} + 8 * 6], rbp",
                "mov [{at} + 8 * 7], rsp",
                "mov [{at} + 8 * 12], r12",
                "mov [{at} + 8 * 13], r13",
                "mov [{at} + 8 * 14], r14",
                "mov [{at} + 8 * 15], r15",
                "lea {pc}, [rip]",
                at = in(reg) at,
                pc = out(reg) here.pc,
                options(nostack, preserves_flags)
            );
        }
        // SAFETY: SYS-2: as on the other processor.
        #[cfg(target_arch = "aarch64")]
        unsafe {
            core::arch::asm!(
                "stp x19, x20, [{at}, #8 * 19]",
                "stp x21, x22, [{at}, #8 * 21]",
                "stp x23, x24, [{at}, #8 * 23]",
                "stp x25, x26, [{at}, #8 * 25]",
                "stp x27, x28, [{at}, #8 * 27]",
                "stp x29, x30, [{at}, #8 * 29]",
                "mov {pc}, sp",
                "str {pc}, [{at}, #8 * 31]",
                "adr {pc}, .",
                at = in(reg) at,
                pc = out(reg) here.pc,
                options(nostack, preserves_flags)
            );
        }
        here
    }

    /// Those that a signal interrupted, seen from the frame its handler returns to.
    pub fn interrupted(&self, peek: &Peek) -> Option<Self> {
        let sp = self.values[Self::SP];
        let mut before = self.clone();
        #[cfg(target_arch = "x86_64")]
        {
            const SAVED: usize = core::mem::offset_of!(libc::ucontext_t, uc_mcontext);
            // DWARF's order in the kernel's: r8 to r15, rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip.
            const PLACES: [usize; COUNT] = [13, 12, 14, 11, 9, 8, 10, 15, 0, 1, 2, 3, 4, 5, 6, 7];
            for (value, place) in before.values.iter_mut().zip(PLACES) {
                *value = peek.word(sp.wrapping_add(SAVED + 8 * place))?;
            }
            before.pc = peek.word(sp.wrapping_add(SAVED + 8 * 16))?;
        }
        #[cfg(target_arch = "aarch64")]
        {
            let context = sp.wrapping_add(size_of::<libc::siginfo_t>());
            let saved = context + core::mem::offset_of!(libc::ucontext_t, uc_mcontext.regs);
            for (place, value) in before.values.iter_mut().enumerate() {
                *value = peek.word(saved.wrapping_add(8 * place))?;
            }
            before.pc = peek.word(saved.wrapping_add(8 * COUNT))?;
        }
        Some(before)
    }
}

// Set where the archive is sealed (`scripts/build.sh`); 0 in a library of its own.
core::arch::global_asm!(
    ".weak dam_code_start",
    ".hidden dam_code_start",
    ".weak dam_code_end",
    ".hidden dam_code_end",
);

/// Where DAM's code begins and ends when it is part of another module; zeroes where that is not known.
pub fn own_code() -> (usize, usize) {
    unsafe extern "C" {
        #[link_name = "dam_code_start"]
        static START: u8;
        #[link_name = "dam_code_end"]
        static END: u8;
    }
    let opaque = super::arch::opaque;
    // No such symbol has the address 0, the compiler believes.
    (opaque((&raw const START).addr()), opaque((&raw const END).addr()))
}

/// Whether this thread runs on a stack of its own for signals.
pub fn is_on_signal_stack() -> bool {
    // SAFETY: SYS-2: zeroes are a valid one, which the kernel writes over.
    let mut now: libc::stack_t = unsafe { core::mem::zeroed() };
    let args = [0, (&raw mut now).expose_provenance(), 0, 0, 0, 0];
    // SAFETY: SYS-2: as above.
    let answer = unsafe { syscall6(libc::SYS_sigaltstack as usize, args) };
    answer == 0 && now.ss_flags & libc::SS_ONSTACK != 0
}

/// The word at an address, a multiple of eight, if it can be read: the kernel is asked first, by a call
/// that every sandbox allows. It looks at the set of signals before it finds that it is not to do
/// anything known with it.
pub fn read_word(address: usize) -> Option<usize> {
    const NOTHING_KNOWN: usize = usize::MAX;
    if !address.is_multiple_of(8) || address == 0 {
        return None;
    }
    // SAFETY: SYS-2: the kernel reads eight bytes, or says that it cannot.
    let answer = unsafe {
        syscall6(libc::SYS_rt_sigprocmask as usize, [NOTHING_KNOWN, address, 0, 8, 0, 0])
    };
    if answer != -(libc::EINVAL as isize) {
        return None;
    }
    let word: *const usize = core::ptr::with_exposed_provenance(address);
    // SAFETY: SYS-2: the caller's argument; it was readable a moment ago.
    Some(unsafe { word.read_volatile() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_cannot_be_read_are_none() {
        let word = 17usize;
        assert_eq!(read_word((&raw const word).expose_provenance()), Some(17));
        for bad in [0, 8, 4096, 1 << 47, usize::MAX - 7, 1] {
            assert_eq!(read_word(bad), None, "{bad:#x}");
        }
    }
}
