//! `dam explain`: the places of a report, which are a module and an offset each, as functions and source lines.
//!
//! Whatever a report stands in is passed on as it is: the whole log of a program may be explained. What a place is called is
//! written below its line. [`report`] knows the two forms of reports, [`debug`] where debug information is kept, and
//! [`module`] reads it.

mod debug;
mod module;
mod report;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use module::Module;
use report::Place;

/// What `dam explain` is asked for.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// A file with reports, as text or as JSON; "-": standard input
    #[arg(default_value = "-")]
    report: PathBuf,
    /// Further folders of debug information, as /usr/lib/debug is one
    #[arg(long = "debug", value_name = "FOLDER")]
    folders: Vec<PathBuf>,
}

/// Bytes of the longest line that is looked at in one piece.
const LONGEST: u64 = 1 << 20;

/// Explains to standard output.
pub fn run(args: &Args) -> Result<()> {
    let input: Box<dyn Read> = match args.report.to_str() {
        Some("-") => Box::new(io::stdin()),
        _ => {
            let file = File::open(&args.report);
            Box::new(file.with_context(|| format!("cannot read {}", args.report.display()))?)
        }
    };
    let mut explainer = Explainer::new(&args.folders);
    match explainer.explain(input, &mut io::stdout().lock()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        result => result.with_context(|| args.report.display().to_string())?,
    }
    if explainer.places == 0 {
        eprintln!(
            "dam: there is no place in it that could be explained: lines as 'caller: /usr/bin/program+0x1234'"
        );
    }
    Ok(())
}

/// The modules that were met.
struct Explainer<'a> {
    folders: &'a [PathBuf],
    modules: HashMap<PathBuf, Module>,
    /// Places that were explained, or not.
    places: u64,
}

impl<'a> Explainer<'a> {
    fn new(folders: &'a [PathBuf]) -> Self {
        Self { folders, modules: HashMap::new(), places: 0 }
    }

    fn explain(&mut self, input: impl Read, out: &mut impl Write) -> io::Result<()> {
        let mut input = BufReader::new(input);
        let mut line = Vec::new();
        loop {
            line.clear();
            if input.by_ref().take(LONGEST).read_until(b'\n', &mut line)? == 0 {
                return out.flush();
            }
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches(['\n', '\r']);
            match report::of_json(text) {
                Some((lines, rest)) => {
                    for (line, place) in lines {
                        writeln!(out, "{line}")?;
                        self.tell(place.as_ref(), out)?;
                    }
                    writeln!(out, "{rest}")?;
                }
                None => {
                    out.write_all(&line)?;
                    // What is explained begins on a line of its own.
                    let place = report::place(text);
                    if place.is_some() && !line.ends_with(b"\n") {
                        writeln!(out)?;
                    }
                    self.tell(place.as_ref(), out)?;
                }
            }
            // Who waits for the rest of a log sees what there is.
            out.flush()?;
        }
    }

    /// Says what a place is called.
    fn tell(&mut self, place: Option<&Place>, out: &mut impl Write) -> io::Result<()> {
        let Some(place) = place else { return Ok(()) };
        self.places += 1;
        let folders = self.folders;
        let path: &Path = &place.module;
        let module = self.modules.entry(path.into()).or_insert_with(|| Module::open(path, folders));
        for line in module.tell(place.offset) {
            writeln!(out, "      {line}")?;
        }
        Ok(())
    }
}
