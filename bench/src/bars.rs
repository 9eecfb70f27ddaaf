//! What DAM's profiles are to reach, and whether they do.

use crate::results::{Key, Results};
use crate::series::REFERENCE;
use crate::tables::number;
use serde::Serialize;

pub const DAM: &str = "dam";

/// The two kinds of programs, which have bars of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Suite {
    Allocation,
    Real,
}

/// Geometric means of DAM over a peer: time and memory of the allocation programs, then of the real ones.
struct Row {
    peers: &'static [&'static str],
    limits: [f64; 4],
}

static ROWS: &[Row] = &[
    Row { peers: &["glibc"], limits: [0.55, 0.95, 0.93, 0.97] },
    Row { peers: &["mimalloc3", "mimalloc2"], limits: [0.97, 0.60, 1.00, 0.90] },
    Row { peers: &["snmalloc-checks"], limits: [0.85, 0.70, 1.00, 0.90] },
    Row {
        peers: &["jemalloc", "tcmalloc", "tcmalloc-thp", "gperftools", "rpmalloc"],
        limits: [0.90, 0.80, 1.00, 0.95],
    },
    Row { peers: &["mimalloc3-secure", "mimalloc2-secure"], limits: [0.60, 0.60, 0.97, 0.90] },
    Row { peers: &["scudo"], limits: [0.35, 0.90, 0.90, 1.00] },
    Row { peers: &["hardened-light"], limits: [0.40, 0.80, 0.90, 0.95] },
];

/// No single program may be worse than this, relative to glibc.
const WORST_TIME: f64 = 1.15;
const WORST_MEMORY: f64 = 1.25;
/// Each of the four named patterns takes at most this part of glibc's time.
const PATTERN_TIME: f64 = 0.50;
/// Resident over live memory, and resident after all but a hundredth is freed over that of a fresh process.
const STEADY_RESIDENT: f64 = 1.08;
const STEADY_AFTER: f64 = 1.05;
/// The quick benchmark's: time and memory relative to glibc.
const QUICK: [f64; 2] = [0.70, 1.05];

/// A profile's time and memory relative to another, or to a peer.
static PROFILES: &[(&str, &str, [f64; 2])] = &[
    (DAM, "dam-fast", [1.03, f64::INFINITY]),
    ("dam-hardened", "scudo", [0.75, 1.00]),
    ("dam-hardened", "hardened-default", [0.60, 1.00]),
];

/// One bar.
#[derive(Clone, Debug, Serialize)]
pub struct Bar {
    pub what: String,
    pub limit: f64,
    /// Nothing if it could not be measured, which is missed.
    pub value: Option<f64>,
    pub note: String,
}

impl Bar {
    fn new(what: String, limit: f64, value: Option<f64>) -> Bar {
        let note = if value.is_none() { "not measured".into() } else { String::new() };
        Bar { what, limit, value, note }
    }

    pub fn is_met(&self) -> bool {
        self.value.is_some_and(|value| value <= self.limit)
    }

    pub fn line(&self) -> String {
        let value = number(self.value, 3);
        let verdict = if self.is_met() { "met" } else { "MISSED" };
        let note = if self.note.is_empty() { String::new() } else { format!(" ({})", self.note) };
        format!("{verdict:6}  {:50} {value:>7}  at most {:.2}{note}", self.what, self.limit)
    }
}

/// The peers that have a bar, and DAM.
pub fn peers_with_bars() -> Vec<&'static str> {
    std::iter::once(DAM).chain(ROWS.iter().flat_map(|row| row.peers).copied()).collect()
}

pub fn quick(results: &Results) -> Vec<Bar> {
    let mut bars = means(results, DAM, REFERENCE, QUICK);
    bars.extend(failed(results));
    bars
}

/// What the profiles cost.
pub fn profiles(results: &Results) -> Vec<Bar> {
    let of = |&(profile, peer, limits)| {
        let bars = means(results, profile, peer, limits);
        bars.into_iter().filter(|bar| bar.limit.is_finite())
    };
    PROFILES.iter().flat_map(of).collect()
}

