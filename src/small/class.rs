//! The table of classes: which slot sizes exist, and which one serves a request.
//!
//! Steps of 16 bytes up to 528, then at most an eighth of the size. A slot holds the request and its
//! canary, so classes lie just above the powers of two, the commonest requests, and one lies above a page
//! with a header, as databases have it. No slot is a multiple of the page: the word in front of a page-aligned slot would
//! cost a page of its own.

use crate::bits::PAGE;
use crate::config::limits::{CANARY, SMALL_MAX, STOCK_BUSY, STOCK_FIRST, STOCK_LEAST};

/// Number of classes.
pub const CLASSES: usize = 74;

/// Slot size of each class in bytes.
pub const SLOT: [u32; CLASSES] = [
    16, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 272, // 16 apart
    288, 304, 320, 336, 352, 368, 384, 400, 416, 432, 448, 464, 480, 496, 512,
    528, // 16 apart
    576, 640, 704, 768, 832, 896, 960, 1040, // 64 apart
    1152, 1280, 1408, 1536, 1664, 1792, 1920, 2112, // 128 apart
    2304, 2560, 2816, 3072, 3328, 3584, 3840, 4160, // 256 apart
    4384, 4608, 5120, 5632, 6144, 6656, 7168, 7680, 8256, // 512 apart, but for the first
    9280, 10_304, 11_328, 12_352, 13_376, 14_400, 15_424, 16_448, // 1024 apart
];

/// A pool has `1 << POOL_LOG2` slots: at least 128 KiB of them where that is possible within 4096
/// slots, a whole number of pages, and records that fill whole cache lines (32 slots).
pub const POOL_LOG2: [u8; CLASSES] = {
    let mut table = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let mut log2 = 6;
        while log2 < 12 && ((SLOT[class] as usize) << log2) < (128 << 10)
            || !((SLOT[class] as usize) << log2).is_multiple_of(PAGE)
        {
            log2 += 1;
        }
        table[class] = log2;
        class += 1;
    }
    table
};

/// `2^64 / slot`, rounded up: the high half of `offset * reciprocal` is the slot's index, the low
/// half is below the reciprocal exactly when `offset` is a multiple of the slot.
pub const RECIPROCAL: [u64; CLASSES] = {
    let mut table = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        table[class] = u64::MAX / SLOT[class] as u64 + 1;
        class += 1;
    }
    table
};

/// Free slots a thread may keep of each class at first.
pub const CAPACITY_FIRST: [u8; CLASSES] = capacities(STOCK_FIRST);
/// Those it may keep while the class is busy.
pub const CAPACITY_BUSY: [u8; CLASSES] = capacities(STOCK_BUSY);

const fn capacities((slots, bytes): (usize, usize)) -> [u8; CLASSES] {
    let mut table = [0; CLASSES];
    let mut class = 0;
    while class < CLASSES {
        let fit = bytes / SLOT[class] as usize;
        let capped = if fit < slots { fit } else { slots };
        table[class] = if capped < STOCK_LEAST { STOCK_LEAST as u8 } else { capped as u8 };
        class += 1;
    }
    table
}

/// Requests of the small tier, in steps of eight bytes, and that of none.
pub const STEPS: usize = SMALL_MAX / 8 + 1;

/// Class by request in steps of eight bytes: a canary's length, so that no slot is larger than
/// need be. Step 0, `malloc(0)`, names the class behind the last, whose bin is always empty.
static CLASS_OF: [u8; STEPS] = {
    let mut table = [CLASSES as u8; STEPS];
    let (mut step, mut class) = (1, 0);
    while step < STEPS {
        while (SLOT[class] as usize) < step * 8 + CANARY {
            class += 1;
        }
        table[step] = class as u8;
        step += 1;
    }
    table
};

/// Bins of a thread: one per class, and one that is always empty.
pub const BINS: usize = CLASSES + 1;

/// The offset in bytes, in a thread's bins, of the bin that serves a request; by [`step_of`] it.
pub fn bin_offset_of(step: usize) -> u16 {
    u16::from(CLASS_OF[step]) * size_of::<super::Bin>() as u16
}

/// The place of a request of `size` bytes, at most `SMALL_MAX`, in the tables.
#[inline(always)]
pub const fn step_of(size: usize) -> usize {
    (size + 7) >> 3
}

/// The class that serves a request of `size` bytes, 1 to `SMALL_MAX`.
#[inline]
pub fn class_of(size: usize) -> usize {
    CLASS_OF[step_of(size.max(1))] as usize
}

/// The largest request that a class serves, in bytes.
pub const fn largest(class: usize) -> usize {
    let room = SLOT[class] as usize - CANARY;
    if room < SMALL_MAX { room } else { SMALL_MAX }
}

/// Powers of two up to a page, and classes, rounded up so that no index needs to be compared with them.
const ALIGNMENTS: usize = 16;
/// See [`ALIGNMENTS`].
const ROW: usize = 128;

/// The first class from each one on whose slots lie at multiples of an alignment, by the alignment's
/// logarithm; the one behind the last, whose bin is always empty, where there is none.
static ALIGNED: [[u8; ROW]; ALIGNMENTS] = {
    let mut table = [[CLASSES as u8; ROW]; ALIGNMENTS];
    let mut log2 = 0;
    while log2 < ALIGNMENTS {
        let mut class = CLASSES;
        while class > 0 {
            class -= 1;
            let fits = SLOT[class].is_multiple_of(1 << log2);
            table[log2][class] = if fits { class as u8 } else { table[log2][class + 1] };
        }
        log2 += 1;
    }
    table
};

