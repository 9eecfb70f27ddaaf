//! Every figure under a name of its own, for programs that enumerate them: unit, kind, meaning. Names are never given
//! another meaning.

use core::ffi::{CStr, c_char};

use super::stats::dam_stats_t;

/// `kind` of a figure that goes up and down.
pub const DAM_GAUGE: u32 = 0;
/// `kind` of one that only goes up.
pub const DAM_COUNTER: u32 = 1;
/// `kind` of a ratio.
pub const DAM_RATIO: u32 = 2;

/// How a figure behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Kind {
    /// Goes up and down.
    Gauge = 0,
    /// Only goes up, from the process's start on.
    Counter = 1,
    /// Between 0 and 1: one figure by another, both of which have names of their own.
    Ratio = 2,
}

/// A figure's description, as C sees it. The texts live for ever.
#[repr(C)]
#[allow(non_camel_case_types)]
#[derive(Clone, Copy, Debug)]
pub struct dam_metric_t {
    /// Bytes of this structure that were filled in.
    pub size: u64,
    /// Its name: never renamed.
    pub name: *const c_char,
    /// `bytes`, `blocks`, `pools`, `ratio` …
    pub unit: *const c_char,
    /// What it is, in a sentence.
    pub help: *const c_char,
    /// DAM_GAUGE, DAM_COUNTER or DAM_RATIO.
    pub kind: u32,
    /// Whether it only grows: its difference over a time is what happened in that.
    pub cumulative: u32,
}

/// Where a figure comes from.
#[derive(Clone, Copy)]
enum Source {
    /// A field.
    Field(fn(&dam_stats_t) -> u64),
    /// 1 - part / whole, or part / whole.
    Ratio { part: fn(&dam_stats_t) -> u64, whole: fn(&dam_stats_t) -> u64, rest: bool },
}

/// A figure.
pub struct Metric {
    /// Its name.
    pub name: &'static CStr,
    /// Its unit.
    pub unit: &'static CStr,
    /// What it is.
    pub help: &'static CStr,
    /// How it behaves.
    pub kind: Kind,
    /// The name of the family it is one of in Prometheus' formats, and its label there; empty: it stands alone.
    pub family: (&'static str, &'static str),
    source: Source,
}

/// A figure's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole number.
    Whole(u64),
    /// A ratio.
    Real(f64),
}

impl Value {
    /// As a floating-point number: exact up to 2^53.
    pub fn to_f64(self) -> f64 {
        match self {
            Self::Whole(number) => number as f64,
            Self::Real(number) => number,
        }
    }
}

impl Metric {
    /// Its value among all figures of a moment.
    pub fn of(&self, stats: &dam_stats_t) -> Value {
        match self.source {
            Source::Field(field) => Value::Whole(field(stats)),
            Source::Ratio { part, whole, rest } => {
                let (part, whole) = (part(stats) as f64, whole(stats) as f64);
                let share = if whole == 0.0 { f64::from(u8::from(rest)) } else { part / whole };
                Value::Real(if rest { 1.0 - share } else { share })
            }
        }
    }

    /// What is told about it.
    pub fn described(&self) -> dam_metric_t {
        dam_metric_t {
            size: size_of::<dam_metric_t>() as u64,
            name: self.name.as_ptr(),
            unit: self.unit.as_ptr(),
            help: self.help.as_ptr(),
            kind: self.kind as u32,
            cumulative: u32::from(self.kind == Kind::Counter),
        }
    }

    /// Its name as text.
    pub fn name(&self) -> &'static str {
        self.name.to_str().unwrap_or_default()
    }

    /// Its meaning as text.
    pub fn help(&self) -> &'static str {
        self.help.to_str().unwrap_or_default()
    }
}

/// A text that ends with a NUL and has no other.
const fn c_text(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("one NUL, at the end"),
    }
}

/// `kind unit field meaning`, one a line; `in` a family of Prometheus' formats `as` what it is labelled there.
macro_rules! figures {
    (@family $field:ident) => { (stringify!($field), "") };
    (@family $field:ident $family:literal $label:literal) => { ($family, $label) };
    ($($kind:ident $unit:literal $field:ident $help:literal $(in $family:literal as $label:literal)?;)*) => {
        [$(Metric {
            name: c_text(concat!(stringify!($field), "\0")),
            unit: $unit,
            help: $help,
            kind: Kind::$kind,
            family: figures!(@family $field $($family $label)?),
            source: Source::Field(|stats| stats.$field),
        }),*]
    };
}

