//! The page itself.

use super::{Measured, PICTURES, Part, curves, scatter_file, tables};
use crate::bars::{Bar, DAM};
use crate::results::{Allocator, Key, Program, Results};
use crate::scaling::{self, Curve};
use crate::workloads::first_sentence;

const HEAD: &str = "\
<!-- Written by `make bench`: changes belong into bench/src/report or docs/performance_notes.md. -->
# Performance

Time and memory of programs on DAM, with every deterministic check on, beside other allocators. All figures on this page
were measured by one command, `make bench` (`make bench-full`: every allocator, more rounds); nothing is typed in.
";

const METHOD: &str = "\
Every allocator is a library put in front by `LD_PRELOAD`, built from its newest published sources in the configuration
its authors recommend, or taken from Debian's package where that is said; the driver makes sure that it takes malloc
over. Each round runs each program once per allocator, beginning with another one each time, so that a change of the
machine's speed meets all alike. Figures are medians; ± is half the distance between the quartiles. Time is elapsed
time, memory the peak resident size that the kernel counted (`wait4`; for servers VmHWM). A program's output has to be
the same as on glibc: an allocator that fails, or changes it, is *failed* there and left out of its mean, whose count of
programs then stands in brackets. While a program runs, the processor time that the machine spent on anything else is
counted: above a tenth of one processor the run counts as disturbed and is repeated, up to three times and no more than
half the time of the first runs together.
";

const FLAT: &str = "\
A curve is to rise no more above its first point than that of the other allocator that is the lowest in the geometric mean
of the points both have, by a fifth. After a storm a tenth of it at most is to stay resident, no later than on the first
other allocator, by a fifth and 100 ms.

";

const GROWTH: &str = "\
What one operation costs as the work around it grows: both axes are logarithmic, so that a flat line is a cost that stays.
Nanoseconds are processor time of all threads unless the title says otherwise; each point is a process of its own, the
median of the rounds. After a storm: what stays resident, by time.
";

pub fn page(measured: &Measured) -> String {
    let mut page = String::from(HEAD);
    page += &measured_as(measured);
    page += &bars_section(measured);
    page += &method(measured);
    for (part, results) in measured.all() {
        page += &format!("\n## {}\n\n", part.title());
        page += &match part {
            Part::Alloc | Part::Real => suite(part, results),
            Part::Steady => steady(results),
            Part::Scaling => scaling(results),
        };
    }
    page + &losses(measured)
}

/// When, what and where, in a line for each part.
fn measured_as(measured: &Measured) -> String {
    let mut text = String::from("\n");
    for (part, results) in measured.all() {
        let dam = results.allocators.iter().find(|one| one.name == DAM);
        let dam = dam.map_or("unknown", |one| one.version.as_str());
        let (title, date, machine) = (part.title(), &results.date, &results.machine);
        text += &format!("- {title}: {date}, DAM {dam}, {machine}.{}\n", interrupted(results));
    }
    for part in Part::ALL.iter().filter(|part| measured.all().all(|(one, _)| one != **part)) {
        text += &format!("- {}: not measured.\n", part.title());
    }
    text
}

fn interrupted(results: &Results) -> String {
    match results.is_finished {
        true => String::new(),
        false => format!(" **Interrupted: {} of {} runs.**", results.runs().0, results.planned),
    }
}

fn bars_section(measured: &Measured) -> String {
    let mut text =
        String::from("\n## Bars\n\nWhat DAM's default profile is to reach, and what it does.\n");
    for (part, results) in measured.all() {
        let bars = part.bars(results);
        let met = bars.iter().filter(|bar| Bar::is_met(bar)).count();
        text += &format!("\n### {}: {met} of {} met\n\n", part.title(), bars.len());
        if part == Part::Scaling {
            text += FLAT;
        }
        text += &tables::bars(&bars);
    }
    text
}

