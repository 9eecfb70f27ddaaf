//! docs/performance.md and its pictures, from the results in target/bench.

mod curves;
mod losses;
mod picture;
mod scatter;
mod tables;
mod text;

use crate::bars::{self, Bar, Suite};
use crate::results::Results;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the pictures are, seen from docs/.
const PICTURES: &str = "performance";

/// What has been measured so far.
pub struct Measured {
    pub alloc: Option<Results>,
    pub real: Option<Results>,
    pub steady: Option<Results>,
    pub curves: Vec<curves::Curve>,
    /// Reasons by program, written by hand.
    pub notes: BTreeMap<String, String>,
}

impl Measured {
    fn read(root: &Path) -> Result<Measured> {
        let results = |name: &str| {
            let file = root.join("target/bench").join(name);
            file.exists().then(|| Results::read(&file)).transpose()
        };
        let notes = root.join("docs/performance_notes.md");
        let notes = if notes.exists() { fs::read_to_string(notes)? } else { String::new() };
        Ok(Measured {
            alloc: results("alloc.json")?,
            real: results("real.json")?,
            steady: results("steady.json")?,
            curves: curves::read(&root.join("target/bench/scaling.json"))?,
            notes: losses::notes(&notes),
        })
    }

    /// All results, with the name that the text has for them.
    pub fn all(&self) -> impl Iterator<Item = (&'static str, &Results)> {
        [
            ("allocation programs", &self.alloc),
            ("real programs", &self.real),
            ("steady state", &self.steady),
        ]
        .into_iter()
        .filter_map(|(name, results)| Some((name, results.as_ref()?)))
    }

    pub fn bars(&self) -> Vec<(&'static str, Vec<Bar>)> {
        let judge = |name, results: &Results| match name {
            "allocation programs" => bars::of_suite(results, Suite::Allocation),
            "real programs" => bars::of_suite(results, Suite::Real),
            _ => bars::steady(results),
        };
        self.all().map(|(name, results)| (name, judge(name, results))).collect()
    }
}

/// Writes the page and its pictures.
pub fn write(root: &Path) -> Result<()> {
    let measured = Measured::read(root)?;
    if measured.all().next().is_none() {
        bail!("nothing is measured yet: `make bench` measures, and then writes the report");
    }
    let pictures = root.join("docs").join(PICTURES);
    fs::create_dir_all(&pictures)?;
    for (name, results) in measured.all().filter(|(name, _)| *name != "steady state") {
        put(&pictures, &scatter_file(name), &scatter::draw(results, name)?)?;
    }
    for curve in &measured.curves {
        put(&pictures, &curve.file(), &curve.draw()?)?;
    }
    let page = root.join("docs/performance.md");
    fs::write(&page, text::page(&measured)?)
        .with_context(|| format!("cannot write {}", page.display()))?;
    for name in losses::notes_without_a_program(&measured) {
        eprintln!("docs/performance_notes.md has a note on {name}, which was not measured");
    }
    println!("wrote {}", page.display());
    Ok(())
}

fn scatter_file(name: &str) -> PathBuf {
    format!("{}.svg", name.replace(' ', "_")).into()
}

fn put(folder: &Path, file: &Path, text: &str) -> Result<()> {
    let path = folder.join(file);
    fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))
}