static FIGURES: [Metric; 94] = figures! {
    Gauge c"blocks" live_blocks c"Live blocks";
    Gauge c"bytes" live_bytes c"Bytes that live blocks take up, with slack and headers";
    Gauge c"bytes" requested_bytes c"Bytes that live blocks were asked for";
    Gauge c"bytes" committed_bytes c"Readable and writable bytes for blocks";
    Gauge c"bytes" resident_bytes c"Bytes of the whole process that are in memory";
    Gauge c"bytes" reserved_bytes c"Bytes of address space reserved";
    Gauge c"bytes" metadata_bytes c"Bytes mapped for the allocator's own data";
    Gauge c"bytes" used_bytes c"Bytes in use: committed and not given back to the system";
    Gauge c"bytes" peak_used_bytes c"Most bytes in use at one time";
    Gauge c"bytes" peak_live_bytes c"Most live bytes seen when statistics were taken";
    Gauge c"bytes" quarantined_bytes c"Address space of freed large blocks that is kept inaccessible";
    Gauge c"threads" threads c"Threads that have allocated and run";
    Counter c"blocks" small_allocations c"Blocks handed out: small blocks" in "allocations" as "small";
    Counter c"blocks" middle_allocations c"Blocks handed out: middle blocks" in "allocations" as "middle";
    Counter c"blocks" large_allocations c"Blocks handed out: large blocks" in "allocations" as "large";
    Counter c"blocks" zero_allocations c"Blocks handed out: zero-size blocks" in "allocations" as "zero";
    Counter c"blocks" small_frees c"Blocks given back: small blocks" in "frees" as "small";
    Counter c"blocks" middle_frees c"Blocks given back: middle blocks" in "frees" as "middle";
    Counter c"blocks" large_frees c"Blocks given back: large blocks" in "frees" as "large";
    Counter c"blocks" zero_frees c"Blocks given back: zero-size blocks" in "frees" as "zero";
    Gauge c"blocks" small_live c"Live blocks by tier: small blocks" in "tier_live_blocks" as "small";
    Gauge c"blocks" middle_live c"Live blocks by tier: middle blocks" in "tier_live_blocks" as "middle";
    Gauge c"blocks" large_live c"Live blocks by tier: large blocks" in "tier_live_blocks" as "large";
    Gauge c"blocks" zero_live c"Live blocks by tier: zero-size blocks" in "tier_live_blocks" as "zero";
    Gauge c"bytes" small_live_bytes c"Bytes that live blocks take up, by tier: small" in "tier_live_bytes" as "small";
    Gauge c"bytes" middle_live_bytes c"Bytes that live blocks take up, by tier: middle" in "tier_live_bytes" as "middle";
    Gauge c"bytes" large_live_bytes c"Bytes that live blocks take up, by tier: large" in "tier_live_bytes" as "large";
    Gauge c"bytes" small_requested_bytes c"Bytes that live blocks were asked for, by tier: small" in "tier_requested_bytes" as "small";
    Gauge c"bytes" middle_requested_bytes c"Bytes that live blocks were asked for, by tier: middle" in "tier_requested_bytes" as "middle";
    Gauge c"bytes" large_requested_bytes c"Bytes that live blocks were asked for, by tier: large" in "tier_requested_bytes" as "large";
    Gauge c"bytes" small_committed_bytes c"Readable and writable bytes, by tier: small" in "tier_committed_bytes" as "small";
    Gauge c"bytes" middle_committed_bytes c"Readable and writable bytes, by tier: middle" in "tier_committed_bytes" as "middle";
    Gauge c"bytes" large_committed_bytes c"Readable and writable bytes, by tier: large" in "tier_committed_bytes" as "large";
    Counter c"bytes" small_allocated_bytes c"Bytes of the blocks handed out: small" in "allocated_bytes" as "small";
    Counter c"bytes" middle_allocated_bytes c"Bytes of the blocks handed out: middle" in "allocated_bytes" as "middle";
    Counter c"bytes" large_allocated_bytes c"Bytes of the blocks handed out: large" in "allocated_bytes" as "large";
    Gauge c"bytes" small_cached_bytes c"Bytes of free blocks kept at hand: slots in threads' stocks" in "cached_bytes" as "small";
    Gauge c"bytes" middle_cached_bytes c"Bytes of free blocks kept at hand: middle blocks in threads' stores" in "cached_bytes" as "middle";
    Gauge c"bytes" large_cached_bytes c"Bytes of free blocks kept at hand: mappings of large blocks" in "cached_bytes" as "large";
    Gauge c"slots" small_cached c"Free slots in threads' stocks";
    Counter c"requests" small_failures c"Requests refused: small" in "failures" as "small";
    Counter c"requests" middle_failures c"Requests refused: middle" in "failures" as "middle";
    Counter c"requests" large_failures c"Requests refused: large" in "failures" as "large";
    Counter c"requests" failures_limit c"Requests refused by cause: the hard limit" in "failures_by_cause" as "limit";
    Counter c"requests" failures_memory c"Requests refused by cause: the system has no memory" in "failures_by_cause" as "memory";
    Counter c"requests" failures_addresses c"Requests refused by cause: the limit of addresses" in "failures_by_cause" as "addresses";
    Counter c"requests" failures_mappings c"Requests refused by cause: the limit of mappings" in "failures_by_cause" as "mappings";
    Counter c"requests" failures_size c"Requests refused by cause: no block can be so large" in "failures_by_cause" as "size";
    Gauge c"pools" small_pools c"Pools in use: small" in "pools" as "small";
    Gauge c"pools" middle_pools c"Pools in use: middle" in "pools" as "middle";
    Gauge c"pools" pools_ok c"Pools by health: ok" in "pools_by_health" as "ok";
    Gauge c"pools" pools_pressured c"Pools by health: pressured" in "pools_by_health" as "pressured";
    Gauge c"pools" pools_fragmented c"Pools by health: fragmented" in "pools_by_health" as "fragmented";
    Gauge c"pools" pools_quarantined c"Pools by health: quarantined" in "pools_by_health" as "quarantined";
    Gauge c"pools" pools_exhausted c"Pools by health: exhausted" in "pools_by_health" as "exhausted";
    Counter c"events" small_refills c"Times a stock was filled from pools";
    Counter c"events" small_flushes c"Times slots went from a stock to their pools";
    Counter c"events" lock_waits c"Times a thread waited for a lock of the allocator";
    Counter c"events" middle_splits c"Free middle blocks cut in two";
    Counter c"events" middle_coalesces c"Free middle neighbours joined";
    Counter c"events" middle_searches c"First-fit searches: pools that were asked";
    Gauge c"bytes" middle_largest_free c"Longest free run in a middle pool";
    Counter c"events" purges c"Times pages were given back to the system";
    Counter c"bytes" purged_bytes c"Bytes given back to the system";
    Counter c"bytes" taken_bytes c"Bytes taken from the system, fresh or once more";
    Gauge c"blocks" allocation_rate c"Blocks handed out per second, smoothed";
    Gauge c"blocks" free_rate c"Blocks given back per second, smoothed";
    Gauge c"bytes" allocation_bytes_rate c"Bytes handed out per second, smoothed";
    Gauge c"events" refill_rate c"Times per second, smoothed, that a stock was filled";
    Gauge c"events" flush_rate c"Times per second, smoothed, that slots went from a stock to their pools";
    Gauge c"events" lock_wait_rate c"Times per second, smoothed, that a thread waited for a lock of the allocator";
    Counter c"faults" page_faults c"Page faults of the whole process, up to a tenth of a second ago";
    Gauge c"pages" guard_pages c"Guard pages between pools and around large blocks";
    Gauge c"bytes" middle_free_bytes c"Bytes of free runs in the middle tier, when they were last looked at";
    Gauge c"bytes" unusable_64k_bytes c"Bytes of those runs too short for a block of a size: 64 KiB" in "unusable_free_bytes" as "64KiB";
    Gauge c"bytes" unusable_256k_bytes c"Bytes of those runs too short for a block of a size: 256 KiB" in "unusable_free_bytes" as "256KiB";
    Gauge c"bytes" unusable_1m_bytes c"Bytes of those runs too short for a block of a size: 1 MiB" in "unusable_free_bytes" as "1MiB";
    Gauge c"bytes" unusable_4m_bytes c"Bytes of those runs too short for a block of a size: 4 MiB" in "unusable_free_bytes" as "4MiB";
    Gauge c"bytes" soft_limit c"Soft limit of the bytes in use; 0: none";
    Gauge c"bytes" hard_limit c"Hard limit of the bytes in use; 0: none";
    Counter c"events" soft_limit_hits c"Times the soft limit was reached";
    Counter c"violations" violations c"Heap misuse found";
    Counter c"violations" heap_buffer_overflows c"Heap misuse found, by kind: heap-buffer-overflow" in "violations_by_kind" as "heap-buffer-overflow";
    Counter c"violations" heap_buffer_underflows c"Heap misuse found, by kind: heap-buffer-underflow" in "violations_by_kind" as "heap-buffer-underflow";
    Counter c"violations" double_frees c"Heap misuse found, by kind: double-free" in "violations_by_kind" as "double-free";
    Counter c"violations" invalid_frees c"Heap misuse found, by kind: invalid-free" in "violations_by_kind" as "invalid-free";
    Counter c"violations" size_mismatches c"Heap misuse found, by kind: size-mismatch" in "violations_by_kind" as "size-mismatch";
    Counter c"violations" reported_dealloc_mismatches c"Heap misuse found, by kind: dealloc-mismatch" in "violations_by_kind" as "dealloc-mismatch";
    Counter c"violations" uses_after_free c"Heap misuse found, by kind: use-after-free" in "violations_by_kind" as "use-after-free";
    Counter c"violations" metadata_corruptions c"Heap misuse found, by kind: metadata-corruption" in "violations_by_kind" as "metadata-corruption";
    Counter c"blocks" dealloc_mismatches c"Blocks freed by another door than they came by";
    Counter c"slots" leaked_by_fork c"Slots and blocks lost to this process because it is a fork's child";
    Counter c"events" events_lost c"Events that found no room on their way to the callback";
    Gauge c"milliseconds" uptime_ms c"Time since the allocator's start" in "uptime_seconds" as "";
};