fn method(measured: &Measured) -> String {
    let mut text = format!("\n## Method\n\n{METHOD}\n");
    for (part, results) in measured.all() {
        let (runs, disturbed) = results.runs();
        text += &format!(
            "- {}: rounds: {}, {runs} runs, {} made again, {disturbed} disturbed all the same.",
            part.title(),
            results.rounds,
            results.repeated,
        );
        if results.is_doubtful() {
            text += " **The machine was busy: times are worth little.**";
        }
        if !results.chosen.is_empty() {
            text += &format!(" Beside DAM and glibc: {}.", results.chosen);
        }
        text += "\n";
    }
    text + "\n" + &tables::allocators(&allocators(measured))
}

/// Each allocator once, as the first results that have it tell.
fn allocators(measured: &Measured) -> Vec<&Allocator> {
    let mut all: Vec<&Allocator> = Vec::new();
    for one in measured.all().flat_map(|(_, results)| &results.allocators) {
        let known = all.iter().any(|other| {
            other.name == one.name && other.version == one.version && other.absent == one.absent
        });
        if !known {
            all.push(one);
        }
    }
    all
}

fn suite(part: Part, results: &Results) -> String {
    let picture = scatter_file(part);
    let mut text = format!("![Time and memory]({PICTURES}/{})\n", picture.display());
    text += "\n### Time, relative to glibc\n\n";
    text += &tables::ratios(results, Key::Time, "ms", 1.0);
    text += "\n### Peak memory, relative to glibc\n\n";
    text += &tables::ratios(results, Key::Memory, "MiB", 1024.0);
    if let Some(table) = tables::further_figures(results) {
        text += &format!("\n### What the programs report besides\n\n{table}");
    }
    text += &failed(results);
    text += "\n### What the programs stand for\n\n";
    for program in &results.programs {
        text += &format!("- **{}**: {}\n", program.name, first_sentence(&program.stands_for));
    }
    text
}

fn steady(results: &Results) -> String {
    let mut text = String::new();
    for program in &results.programs {
        text += &format!("{}: {}\n\n", program.name, program.stands_for);
    }
    text + &tables::steady(results) + &failed(results)
}

fn failed(results: &Results) -> String {
    let mut text = match tables::failures(results) {
        list if list.is_empty() => list,
        list => format!("\n### Failed\n\n{list}"),
    };
    if !results.left_out.is_empty() {
        text += "\n### Left out\n\n";
    }
    for (program, reason) in &results.left_out {
        text += &format!("- {program}: {reason}\n");
    }
    text
}

/// A paragraph for each program, with its pictures in pairs, and the figures below to unfold.
fn scaling(results: &Results) -> String {
    let mut text = String::from(GROWTH);
    let curves = scaling::curves(results);
    for of_program in curves.chunk_by(|one, other| one.set.program == other.set.program) {
        text += &format!("\n### {}\n\n", of_program[0].set.about);
        let name =
            |program: &&Program| program.name.split(' ').next() == Some(of_program[0].set.name);
        if let Some(program) = results.programs.iter().find(name) {
            text += &format!("{}\n\n", first_sentence(&program.stands_for));
        }
        let pictures: Vec<String> = of_program.iter().map(picture_of).collect();
        text += &tables::pairs(&pictures);
        text += "\n<details><summary>Figures</summary>\n";
        for curve in of_program {
            text += &format!("\n{}, {} by {}\n\n", curve.title, curve.set.y_name, curve.set.x_name);
            text += &tables::curve(curve);
        }
        text += "\n</details>\n";
    }
    match tables::failures(results) {
        list if list.is_empty() => text,
        list => format!("{text}\n### Points that are missing\n\n{list}"),
    }
}

fn picture_of(curve: &Curve) -> String {
    format!("![{}]({PICTURES}/{})", curve.title, curves::file(curve).display())
}

fn losses(measured: &Measured) -> String {
    let mut text = String::from(
        "\n## Where DAM is behind\n\nEvery program on which DAM takes more time or memory than glibc, or than the best \
         of all others for that program (more than half a percent), by how much, and why where that is known. Curves that \
         lie above the best other's are among the bars.\n",
    );
    for (part, results) in measured.suites() {
        text += &format!("\n### {}\n\n", part.title());
        text += &tables::losses_table(results, &measured.notes);
    }
    text
}
