//! The record of a slot: what DAM knows of the block in it.
//!
//! ```text
//! bit   15 14   13 ………………… 0
//!      | kind | requested size; 0: not live |
//! ```
//! The kind is that of a plain door: two bits have no room for the aligned ones ([`Kind::plain`]).
//! Kind 3 marks slots of a quarantined pool. A live block of an ordinary pool is recognised by one
//! comparison ([`is_live_as`]), which a free slot, another kind and quarantine all fail.

use core::sync::atomic::AtomicU16;

use crate::bits::Kind;

/// The kind bits of a quarantined pool's slots.
pub const QUARANTINED: u16 = 3 << 14;
/// The bits of the size.
pub const SIZES: u16 = (1 << 14) - 1;

/// A record as it lies in memory: read and written without locks, by plain loads and stores.
pub type Record = AtomicU16;

/// The record of a live block of `size` bytes, at least 1: zero-size blocks are not of this tier.
#[inline(always)]
pub const fn live(size: usize, kind: Kind) -> u16 {
    debug_assert!(size <= SIZES as usize);
    size as u16 | (kind.plain_number() as u16) << 14
}

/// The requested size, when `record` is that of a live block of this kind in an ordinary pool.
#[inline(always)]
pub const fn is_live_as(record: usize, kind: Kind) -> Option<usize> {
    let size = record.wrapping_sub((kind.plain_number() as usize) << 14);
    if size.wrapping_sub(1) < SIZES as usize { Some(size) } else { None }
}

/// The requested size of a live block of any kind.
#[inline]
pub const fn size(record: u16) -> Option<usize> {
    match record & SIZES {
        0 => None,
        part => Some(part as usize),
    }
}

/// The record of the same live block with another size.
#[inline]
pub const fn resized(record: u16, size: usize) -> u16 {
    record & !SIZES | size as u16
}

/// The same record with its slot's pool in quarantine.
#[inline]
pub const fn quarantined(record: u16) -> u16 {
    record | QUARANTINED
}

/// How the block was allocated; `None` when its pool is in quarantine.
#[inline]
pub const fn kind(record: u16) -> Option<Kind> {
    match record >> 14 {
        3 => None,
        number => Some(Kind::from_number(number as u8)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::limits::SMALL_MAX;

    #[test]
    fn only_live_blocks_of_the_kind_pass() {
        let kinds = [Kind::Malloc, Kind::New, Kind::NewArray];
        for kind in kinds {
            assert_eq!(is_live_as(0, kind), None);
            assert_eq!(is_live_as(usize::from(QUARANTINED), kind), None);
            for other in kinds {
                for size in [1, 2, 40, SMALL_MAX] {
                    let record = live(size, other);
                    let expected = (kind == other).then_some(size);
                    assert_eq!(is_live_as(usize::from(record), kind), expected);
                    assert_eq!(super::size(record), Some(size));
                    assert_eq!(super::kind(record), Some(other));
                    assert_eq!(is_live_as(usize::from(quarantined(record)), kind), None);
                    assert_eq!(super::size(quarantined(record)), Some(size));
                }
            }
        }
    }
}