/// All bars of a suite of programs.
pub fn of_suite(results: &Results, suite: Suite) -> Vec<Bar> {
    let mut bars = Vec::new();
    for row in ROWS {
        let limits = match suite {
            Suite::Allocation => [row.limits[0], row.limits[1]],
            Suite::Real => [row.limits[2], row.limits[3]],
        };
        for peer in row.peers {
            bars.extend(means(results, DAM, peer, limits));
        }
    }
    bars.extend(worst_rows(results));
    bars.extend(patterns(results));
    bars.extend(failed(results));
    bars.extend(results.left_out.iter().map(|(name, reason)| Bar {
        what: format!("{name} runs"),
        limit: 0.0,
        value: None,
        note: reason.clone(),
    }));
    bars
}

fn means(results: &Results, dam: &str, peer: &str, limits: [f64; 2]) -> Vec<Bar> {
    let profile = if dam == DAM { String::new() } else { format!("{dam}: ") };
    let of = |(key, what, limit)| {
        let found = results.mean_ratio(dam, peer, key);
        let what = format!("{profile}{what} / {peer}");
        let mut bar = Bar::new(what, limit, found.map(|(mean, _)| mean));
        if let Some(reason) = results.absent(peer).or(results.absent(dam)) {
            bar.note = format!("absent: {reason}");
        }
        if let Some((_, count)) = found.filter(|(_, count)| *count < results.programs.len()) {
            bar.note = format!("over the {count} of {} programs both ran", results.programs.len());
        }
        bar
    };
    [(Key::Time, "time", limits[0]), (Key::Memory, "peak memory", limits[1])].map(of).to_vec()
}

/// The worst program in time, the worst in memory.
fn worst_rows(results: &Results) -> Vec<Bar> {
    let of = |(key, what, limit)| {
        let worst = results
            .programs
            .iter()
            .filter_map(|program| {
                Some((results.ratio(&program.name, DAM, REFERENCE, key)?.median, &program.name))
            })
            .max_by(|one, other| one.0.total_cmp(&other.0));
        let value = worst.map(|(value, _)| value);
        let mut bar = Bar::new(format!("worst single program, {what} / glibc"), limit, value);
        if let Some((_, name)) = worst {
            bar.note = name.clone();
        }
        bar
    };
    [(Key::Time, "time", WORST_TIME), (Key::Memory, "peak memory", WORST_MEMORY)].map(of).to_vec()
}

fn patterns(results: &Results) -> Vec<Bar> {
    results
        .programs
        .iter()
        .filter(|program| program.is_pattern)
        .map(|program| {
            let ratio = results.ratio(&program.name, DAM, REFERENCE, Key::Time);
            let what = format!("{}, time / glibc", program.name);
            Bar::new(what, PATTERN_TIME, ratio.map(|spread| spread.median))
        })
        .collect()
}

/// Every program runs on glibc, which says what its work is, and on DAM as on glibc.
fn failed(results: &Results) -> [Bar; 2] {
    [REFERENCE, DAM].map(|allocator| {
        let failed: Vec<&str> = results
            .failures()
            .filter(|(series, _)| series.allocator == allocator)
            .map(|(series, _)| series.program.as_str())
            .collect();
        let what = format!("programs that fail on {allocator}");
        let has_run = results.series.iter().any(|series| series.allocator == allocator);
        let mut bar = Bar::new(what, 0.0, has_run.then_some(failed.len() as f64));
        if !failed.is_empty() {
            bar.note = failed.join(", ");
        }
        bar
    })
}

pub fn steady(results: &Results) -> Vec<Bar> {
    let mut bars = Vec::new();
    for Steady { program, allocator, over_live, after } in steady_figures(results) {
        if allocator == DAM {
            bars.push(Bar::new(format!("{program}: resident / live"), STEADY_RESIDENT, over_live));
            let what = format!("{program}: resident after freeing 99 % / fresh process");
            bars.push(Bar::new(what, STEADY_AFTER, after));
        }
    }
    bars.extend(failed(results));
    bars
}

