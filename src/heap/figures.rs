//! The figures of a moment: what was counted ([`counted`](super::counted)) and what the tiers say of themselves, without
//! a lock.

use crate::guard::events;
use crate::guard::violation::{self, Violation};
use crate::large;
use crate::measure::health::Health;
use crate::measure::stats::dam_stats_t;
use crate::middle;
use crate::small::class::{self, CLASSES};
use crate::small::stats as small;
use crate::small::{judge, purge, quarantine, window, zero};
use crate::space;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sync::waits;
use crate::thread::registry;

use super::counted::{ByClass, Counted, Floor};
use super::sizes::{Tally, estimate};
use super::{attach, emergency, failures, limits, rates};

/// What live small blocks were asked for: read from their records, or told from what it was last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requested {
    /// Reads two bytes for every slot that was ever in use.
    Exact,
    /// Takes no time.
    AsLast,
}

static TAKEN: Floor = Floor::new();
static PEAK_USED: Floor = Floor::new();
static PEAK_LIVE: Floor = Floor::new();
/// What the live blocks of each class were asked for when it was last read, and how many they were.
static REQUESTED: [[AtomicU64; 2]; CLASSES] = [const { [const { AtomicU64::new(0) }; 2] }; CLASSES];

/// Bytes that the live blocks of a class, which are `live`, were asked for. Between two readings they are taken to be as long
/// as the blocks were at the last one.
pub fn requested(class: usize, live: u64, how: Requested) -> u64 {
    if how == Requested::Exact {
        return look_at_pools(class, live, &mut [0; 5]);
    }
    let [requested, live_then] = [0, 1].map(|at| REQUESTED[class][at].load(Relaxed));
    estimate(class, live, Tally { live: live_then, requested })
}

/// Reads a class's records, and adds up its pools by health; see [`requested`].
fn look_at_pools(class: usize, live: u64, pools: &mut [u64; 5]) -> u64 {
    let mut requested = 0;
    small::for_each_pool(class, |pool| {
        requested += pool.requested();
        pools[pool.health as usize] += 1;
    });
    note_read(class, Tally { live, requested })
}

/// All records of a class were read. What its live blocks were asked for by that: no more than they can have been.
pub(super) fn note_read(class: usize, tally: Tally) -> u64 {
    REQUESTED[class][0].store(tally.requested, Relaxed);
    REQUESTED[class][1].store(tally.live, Relaxed);
    tally.requested.min(tally.live * class::largest(class) as u64)
}

/// All figures.
pub fn gather(stats: &mut dam_stats_t, counted: &Counted, how: Requested) {
    *stats =
        dam_stats_t { version: 1, size: size_of::<dam_stats_t>() as u64, ..Default::default() };
    add_small(stats, &counted.classes, how);
    add_zero(stats);
    add_middle(stats, &counted.middle);
    add_large(stats);
    add_emergency(stats);
    add_failures(stats, counted.failures);
    add_violations(stats);
    stats.reserved_bytes += space::reserved_bytes() as u64;
    stats.metadata_bytes = space::meta::used_bytes() as u64;
    stats.threads = u64::from(registry::THREADS.load(Relaxed));
    stats.leaked_by_fork = registry::LEAKED_BY_FORK.load(Relaxed);
    stats.lock_waits = waits();
    stats.used_bytes = used_bytes();
    stats.taken_bytes = TAKEN.lift(stats.used_bytes + stats.purged_bytes);
    stats.peak_used_bytes = PEAK_USED.lift(stats.used_bytes);
    stats.peak_live_bytes = PEAK_LIVE.lift(stats.live_bytes);
    limits::add(stats);
    rates::add(stats);
}

