//! The canary: eight keyed bytes directly behind a block's requested end.
//!
//! The byte expected at address `a` is byte `a % 8` of the key, wherever the canary begins. So two
//! canaries may overlap and agree, and the word in front of a small block, which is the end of the
//! slot before it, can be checked without knowing anything about that slot.
//!
//! Stops: nothing. Finds: every overflow that changes one of the eight bytes behind the request,
//! and every underflow that changes one of the eight in front, when the block is next freed,
//! resized or checked; except an underflow into a free slot that is handed out before that, to a
//! request whose canary lies over the damage. Costs: one store per allocation, two compares per
//! free.

use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The canary's key. None of its bytes is zero: one NUL too many is the commonest overflow of all.
pub static KEY: AtomicU64 = AtomicU64::new(0);
/// Never handed out, unlike the key, which whoever reads a canary knows.
static SECRET: AtomicU64 = AtomicU64::new(0);

/// A secret number for each `purpose`, from random bits drawn once (splitmix64, Steele et al. 2014).
pub fn secret(purpose: u64) -> u64 {
    let mut x = SECRET.load(Relaxed).wrapping_add(purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15));
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Sets what [`secret`] draws from. Called once, before any block exists (GUARD-1).
pub fn set_secret(random: u64) {
    SECRET.store(random, Relaxed);
}

/// Sets the key from random bits. Called once, before any block exists (GUARD-1).
pub fn set_key(random: u64) {
    let bytes = random.to_le_bytes().map(|byte| if byte == 0 { 0xa5 } else { byte });
    KEY.store(u64::from_le_bytes(bytes), Relaxed);
}

/// The word expected at address `at`.
#[inline(always)]
pub fn expected(key: u64, at: usize) -> u64 {
    // The shift is taken modulo 64: only `at % 8` counts.
    key.rotate_right((at as u32) << 3)
}

/// Writes the canary at `at`.
///
/// # Safety
/// The eight bytes at `at` belong to the allocator.
#[inline(always)]
pub unsafe fn write(at: *mut u8) {
    // SAFETY: GUARD-1, and the caller owns the bytes.
    unsafe { at.cast::<u64>().write_unaligned(expected(KEY.load(Relaxed), at.addr())) };
}

/// Writes the canary behind `size` bytes at `block`, a multiple of eight.
///
/// # Safety
/// The eight bytes there belong to the allocator.
#[inline(always)]
pub unsafe fn write_behind(block: *mut u8, size: usize) {
    debug_assert!(block.addr().is_multiple_of(8));
    // SAFETY: GUARD-1, and the caller owns the bytes. The block's address adds nothing modulo 8.
    unsafe { block.add(size).cast::<u64>().write_unaligned(expected(KEY.load(Relaxed), size)) };
}

/// Whether the words in front of `block`, a multiple of eight, and behind its `size` bytes are
/// intact.
///
/// # Safety
/// The eight bytes at both places are readable.
#[inline(always)]
pub unsafe fn intact_around(block: *const u8, size: usize) -> bool {
    debug_assert!(block.addr().is_multiple_of(8));
    let key = KEY.load(Relaxed);
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe { block.sub(8).cast::<u64>().read() == key && is_behind(key, block, size) }
}

/// Whether the canary behind `size` bytes at `block`, a multiple of eight, is intact.
///
/// # Safety
/// The eight bytes there are readable.
#[inline(always)]
pub unsafe fn intact_behind(block: *const u8, size: usize) -> bool {
    debug_assert!(block.addr().is_multiple_of(8));
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe { is_behind(KEY.load(Relaxed), block, size) }
}

/// # Safety
/// As for [`intact_behind`].
#[inline(always)]
unsafe fn is_behind(key: u64, block: *const u8, size: usize) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes. The block's address adds nothing modulo 8.
    unsafe { block.add(size).cast::<u64>().read_unaligned() == expected(key, size) }
}

/// Whether the canary at `at` is intact.
///
/// # Safety
/// The eight bytes at `at` are readable.
#[inline(always)]
pub unsafe fn intact(at: *const u8) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe { at.cast::<u64>().read_unaligned() == expected(KEY.load(Relaxed), at.addr()) }
}

/// Whether the canary at `at`, a multiple of eight, is intact.
///
/// # Safety
/// The eight bytes at `at` are readable.
#[inline(always)]
pub unsafe fn intact_aligned(at: *const u8) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes and the alignment.
    unsafe { at.cast::<u64>().read() == KEY.load(Relaxed) }
}

/// The first damaged byte of the canary at `at`, as an offset from `at`; `None` when intact.
///
/// # Safety
/// The eight bytes at `at` are readable.
pub unsafe fn first_damage(at: *const u8) -> Option<usize> {
    // SAFETY: the caller vouches for the bytes (GUARD-1 for the key).
    let found = unsafe { at.cast::<u64>().read_unaligned() };
    let differs = found ^ expected(KEY.load(Relaxed), at.addr());
    (differs != 0).then(|| differs.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_canaries_agree() {
        let key = 0x0123_4567_89ab_cdefu64;
        let mut bytes = [0u8; 64];
        let base = bytes.as_ptr().addr();
        for start in 0..48 {
            bytes[start..start + 8].copy_from_slice(&expected(key, base + start).to_le_bytes());
            for earlier in start.saturating_sub(7)..=start {
                let word = u64::from_le_bytes(bytes[earlier..earlier + 8].try_into().unwrap());
                if start >= earlier && start - earlier < 8 && earlier + 8 <= start + 8 && start >= 8
                {
                    assert_eq!(word, expected(key, base + earlier), "at {earlier} of {start}");
                }
            }
        }
    }

    #[test]
    fn every_single_byte_change_is_found() {
        let mut bytes = [0u8; 24];
        for start in 0..8 {
            let at = bytes[start..].as_mut_ptr();
            for victim in 0..8 {
                // SAFETY: GUARD-1 does not matter here: any key will do. In bounds: 7 + 8 <= 24.
                unsafe {
                    write(at);
                    assert!(intact(at));
                    *at.add(victim) ^= 1;
                    assert_eq!(first_damage(at), Some(victim));
                    assert!(!intact(at));
                }
            }
        }
    }
}
