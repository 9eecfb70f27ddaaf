//! What a sub-command writes to target/bench/<sub-command>.json, and what is computed from it.

use crate::peers::Peer;
use crate::resume;
use crate::stats::{self, Spread};
use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// One run of one program on one allocator.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Run {
    pub wall_ms: f64,
    pub cpu_ms: f64,
    pub system_ms: f64,
    pub peak_kib: f64,
    pub faults: f64,
    /// Processor time that others took meanwhile, and whether that was much.
    pub others_ms: f64,
    pub disturbed: bool,
    /// What must be the same on every allocator.
    pub output: String,
    pub figures: BTreeMap<String, f64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    pub name: String,
    /// Differs when the program's file differs.
    pub build: String,
    /// Source and arguments.
    pub source: String,
    pub stands_for: String,
    /// One of the four named patterns.
    pub is_pattern: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Allocator {
    pub name: String,
    pub version: String,
    /// Differs when the library's file differs.
    pub build: String,
    pub configuration: String,
    pub absent: Option<String>,
}

impl Allocator {
    pub fn of(peer: &Peer) -> Result<Allocator> {
        let build = match &peer.library {
            Some(library) if peer.absent.is_none() => resume::fingerprint(library)?,
            _ => peer.version.clone(),
        };
        Ok(Allocator {
            name: peer.name.clone(),
            version: peer.version.clone(),
            build,
            configuration: peer.configuration.clone(),
            absent: peer.absent.clone(),
        })
    }
}

/// All runs of one program on one allocator.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Series {
    pub program: String,
    pub allocator: String,
    pub runs: Vec<Run>,
    pub failure: Option<String>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Results {
    pub machine: String,
    pub date: String,
    /// Why these allocators and no others; nothing if it is all of them, or somebody's choice.
    pub chosen: String,
    /// How often each program is to run on each allocator, and what that comes to in all.
    pub rounds: usize,
    pub planned: usize,
    /// False as long as the runs go on, and if they were interrupted.
    pub is_finished: bool,
    /// Runs that were made again because of other load.
    pub repeated: usize,
    pub programs: Vec<Program>,
    /// Programs that cannot run here, and why.
    pub left_out: Vec<(String, String)>,
    pub allocators: Vec<Allocator>,
    pub series: Vec<Series>,
}

/// A figure that every run has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Time,
    Processor,
    Memory,
    Faults,
}

impl Key {
    pub fn of(self, run: &Run) -> f64 {
        match self {
            Key::Time => run.wall_ms,
            Key::Processor => run.cpu_ms,
            Key::Memory => run.peak_kib,
            Key::Faults => run.faults,
        }
    }
}

impl Results {
    pub fn write(&self, file: &Path) -> Result<()> {
        // Under another name first: who is interrupted in the middle keeps what there was.
        let fresh = file.with_extension("json.new");
        fs::write(&fresh, serde_json::to_string_pretty(self)? + "\n")
            .and_then(|()| fs::rename(&fresh, file))
            .with_context(|| format!("cannot write {}", file.display()))
    }

    /// Nothing, and a word about it, if the file is of another version of the driver.
    pub fn read_if_there(file: &Path) -> Result<Option<Results>> {
        if !file.exists() {
            return Ok(None);
        }
        let text = fs::read_to_string(file)?;
        let read = serde_json::from_str(&text);
        if let Err(error) = &read {
            eprintln!("{} is of another version and left aside ({error})", file.display());
        }
        Ok(read.ok())
    }

    pub fn series(&self, program: &str, allocator: &str) -> Option<&Series> {
        self.series.iter().find(|one| one.program == program && one.allocator == allocator)
    }

    pub fn absent(&self, allocator: &str) -> Option<&str> {
        self.allocators.iter().find(|one| one.name == allocator)?.absent.as_deref()
    }

    /// Those that ran.
    pub fn present(&self) -> impl Iterator<Item = &Allocator> {
        self.allocators.iter().filter(|one| one.absent.is_none())
    }

    /// Of a program that the allocator got right in every round.
    pub fn spread(&self, program: &str, allocator: &str, key: Key) -> Option<Spread> {
        let series = self.series(program, allocator).filter(|one| one.failure.is_none())?;
        Spread::of(&series.runs.iter().map(|run| key.of(run)).collect::<Vec<_>>())
    }

    /// The median of a figure that the program itself printed.
    pub fn figure(&self, program: &str, allocator: &str, name: &str) -> Option<f64> {
        let series = self.series(program, allocator).filter(|one| one.failure.is_none())?;
        let values: Option<Vec<f64>> =
            series.runs.iter().map(|run| run.figures.get(name).copied()).collect();
        stats::median(&values?)
    }

    /// An allocator's median, with its spread, over that of another.
    pub fn ratio(&self, program: &str, allocator: &str, to: &str, key: Key) -> Option<Spread> {
        let base = self.spread(program, to, key)?.median;
        (base > 0.0).then_some(())?;
        Some(self.spread(program, allocator, key)?.scaled(1.0 / base))
    }

    /// Ratios of the two runs that each round made.
    pub fn paired(&self, program: &str, one: &str, other: &str, key: Key) -> Option<Vec<f64>> {
        let [one, other] = [self.series(program, one)?, self.series(program, other)?];
        if one.failure.is_some() || other.failure.is_some() {
            return None;
        }
        Some(one.runs.iter().zip(&other.runs).map(|(a, b)| key.of(a) / key.of(b)).collect())
    }

