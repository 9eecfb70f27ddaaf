//! Statistics, the heap check and trimming, gathered over the tiers.

use crate::guard::violation;
use crate::large;
use crate::measure::render;
use crate::measure::stats::dam_stats_t;
use crate::middle::{self, store};
use crate::small::{check, judge, purge, stats as small_stats, zero};
use crate::space;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sys::{self, Line};
use crate::thread::{self, Session, registry};

use super::{alloc, emergency, hardened, init, upkeep};

/// The figures of this moment. Reads every record of the small tier.
pub fn statistics() -> dam_stats_t {
    let Some(_session) = thread::enter() else { return dam_stats_t::default() };
    init::ensure();
    let mut stats =
        dam_stats_t { version: 1, size: size_of::<dam_stats_t>() as u64, ..Default::default() };
    add_small(&mut stats);
    add_zero(&mut stats);
    add_middle(&mut stats);
    add_large(&mut stats);
    add_emergency(&mut stats);
    stats.violations = violation::count();
    stats.resident_bytes = sys::resident_bytes() as u64;
    stats.reserved_bytes += space::reserved_bytes() as u64;
    stats.metadata_bytes = space::meta::used_bytes() as u64;
    stats.threads = u64::from(registry::THREADS.load(Relaxed));
    stats.leaked_by_fork = registry::LEAKED_BY_FORK.load(Relaxed);
    stats
}

fn add_small(stats: &mut dam_stats_t) {
    registry::for_each(&mut |state| {
        // SAFETY: THREAD-1: states live for ever. The counters have one writer, whom we may
        // overtake: the values are a moment old, never torn.
        unsafe {
            for class in 0..crate::small::class::CLASSES {
                let bin = &raw const (*state).bins[class];
                stats.small_allocations += (&raw const (*bin).allocations).read_volatile();
                stats.small_cached += (&raw const (*bin).count).read_volatile();
            }
            stats.small_failures += (*state).failures[0].load(Relaxed);
            stats.middle_failures += (*state).failures[1].load(Relaxed);
            stats.large_failures += (*state).failures[2].load(Relaxed);
        }
    });
    let small = small_stats::collect();
    stats.small_live = small.live;
    stats.small_frees = stats.small_allocations.saturating_sub(small.live);
    stats.small_pools = small.pools;
    stats.pools_quarantined += small.pools_quarantined;
    stats.pools_ok += small.pools.saturating_sub(small.pools_quarantined);
    stats.purges += purge::PURGES.load(Relaxed);
    stats.purged_bytes += purge::PURGED_BYTES.load(Relaxed);
    stats.dealloc_mismatches += judge::MISMATCHES.load(Relaxed);
    stats.committed_bytes += small.committed_bytes;
    add_live(stats, small.live, small.live_bytes, small.requested_bytes);
}

fn add_zero(stats: &mut dam_stats_t) {
    let counts = zero::counts();
    stats.zero_allocations = counts.allocations;
    stats.zero_live = counts.live;
    stats.zero_frees = counts.allocations - counts.live;
    add_live(stats, counts.live, 0, 0);
}

fn add_middle(stats: &mut dam_stats_t) {
    let middle = middle::stats_with(&|visit| {
        registry::for_each(&mut |state| {
            // SAFETY: THREAD-1: states live for ever.
            visit(unsafe { store::counters(&raw const (*state).middle) });
        });
    });
    stats.middle_allocations = middle.allocations;
    stats.middle_frees = middle.frees;
    stats.middle_live = middle.live;
    stats.middle_pools = middle.pools;
    stats.middle_splits = middle.splits;
    stats.middle_coalesces = middle.coalesces;
    stats.pools_ok += middle.pools_ok;
    stats.pools_quarantined += middle.pools_quarantined;
    stats.purges += middle.purges;
    stats.purged_bytes += middle.purged_bytes;
    stats.committed_bytes += middle.committed_bytes;
    stats.dealloc_mismatches += middle.mismatches;
    add_live(stats, middle.live, middle.live_bytes, middle.requested_bytes);
}

fn add_large(stats: &mut dam_stats_t) {
    let large = large::stats();
    stats.large_allocations = large.allocations;
    stats.large_frees = large.frees;
    stats.large_live = large.live;
    // The tier's own failures are among those of the threads already.
    stats.large_failures += alloc::REFUSED.load(Relaxed);
    stats.large_cached_bytes = large.cached_bytes;
    stats.purges += large.purges;
    stats.purged_bytes += large.purged_bytes;
    stats.committed_bytes += large.committed_bytes;
    stats.reserved_bytes += large.reserved_bytes;
    stats.dealloc_mismatches += large.mismatches;
    add_live(stats, large.live, large.live_bytes, large.requested_bytes);
}

fn add_emergency(stats: &mut dam_stats_t) {
    let emergency = emergency::stats();
    stats.committed_bytes += emergency.committed_bytes;
    stats.reserved_bytes += emergency.reserved_bytes;
    add_live(stats, emergency.live, emergency.live_bytes, emergency.requested_bytes);
}

/// Bytes of the mappings of live large blocks.
pub fn large_bytes() -> u64 {
    large::stats().live_bytes
}

fn add_live(stats: &mut dam_stats_t, blocks: u64, bytes: u64, requested: u64) {
    stats.live_blocks += blocks;
    stats.live_bytes += bytes;
    stats.requested_bytes += requested;
}

/// Writes the statistics as text to a file descriptor, in one call, without allocating.
pub fn print(file: i32) {
    let mut text: Line<2048> = Line::new();
    // Cannot fail: what does not fit would be cut.
    let _ = render::text(&statistics(), &mut text);
    sys::write_all(file, text.bytes());
}

/// Examines every record, canary, header and bitmap, reports each fault, and tells how many there
/// are.
pub fn check_heap() -> usize {
    let Some(session) = thread::enter() else { return 0 };
    init::ensure();
    check_all(&session)
}

/// [`check_heap`], for a thread that is inside the gate.
pub fn check_all(session: &Session) -> usize {
    check::run(true) + hardened::check_own(session) + middle::check(true) + large::check(true)
}

/// Makes the heap ready, as the first allocation would.
pub fn prepare() {
    if let Some(_session) = thread::enter() {
        init::ensure();
    }
}

/// Gives free pages back to the system at once; tells whether there were any.
pub fn trim() -> bool {
    let Some(session) = thread::enter() else { return false };
    init::ensure();
    let before = given_back();
    upkeep::trim(&session);
    given_back() > before
}

fn given_back() -> u64 {
    purge::PURGED_BYTES.load(Relaxed) + middle::stats().purged_bytes + large::stats().purged_bytes
}
