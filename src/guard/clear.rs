//! Memory that is kept zero while nobody has it.

use crate::sys::arch;

/// Bytes that are looked at in one step.
const STEP: usize = 64;
/// Bytes that are looked at before what was seen is asked for.
const STRIDE: usize = 16 * STEP;

/// The first of the `len` bytes at `at` that is not zero, as an offset from there; both are multiples of eight.
///
/// # Safety
/// They are readable.
pub unsafe fn first_written(at: *const u8, len: usize) -> Option<usize> {
    let head = (at.addr() % 16).min(len);
    let steps_end = head + (len - head) / STEP * STEP;
    let mut looked = head;
    // SAFETY: GUARD-5: the caller vouches for the bytes.
    unsafe {
        let in_front = find(at, 0, head);
        if in_front.is_some() {
            return in_front;
        }
        while looked < steps_end {
            let next = (looked + STRIDE).min(steps_end);
            if !arch::is_zero_wide(at.add(looked), next - looked) {
                let found = find(at, looked, next);
                // Or somebody has cleared it meanwhile.
                if found.is_some() {
                    return found;
                }
            }
            looked = next;
        }
        find(at, looked, len)
    }
}

/// The first byte from `start` to `end` that is not zero, word by word.
///
/// # Safety
/// As for [`first_written`].
#[inline(always)]
unsafe fn find(at: *const u8, start: usize, end: usize) -> Option<usize> {
    (start / 8..end / 8).find_map(|word| {
        // SAFETY: GUARD-5, as the caller says.
        let found = unsafe { read(at, word) };
        (found != 0).then(|| word * 8 + found.trailing_zeros() as usize / 8)
    })
}

/// # Safety
/// The word is readable.
#[inline(always)]
unsafe fn read(at: *const u8, word: usize) -> u64 {
    // SAFETY: GUARD-5. Volatile: another thread may write there, wrongly.
    unsafe { at.cast::<u64>().add(word).read_volatile() }
}