    /// Geometric mean over the programs that both got right, and how many these are.
    pub fn mean_ratio(&self, allocator: &str, to: &str, key: Key) -> Option<(f64, usize)> {
        let ratios: Vec<f64> = self
            .programs
            .iter()
            .filter_map(|program| Some(self.ratio(&program.name, allocator, to, key)?.median))
            .collect();
        Some((stats::geomean(&ratios)?, ratios.len()))
    }

    /// Those that ran, but for the one that the others are relative to.
    pub fn compared(&self, reference: &str) -> Vec<&str> {
        self.present().map(|one| one.name.as_str()).filter(|name| *name != reference).collect()
    }

    /// All runs, and how many of them other load disturbed.
    pub fn runs(&self) -> (usize, usize) {
        let runs = || self.series.iter().flat_map(|one| &one.runs);
        (runs().count(), runs().filter(|run| run.disturbed).count())
    }

    /// Whether so many runs were disturbed that times are worth little.
    pub fn is_doubtful(&self) -> bool {
        let (runs, disturbed) = self.runs();
        disturbed * 10 > runs
    }

    pub fn failures(&self) -> impl Iterator<Item = (&Series, &str)> {
        self.series.iter().filter_map(|one| Some((one, one.failure.as_deref()?)))
    }

    /// One allocator's output is what the work is; who printed something else has failed.
    pub fn compare_outputs(&mut self, reference: &str) {
        let expected: BTreeMap<String, String> = self
            .series
            .iter()
            .filter(|one| one.allocator == reference)
            .filter_map(|one| Some((one.program.clone(), one.runs.first()?.output.clone())))
            .collect();
        for series in &mut self.series {
            let Some(expected) = expected.get(&series.program) else { continue };
            let other = series.runs.iter().find(|run| run.output != *expected);
            if let (Some(run), None) = (other, &series.failure) {
                series.failure = Some(difference(&run.output, expected));
            }
        }
    }
}

/// The first line in which an output is not what it should be.
fn difference(found: &str, expected: &str) -> String {
    let (mut found, mut expected) = (found.lines(), expected.lines());
    loop {
        match (found.next(), expected.next()) {
            (Some(one), Some(other)) if one == other => {}
            (None, None) => return "its output differs in spaces".into(),
            (one, other) => {
                let cut = |line: Option<&str>| {
                    line.unwrap_or("(nothing)").chars().take(100).collect::<String>()
                };
                return format!("printed {:?} instead of {:?}", cut(one), cut(other));
            }
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Results in which each (program, allocator, ms, KiB) has one run.
    pub fn results(runs: &[(&str, &str, f64, f64)]) -> Results {
        let mut results = Results {
            machine: String::new(),
            date: String::new(),
            chosen: String::new(),
            rounds: 1,
            planned: 0,
            is_finished: true,
            repeated: 0,
            programs: vec![],
            left_out: vec![],
            allocators: vec![],
            series: vec![],
        };
        for &(program, allocator, wall_ms, peak_kib) in runs {
            if !results.programs.iter().any(|one| one.name == program) {
                results.programs.push(Program {
                    name: program.into(),
                    build: String::new(),
                    source: String::new(),
                    stands_for: String::new(),
                    is_pattern: program.starts_with("pattern"),
                });
            }
            if !results.allocators.iter().any(|one| one.name == allocator) {
                results.allocators.push(Allocator {
                    name: allocator.into(),
                    version: String::new(),
                    build: String::new(),
                    configuration: String::new(),
                    absent: None,
                });
            }
            let run = Run { wall_ms, peak_kib, output: "same".into(), ..Run::default() };
            let (program, allocator) = (program.to_string(), allocator.to_string());
            results.series.push(Series { program, allocator, runs: vec![run], failure: None });
        }
        results
    }

    #[test]
    fn a_mean_is_over_what_both_got_right() {
        let mut results = results(&[
            ("a", "glibc", 10.0, 10.0),
            ("b", "glibc", 10.0, 10.0),
            ("a", "dam", 5.0, 20.0),
            ("b", "dam", 20.0, 20.0),
        ]);
        assert!((results.mean_ratio("dam", "glibc", Key::Time).unwrap().0 - 1.0).abs() < 1e-9);
        results.series[3].runs[0].output = "other".into();
        results.compare_outputs("glibc");
        assert_eq!(results.mean_ratio("dam", "glibc", Key::Time), Some((0.5, 1)));
        assert_eq!(results.failures().count(), 1);
        assert_eq!(results.mean_ratio("nobody", "glibc", Key::Time), None);
    }

    #[test]
    fn pairs_are_the_runs_of_a_round() {
        let mut results = results(&[("a", "dam", 30.0, 1.0), ("a", "dam-beside", 10.0, 1.0)]);
        // One round on a machine half as fast: both runs take twice as long.
        for (series, wall_ms) in results.series.iter_mut().zip([60.0, 20.0]) {
            series.runs.push(Run { wall_ms, ..Run::default() });
        }
        let ratios = results.paired("a", "dam", "dam-beside", Key::Time).unwrap();
        assert_eq!(ratios, [3.0, 3.0]);
        assert_eq!(results.paired("a", "dam", "nobody", Key::Time), None);
    }
}
