//! How much is allocated and freed per second, smoothed: what happened counts for half after seven seconds.

use crate::measure::stats::dam_stats_t;
use crate::sync::Lock;
use crate::sys;

/// Nanoseconds after which what happened counts for 1/e.
const MEMORY_NS: u64 = 10_000_000_000;
/// So many must have gone by before there is something to add.
const SHORTEST_NS: u64 = 50_000_000;

/// Rates are kept in parts of one, so that small changes are not lost.
const ONE: u64 = 1 << 10;

/// Totals at one time, and the rates by then.
struct Rates {
    at_ns: u64,
    totals: [u64; 6],
    rates: [u64; 6],
}

static RATES: Lock<Rates> = Lock::new(Rates { at_ns: 0, totals: [0; 6], rates: [0; 6] });

/// When the allocator started.
static STARTED: core::sync::atomic::AtomicU64 = core::sync::atomic::AtomicU64::new(0);

/// Notes that the allocator starts. Called once.
pub fn start() {
    STARTED.store(sys::now_ns(), core::sync::atomic::Ordering::Relaxed);
}

/// When that was, in nanoseconds of the monotonic clock.
pub fn started_ns() -> u64 {
    STARTED.load(core::sync::atomic::Ordering::Relaxed)
}

/// Adds the rates to the totals. Nobody waits for the lock: who does not get it takes no part.
pub fn add(stats: &mut dam_stats_t) {
    let now = sys::now_ns();
    stats.uptime_ms = now.saturating_sub(started_ns()) / 1_000_000;
    let allocations = stats.small_allocations + stats.middle_allocations + stats.large_allocations;
    let frees = stats.small_frees + stats.middle_frees + stats.large_frees;
    let bytes =
        stats.small_allocated_bytes + stats.middle_allocated_bytes + stats.large_allocated_bytes;
    let Some(mut known) = RATES.try_lock() else { return };
    if known.at_ns == 0 {
        known.at_ns = started_ns();
    }
    let passed = now.saturating_sub(known.at_ns);
    let totals =
        [allocations, bytes, frees, stats.small_refills, stats.small_flushes, stats.lock_waits];
    if passed >= SHORTEST_NS {
        for (at, total) in totals.into_iter().enumerate() {
            let news = total.saturating_sub(known.totals[at]);
            known.rates[at] = blend(known.rates[at], news, passed);
        }
        (known.at_ns, known.totals) = (now, totals);
    }
    let rates = known.rates.map(|rate| rate / ONE);
    [stats.allocation_rate, stats.allocation_bytes_rate, stats.free_rate, ..] = rates;
    [.., stats.refill_rate, stats.flush_rate, stats.lock_wait_rate] = rates;
}

/// The rate, in parts of one, after `news` have come within `passed` nanoseconds.
fn blend(rate: u64, news: u64, passed: u64) -> u64 {
    let now = u128::from(news) * 1_000_000_000 * u128::from(ONE) / u128::from(passed.max(1));
    // passed / (passed + memory): an exponential's share for short times, all of it for long ones.
    let (new, old) = (u128::from(passed), u128::from(MEMORY_NS));
    ((now * new + u128::from(rate) * old) / (new + old)) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_rate_is_reached_and_forgotten() {
        let mut rate = 0;
        for _ in 0..1000 {
            rate = blend(rate, 100, 100_000_000);
        }
        assert!((995 * ONE..=1000 * ONE).contains(&rate), "{rate}");
        for _ in 0..70 {
            rate = blend(rate, 0, 100_000_000);
        }
        assert!(
            (480 * ONE..=520 * ONE).contains(&rate),
            "half is left after seven seconds: {rate}"
        );
        assert!(blend(1000 * ONE, 0, 3_600_000_000_000) < 4 * ONE, "an hour of nothing");
    }
}