/// `name = 1 - part / whole: meaning`, or without the `1 -`, one a line, of figures that have names of their own.
macro_rules! ratios {
    ($($name:ident = $($one:literal -)? $part:ident / $whole:ident: $help:literal;)*) => {
        [$(Metric {
            name: c_text(concat!(stringify!($name), "\0")),
            unit: c"ratio",
            help: c_text(concat!(
                $(stringify!($one), " - ",)? stringify!($part), " / ", stringify!($whole), ": ", $help, "\0"
            )),
            kind: Kind::Ratio,
            family: ("", ""),
            source: Source::Ratio {
                part: |stats| stats.$part,
                whole: |stats| stats.$whole,
                rest: { const ONE: &[u8] = &[$($one)?]; !ONE.is_empty() },
            },
        }),*]
    };
}

static RATIOS: [Metric; 8] = ratios! {
    internal_fragmentation = 1 - requested_bytes / live_bytes: "what blocks take up beyond what was asked for";
    pool_fragmentation = 1 - live_bytes / committed_bytes: "what pools have memory for and no live block takes up";
    page_fragmentation = 1 - live_bytes / used_bytes: "what is held in memory and no live block takes up";
    overhead = metadata_bytes / used_bytes: "the allocator's own data beside its blocks";
    unusable_free_64k = unusable_64k_bytes / middle_free_bytes: "free, and in runs too short for a block of 64 KiB";
    unusable_free_256k = unusable_256k_bytes / middle_free_bytes: "free, and in runs too short for a block of 256 KiB";
    unusable_free_1m = unusable_1m_bytes / middle_free_bytes: "free, and in runs too short for a block of 1 MiB";
    unusable_free_4m = unusable_4m_bytes / middle_free_bytes: "free, and in runs too short for a block of 4 MiB";
};

