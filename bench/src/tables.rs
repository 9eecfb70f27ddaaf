//! The text that is printed, and kept beside the results: a table per program, then the summaries.

use crate::bars::{Bar, DAM};
use crate::peers::BESIDE;
use crate::results::{Key, Program, Results};
use crate::series::REFERENCE;
use crate::stats::{self, Spread};
use std::fmt::Write;

/// Everything of a sub-command's results as text.
pub fn text(results: &Results, bars: &[Bar]) -> String {
    let mut text = String::new();
    for program in 0..results.programs.len() {
        one_program(&mut text, results, program);
    }
    for (what, key) in [
        ("time", Key::Time),
        ("processor time", Key::Processor),
        ("peak resident memory", Key::Memory),
    ] {
        summary(&mut text, results, what, key);
    }
    if results.compared(REFERENCE).contains(&BESIDE) {
        pairs(&mut text, results);
    }
    text + &verdict(results, bars)
}

/// DAM and another build of it, each round's two runs a pair.
fn pairs(text: &mut String, results: &Results) {
    line(text, &format!("\nprocessor time of {DAM} relative to {BESIDE}, pair by pair"));
    let mut all = Vec::new();
    for Program { name, .. } in &results.programs {
        let ratios = results.paired(name, DAM, BESIDE, Key::Processor).unwrap_or_default();
        if let Some(spread) = Spread::of(&ratios) {
            line(text, &format!("  {name:20}{:>24}", figure(spread, 3)));
            all.push(ratios);
        }
    }
    let mean = number(stats::mean_of_medians(&all), 4);
    line(text, &format!("  {:20}{mean:>24}", "GEOMETRIC MEAN"));
    if let Some([low, high]) = stats::interval(&all) {
        let likely = "so it is in 95 % of the sets of runs drawn from these";
        line(text, &format!("  {low:>37.3}-{high:.3}  {likely}"));
    }
}

fn one_program(text: &mut String, results: &Results, at: usize) {
    let program = &results.programs[at];
    line(text, &format!("\n{}  ({})", program.name, program.source));
    line(text, &format!("  {}", program.stands_for));
    line(
        text,
        &format!(
            "  {:18} {:>22} {:>8} {:>24} {:>8} {:>9}",
            "allocator",
            "time ms (quartiles)",
            "x glibc",
            "peak MiB (quartiles)",
            "x glibc",
            "faults"
        ),
    );
    for allocator in &results.allocators {
        let row = match &allocator.absent {
            Some(_) => "absent".into(),
            None => row(results, &program.name, &allocator.name),
        };
        line(text, &format!("  {:18} {row}", allocator.name));
        others(text, results, &program.name, &allocator.name);
    }
}

fn row(results: &Results, program: &str, allocator: &str) -> String {
    if let Some(failure) = results.series(program, allocator).and_then(|one| one.failure.as_ref()) {
        return format!("FAILED: {failure}");
    }
    let spread = |key| results.spread(program, allocator, key);
    let ratio = |key| results.ratio(program, allocator, REFERENCE, key).map(|one| one.median);
    format!(
        "{:>22} {:>8} {:>24} {:>8} {:>9}",
        spread(Key::Time).map_or("-".into(), |one| figure(one, 0)),
        number(ratio(Key::Time), 2),
        spread(Key::Memory).map_or("-".into(), |one| figure(one.scaled(1.0 / 1024.0), 1)),
        number(ratio(Key::Memory), 2),
        number(spread(Key::Faults).map(|one| one.median), 0),
    )
}

/// The figures that the program has of its own, in a line below.
fn others(text: &mut String, results: &Results, program: &str, allocator: &str) {
    let Some(run) = results.series(program, allocator).and_then(|one| one.runs.first()) else {
        return;
    };
    let of = |name: &String| Some(format!("{name} {}", results.figure(program, allocator, name)?));
    let figures: Vec<String> = run.figures.keys().filter_map(of).collect();
    if !figures.is_empty() {
        line(text, &format!("  {:18} {}", "", figures.join(", ")));
    }
}

/// `median (low-high)`.
fn figure(spread: Spread, digits: usize) -> String {
    let Spread { median, low, high } = spread;
    format!("{median:.digits$} ({low:.digits$}-{high:.digits$})")
}

/// A number, or a dash where there is none.
pub fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or("-".into(), |value| format!("{value:.digits$}"))
}

fn summary(text: &mut String, results: &Results, what: &str, key: Key) {
    let names = results.compared(REFERENCE);
    line(text, &format!("\n{what}, ratio to glibc"));
    let head: String = names.iter().map(|name| format!("{name:>17}")).collect();
    line(text, &format!("  {:20}{head}", ""));
    for program in &results.programs {
        let cell = |name: &&str| {
            let ratio = results.ratio(&program.name, name, REFERENCE, key);
            format!("{:>17}", ratio.map_or("failed".into(), |one| format!("{:.2}", one.median)))
        };
        let cells: String = names.iter().map(cell).collect();
        line(text, &format!("  {:20}{cells}", program.name));
    }
    let mean = |name: &&str| {
        let mean = results.mean_ratio(name, REFERENCE, key).map(|(mean, _)| mean);
        format!("{:>17}", number(mean, 3))
    };
    let cells: String = names.iter().map(mean).collect();
    line(text, &format!("  {:20}{cells}", "GEOMETRIC MEAN"));
    for name in names {
        let lost = results.failures().filter(|(one, _)| one.allocator == name).count();
        if lost > 0 {
            line(text, &format!("  (the mean of {name} leaves out {lost} programs it failed)"));
        }
    }
}

/// Who is absent, what disturbed the runs, and the bars.
pub fn verdict(results: &Results, bars: &[Bar]) -> String {
    let mut text = String::from("\n");
    for allocator in &results.allocators {
        if let Some(reason) = &allocator.absent {
            line(&mut text, &format!("{} is absent: {reason}", allocator.name));
        }
    }
    let ((runs, disturbed), repeated) = (results.runs(), results.repeated);
    line(
        &mut text,
        &format!("{runs} runs; other load: {repeated} made again, {disturbed} disturbed"),
    );
    if results.is_doubtful() {
        line(
            &mut text,
            "The machine was busy with other work: times are worth little, memory stands.",
        );
    }
    for bar in bars {
        line(&mut text, &bar.line());
    }
    text
}

fn line(text: &mut String, what: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{what}");
}