fn add_small(stats: &mut dam_stats_t, classes: &ByClass, how: Requested) {
    let mut pools = [0; 5];
    for (class, counts) in classes.iter().enumerate() {
        let (slot, window) = (u64::from(class::SLOT[class]), window::of(class));
        let live = counts.allocations - counts.frees;
        stats.small_allocations += counts.allocations;
        stats.small_frees += counts.frees;
        stats.small_cached += counts.cached;
        stats.small_cached_bytes += counts.cached * slot;
        stats.small_allocated_bytes += counts.allocations * slot;
        stats.small_live_bytes += live * slot;
        stats.small_requested_bytes += match how {
            Requested::Exact => look_at_pools(class, live, &mut pools),
            Requested::AsLast => requested(class, live, how),
        };
        stats.small_committed_bytes += window.committed_bytes(class) as u64;
        stats.small_pools += u64::from(window.pools(class));
        let [refills, flushes] = window.idle.moves();
        stats.small_refills += refills;
        stats.small_flushes += flushes;
    }
    stats.small_live = stats.small_allocations - stats.small_frees;
    if how == Requested::Exact {
        HEALTHS.iter().zip(pools).for_each(|(health, pools)| health.store(pools, Relaxed));
    }
    add_pools(stats);
    stats.purges += purge::PURGES.load(Relaxed);
    stats.purged_bytes += purge::PURGED_BYTES.load(Relaxed);
    stats.dealloc_mismatches += judge::MISMATCHES.load(Relaxed);
    stats.committed_bytes += stats.small_committed_bytes;
    add_live(stats, stats.small_live, stats.small_live_bytes, stats.small_requested_bytes);
}

/// Pools of the small tier by health, as they were last looked at.
static HEALTHS: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];

fn add_pools(stats: &mut dam_stats_t) {
    let of = |health: Health| HEALTHS[health as usize].load(Relaxed);
    stats.pools_pressured += of(Health::Pressured);
    stats.pools_fragmented += of(Health::Fragmented);
    stats.pools_exhausted += of(Health::Exhausted);
    stats.pools_quarantined += quarantine::QUARANTINED_POOLS.load(Relaxed);
    let others = stats.pools_pressured + stats.pools_fragmented + stats.pools_exhausted;
    stats.pools_ok += stats.small_pools.saturating_sub(others + stats.pools_quarantined);
}

fn add_zero(stats: &mut dam_stats_t) {
    let counts = zero::counts();
    stats.zero_allocations = counts.allocations;
    stats.zero_frees = counts.frees;
    stats.zero_live = counts.allocations - counts.frees;
    add_live(stats, stats.zero_live, 0, 0);
}

/// Bytes of the middle tier's free runs, and of those too short for a block of each of [`RUNS`], when last looked at.
static FREE_RUNS: [AtomicU64; 5] = [const { AtomicU64::new(0) }; 5];
/// Sizes of blocks.
const RUNS: [usize; 4] = [64 << 10, 256 << 10, 1 << 20, 4 << 20];

/// Looks at the middle tier's free runs, under one pool's lock at a time: the share of their bytes in runs too short for a
/// block of `size` bytes (the unusable free space index of Gorman and Whitcroft, 2005).
pub fn unusable_free(size: usize) -> f64 {
    let (mut free, mut short, mut unusable) = (0, [0; RUNS.len()], 0);
    middle::walk::free_runs(&mut |bytes, longest| {
        let below = |size| if longest < size { bytes as u64 } else { 0 };
        free += bytes as u64;
        short.iter_mut().zip(RUNS).for_each(|(sum, size)| *sum += below(size));
        unusable += below(size);
    });
    let runs = [free].into_iter().chain(short);
    FREE_RUNS.iter().zip(runs).for_each(|(place, bytes)| place.store(bytes, Relaxed));
    if free == 0 { 0.0 } else { unusable as f64 / free as f64 }
}

fn add_middle(stats: &mut dam_stats_t, middle: &middle::Stats) {
    stats.middle_allocations = middle.allocations;
    stats.middle_frees = middle.frees;
    stats.middle_live = middle.live;
    stats.middle_live_bytes = middle.live_bytes;
    stats.middle_requested_bytes = middle.requested_bytes;
    stats.middle_committed_bytes = middle.committed_bytes;
    stats.middle_allocated_bytes = middle.allocated_bytes;
    stats.middle_cached_bytes = middle.cached_bytes;
    stats.middle_searches = middle.searches;
    stats.middle_largest_free = middle.largest_free;
    stats.middle_pools = middle.pools;
    stats.middle_splits = middle.splits;
    stats.middle_coalesces = middle.coalesces;
    stats.pools_ok += middle.pools_ok;
    stats.pools_pressured += middle.pools_pressured;
    stats.pools_fragmented += middle.pools_fragmented;
    stats.pools_exhausted += middle.pools_exhausted;
    stats.pools_quarantined += middle.pools_quarantined;
    stats.purges += middle.purges;
    stats.purged_bytes += middle.purged_bytes;
    stats.committed_bytes += middle.committed_bytes;
    stats.dealloc_mismatches += middle.mismatches;
    // Written one after the other.
    let [free, runs @ ..] = [0, 1, 2, 3, 4].map(|at| FREE_RUNS[at].load(Relaxed));
    stats.middle_free_bytes = free;
    [
        stats.unusable_64k_bytes,
        stats.unusable_256k_bytes,
        stats.unusable_1m_bytes,
        stats.unusable_4m_bytes,
    ] = runs.map(|bytes: u64| bytes.min(free));
    add_live(stats, middle.live, middle.live_bytes, stats.middle_requested_bytes);
}

