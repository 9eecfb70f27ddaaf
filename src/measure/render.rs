//! The statistics as text for people.

use core::fmt::{self, Write};

use super::stats::dam_stats_t;

/// Writes the report, line by line.
pub fn text(stats: &dam_stats_t, out: &mut dyn Write) -> fmt::Result {
    totals(stats, out)?;
    tiers(stats, out)?;
    health(stats, out)
}

fn totals(s: &dam_stats_t, out: &mut dyn Write) -> fmt::Result {
    let (requested, used) = (Bytes(s.requested_bytes), Bytes(s.live_bytes));
    let (committed, resident) = (Bytes(s.committed_bytes), Bytes(s.resident_bytes));
    let own = Bytes(s.metadata_bytes);
    writeln!(out, "DAM statistics")?;
    writeln!(out, "  live       {} blocks: {requested} in {used}", s.live_blocks)?;
    writeln!(out, "  memory     {committed} committed, {own} own data; process {resident} resident")
}

fn tiers(s: &dam_stats_t, out: &mut dyn Write) -> fmt::Result {
    writeln!(
        out,
        "  {:<10} {:>14} {:>14} {:>14} {:>10} {:>6}",
        "tier", "allocations", "frees", "live", "failures", "pools"
    )?;
    let small = [s.small_allocations, s.small_frees, s.small_live, s.small_failures];
    let middle = [s.middle_allocations, s.middle_frees, s.middle_live, s.middle_failures];
    let large = [s.large_allocations, s.large_frees, s.large_live, s.large_failures];
    row(out, "small", small, s.small_pools)?;
    row(out, "middle", middle, s.middle_pools)?;
    row(out, "large", large, 0)?;
    row(out, "zero-size", [s.zero_allocations, s.zero_frees, s.zero_live, 0], 0)
}

fn health(s: &dam_stats_t, out: &mut dyn Write) -> fmt::Result {
    writeln!(out, "  middle     {} splits, {} coalesces", s.middle_splits, s.middle_coalesces)?;
    writeln!(out, "  given back {} in {} purges", Bytes(s.purged_bytes), s.purges)?;
    writeln!(out, "  pools      {} ok, {} in quarantine", s.pools_ok, s.pools_quarantined)?;
    let mismatches = s.dealloc_mismatches;
    writeln!(out, "  violations {}; not reported: {mismatches} new/free mismatches", s.violations)
}

fn row(out: &mut dyn Write, name: &str, counts: [u64; 4], pools: u64) -> fmt::Result {
    let [allocations, frees, live, failures] = counts;
    writeln!(out, "  {name:<10} {allocations:>14} {frees:>14} {live:>14} {failures:>10} {pools:>6}")
}

/// A number of bytes in the unit that suits it.
struct Bytes(u64);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let units = [("GiB", 30), ("MiB", 20), ("KiB", 10)];
        for (unit, shift) in units {
            if self.0 >= 1 << shift {
                let tenths = (u128::from(self.0) * 10) >> shift;
                return write!(f, "{}.{} {unit}", tenths / 10, tenths % 10);
            }
        }
        write!(f, "{} B", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn bytes_are_readable() {
        assert_eq!(Bytes(0).to_string(), "0 B");
        assert_eq!(Bytes(1023).to_string(), "1023 B");
        assert_eq!(Bytes(1536).to_string(), "1.5 KiB");
        assert_eq!(Bytes(u64::MAX).to_string(), "17179869183.9 GiB");
    }
}
