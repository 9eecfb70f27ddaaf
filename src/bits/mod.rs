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
    /// `operator new` with an alignment.
    AlignedNew = Self::ALIGNED | 1,
    /// `operator new[]` with an alignment.
    AlignedNewArray = Self::ALIGNED | 2,
}

impl Kind {
    const ALIGNED: u8 = 4;

    /// The kind with this number; other numbers are read as `Malloc`.
    pub const fn from_number(number: u8) -> Self {
        match number {
            1 => Self::New,
            2 => Self::NewArray,
            5 => Self::AlignedNew,
            6 => Self::AlignedNewArray,
            _ => Self::Malloc,
        }
    }

    /// Whether it is one of the doors that name an alignment and are left by doors of their own.
    pub const fn is_aligned(self) -> bool {
        self as u8 & Self::ALIGNED != 0
    }

    /// The same door as far as two bits can tell.
    pub const fn plain(self) -> Self {
        Self::from_number(self.plain_number())
    }

    /// The aligned door beside a plain one.
    pub const fn aligned(self) -> Self {
        Self::from_number(self as u8 | Self::ALIGNED)
    }

    /// Its number.
    #[inline(always)]
    pub const fn plain_number(self) -> u8 {
        self as u8 & !Self::ALIGNED
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

/// A word of which the lowest `count` bits are set; all of them from 64 on.
#[inline(always)]
pub const fn lowest_bits(count: usize) -> u64 {
    if count < 64 { (1 << count) - 1 } else { u64::MAX }
}

/// `base * numerator / denominator` without overflow for the sizes met here.
pub const fn scale(base: usize, numerator: usize, denominator: usize) -> usize {
    (base as u128 * numerator as u128 / denominator as u128) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_aligned_door_is_its_own_and_a_plain_one_in_two_bits() {
        for kind in [Kind::Malloc, Kind::New, Kind::NewArray] {
            assert!(!kind.is_aligned() && kind.plain() == kind);
        }
        for (aligned, plain) in
            [(Kind::AlignedNew, Kind::New), (Kind::AlignedNewArray, Kind::NewArray)]
        {
            assert!(aligned.is_aligned() && aligned.plain() == plain);
            assert_eq!(Kind::from_number(aligned as u8), aligned);
        }
    }

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
