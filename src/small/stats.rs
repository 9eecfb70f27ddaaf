//! Figures of the small tier, without a lock. The fast path counts only what it hands out; the rest is derived: frees from
//! what lies in the stocks ([`Bin::net`]), requested bytes from the records.

use crate::measure::health::Health;
use crate::space::Held;
use crate::sync::atomic::{
    Ordering::{Acquire, Relaxed},
    fence,
};
use crate::sys::prefetch;

use super::cache::Bin;
use super::class::{self, CLASSES};
use super::purge;
use super::quarantine::LOST;
use super::record;
use super::window;

/// What one thread has done in a class, or all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Blocks handed out.
    pub allocations: u64,
    /// Blocks taken back. Of one thread alone they may be more than it has allocated, or, where others' blocks count as
    /// lost, fewer than none: a wrapping number.
    pub frees: u64,
    /// Slots in stock.
    pub cached: u64,
}

impl Counts {
    /// Nothing.
    pub const NONE: Self = Self { allocations: 0, frees: 0, cached: 0 };

    /// Adds those of another thread.
    pub fn add(&mut self, other: Self) {
        self.allocations += other.allocations;
        self.frees = self.frees.wrapping_add(other.frees);
        self.cached += other.cached;
    }
}

/// How often a bin is read again that changes meanwhile.
const TRIES: usize = 8;

/// The counts of a bin, whose thread goes on: rather a free too few than one too many. (Where the processor keeps stores in
/// order: `allocations` is written after `count`, by the fast path, without a fence.)
///
/// # Safety
/// `bin` lives for ever.
pub unsafe fn counts_of(bin: *const Bin) -> Counts {
    // SAFETY: SMALL-6: a bin has one writer, whom we may overtake; its words are never torn.
    let (count, allocations, net) =
        unsafe { (&raw const (*bin).count, &raw const (*bin).allocations, &raw const (*bin).net) };
    // SAFETY: as above.
    unsafe {
        let mut before = net.read_volatile();
        for _ in 0..TRIES {
            fence(Acquire);
            let allocations = allocations.read_volatile();
            fence(Acquire);
            let cached = count.read_volatile();
            fence(Acquire);
            let now = net.read_volatile();
            if now == before {
                return counts(allocations, cached, now);
            }
            before = now;
        }
        let (allocations, cached) = (allocations.read_volatile(), count.read_volatile());
        // What has come in before `count` was read is in one of the two.
        let grown = net.read_volatile().wrapping_sub(before) as i32;
        counts(allocations, cached, before.wrapping_add(grown.max(0) as u32))
    }
}

/// `net - cached` is what the thread has allocated and not freed.
fn counts(allocations: u64, cached: u64, net: u32) -> Counts {
    let live = i64::from(net.wrapping_sub(cached as u32) as i32);
    Counts { allocations, frees: allocations.wrapping_sub(live as u64), cached }
}

/// Frees of a class that no thread counts.
pub fn lost(class: usize) -> u64 {
    LOST[class].load(Relaxed)
}

/// The sum of the sizes in `len` records that other threads go on writing.
fn sum_of_sizes(records: *const record::Record, len: usize) -> u64 {
    const SIZES: u64 = record::SIZES as u64 * 0x0001_0001_0001_0001;
    const EVEN: u64 = 0x0000_ffff_0000_ffff;
    let words: *const u64 = records.cast();
    // SAFETY: SMALL-3: a pool's records fill whole cache lines, and are committed.
    let sizes = |at| unsafe { words.add(at).read_volatile() } & SIZES;
    let (mut sum, mut at) = (0u64, 0);
    while at < len.div_ceil(4) {
        let four = sizes(at) + sizes(at + 1) + sizes(at + 2) + sizes(at + 3);
        // Two sums side by side: a pool has too few slots for the lower one to overflow.
        sum += (four & EVEN) + (four >> 16 & EVEN);
        at += 4;
    }
    (sum & u64::from(u32::MAX)) + (sum >> 32)
}

// Nor does the sum of four sizes overflow.
const _: () = assert!(4 * record::SIZES as u64 <= u16::MAX as u64);
const _: () = {
    let mut class = 0;
    while class < CLASSES {
        assert!(class::pool_slots(class) * (record::SIZES as usize) < 1 << 32);
        // Nor does a step of sixteen leave the pool.
        assert!(class::pool_slots(class).is_multiple_of(16));
        class += 1;
    }
};

/// What the small tier holds, by the counts of its classes: right but for the pages that slots share.
pub fn held() -> Held {
    let (mut out, mut idle, mut committed) = (0, 0, 0);
    for class in 0..CLASSES {
        let (window, slot) = (window::of(class), class::SLOT[class] as usize);
        out += window.idle.out() * slot;
        idle += window.idle.idle() * slot;
        committed += window.committed_bytes(class);
    }
    let pinned = purge::pinned_bytes().min(idle);
    Held {
        active: (out + pinned) as u64,
        dirty: (idle - pinned) as u64,
        committed: committed as u64,
    }
}

