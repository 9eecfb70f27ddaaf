//! `dam map`: a picture of the heap, of a running process or of a snapshot that was kept.
//!
//! [`snapshot`] is what is known ([`take()`] asks a process), [`model`] what all pictures show of it, [`ribbon`] how
//! pools are laid out. [`svg`], [`html`] and [`terminal`] draw.

#[cfg(test)]
mod example;
pub mod html;
pub mod model;
pub mod ribbon;
pub mod snapshot;
pub mod svg;
mod take;
pub mod terminal;
#[cfg(test)]
mod tests;
pub mod text;

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use model::Picture;
use snapshot::Snapshot;
pub use take::take;

/// What `dam map` is asked for.
#[derive(clap::Args, Debug)]
pub struct Args {
    /// Number of a process, or a file that --save wrote
    #[arg(value_name = "PID|SNAPSHOT")]
    target: String,
    /// Draw into this file, which ends with .svg or .html; "-" is SVG on standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep what the picture is drawn from, as JSON
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// Where a picture goes.
enum Form {
    Terminal,
    Svg,
    Html,
}

impl Args {
    fn form(&self) -> Result<Form> {
        let Some(output) = &self.output else { return Ok(Form::Terminal) };
        match output.extension().and_then(OsStr::to_str) {
            _ if output == Path::new("-") => Ok(Form::Svg),
            Some("svg") => Ok(Form::Svg),
            Some("html" | "htm") => Ok(Form::Html),
            _ => bail!("{}: a picture's name ends with .svg or .html", output.display()),
        }
    }

    /// The snapshot that is asked for; `take` makes one of a process.
    fn snapshot(&self, take: impl FnOnce(u32) -> Result<Snapshot>) -> Result<Snapshot> {
        let path = Path::new(&self.target);
        match self.target.parse() {
            Ok(process) => take(process),
            // An empty name, and what else is meant to be a number.
            Err(_) if !path.exists() => bail!(
                "'{}' is neither the number of a process nor a file: dam map PID, or dam map SNAPSHOT.json",
                self.target
            ),
            Err(_) => Snapshot::load(path),
        }
    }
}

/// Draws, or saves.
pub fn run(args: &Args, take: impl FnOnce(u32) -> Result<Snapshot>) -> Result<()> {
    // What can't be drawn is said before a process is asked.
    let form = args.form()?;
    let snapshot = args.snapshot(take)?;
    if let Some(path) = &args.save {
        snapshot.save(path).with_context(|| format!("cannot write {}", path.display()))?;
        if args.output.is_none() {
            return Ok(());
        }
    }
    let picture = Picture::new(&snapshot);
    let text = match form {
        Form::Terminal => terminal::text(&picture, is_coloured()),
        Form::Svg => svg::document(&picture),
        Form::Html => html::document(&picture),
    };
    match &args.output {
        Some(path) if path != Path::new("-") => {
            std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
        }
        _ => show(&text),
    }
}

fn is_coloured() -> bool {
    let says = |name: &str, what: fn(&OsStr) -> bool| {
        std::env::var_os(name).is_some_and(|value| what(&value))
    };
    // https://no-color.org: any value but the empty one.
    io::stdout().is_terminal()
        && !says("NO_COLOR", |value| !value.is_empty())
        && !says("TERM", |value| value == "dumb")
}

/// To standard output. Who reads it may have seen enough.
fn show(text: &str) -> Result<()> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result.context("cannot write to standard output"),
    }
}
