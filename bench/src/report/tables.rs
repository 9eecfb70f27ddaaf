//! The page's tables.

use super::losses::{Behind, losses};
use crate::bars::{self, Bar, DAM};
use crate::results::{Allocator, Key, Results};
use crate::scaling::{self, Curve, Line, short};
use crate::series::REFERENCE;
use crate::stats::Spread;
use crate::tables::number;
use std::collections::{BTreeMap, BTreeSet};

/// A Markdown table; the first column is text, the others are numbers.
pub fn markdown(head: &[String], rows: &[Vec<String>]) -> String {
    let row = |cells: &[String]| {
        let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
        format!("| {} |\n", cells.join(" | "))
    };
    let rule = format!("|---|{}\n", "---:|".repeat(head.len() - 1));
    row(head) + &rule + &rows.iter().map(|cells| row(cells)).collect::<String>()
}

pub fn allocators(all: &[&Allocator]) -> String {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for one in all {
        let state = match &one.absent {
            Some(reason) => format!("{}; **absent**: {reason}", one.configuration),
            None => one.configuration.clone(),
        };
        rows.push(vec![one.name.clone(), one.version.clone(), state]);
    }
    let head = ["allocator", "version", "configuration"].map(String::from);
    markdown(&head, &rows).replace("---:|", "---|")
}

/// Each program on each allocator relative to glibc, and the geometric means.
pub fn ratios(results: &Results, key: Key, unit: &str, scale: f64) -> String {
    let names = results.compared(REFERENCE);
    let head: Vec<String> = ["program".to_string(), format!("glibc, {unit}")]
        .into_iter()
        .chain(names.iter().map(|name| name.to_string()))
        .collect();
    let mut rows: Vec<Vec<String>> = results
        .programs
        .iter()
        .map(|program| {
            let base = results.spread(&program.name, REFERENCE, key);
            let base = number(base.map(|one| one.median / scale), 1);
            let cell = |name: &&str| cell(results, &program.name, name, key);
            [program.name.clone(), base].into_iter().chain(names.iter().map(cell)).collect()
        })
        .collect();
    rows.push(mean_row(results, "geometric mean", &names, key));
    if key == Key::Time {
        // Says more than elapsed time where the machine had other work.
        rows.push(mean_row(results, "processor time, geometric mean", &names, Key::Processor));
    }
    markdown(&head, &rows)
}

fn mean_row(results: &Results, what: &str, names: &[&str], key: Key) -> Vec<String> {
    let mean = |name: &&str| match results.mean_ratio(name, REFERENCE, key) {
        Some((mean, count)) if count < results.programs.len() => format!("**{mean:.3}** ({count})"),
        Some((mean, _)) => format!("**{mean:.3}**"),
        None => "-".into(),
    };
    [format!("**{what}**"), String::new()].into_iter().chain(names.iter().map(mean)).collect()
}

fn cell(results: &Results, program: &str, name: &str, key: Key) -> String {
    let series = results.series(program, name);
    let runs = series.map_or(0, |one| one.runs.len());
    match results.ratio(program, name, REFERENCE, key) {
        Some(spread) if key == Key::Time && runs > 1 => with_spread(spread),
        Some(spread) => format!("{:.2}", spread.median),
        None if series.is_some_and(|one| one.failure.is_some()) => "failed".into(),
        None => "-".into(),
    }
}

/// The median, and half the distance between the quartiles.
fn with_spread(spread: Spread) -> String {
    format!("{:.2}&nbsp;±{:.2}", spread.median, spread.half_range())
}

pub fn failures(results: &Results) -> String {
    let line = |(series, reason): (&crate::results::Series, &str)| {
        format!("- {} on {}: {}\n", series.program, series.allocator, reason.replace('\n', " "))
    };
    results.failures().map(line).collect()
}

pub fn bars(bars: &[Bar]) -> String {
    let row = |bar: &Bar| {
        // Large values are milliseconds, and rises of a thousandfold.
        let digits = if bar.limit >= 100.0 { 0 } else { 3 };
        let value = number(bar.value, digits);
        let verdict = if bar.is_met() { "met" } else { "**missed**" };
        let limit = format!("{:.*}", digits.min(2), bar.limit);
        vec![bar.what.clone(), value, limit, verdict.into(), bar.note.clone()]
    };
    let head = ["DAM relative to", "value", "at most", "", "note"].map(String::from);
    let table = markdown(&head, &bars.iter().map(row).collect::<Vec<_>>());
    // The last two are text.
    table.replacen("---:|---:|---:|---:|\n", "---:|---:|---|---|\n", 1)
}