/// The class that serves a request of `size` bytes, at most `SMALL_MAX`, at a multiple of `align`, a power of
/// two and at most a page; the one behind the last when none does, or no byte is asked for.
#[inline(always)]
pub fn bin_of_aligned(size: usize, align: usize) -> usize {
    debug_assert!(align.is_power_of_two() && align <= PAGE);
    let (log2, class) = (align.trailing_zeros() as usize, CLASS_OF[step_of(size)] as usize);
    ALIGNED[log2 % ALIGNMENTS][class % ROW] as usize
}

/// The class that serves `size` bytes at a multiple of `align`, a power of two; `None` when no class
/// does, or no byte is asked for.
#[inline]
pub fn class_of_aligned(size: usize, align: usize) -> Option<usize> {
    if size > SMALL_MAX || align > PAGE {
        return None;
    }
    Some(bin_of_aligned(size, align)).filter(|&class| class < CLASSES)
}

/// Whether every slot of a class lies at a multiple of `align`, a power of two and at most a page.
#[inline]
pub fn is_aligned(class: usize, align: usize) -> bool {
    SLOT[class] as usize & (align - 1) == 0
}

/// Slots of a pool, the unusable first and last ones included.
#[inline]
pub const fn pool_slots(class: usize) -> usize {
    1 << POOL_LOG2[class]
}

/// Bytes of a pool.
#[inline]
pub const fn pool_bytes(class: usize) -> usize {
    (SLOT[class] as usize) << POOL_LOG2[class]
}

/// Slots 1 up to this one are usable: slot 0 lends its end to the word in front of slot 1, and the
/// slots of the last page give way to the guard page.
#[inline]
pub const fn usable_end(class: usize) -> usize {
    const TABLE: [u16; CLASSES] = {
        let mut table = [0; CLASSES];
        let mut class = 0;
        while class < CLASSES {
            table[class] = ((pool_bytes(class) - PAGE) / SLOT[class] as usize) as u16;
            class += 1;
        }
        table
    };
    TABLE[class] as usize
}

/// Whether the slot with this index is its pool's last usable one, or lies behind it.
#[inline(always)]
pub fn ends_pool(class: usize, index: usize) -> bool {
    /// The bits of an index that number it in its pool, and [`usable_end`].
    static TABLE: [[u16; 2]; CLASSES] = {
        let mut table = [[0; 2]; CLASSES];
        let mut class = 0;
        while class < CLASSES {
            table[class] = [(pool_slots(class) - 1) as u16, usable_end(class) as u16];
            class += 1;
        }
        table
    };
    let [bits, end] = TABLE[class];
    (index & usize::from(bits)) + 1 >= usize::from(end)
}

const _: () = assert!(SLOT[CLASSES - 1] as usize >= SMALL_MAX + CANARY);
const _: () = assert!(BINS * size_of::<super::Bin>() <= 1 << 16);
const _: () = assert!(SMALL_MAX.is_multiple_of(8));
const _: () = assert!(BINS <= ROW && (PAGE.ilog2() as usize) < ALIGNMENTS);
// Sets of classes are bits of a word (`thread::State`).
const _: () = assert!(CLASSES <= 128);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_fits_the_smallest_slot_that_holds_it() {
        for size in 1..=SMALL_MAX {
            let class = class_of(size);
            assert!(SLOT[class] as usize >= size + CANARY);
            assert!(class == 0 || (SLOT[class - 1] as usize) < size + CANARY);
        }
    }

    #[test]
    fn reciprocals_divide_exactly_over_a_whole_window() {
        for class in 0..CLASSES {
            let (slot, reciprocal) = (SLOT[class] as u64, RECIPROCAL[class]);
            let last = (1u64 << 36) / slot - 1;
            for index in [0, 1, 2, 63, 64, 4095, last / 3, last - 1, last] {
                for extra in [0, 1, slot / 2, slot - 1] {
                    let product = u128::from(index * slot + extra) * u128::from(reciprocal);
                    assert_eq!((product >> 64) as u64, index);
                    assert_eq!((product as u64) < reciprocal, extra == 0, "{slot} {index} {extra}");
                }
            }
        }
    }

    #[test]
    fn pools_are_whole_pages_with_whole_lines_of_records() {
        for class in 0..CLASSES {
            assert_eq!(pool_bytes(class) % PAGE, 0);
            assert!(pool_slots(class) >= 64 && pool_slots(class) <= 4096, "{class}");
            assert!(usable_end(class) > 32);
            assert!(!(SLOT[class] as usize).is_multiple_of(PAGE));
            assert!(class == 0 || SLOT[class] > SLOT[class - 1]);
        }
    }

    #[test]
    fn aligned_requests_get_the_smallest_aligned_slot() {
        for align in (0..=PAGE.ilog2()).map(|log2| 1 << log2) {
            for size in 1..=SMALL_MAX {
                let serves = |&class: &usize| {
                    SLOT[class] as usize >= size + CANARY
                        && (SLOT[class] as usize).is_multiple_of(align)
                };
                assert_eq!(
                    class_of_aligned(size, align),
                    (0..CLASSES).find(serves),
                    "{size} {align}"
                );
            }
            assert_eq!(class_of_aligned(0, align), None);
            assert_eq!(class_of_aligned(SMALL_MAX + 1, align), None);
            assert!((0..CLASSES).all(|class| {
                is_aligned(class, align) == (SLOT[class] as usize).is_multiple_of(align)
            }));
        }
        assert!(class_of_aligned(4000, 2048).is_some());
        assert_eq!(class_of_aligned(10, PAGE), None, "no slot is a multiple of the page");
        assert_eq!(class_of_aligned(10, 8192), None);
    }
}