/// A pool as its last user has left it.
#[derive(Clone, Copy)]
pub struct Seen {
    /// Its number in the window.
    pub number: u32,
    /// Its records.
    records: *const record::Record,
    /// Slots up to here were handed out.
    pub reach: usize,
    /// Free slots, those out of reach included, that are in nobody's stock.
    pub free: usize,
    /// Usable slots.
    pub capacity: usize,
    /// How well it is.
    pub health: Health,
}

/// Calls `visit` with each pool of a class. No lock is held: pools change meanwhile.
pub fn for_each_pool(class: usize, mut visit: impl FnMut(Seen)) {
    // What a pool is described by and its records lie on pages of its own: far from the last one's.
    const AHEAD: u32 = 4;
    let window = window::of(class);
    let pools = window.pools(class);
    for number in 0..pools {
        if number + AHEAD < pools {
            prefetch::to_read(window.pool(class, number + AHEAD).as_ptr().cast());
            prefetch::to_read(records_of(class, number + AHEAD).cast());
        }
        visit(look(window, class, number));
    }
}

/// The records of a pool.
fn records_of(class: usize, number: u32) -> *const record::Record {
    window::of(class).records().wrapping_add((number as usize) << class::POOL_LOG2[class])
}

/// The pool of this number, if there is one.
pub fn pool(class: usize, number: u32) -> Option<Seen> {
    let window = window::of(class);
    (number < window.pools(class)).then(|| look(window, class, number))
}

/// See [`pool`]; there is one.
#[inline]
fn look(window: &window::Window, class: usize, number: u32) -> Seen {
    // SAFETY: SMALL-5: descriptors live for ever.
    let told = unsafe { window.pool(class, number).as_ref() }.told.look(class);
    Seen {
        number,
        records: records_of(class, number),
        reach: usize::from(told.reach),
        free: usize::from(told.free),
        capacity: class::usable_end(class) - 1,
        health: told.health,
    }
}

impl Seen {
    /// The record of the live block in a slot below the reach, and its size.
    pub fn live_at(&self, slot: usize) -> Option<(u16, usize)> {
        debug_assert!(slot < self.reach);
        // SAFETY: SMALL-3: the pool's records are committed.
        let value = unsafe { &*self.records.add(slot) }.load(Acquire);
        record::size(value).map(|size| (value, size))
    }

    /// Bytes that the live blocks were asked for. Reads two bytes for every slot that was ever in use.
    pub fn requested(&self) -> u64 {
        sum_of_sizes(self.records, self.reach)
    }

    /// The sizes that the live blocks were asked for.
    pub fn sizes(&self) -> impl Iterator<Item = usize> {
        (1..self.reach).filter_map(|slot| self.live_at(slot)).map(|(_, size)| size)
    }

    /// A view of no pool.
    #[cfg(test)]
    fn of_records(records: &[record::Record]) -> Self {
        let (reach, records) = (records.len(), records.as_ptr());
        Self { number: 0, records, reach, free: 0, capacity: 0, health: Health::Ok }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::Kind;

    #[test]
    fn what_is_neither_in_stock_nor_gone_home_is_live() {
        // 10 fetched, 7 handed out, 2 of them freed, one slot sent home.
        assert_eq!(counts(7, 4, 9), Counts { allocations: 7, frees: 2, cached: 4 });
        // Blocks of other threads were freed here and went home.
        assert_eq!(
            counts(0, 0, 0u32.wrapping_sub(3)),
            Counts { allocations: 0, frees: 3, cached: 0 }
        );
    }

    #[test]
    fn sizes_add_up_whatever_else_a_record_says() {
        let sizes = [1usize, 16_376, 16_376, 0, 40, 7, 16_376, 333, 16_376];
        let mut records: std::vec::Vec<u64> = std::vec![0; 4];
        // SAFETY: sixteen records lie in these 32 bytes.
        let records: &[record::Record] =
            unsafe { core::slice::from_raw_parts(records.as_mut_ptr().cast(), 16) };
        for (record, &size) in records.iter().zip(&sizes) {
            let value = if size == 0 { record::QUARANTINED } else { record::live(size, Kind::New) };
            record.store(value, Relaxed);
        }
        let sum = sizes.iter().sum::<usize>() as u64;
        assert_eq!(sum_of_sizes(records.as_ptr(), 12), sum);
        // Slot 0 is never used.
        assert_eq!(Seen::of_records(records).sizes().sum::<usize>() as u64, sum - 1);
    }
}