pub fn losses_table(results: &Results, notes: &BTreeMap<String, String>) -> String {
    let factor = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.2}"));
    let best = |behind: &Behind| {
        behind.best.as_ref().map_or(String::new(), |(name, value)| format!("{value:.2} {name}"))
    };
    let rows: Vec<Vec<String>> = losses(results)
        .iter()
        .map(|loss| {
            let note = notes.get(&loss.program).cloned().unwrap_or_default();
            vec![
                loss.program.clone(),
                factor(loss.time.glibc),
                best(&loss.time),
                factor(loss.memory.glibc),
                best(&loss.memory),
                note,
            ]
        })
        .collect();
    if rows.is_empty() {
        return "None.\n".into();
    }
    let head =
        ["program", "time / glibc", "time / best", "memory / glibc", "memory / best", "reason"];
    let table = markdown(&head.map(String::from), &rows);
    // The reason is text.
    table.replacen("---:|---:|---:|---:|---:|\n", "---:|---|---:|---|---|\n", 1)
}

pub fn steady(results: &Results) -> String {
    let present: BTreeSet<&str> = results.present().map(|one| one.name.as_str()).collect();
    let rows: Vec<Vec<String>> = bars::steady_figures(results)
        .iter()
        .filter(|one| present.contains(one.allocator))
        .map(|one| {
            let mib = |name| results.figure(one.program, one.allocator, name).map(|k| k / 1024.0);
            vec![
                format!("{} on {}", one.program, one.allocator),
                number(one.over_live, 3),
                number(mib("resident_after_kib"), 1),
                number(mib("fresh_resident_kib"), 1),
                number(one.after, 2),
            ]
        })
        .collect();
    let head =
        ["", "resident / live", "after freeing 99 %, MiB", "fresh process, MiB", "after / fresh"];
    markdown(&head.map(String::from), &rows)
}

/// Pictures, two in a row.
pub fn pairs(pictures: &[String]) -> String {
    let rows = pictures.chunks(2).map(|pair| format!("| {} |\n", pair.join(" | ")));
    let rows: Vec<String> = rows.collect();
    match pictures {
        [] => String::new(),
        [one] => format!("{one}\n"),
        // The first row is the head.
        _ => format!("{}|---|---|\n{}", rows[0], rows[1..].concat()),
    }
}

/// The points of a curve.
pub fn curve(curve: &Curve) -> String {
    let xs = curve.xs();
    let head: Vec<String> =
        std::iter::once(String::new()).chain(xs.iter().map(|x| short(*x))).collect();
    let row = |(name, line): (&String, &Line)| {
        let cells = xs.iter().map(|x| scaling::cell(line, *x));
        std::iter::once(name.clone()).chain(cells).collect()
    };
    let rows: Vec<Vec<String>> = curve.lines.iter().map(row).collect();
    markdown(&head, &rows)
}

/// What programs report beside time and peak: a row for each figure, a column for each allocator.
pub fn further_figures(results: &Results) -> Option<String> {
    let names: Vec<&str> = results.present().map(|one| one.name.as_str()).collect();
    let mut rows = Vec::new();
    for program in &results.programs {
        let run = results.series(&program.name, DAM).and_then(|one| one.runs.first());
        for figure in run.iter().flat_map(|run| run.figures.keys()) {
            let value = |name: &&str| number(results.figure(&program.name, name, figure), 0);
            let label = format!("{}: {figure}", program.name);
            rows.push([label].into_iter().chain(names.iter().map(value)).collect());
        }
    }
    let head: Vec<String> =
        std::iter::once("figure").chain(names.iter().copied()).map(String::from).collect();
    (!rows.is_empty()).then(|| markdown(&head, &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    #[test]
    fn a_table_has_a_row_per_program_and_the_mean() {
        let results = results(&[("a", "glibc", 10.0, 1024.0), ("a", "dam", 5.0, 512.0)]);
        let table = ratios(&results, Key::Time, "ms", 1.0);
        // One round has no spread.
        assert!(table.contains("| a | 10.0 | 0.50 |"), "{table}");
        assert!(table.contains("| **geometric mean** |  | **0.500** |"), "{table}");
        let losses = losses_table(&results, &BTreeMap::new());
        assert_eq!(losses, "None.\n");
    }

    #[test]
    fn a_loss_quotes_its_note() {
        let results = results(&[("a", "glibc", 10.0, 1024.0), ("a", "dam", 15.0, 512.0)]);
        let notes = BTreeMap::from([("a".to_string(), "Zeroing.".to_string())]);
        let table = losses_table(&results, &notes);
        assert!(table.contains("| a | 1.50 | 1.50 glibc |  |  | Zeroing. |"), "{table}");
    }
}