fn add_large(stats: &mut dam_stats_t) {
    let large = large::stats();
    stats.large_allocations = large.allocations;
    stats.large_frees = large.frees;
    stats.large_live = large.live;
    stats.large_live_bytes = large.live_bytes;
    stats.large_requested_bytes = large.requested_bytes;
    stats.large_committed_bytes = large.committed_bytes;
    stats.large_allocated_bytes = large.allocated_bytes;
    stats.large_cached_bytes = large.cached_bytes;
    stats.quarantined_bytes = large.quarantined_bytes;
    stats.purges += large.purges;
    stats.purged_bytes += large.purged_bytes;
    stats.committed_bytes += large.committed_bytes;
    stats.reserved_bytes += large.reserved_bytes;
    stats.dealloc_mismatches += large.mismatches;
    stats.guard_pages = space::guard_count() as u64 + 2 * large.guarded;
    add_live(stats, large.live, large.live_bytes, large.requested_bytes);
}

fn add_emergency(stats: &mut dam_stats_t) {
    let emergency = emergency::stats();
    stats.committed_bytes += emergency.committed_bytes;
    stats.reserved_bytes += emergency.reserved_bytes;
    add_live(stats, emergency.live, emergency.live_bytes, emergency.requested_bytes);
}

fn add_failures(stats: &mut dam_stats_t, by_tier: [u64; 3]) {
    [stats.small_failures, stats.middle_failures, stats.large_failures] = by_tier;
    let of_threads: u64 = by_tier.iter().sum();
    stats.failures_limit = limits::refused();
    stats.failures_addresses = failures::ADDRESSES.load(Relaxed);
    stats.failures_mappings = failures::MAPPINGS.load(Relaxed);
    let others = stats.failures_limit + stats.failures_addresses + stats.failures_mappings;
    stats.failures_memory = of_threads.saturating_sub(others);
    stats.failures_size = failures::AT_SIGHT.load(Relaxed);
    stats.large_failures += stats.failures_size;
}

fn add_violations(stats: &mut dam_stats_t) {
    stats.violations = violation::count();
    let by_name = [
        (&mut stats.heap_buffer_overflows, Violation::HeapBufferOverflow),
        (&mut stats.heap_buffer_underflows, Violation::HeapBufferUnderflow),
        (&mut stats.double_frees, Violation::DoubleFree),
        (&mut stats.invalid_frees, Violation::InvalidFree),
        (&mut stats.size_mismatches, Violation::SizeMismatch),
        (&mut stats.reported_dealloc_mismatches, Violation::DeallocMismatch),
        (&mut stats.uses_after_free, Violation::UseAfterFree),
        (&mut stats.metadata_corruptions, Violation::MetadataCorruption),
    ];
    for (figure, violation) in by_name {
        *figure = violation::count_of(violation);
    }
    stats.events_lost = events::lost();
}

fn add_live(stats: &mut dam_stats_t, blocks: u64, bytes: u64, requested: u64) {
    stats.live_blocks += blocks;
    stats.live_bytes += bytes;
    stats.requested_bytes += requested;
}

/// Bytes in use: committed, less what has gone back to the system and is not in use again.
pub fn used_bytes() -> u64 {
    let small: usize = (0..CLASSES).map(|class| window::of(class).made_bytes(class)).sum();
    let small = small.saturating_sub(purge::gone_bytes()) as u64;
    small + middle::used_bytes() + large::stats().committed_bytes
}

/// The heap has grown.
pub fn note_growth() {
    let used = used_bytes();
    PEAK_USED.lift(used);
    attach::note_growth(used);
}
