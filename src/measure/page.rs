//! The layout of the two pages by which another process of the same user watches this one: what is told ([`Page`]), and
//! what is asked for ([`Wishes`]). Both lie in memory files that the process holds open under the names below, and are
//! found under `/proc/PID/fd`. `docs/observability.md` has the protocol.
//!
//! The first page has one writer, the process itself, and is sealed against all others. Its contents are sound while
//! `sequence` is even and the same before and after reading. The second is anybody's: it is read with suspicion.
//!
//! `layout` is raised when the place or the meaning of anything changes. What is added at the end of a part is not a
//! change: each part's length is told.

use super::stats::{dam_stats_class_t, dam_stats_pool_t, dam_stats_t};

/// Name of the memory file with the first page.
pub const PAGE_NAME: &str = "dam-stats";
/// Name of the memory file with the wishes.
pub const WISHES_NAME: &str = "dam-wishes";
/// The first word of both.
pub const MAGIC: u64 = u64::from_le_bytes(*b"DAMSTATS");
/// The layout described here.
pub const LAYOUT: u32 = 1;

/// Most classes that are told.
pub const MAX_CLASSES: usize = 96;
/// Most pools that are told; of more, the first.
pub const MAX_POOLS: usize = 8192;
/// Violations that are remembered.
pub const MAX_EVENTS: usize = 16;
/// Options whose values are told.
pub const MAX_OPTIONS: usize = 64;

/// What the process tells.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Page {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`LAYOUT`].
    pub layout: u32,
    /// The process that writes it: a copy in a forked child says another.
    pub process: u32,
    /// The library's version as text, ended by NUL.
    pub version: [u8; 16],
    /// When the allocator started, in nanoseconds of `CLOCK_MONOTONIC`.
    pub started_ns: u64,
    /// Odd while the rest is being written.
    pub sequence: u64,
    /// When the rest was written, in nanoseconds of `CLOCK_MONOTONIC`.
    pub written_ns: u64,
    /// Where each part begins, and how long its entries are.
    pub parts: Parts,
    /// Answers to the wishes.
    pub answers: Answers,
    /// The figures.
    pub stats: dam_stats_t,
    /// The classes.
    pub classes: [dam_stats_class_t; MAX_CLASSES],
    /// The values of the options, in the order of `config::options::OPTIONS`.
    pub options: [u32; MAX_OPTIONS],
    /// The last violations; number `n` is at `n % MAX_EVENTS`.
    pub events: [Event; MAX_EVENTS],
    /// The pools, when somebody has wished for them.
    pub pools: [dam_stats_pool_t; MAX_POOLS],
}

/// Where the parts of a page are: offset of the first entry, bytes of an entry, and how many there are.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Parts {
    pub stats: Part,
    pub classes: Part,
    pub options: Part,
    pub events: Part,
    pub pools: Part,
    /// Pools there are, told or not.
    pub all_pools: u64,
}

/// See [`Parts`].
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Part {
    pub offset: u32,
    pub entry: u32,
    pub count: u64,
}

/// What became of the wishes.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Answers {
    /// The number of the last wish for a heap check that was met, …
    pub check: u64,
    /// … the faults it found, …
    pub check_faults: u64,
    /// … and how many microseconds it took.
    pub check_us: u64,
    /// The number of the last wish for giving memory back that was met, …
    pub trim: u64,
    /// … and how many bytes that gave back.
    pub trim_bytes: u64,
    /// When the pools were last told, in nanoseconds of `CLOCK_MONOTONIC`.
    pub pools_ns: u64,
}

/// A violation.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its number, from 1 on; 0: none.
    pub number: u64,
    /// When, in nanoseconds of `CLOCK_MONOTONIC`.
    pub at_ns: u64,
    /// Which: the position in `Violation::ALL`.
    pub violation: u64,
    /// The block or pointer.
    pub address: u64,
    /// Bytes the block was asked for; 0: not known.
    pub block_size: u64,
}

/// What other processes wish. Written by anybody of the same user.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wishes {
    /// [`MAGIC`].
    pub magic: u64,
    /// [`LAYOUT`].
    pub layout: u32,
    /// Milliseconds between two times that the page is written, while it is watched; at least [`SHORTEST_MS`].
    pub every_ms: u32,
    /// Up to when it is watched, in nanoseconds of `CLOCK_MONOTONIC`.
    pub watched_until_ns: u64,
    /// Up to when the pools are to be told as well.
    pub pools_until_ns: u64,
    /// A number that has not been there before asks for a heap check.
    pub check: u64,
    /// A number that has not been there before asks for memory to be given back.
    pub trim: u64,
}

/// The page is not written more often than this.
pub const SHORTEST_MS: u32 = 10;
/// How often it is written while nobody watches, at the most.
pub const UNWATCHED_MS: u32 = 1000;

const fn part(offset: usize, entry: usize, count: usize) -> Part {
    Part { offset: offset as u32, entry: entry as u32, count: count as u64 }
}

impl Parts {
    /// Those of [`Page`], with no event and no pool.
    pub const fn new(classes: usize, options: usize) -> Self {
        use core::mem::offset_of;
        Self {
            stats: part(offset_of!(Page, stats), size_of::<dam_stats_t>(), 1),
            classes: part(offset_of!(Page, classes), size_of::<dam_stats_class_t>(), classes),
            options: part(offset_of!(Page, options), size_of::<u32>(), options),
            events: part(offset_of!(Page, events), size_of::<Event>(), MAX_EVENTS),
            pools: part(offset_of!(Page, pools), size_of::<dam_stats_pool_t>(), 0),
            all_pools: 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_aligned_and_the_page_has_no_padding() {
        let parts = Parts::new(MAX_CLASSES, MAX_OPTIONS);
        for part in [parts.stats, parts.classes, parts.options, parts.events, parts.pools] {
            assert!(part.offset % 8 == 0, "{part:?}");
        }
        let end = parts.pools.offset as usize + MAX_POOLS * size_of::<dam_stats_pool_t>();
        assert_eq!(end, size_of::<Page>());
    }
}