/// How many figures there are.
pub const COUNT: usize = FIGURES.len() + RATIOS.len();

/// The figure of this number.
pub fn get(number: usize) -> Option<&'static Metric> {
    FIGURES.iter().chain(&RATIOS).nth(number)
}

/// All figures, families of Prometheus' formats side by side.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    FIGURES.iter().chain(&RATIOS)
}

/// The figure of this name.
pub fn find(name: &[u8]) -> Option<&'static Metric> {
    all().find(|metric| metric.name.to_bytes() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_field_has_a_name_and_no_two_have_the_same() {
        let names: BTreeSet<_> = all().map(Metric::name).collect();
        assert_eq!(names.len(), COUNT);
        // `size` and `version` are no figures.
        assert_eq!(FIGURES.len() + 2, size_of::<dam_stats_t>() / 8);
    }

    #[test]
    fn families_stand_together_and_are_of_one_kind_and_unit() {
        let mut seen = BTreeSet::new();
        let mut last: Option<&Metric> = None;
        for metric in FIGURES.iter() {
            match last.filter(|last| last.family.0 == metric.family.0) {
                Some(last) => assert!(last.kind == metric.kind && last.unit == metric.unit),
                None => assert!(seen.insert(metric.family.0), "{}", metric.family.0),
            }
            last = Some(metric);
        }
    }

    #[test]
    fn ratios_of_nothing_are_no_waste() {
        let stats = dam_stats_t { live_bytes: 100, requested_bytes: 75, ..Default::default() };
        let read = |name: &[u8], stats: &dam_stats_t| find(name).unwrap().of(stats).to_f64();
        assert_eq!(read(b"internal_fragmentation", &stats), 0.25);
        assert_eq!(read(b"internal_fragmentation", &dam_stats_t::default()), 0.0);
        assert_eq!(read(b"overhead", &dam_stats_t::default()), 0.0);
    }
}
