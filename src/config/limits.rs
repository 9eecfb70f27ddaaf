//! The constants of the design. Each says why it has its value.

use crate::bits::PAGE;

/// Every block is aligned to this: `max_align_t` and SSE types on x86_64 and aarch64.
pub const MIN_ALIGN: usize = 16;
/// Largest alignment a caller may ask for.
pub const MAX_ALIGN: usize = 1 << 30;
/// Bytes of canary behind every block.
pub const CANARY: usize = 8;

/// Largest request of the small tier. A record holds the size in 14 bits.
pub const SMALL_MAX: usize = 16_376;
/// Largest request of the middle tier; beyond it a block gets its own mapping. Mappings are the
/// scarce thing (`vm.max_map_count`), so the middle tier reaches up to where a mapping of its own
/// costs little beside touching the block's pages.
pub const MIDDLE_MAX: usize = 8 << 20;

/// log2 of a window's length where the address space allows: 64 GiB, so that the index of a
/// 16-byte slot still fits 32 bits.
pub const WINDOW_SHIFT_MAX: u32 = 36;
/// The shortest window worth having: 92 of 256 MiB fit a process of 39 address bits.
pub const WINDOW_SHIFT_MIN: u32 = 28;
/// Windows at the end of the reservation that belong to the middle tier.
pub const MIDDLE_WINDOWS: usize = 16;
/// Length of a middle pool in bytes.
pub const MIDDLE_POOL: usize = 32 << 20;

/// Bytes of free memory that the small and the middle tier may hold back together from the system: a share of
/// what is in use there, or, however little that is, so much. Beyond it pages go when blocks are freed,
/// not only by the clock, so that a program that has fallen idle, or gets by without slow paths, does
/// not sit on them.
pub const fn held_back(in_use: usize) -> usize {
    const SHARE: usize = 16;
    const LEAST: usize = 4 << 20;
    if in_use / SHARE > LEAST { in_use / SHARE } else { LEAST }
}
/// What a program that frees and allocates much in turn was seen to need again may lie idle besides, up to this.
pub const IDLE_AGAIN: usize = 192 << 20;

/// Pages of the longest block of the middle tier that a thread keeps in its store: 256 KiB, header and
/// canary fit too. Touching more than that costs a hundred times what the pool's lock does.
pub const STORE_PAGES: usize = 65;
/// Blocks of about one length that it keeps.
pub const STORE_DEPTH: usize = 8;
/// Bytes of the blocks in a store at the most …
pub const STORE_MOST: usize = 1 << 20;
/// … and in all of them together, where there are many threads.
pub const STORES_MOST: usize = 16 << 20;
/// Milliseconds between two looks at whether a thread should have a store, at the least.
pub const STORE_LOOK_MS: u32 = 10;
/// Such blocks per millisecond that make it worth it: a two-hundredth of the time would go to the pools.
pub const STORE_BUSY: u64 = 32;

/// Slots a thread may hold of a class, whatever their size, and bytes of them: at first, and while the class
/// is busy (`small::capacity`) …
pub const STOCK_FIRST: (usize, usize) = (38, 6 << 10);
/// See [`STOCK_FIRST`].
pub const STOCK_BUSY: (usize, usize) = (STOCK_SLOTS, 32 << 10);
/// The slots of [`STOCK_BUSY`].
pub const STOCK_SLOTS: usize = 121;
/// … but always this many slots.
pub const STOCK_LEAST: usize = 4;

/// Bytes of freed large mappings kept ready for reuse, for all threads together.
pub const WARM_BYTES: usize = 256 << 20;
/// What may be kept however little is in use: 64 MiB, and room for the page that each block's canary
/// adds to it, so that four blocks of 16 MiB fit.
pub const WARM_LEAST: usize = 65 << 20;
/// The same where their pages are moved (`warm_large=moved`).
pub const WARM_MOVED_LEAST: usize = 8 << 20;
/// What is kept for a program that was seen to want it again at once, in use and freed together: 1 GiB and
/// room for canaries.
pub const WARM_AGAIN: usize = 1040 << 20;
/// Number of such mappings.
pub const WARM_COUNT: usize = 64;
/// Number of address ranges of freed large blocks kept inaccessible before the system may reuse them: each
/// may be a mapping. (Their bytes: option `quarantine_mib`.)
pub const QUARANTINE_RANGES: usize = 256;
/// Number of such ranges where every block has pages of its own, and a freed one is no mapping by itself.
pub const QUARANTINE_OWN_RANGES: usize = 128 << 10;

/// Milliseconds a free page stays at most before it is given back, unless `decay_ms` says otherwise.
pub const DECAY_MS: u32 = 1000;

const _: () = assert!(SMALL_MAX < 1 << 14);
const _: () = assert!(MIDDLE_POOL.is_multiple_of(PAGE) && MIDDLE_MAX * 4 <= MIDDLE_POOL);
