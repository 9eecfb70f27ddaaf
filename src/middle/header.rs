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
//! That tells accidents; who reads headers whose addresses he knows could solve for the secret. With
//! `canaries=address` the checksum is SipHash-1-3 (Aumasson and Bernstein 2012), a function made for this: headers
//! that were read tell nothing of one that was not. Costs: 100 instructions each time.
//!
//! - HEADER-1: only the sixteen bytes at the given address are touched, by volatile accesses: the
//!   program may be writing to them at the same time.

use crate::bits::Kind;
use crate::config::options::CANARIES;
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

/// The secret of a pool's headers, and what becomes of it.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Keys {
    secret: [u64; 2],
    strong: bool,
}

impl Keys {
    /// Those that the options ask for.
    pub fn new(secret: [u64; 2]) -> Self {
        Self { secret, strong: CANARIES.is_on() }
    }

    #[inline(always)]
    fn checksum(&self, fields: u64, address: usize) -> u64 {
        if self.strong {
            return siphash(self.secret, [fields, address as u64]);
        }
        // Multiply and fold: each bit of either factor reaches about half the bits of the result.
        let [first, second] = self.secret;
        let product = u128::from(fields ^ first) * u128::from(address as u64 ^ second);
        product as u64 ^ (product >> 64) as u64
    }
}

/// SipHash-1-3 of two words.
#[cold]
#[inline(never)]
fn siphash([low, high]: [u64; 2], words: [u64; 2]) -> u64 {
    const LENGTH: u64 = 16 << 56;
    let mut state = [
        low ^ 0x736f_6d65_7073_6575,
        high ^ 0x646f_7261_6e64_6f6d,
        low ^ 0x6c79_6765_6e65_7261,
        high ^ 0x7465_6462_7974_6573,
    ];
    for word in words.into_iter().chain([LENGTH]) {
        state[3] ^= word;
        mix(&mut state);
        state[0] ^= word;
    }
    state[2] ^= 0xff;
    (0..3).for_each(|_| mix(&mut state));
    state[0] ^ state[1] ^ state[2] ^ state[3]
}

/// A round of SipHash.
#[inline(always)]
fn mix([a, b, c, d]: &mut [u64; 4]) {
    *a = a.wrapping_add(*b);
    *b = b.rotate_left(13) ^ *a;
    *a = a.rotate_left(32);
    *c = c.wrapping_add(*d);
    *d = d.rotate_left(16) ^ *c;
    *a = a.wrapping_add(*d);
    *d = d.rotate_left(21) ^ *a;
    *c = c.wrapping_add(*b);
    *b = b.rotate_left(17) ^ *c;
    *c = c.rotate_left(32);
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
            at.add(1).write_volatile(keys.checksum(fields, at.addr()));
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
        if sum == keys.checksum(fields, at.addr()) { Self::from_fields(fields) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u64; 2] = [0x0123_4567_89ab_cdef, 0xfedc_ba98_7654_3210];
    const WEAK: Keys = Keys { secret: SECRET, strong: false };
    const STRONG: Keys = Keys { secret: SECRET, strong: true };

    #[repr(align(16))]
    struct Bytes([u8; 64]);

    #[test]
    fn every_flipped_bit_is_noticed() {
        let mut bytes = Bytes([0; 64]);
        let at = bytes.0.as_mut_ptr();
        for (kind, state, keys) in [
            (Kind::Malloc, State::Live, &WEAK),
            (Kind::NewArray, State::Freed, &STRONG),
            (Kind::Malloc, State::Damaged, &STRONG),
        ] {
            let header = Header { requested: 123_456, kind, state };
            // SAFETY: HEADER-1: inside `bytes`.
            unsafe {
                header.write(at, keys);
                assert_eq!(Header::read(at, keys), Some(header));
                for bit in 0..128 {
                    *at.add(bit / 8) ^= 1 << (bit % 8);
                    assert_eq!(Header::read(at, keys), None, "bit {bit}");
                    *at.add(bit / 8) ^= 1 << (bit % 8);
                }
            }
        }
    }

    #[test]
    fn the_strong_checksum_is_siphash() {
        // What another implementation says of the bytes 0 to 15 under the key 0 to 15; its SipHash-2-4 is the published one's.
        let words = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
        assert_eq!(siphash(words, words), 0xcc4f_dd1a_7d90_8b66);
    }

    #[test]
    fn a_copy_elsewhere_and_zeros_are_no_headers() {
        let mut bytes = Bytes([0; 64]);
        let at = bytes.0.as_mut_ptr();
        // SAFETY: HEADER-1: inside `bytes`.
        unsafe {
            assert_eq!(Header::read(at, &WEAK), None);
            for keys in [WEAK, STRONG] {
                let other = Keys { secret: [SECRET[0], SECRET[1] ^ 1], ..keys };
                Header { requested: 20_000, kind: Kind::New, state: State::Live }.write(at, &keys);
                at.copy_to_nonoverlapping(at.add(16), 16);
                assert_eq!(Header::read(at.add(16), &keys), None);
                assert_eq!(Header::read(at, &other), None);
            }
        }
    }
}
