//! The page itself.

use super::{Measured, PICTURES, scatter_file, tables};
use crate::bars::Bar;
use crate::results::{Allocator, Key, Results};
use crate::workloads::first_sentence;
use anyhow::Result;

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
half of all runs together.
";

pub fn page(measured: &Measured) -> Result<String> {
    let mut page = String::from(HEAD);
    page += &bars_section(measured);
    page += &method(measured);
    for (name, results) in measured.all() {
        page += &format!("\n## {}\n\n", heading(name));
        page += &if name == "steady state" { steady(results) } else { suite(name, results) };
    }
    page += &scaling(measured);
    page += &losses(measured);
    Ok(page)
}

fn heading(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn bars_section(measured: &Measured) -> String {
    let mut text =
        String::from("\n## Bars\n\nWhat DAM's default profile is to reach, and what it does.\n");
    for (name, bars) in measured.bars() {
        let met = bars.iter().filter(|bar| Bar::is_met(bar)).count();
        text += &format!("\n### {}: {met} of {} met\n\n", heading(name), bars.len());
        text += &tables::bars(&bars);
    }
    text
}

fn method(measured: &Measured) -> String {
    let mut text = format!("\n## Method\n\n{METHOD}\n");
    for (name, results) in measured.all() {
        let (runs, disturbed) = results.runs();
        text += &format!(
            "- {}: {}, {}; rounds: {}, {runs} runs, {} repeated, {disturbed} disturbed all the same.{}\n",
            heading(name),
            results.date,
            results.machine,
            results.rounds,
            results.repeated,
            if results.is_doubtful() {
                " **The machine was busy: times are worth little.**"
            } else {
                ""
            },
        );
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

fn suite(name: &str, results: &Results) -> String {
    let picture = scatter_file(name);
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
    match tables::failures(results) {
        list if list.is_empty() => list,
        list => format!("\n### Failed\n\n{list}"),
    }
}

fn scaling(measured: &Measured) -> String {
    let mut text = String::new();
    if !measured.curves.is_empty() {
        text += "\n## Cost as work grows\n\nBoth axes are logarithmic: a flat line is a cost that stays.\n\n";
    }
    for curve in &measured.curves {
        text += &format!("![{}]({PICTURES}/{})\n\n", curve.name, curve.file().display());
    }
    text
}

fn losses(measured: &Measured) -> String {
    let mut text = String::from(
        "\n## Where DAM is behind\n\nEvery program on which DAM takes more time or memory than glibc, or than the best \
         of all others for that program (more than half a percent), by how much, and why where that is known.\n",
    );
    for (name, results) in measured.all().filter(|(name, _)| *name != "steady state") {
        text += &format!("\n### {}\n\n", heading(name));
        text += &tables::losses_table(results, &measured.notes);
    }
    text
}
