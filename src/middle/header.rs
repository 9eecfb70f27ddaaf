//! The sixteen bytes in front of a middle block.
//!
//! ```text
//! 0                4      5       6         8                            16
//! | requested size | kind | state | mark    | checksum                    | the block …
//! ```
//!
//! The checksum covers the other fields, the header's address and two words of the pool's secret:
//! a header that was changed, moved or made up is recognised, and what it says is not used.
//! Stops: overflows into, and underflows out of, a block from passing unnoticed. Costs: 16 bytes
//! and one multiplication.
//!
//! - HEADER-1: only the sixteen bytes at the given address are touched, by volatile accesses: the
//!   program may be writing to them at the same time.

use crate::bits::Kind;
use crate::guard::canary;

/// Bytes of a header.
pub const HEADER: usize = 16;

const MARK: u64 = 0xDA17 << 48;

/// What a header says of its block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// The program has it.
    Live = 0x5A,
    /// It was freed: a tombstone, for telling a double free from a stray pointer.
    Freed = 0xA7,
    /// The same, of a block whose canary was found damaged then.
    Damaged = 0x3C,
}

/// An intact header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Bytes the program asked for.
    pub requested: u32,
    /// By which door.
    pub kind: Kind,
    /// Live, or freed in which state.
    pub state: State,
}

/// The secret of a pool's headers.
pub type Keys = [u64; 2];

#[inline(always)]
fn checksum(fields: u64, address: usize, keys: &Keys) -> u64 {
    // Multiply and fold: each bit of either factor reaches about half the bits of the result.
    let product = u128::from(fields ^ keys[0]) * u128::from(address as u64 ^ keys[1]);
    product as u64 ^ (product >> 64) as u64
}

impl Header {
    fn fields(self) -> u64 {
        MARK | (self.state as u64) << 40 | (self.kind as u64) << 32 | u64::from(self.requested)
    }

    fn from_fields(fields: u64) -> Option<Self> {
        let state = match (fields >> 40) as u8 {
            state if state == State::Live as u8 => State::Live,
            state if state == State::Freed as u8 => State::Freed,
            state if state == State::Damaged as u8 => State::Damaged,
            _ => return None,
        };
        let kind = Kind::from_number((fields >> 32) as u8);
        let header = Self { requested: fields as u32, kind, state };
        (header.fields() == fields).then_some(header)
    }

    /// Writes this header at `at`, a multiple of 16.
    ///
    /// # Safety
    /// The sixteen bytes at `at` are writable and belong to the allocator.
    #[inline]
    pub unsafe fn write(self, at: *mut u8, keys: &Keys) {
        let (at, fields) = (at.cast::<u64>(), self.fields());
        // SAFETY: HEADER-1; the caller vouches for the bytes.
        unsafe {
            at.write_volatile(fields);
            at.add(1).write_volatile(checksum(fields, at.addr(), keys));
        }
    }

    /// Writes this header at `at`, a multiple of 16, and the canary behind the bytes that it tells of.
    ///
    /// # Safety
    /// Both are writable and belong to the allocator.
    #[inline(always)]
    pub unsafe fn inscribe(self, at: *mut u8, keys: &Keys) {
        // SAFETY: HEADER-1, and GUARD-1 for the canary; the caller vouches for the bytes.
        unsafe {
            self.write(at, keys);
            canary::write(at.add(HEADER + self.requested as usize));
        }
    }

    /// The header at `at`, a multiple of 16; `None` when it is not intact.
    ///
    /// # Safety
    /// The sixteen bytes at `at` are readable.
    #[inline]
    pub unsafe fn read(at: *const u8, keys: &Keys) -> Option<Self> {
        let at = at.cast::<u64>();
        // SAFETY: HEADER-1; the caller vouches for the bytes.
        let (fields, sum) = unsafe { (at.read_volatile(), at.add(1).read_volatile()) };
        if sum == checksum(fields, at.addr(), keys) { Self::from_fields(fields) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: Keys = [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210];

    #[repr(align(16))]
    struct Bytes([u8; 64]);

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut bytes = Bytes([0; 64]);
        let at = bytes.0.as_mut_ptr();
        for (kind, state) in [
            (Kind::Malloc, State::Live),
            (Kind::NewArray, State::Freed),
            (Kind::Malloc, State::Damaged),
        ] {
            let header = Header { requested: 123_456, kind, state };
            // SAFETY: HEADER-1: inside `bytes`.
            unsafe {
                header.write(at, &KEYS);
                assert_eq!(Header::read(at, &KEYS), Some(header));
                for bit in 0..128 {
                    *at.add(bit / 8) ^= 1 << (bit % 8);
                    assert_eq!(Header::read(at, &KEYS), None, "bit {bit}");
                    *at.add(bit / 8) ^= 1 << (bit % 8);
                }
            }
        }
    }

    #[test]
    fn a_copy_elsewhere_and_zeros_are_no_headers() {
        let mut bytes = Bytes([0; 64]);
        let at = bytes.0.as_mut_ptr();
        // SAFETY: HEADER-1: inside `bytes`.
        unsafe {
            assert_eq!(Header::read(at, &KEYS), None);
            Header { requested: 20_000, kind: Kind::New, state: State::Live }.write(at, &KEYS);
            at.copy_to_nonoverlapping(at.add(16), 16);
            assert_eq!(Header::read(at.add(16), &KEYS), None);
            assert_eq!(Header::read(at, &[KEYS[0], KEYS[1] ^ 1]), None);
        }
    }
}
