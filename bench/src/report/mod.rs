//! docs/performance.md and its pictures, from the results in target/bench.

mod curves;
mod losses;
mod picture;
mod scatter;
mod tables;
mod text;

use crate::bars::{self, Bar, Suite};
use crate::results::Results;
use crate::scaling;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the pictures are, seen from docs/.
const PICTURES: &str = "performance";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Alloc,
    Real,
    Steady,
    Scaling,
}

impl Part {
    /// In the order of the page.
    const ALL: [Part; 4] = [Part::Alloc, Part::Real, Part::Steady, Part::Scaling];

    fn file(self) -> &'static str {
        match self {
            Part::Alloc => "alloc.json",
            Part::Real => "real.json",
            Part::Steady => "steady.json",
            Part::Scaling => "scaling.json",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Part::Alloc => "Allocation programs",
            Part::Real => "Real programs",
            Part::Steady => "Steady state",
            Part::Scaling => "Cost as work grows",
        }
    }

    /// Whether it is a suite of programs, of which means are taken.
    pub fn is_suite(self) -> bool {
        matches!(self, Part::Alloc | Part::Real)
    }

    fn bars(self, results: &Results) -> Vec<Bar> {
        match self {
            Part::Alloc => bars::of_suite(results, Suite::Allocation),
            Part::Real => bars::of_suite(results, Suite::Real),
            Part::Steady => bars::steady(results),
            Part::Scaling => scaling::bars(&scaling::curves(results)),
        }
    }
}

/// What has been measured so far.
pub struct Measured {
    parts: Vec<(Part, Results)>,
    /// Reasons by program, written by hand.
    pub notes: BTreeMap<String, String>,
}

impl Measured {
    fn read(root: &Path) -> Result<Measured> {
        let mut parts = Vec::new();
        for part in Part::ALL {
            let results = Results::read_if_there(&root.join("target/bench").join(part.file()))?;
            parts.extend(results.map(|results| (part, results)));
        }
        let notes = root.join("docs/performance_notes.md");
        let notes = if notes.exists() { fs::read_to_string(notes)? } else { String::new() };
        Ok(Measured { parts, notes: losses::notes(&notes) })
    }

    pub fn all(&self) -> impl Iterator<Item = (Part, &Results)> {
        self.parts.iter().map(|(part, results)| (*part, results))
    }

    pub fn suites(&self) -> impl Iterator<Item = (Part, &Results)> {
        self.all().filter(|(part, _)| part.is_suite())
    }
}

/// Writes the page and its pictures.
pub fn write(root: &Path) -> Result<()> {
    let measured = Measured::read(root)?;
    if measured.parts.is_empty() {
        bail!("nothing is measured yet: `make bench` measures, and then writes the report");
    }
    let pictures = root.join("docs").join(PICTURES);
    // Those of another time would stay.
    if pictures.exists() {
        fs::remove_dir_all(&pictures)?;
    }
    fs::create_dir_all(&pictures)?;
    for (part, results) in measured.suites() {
        put(&pictures, &scatter_file(part), &scatter::draw(results, part.title())?)?;
    }
    for (_, results) in measured.all().filter(|(part, _)| *part == Part::Scaling) {
        for curve in scaling::curves(results) {
            put(&pictures, &curves::file(&curve), &curves::draw(&curve)?)?;
        }
    }
    let page = root.join("docs/performance.md");
    fs::write(&page, text::page(&measured))
        .with_context(|| format!("cannot write {}", page.display()))?;
    for name in losses::notes_without_a_program(&measured) {
        eprintln!("docs/performance_notes.md has a note on {name}, which was not measured");
    }
    println!("wrote {}", page.display());
    Ok(())
}

fn scatter_file(part: Part) -> PathBuf {
    format!("{}.svg", part.title().to_lowercase().replace(' ', "_")).into()
}

fn put(folder: &Path, file: &Path, text: &str) -> Result<()> {
    let path = folder.join(file);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