/// What a steady-state program says of an allocator.
pub struct Steady<'a> {
    pub program: &'a str,
    pub allocator: &'a str,
    pub over_live: Option<f64>,
    pub after: Option<f64>,
}

pub fn steady_figures(results: &Results) -> Vec<Steady<'_>> {
    let mut all = Vec::new();
    for program in &results.programs {
        for allocator in &results.allocators {
            let (program, allocator) = (program.name.as_str(), allocator.name.as_str());
            let figure = |name| results.figure(program, allocator, name);
            let fresh = figure("fresh_resident_kib").filter(|kib| *kib > 0.0);
            all.push(Steady {
                program,
                allocator,
                over_live: figure("resident_over_live"),
                after: figure("resident_after_kib").zip(fresh).map(|(after, fresh)| after / fresh),
            });
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    fn find<'a>(bars: &'a [Bar], what: &str) -> &'a Bar {
        bars.iter().find(|bar| bar.what == what).unwrap()
    }

    #[test]
    fn a_bar_is_met_at_its_limit_and_missed_beyond_it_or_unmeasured() {
        let at = |value| Bar::new(String::new(), 0.55, value);
        assert!(at(Some(0.55)).is_met());
        assert!(!at(Some(0.56)).is_met());
        assert!(!at(Some(f64::NAN)).is_met());
        assert!(!at(None).is_met());
    }

    #[test]
    fn means_worst_rows_and_patterns() {
        let results = results(&[
            ("a", "glibc", 10.0, 10.0),
            ("pattern-x", "glibc", 10.0, 10.0),
            ("a", "dam", 3.0, 13.0),
            ("pattern-x", "dam", 6.0, 5.0),
        ]);
        let bars = of_suite(&results, Suite::Allocation);
        assert!(find(&bars, "time / glibc").is_met());
        assert!(find(&bars, "peak memory / glibc").is_met());
        let worst = find(&bars, "worst single program, peak memory / glibc");
        assert!(!worst.is_met() && worst.note == "a");
        assert!(!find(&bars, "pattern-x, time / glibc").is_met());
        assert!(!find(&bars, "time / scudo").is_met());
        assert!(find(&bars, "programs that fail on dam").is_met());
        assert_eq!(find(&of_suite(&results, Suite::Real), "time / glibc").limit, 0.93);
        assert_eq!(find(&quick(&results), "time / glibc").limit, 0.70);
    }

    #[test]
    fn a_program_that_fails_on_dam_misses_a_bar() {
        let mut results = results(&[("a", "glibc", 1.0, 1.0), ("a", "dam", 1.0, 1.0)]);
        results.series[1].failure = Some("crash".into());
        let bars = quick(&results);
        assert!(!find(&bars, "programs that fail on dam").is_met());
        assert!(!find(&bars, "time / glibc").is_met());
    }

    #[test]
    fn a_program_that_cannot_run_misses_a_bar() {
        let mut results = results(&[("a", "glibc", 1.0, 1.0), ("a", "dam", 1.0, 1.0)]);
        results.left_out.push(("b".into(), "no such package".into()));
        let bars = of_suite(&results, Suite::Real);
        let bar = find(&bars, "b runs");
        assert!(!bar.is_met() && bar.note == "no such package");
    }

    #[test]
    fn without_dam_no_bar_about_it_is_met() {
        let bars = quick(&results(&[("a", "glibc", 1.0, 1.0)]));
        assert!(bars.iter().all(|bar| bar.is_met() == (bar.what == "programs that fail on glibc")));
    }

    #[test]
    fn steady_state_is_judged_by_its_figures() {
        let mut results = results(&[("steady", "dam", 1.0, 1.0)]);
        let figures = &mut results.series[0].runs[0].figures;
        figures.insert("resident_over_live".into(), 1.05);
        figures.insert("fresh_resident_kib".into(), 100.0);
        figures.insert("resident_after_kib".into(), 110.0);
        let bars = steady(&results);
        assert!(bars[0].is_met());
        assert!(!bars[1].is_met());
    }
}
