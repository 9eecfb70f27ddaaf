//! Memory that is kept zero while nobody has it.

/// The first of the `len` bytes at `at` that is not zero, as an offset from there; both are multiples of eight.
///
/// # Safety
/// They are readable.
#[inline(always)]
pub unsafe fn first_written(at: *const u8, len: usize) -> Option<usize> {
    const WIDE: usize = 4;
    let words = at.cast::<u64>();
    let (mut word, end) = (0, len / 8);
    // SAFETY: GUARD-5: the caller vouches for the bytes. Volatile: another thread may write there, wrongly.
    unsafe {
        while word + WIDE <= end {
            // By name: a loop over them is not unrolled in a library built for size.
            let [a, b, c, d] = words.add(word).cast::<[u64; WIDE]>().read_volatile();
            if a | b | c | d != 0 {
                break;
            }
            word += WIDE;
        }
        while word < end {
            let found = words.add(word).read_volatile();
            if found != 0 {
                return Some(word * 8 + found.trailing_zeros() as usize / 8);
            }
            word += 1;
        }
    }
    None
}
