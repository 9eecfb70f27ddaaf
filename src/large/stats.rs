//! What the tier counts. Its operations take locks and often enter the kernel, so a locked add
//! beside them costs nothing that could be measured; a snapshot takes no lock.

use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sys::probes;

/// The figures of the large tier, in bytes where the name says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Blocks handed out.
    pub allocations: u64,
    /// Blocks taken back, including those found damaged then.
    pub frees: u64,
    /// Requests that could not be met.
    pub failures: u64,
    /// Blocks the program has: `allocations - frees`.
    pub live: u64,
    /// Accessible bytes of live blocks.
    pub live_bytes: u64,
    /// Bytes the program asked for, of live blocks.
    pub requested_bytes: u64,
    /// Accessible bytes, of live blocks and of those kept for reuse.
    pub committed_bytes: u64,
    /// Address space held, guard pages, headroom and quarantined ranges included.
    pub reserved_bytes: u64,
    /// Bytes of freed blocks kept ready for reuse.
    pub cached_bytes: u64,
    /// Address space of freed blocks kept inaccessible.
    pub quarantined_bytes: u64,
    /// Blocks with guard pages.
    pub guarded: u64,
    /// Blocks, live or kept for reuse, without guard pages.
    pub unguarded: u64,
    /// Blocks moved to other addresses by `realloc` without copying.
    pub moves: u64,
    /// How often memory was given back to the system.
    pub purges: u64,
    /// How much.
    pub purged_bytes: u64,
    /// Blocks that went out by another door than they came in.
    pub mismatches: u64,
    /// Accessible bytes of the blocks handed out.
    pub allocated_bytes: u64,
}

/// A counter or a level. Levels are changed by one addition each, so that a snapshot never sees
/// half a change.
pub struct Count(AtomicU64);

impl Count {
    const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The value now.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Adds to it.
    pub fn add(&self, by: usize) {
        self.0.fetch_add(by as u64, Ordering::Relaxed);
    }

    /// Takes from it.
    pub fn sub(&self, by: usize) {
        self.0.fetch_sub(by as u64, Ordering::Relaxed);
    }

    /// Sets it.
    pub fn set(&self, to: usize) {
        self.0.store(to as u64, Ordering::Relaxed);
    }

    /// Changes a part of it from one value to another.
    pub fn change(&self, from: usize, to: usize) {
        self.0.fetch_add((to as u64).wrapping_sub(from as u64), Ordering::Relaxed);
    }
}

/// [`Stats::allocations`].
pub static ALLOCATIONS: Count = Count::new();
/// [`Stats::allocated_bytes`].
pub static ALLOCATED_BYTES: Count = Count::new();
static FREES: Count = Count::new();
/// [`Stats::failures`].
pub static FAILURES: Count = Count::new();
/// [`Stats::live_bytes`].
pub static LIVE_BYTES: Count = Count::new();
/// [`Stats::requested_bytes`].
pub static REQUESTED: Count = Count::new();
/// [`Stats::committed_bytes`].
pub static COMMITTED: Count = Count::new();
/// [`Stats::reserved_bytes`].
pub static RESERVED: Count = Count::new();
/// [`Stats::cached_bytes`].
pub static CACHED: Count = Count::new();
/// [`Stats::quarantined_bytes`].
pub static QUARANTINED: Count = Count::new();
/// Blocks with guard pages whose memory is there.
pub static GUARDED: Count = Count::new();
/// Blocks whose guard pages are markers, which cost no mappings.
pub static MARKED: Count = Count::new();
/// [`Stats::unguarded`].
pub static UNGUARDED: Count = Count::new();
/// [`Stats::moves`].
pub static MOVES: Count = Count::new();
static PURGES: Count = Count::new();
static PURGED_BYTES: Count = Count::new();
/// [`Stats::mismatches`].
pub static MISMATCHES: Count = Count::new();

/// A block was taken back.
pub fn note_free() {
    // Pairs with the load in `stats`: who sees this free sees the block's allocation too.
    FREES.0.fetch_add(1, Ordering::Release);
}

/// Memory was given back to the system.
pub fn note_purge(bytes: usize) {
    PURGES.add(1);
    PURGED_BYTES.add(bytes);
    probes::purge(bytes);
}

/// A snapshot. `allocations - frees == live` holds in each one.
pub fn stats() -> Stats {
    let frees = FREES.0.load(Ordering::Acquire);
    let allocations = ALLOCATIONS.get();
    Stats {
        allocations,
        frees,
        failures: FAILURES.get(),
        live: allocations.saturating_sub(frees),
        live_bytes: LIVE_BYTES.get(),
        requested_bytes: REQUESTED.get(),
        committed_bytes: COMMITTED.get(),
        reserved_bytes: RESERVED.get(),
        cached_bytes: CACHED.get(),
        quarantined_bytes: QUARANTINED.get(),
        guarded: GUARDED.get() + MARKED.get(),
        unguarded: UNGUARDED.get(),
        moves: MOVES.get(),
        purges: PURGES.get(),
        purged_bytes: PURGED_BYTES.get(),
        mismatches: MISMATCHES.get(),
        allocated_bytes: ALLOCATED_BYTES.get(),
    }
}
