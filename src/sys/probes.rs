//! Places at which a tracer may look in: bpftrace, perf, SystemTap, gdb. (`docs/observability.md` names and explains them.)
//!
//! Each is one `nop`, and a note of the format that SystemTap began and all of those read: where the `nop` is, and in which
//! registers the arguments are at that moment. A tracer puts a breakpoint over the `nop`; while none does, that is all there
//! is. A probe in a function that is inlined at several places has a note for each. Every argument is a number of 64 bits.

use core::arch::{asm, global_asm};

// By the address of this byte a tracer sees that a library was moved after it was linked. There is one in a program, whoever
// defines it.
global_asm!(
    ".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat",
    ".weak _.stapsdt.base",
    ".hidden _.stapsdt.base",
    "_.stapsdt.base: .space 1",
    ".size _.stapsdt.base, 1",
    ".popsection",
);

/// How a note says that an argument of 8 bytes is in the register of operand `$number`.
#[cfg(target_arch = "x86_64")]
macro_rules! in_register {
    ($number:literal) => {
        concat!("8@%{", $number, "}")
    };
}

/// How a note says that an argument of 8 bytes is in the register of operand `$number`.
#[cfg(target_arch = "aarch64")]
macro_rules! in_register {
    ($number:literal) => {
        concat!("8@{", $number, "}")
    };
}

/// A `nop` and its note.
macro_rules! probe {
    ($name:literal, $first:expr) => {
        probe!(@ $name, in_register!(0), $first)
    };
    ($name:literal, $first:expr, $second:expr) => {
        probe!(@ $name, concat!(in_register!(0), " ", in_register!(1)), $first, $second)
    };
    ($name:literal, $first:expr, $second:expr, $third:expr) => {
        probe!(@ $name, concat!(in_register!(0), " ", in_register!(1), " ", in_register!(2)), $first, $second, $third)
    };
    (@ $name:literal, $arguments:expr, $($value:expr),*) => {
        // SAFETY: SYS-2: an instruction that does nothing. The note is no part of what is loaded.
        unsafe {
            asm!(
                "990: nop",
                ".pushsection .note.stapsdt,\"?\",\"note\"",
                ".balign 4",
                ".4byte 992f - 991f, 994f - 993f, 3",
                "991: .asciz \"stapsdt\"",
                "992: .balign 4",
                // The place, the byte above, and a counter of tracers, which no probe here needs.
                "993: .8byte 990b, _.stapsdt.base, 0",
                concat!(".asciz \"dam\"\n.asciz \"", $name, "\"\n.asciz \"", $arguments, "\""),
                "994: .balign 4",
                ".popsection",
                $(in(reg) $value,)*
                options(nomem, nostack, preserves_flags)
            );
        }
    };
}

/// A violation was found: its number in `Violation::ALL`, the block or pointer, bytes it was asked for (0: not known).
#[inline(always)]
pub fn violation(number: usize, address: usize, size: usize) {
    probe!("violation", number, address, size);
}

/// A pool was made: its class (`DAM_MIDDLE` for the middle tier) and its number in that.
#[inline(always)]
pub fn pool_create(class: usize, number: usize) {
    probe!("pool_create", class, number);
}

/// The last block of a pool was given back: of a class, when no thread refills from the pool; of the middle tier, when
/// its memory has gone back to the system.
#[inline(always)]
pub fn pool_empty(class: usize, number: usize) {
    probe!("pool_empty", class, number);
}

/// So many bytes went back to the system.
#[inline(always)]
pub fn purge(bytes: usize) {
    if bytes > 0 {
        probe!("purge", bytes);
    }
}

/// A request of so many bytes was refused.
#[inline(always)]
pub fn failure(size: usize) {
    probe!("failure", size);
}

/// A limit was reached: the number of its event (`DAM_EVENT_SOFT_LIMIT` and so on), and the bytes in use.
#[inline(always)]
pub fn limit(kind: u32, used: u64) {
    probe!("limit", u64::from(kind), used);
}
