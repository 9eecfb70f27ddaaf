//! Cost as work grows: the programs of bench/scaling, each at several points x, a run in a fresh process for each.
//!
//! To the driver a point is a program like any other, called `<set> <x>`; here the runs become curves again, and
//! [`flatness`] compares them.

mod flatness;
mod sets;

use crate::results::{Program, Results};
use crate::run::{Job, Kind};
use crate::tables::number;
use crate::{resume, workloads};
use anyhow::Result;
pub use flatness::bars;
pub use sets::{SETS, Set, Shape, short};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// A point takes seconds; the dearest allocator's largest heap a minute or two.
const SECONDS: u32 = 300;
/// No more columns than this in a table.
const COLUMNS: usize = 21;

/// What an allocator takes, by x.
pub type Line = BTreeMap<u64, f64>;

pub struct Curve {
    pub title: &'static str,
    pub set: &'static Set,
    pub lines: BTreeMap<String, Line>,
}

/// The points of the sets, their programs built.
pub fn jobs(root: &Path, sets: &[&Set]) -> Result<Vec<(Program, Job)>> {
    let (sources, out) = (root.join("bench/scaling"), root.join("target/bench/scaling"));
    fs::create_dir_all(&out)?;
    for program in sets.iter().map(|set| set.program).collect::<BTreeSet<_>>() {
        let file = format!("{program}.c");
        workloads::compile(&sources.join(file), &out.join(program), &[])?;
    }
    let points = sets.iter().flat_map(|set| set.xs.iter().map(move |x| (set, *x)));
    points.map(|(set, x)| point(&sources, &out.join(set.program), set, x)).collect()
}

fn point(sources: &Path, binary: &Path, set: &Set, x: u64) -> Result<(Program, Job)> {
    let file = format!("{}.c", set.program);
    let arguments: Vec<String> =
        set.arguments.iter().map(|word| word.to_string()).chain([x.to_string()]).collect();
    let program = Program {
        name: format!("{} {x}", set.name),
        build: resume::fingerprint(binary)?,
        source: format!("{file} {}", arguments.join(" ")),
        stands_for: workloads::behaviour(&sources.join(file))?,
        is_pattern: false,
    };
    let job = Job {
        program: binary.into(),
        arguments: arguments.into_iter().map(Into::into).collect(),
        kind: Kind::Workload,
        seconds: SECONDS,
        rounds: set.rounds(x),
    };
    Ok((program, job))
}

/// All curves of which there is a point, in the order of the sets.
pub fn curves(results: &Results) -> Vec<Curve> {
    let titles = SETS.iter().flat_map(|set| set.curves.iter().map(move |curve| (set, curve)));
    titles
        .map(|(set, (word, title))| Curve { title, set, lines: lines(results, set.name, word) })
        .filter(|curve| !curve.lines.is_empty())
        .collect()
}

fn lines(results: &Results, set: &str, word: &str) -> BTreeMap<String, Line> {
    let mut lines: BTreeMap<String, Line> = BTreeMap::new();
    for series in &results.series {
        let Some(x) = point_of(&series.program, set) else {
            continue;
        };
        for figure in series.runs.first().iter().flat_map(|run| run.figures.keys()) {
            let y = results.figure(&series.program, &series.allocator, figure);
            if let Some((x, y)) = place(figure, word, x).zip(y) {
                lines.entry(series.allocator.clone()).or_default().insert(x, y);
            }
        }
    }
    lines
}

/// The x of a program's name, if it is of that set.
fn point_of(program: &str, set: &str) -> Option<u64> {
    program.strip_prefix(set)?.strip_prefix(' ')?.parse().ok()
}

/// The x of a figure: the program's, or its own (`word@x`); nothing if it belongs to another curve.
fn place(figure: &str, word: &str, x: u64) -> Option<u64> {
    match figure.strip_prefix(word)? {
        "" => Some(x),
        rest => rest.strip_prefix('@')?.parse().ok(),
    }
}

impl Curve {
    /// Every x that an allocator has: a table's columns.
    pub fn xs(&self) -> Vec<u64> {
        let all: BTreeSet<u64> =
            self.lines.values().flat_map(|line| line.keys()).copied().collect();
        let step = all.len().div_ceil(COLUMNS).max(1);
        all.into_iter().step_by(step).collect()
    }
}

/// A point in a table.
pub fn cell(line: &Line, x: u64) -> String {
    let y = line.get(&x).copied();
    number(y, if y.is_some_and(|y| y >= 1000.0) { 0 } else { 1 })
}

/// Everything as text, for a terminal.
pub fn text(results: &Results) -> String {
    let mut text = String::new();
    for curve in curves(results) {
        let xs = curve.xs();
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n{}: {} by {}", curve.title, curve.set.y_name, curve.set.x_name);
        let head: String = xs.iter().map(|x| format!(" {:>8}", short(*x))).collect();
        let _ = writeln!(text, "  {:16}{head}", "");
        for allocator in results.present() {
            let Some(line) = curve.lines.get(&allocator.name) else { continue };
            let cells: String = xs.iter().map(|x| format!(" {:>8}", cell(line, *x))).collect();
            let _ = writeln!(text, "  {:16}{cells}", allocator.name);
        }
    }
    for (series, reason) in results.failures() {
        let _ = writeln!(text, "no point: {} on {}: {reason}", series.program, series.allocator);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    type Row<'a> = (&'a str, &'a str, &'a [(&'a str, f64)]);

    /// (program, allocator, figures) become results.
    fn with_figures(rows: &[Row]) -> Results {
        let runs: Vec<_> =
            rows.iter().map(|(program, name, _)| (*program, *name, 1.0, 1.0)).collect();
        let mut results = results(&runs);
        for ((_, _, figures), series) in rows.iter().zip(&mut results.series) {
            let figures = figures.iter().map(|(name, y)| (name.to_string(), *y));
            series.runs[0].figures = figures.collect();
        }
        results
    }

    #[test]
    fn runs_become_curves() {
        let results = with_figures(&[
            ("live-blocks 1000", "dam", &[("build", 5.0), ("replace", 6.0)]),
            ("live-blocks 20", "dam", &[("build", 7.0)]),
            ("live-blocks 20", "glibc", &[("build", 8.0)]),
            ("storm-small 5000", "dam", &[("resident@0", 1.0), ("resident@50", 2.0)]),
        ]);
        let found = curves(&results);
        let titles: Vec<&str> = found.iter().map(|curve| curve.title).collect();
        assert_eq!(titles.len(), 3, "{titles:?}");
        assert_eq!(found[0].lines["dam"], [(20, 7.0), (1000, 5.0)].into());
        assert_eq!(found[0].lines["glibc"], [(20, 8.0)].into());
        assert_eq!(found[1].lines["dam"], [(1000, 6.0)].into());
        assert_eq!(found[2].lines["dam"], [(0, 1.0), (50, 2.0)].into());
        assert!(text(&results).contains(found[0].title));
    }

    #[test]
    fn a_figure_has_the_programs_x_or_its_own() {
        assert_eq!(place("free", "free", 7), Some(7));
        assert_eq!(place("free@3", "free", 7), Some(3));
        assert_eq!(place("freed", "free", 7), None);
        assert_eq!(place("build", "free", 7), None);
    }
}
