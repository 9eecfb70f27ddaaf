//! Arithmetic on sizes and addresses. No memory is touched here.
#![forbid(unsafe_code)]

/// The page size DAM computes with. Kernels with larger pages are refused at start
/// (`sys::page_size_fits`), never misread.
pub const PAGE: usize = 4096;

/// By which door a block came: it must leave by the matching one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// `malloc`, `calloc`, `realloc` and their aligned relatives.
    Malloc = 0,
    /// `operator new`.
    New = 1,
    /// `operator new[]`.
    NewArray = 2,
}

impl Kind {
    /// The kind with this number; other numbers are read as `Malloc`.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::New,
            2 => Self::NewArray,
            _ => Self::Malloc,
        }
    }
}

/// Rounds `n` up to a multiple of `align`, a power of two; `None` when that overflows.
#[inline(always)]
pub const fn checked_align_up(n: usize, align: usize) -> Option<usize> {
    match n.checked_add(align - 1) {
        Some(sum) => Some(sum & !(align - 1)),
        None => None,
    }
}

/// Rounds `n` up to a multiple of `align`, a power of two. The caller knows that it fits.
#[inline(always)]
pub const fn align_up(n: usize, align: usize) -> usize {
    debug_assert!(align.is_power_of_two());
    (n + (align - 1)) & !(align - 1)
}

/// Rounds `n` down to a multiple of `align`, a power of two.
#[inline(always)]
pub const fn align_down(n: usize, align: usize) -> usize {
    debug_assert!(align.is_power_of_two());
    n & !(align - 1)
}

/// Whether `n` is a multiple of `align`, a power of two.
#[inline(always)]
pub const fn is_aligned(n: usize, align: usize) -> bool {
    n & (align - 1) == 0
}

/// `base * numerator / denominator` without overflow for the sizes met here.
pub const fn scale(base: usize, numerator: usize, denominator: usize) -> usize {
    (base as u128 * numerator as u128 / denominator as u128) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        assert_eq!(align_up(1, 16), 16);
        assert_eq!(align_up(16, 16), 16);
        assert_eq!(align_down(4097, PAGE), PAGE);
        assert_eq!(checked_align_up(usize::MAX, PAGE), None);
        assert_eq!(checked_align_up(usize::MAX - 4095, PAGE), Some(usize::MAX - 4095));
        assert!(is_aligned(64, 16) && !is_aligned(8, 16));
        assert_eq!(scale(usize::MAX, 1, 2), usize::MAX / 2);
    }
}
