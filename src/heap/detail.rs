//! The figures of one class, pool, tier or thread.

use crate::measure::health::Health;
use crate::measure::stats::{
    DAM_LARGE, DAM_MIDDLE, dam_stats_class_t, dam_stats_pool_t, dam_stats_t, dam_stats_thread_t,
    dam_stats_tier_t,
};
use crate::middle::store;
use crate::small::class::{self, CLASSES};
use crate::small::stats as small;
use crate::small::window;
use crate::space::Live;
use crate::sync::atomic::Ordering::Relaxed;
use crate::thread::State;
use crate::thread::registry;
use crate::{large, middle};

use super::counted::{ByClass, for_each_bin};
use super::figures::{self, Requested};
use super::sizes::Tally;

/// A class's figures; what has to be read from its records where `how` says so.
pub fn class(class: usize, classes: &ByClass, how: Requested) -> dam_stats_class_t {
    let (counts, window) = (classes[class], window::of(class));
    let live = counts.allocations - counts.frees;
    let mut stats = dam_stats_class_t {
        size: size_of::<dam_stats_class_t>() as u64,
        slot_bytes: u64::from(class::SLOT[class]),
        largest_request: class::largest(class) as u64,
        allocations: counts.allocations,
        frees: counts.frees,
        live,
        cached: counts.cached,
        pools: u64::from(window.pools(class)),
        committed_bytes: window.committed_bytes(class) as u64,
        idle: window.idle.idle() as u64,
        ..Default::default()
    };
    match how {
        Requested::Exact => add_pools(class, &mut stats),
        Requested::AsLast => stats.requested_bytes = figures::requested(class, live, how),
    }
    stats
}

/// Pools in quarantine, and the sizes that were asked for: one by one, and their sum.
fn add_pools(class: usize, stats: &mut dam_stats_class_t) {
    let mut requested = 0;
    let from = if class == 0 { 0 } else { class::largest(class - 1) };
    let parts = stats.requests.len();
    let per_width = scale(parts, class::largest(class) - from);
    small::for_each_pool(class, |pool| {
        stats.pools_quarantined += u64::from(pool.health == Health::Quarantined);
        for size in pool.sizes() {
            requested += size as u64;
            // Blocks of larger alignment, and those a smaller class has borrowed for, count with the smallest.
            let part = (size.saturating_sub(from + 1) * per_width) >> SCALE;
            stats.requests[part.min(parts - 1)] += 1;
        }
    });
    stats.requested_bytes = figures::note_read(class, Tally { live: stats.live, requested });
}

const SCALE: u32 = 40;

/// What a size is multiplied by for `(size * scale) >> SCALE` to be `size * parts / width`: a division takes ten times as long.
const fn scale(parts: usize, width: usize) -> usize {
    (parts << SCALE).div_ceil(width)
}

/// The figures of a tier whose fields in all figures begin with a word.
macro_rules! tier_of {
    ($all:ident, $pools:expr, $allocations:ident $frees:ident $failures:ident $live:ident $live_bytes:ident
        $requested:ident $committed:ident $cached:ident) => {
        dam_stats_tier_t {
            size: size_of::<dam_stats_tier_t>() as u64,
            allocations: $all.$allocations,
            frees: $all.$frees,
            failures: $all.$failures,
            live: $all.$live,
            live_bytes: $all.$live_bytes,
            requested_bytes: $all.$requested,
            committed_bytes: $all.$committed,
            cached_bytes: $all.$cached,
            pools: $pools,
        }
    };
}

/// The figures of a tier: small, middle, large.
pub fn tier(number: usize, all: &dam_stats_t) -> Option<dam_stats_tier_t> {
    Some(match number {
        0 => tier_of!(all, all.small_pools, small_allocations small_frees small_failures small_live
            small_live_bytes small_requested_bytes small_committed_bytes small_cached_bytes),
        1 => {
            tier_of!(all, all.middle_pools, middle_allocations middle_frees middle_failures middle_live
            middle_live_bytes middle_requested_bytes middle_committed_bytes middle_cached_bytes)
        }
        2 => tier_of!(all, 0, large_allocations large_frees large_failures large_live
            large_live_bytes large_requested_bytes large_committed_bytes large_cached_bytes),
        _ => return None,
    })
}

/// The figures of a thread: the states that were ever made, in any order.
pub fn thread(number: usize) -> Option<dam_stats_thread_t> {
    let (mut at, mut found) = (0, None);
    registry::for_each(&mut |state| {
        // SAFETY: THREAD-1: states live for ever.
        found = found.or_else(|| (at == number).then(|| unsafe { of_thread(state) }));
        at += 1;
    });
    found
}

/// What a thread has done.
///
/// # Safety
/// THREAD-1: `state` lives for ever.
pub(super) unsafe fn of_thread(state: *const State) -> dam_stats_thread_t {
    let mut stats =
        dam_stats_thread_t { size: size_of::<dam_stats_thread_t>() as u64, ..Default::default() };
    // SAFETY: THREAD-1: states live for ever. Their counters have one writer, whom we may overtake.
    unsafe {
        for_each_bin(state, &mut |class, bin| {
            let counts = small::counts_of(bin);
            stats.allocations += counts.allocations;
            stats.frees = stats.frees.wrapping_add(counts.frees);
            stats.cached_bytes += counts.cached * u64::from(class::SLOT[class]);
        });
        let middle = store::counters(&raw const (*state).middle);
        stats.allocations += middle.allocations;
        stats.frees = stats.frees.wrapping_add(middle.frees);
        stats.cached_bytes += middle.cached_bytes;
        stats.number = u64::from((&raw const (*state).id).read());
        stats.failures = (*state).failures.iter().map(|failures| failures.load(Relaxed)).sum();
        stats.running = u64::from((*state).taken.load(Relaxed) != 0);
    }
    // Fewer than none: a moment's torn look.
    stats.frees = (stats.frees as i64).max(0) as u64;
    stats
}

const POOL: dam_stats_pool_t = dam_stats_pool_t {
    size: size_of::<dam_stats_pool_t>() as u64,
    address: 0,
    bytes: 0,
    live_bytes: 0,
    committed_bytes: 0,
    class_number: 0,
    health: 0,
};

/// The pool of this number: those of the classes in their order, then the middle tier's.
pub fn pool(mut number: usize) -> Option<dam_stats_pool_t> {
    for class in 0..CLASSES {
        let pools = window::of(class).pools(class) as usize;
        if number < pools {
            return small::pool(class, number as u32).map(|pool| of_small(class, &pool));
        }
        number -= pools;
    }
    middle::walk::pool(number).map(|pool| of_middle(&pool))
}

/// How many of them there are.
pub fn pools() -> usize {
    let small: u32 = (0..CLASSES).map(|class| window::of(class).pools(class)).sum();
    small as usize + middle::walk::count()
}

/// Calls `visit` with every pool, and with the large tier's live blocks, as long as it says so.
pub fn for_each_pool(visit: &mut dyn FnMut(dam_stats_pool_t) -> bool) {
    for class in 0..CLASSES {
        for number in 0..window::of(class).pools(class) {
            if let Some(pool) = small::pool(class, number)
                && !visit(of_small(class, &pool))
            {
                return;
            }
        }
    }
    if (0..).map_while(middle::walk::pool).any(|pool| !visit(of_middle(&pool))) {
        return;
    }
    for shard in 0..large::walk::shards() {
        if large::walk::visit_live(shard, 0, &mut |seen| visit(of_large(&seen))).is_some() {
            return;
        }
    }
}

fn of_small(class: usize, pool: &small::Seen) -> dam_stats_pool_t {
    let slot = class::SLOT[class] as usize;
    let first = pool.number << class::POOL_LOG2[class];
    dam_stats_pool_t {
        address: window::of(class).block(class, first).addr() as u64,
        bytes: class::pool_bytes(class) as u64,
        live_bytes: (pool.sizes().count() * slot) as u64,
        committed_bytes: (pool.reach * slot).min(class::pool_bytes(class)) as u64,
        class_number: class as u32,
        health: pool.health as u32,
        ..POOL
    }
}

fn of_middle(pool: &middle::walk::PoolSeen) -> dam_stats_pool_t {
    dam_stats_pool_t {
        address: pool.address as u64,
        bytes: pool.bytes as u64,
        live_bytes: pool.live_bytes,
        committed_bytes: pool.committed_bytes,
        class_number: DAM_MIDDLE,
        health: pool.health as u32,
        ..POOL
    }
}

fn of_large(block: &Live) -> dam_stats_pool_t {
    dam_stats_pool_t {
        address: block.address as u64,
        bytes: block.bytes as u64,
        live_bytes: block.bytes as u64,
        committed_bytes: block.bytes as u64,
        class_number: DAM_LARGE,
        ..POOL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::small::record;

    #[test]
    fn a_size_falls_into_the_part_that_a_division_gives() {
        for class in 0..CLASSES {
            let from = if class == 0 { 0 } else { class::largest(class - 1) };
            let width = class::largest(class) - from;
            for x in 0..=usize::from(record::SIZES) {
                assert_eq!((x * scale(8, width)) >> SCALE, x * 8 / width, "{x} of {width}");
            }
        }
    }
}
