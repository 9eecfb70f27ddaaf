//! The command `dam`: runs programs on the allocator DAM, and watches the heaps of running ones.
//!
//! ```text
//! a process on DAM                                  this command
//!   heap::attach ── writes ──> memfd dam-stats ──── page::Target::read ──> page::Snapshot ─┬─ ps, stats, watch
//!                <─ reads ──── memfd dam-wishes <── page::Target::watch, ask               ├─ top
//!                                                                                          └─ export
//! ```
//!
//! A subcommand has a module of its name. What other processes say is read in [`page`] alone.
#![forbid(unsafe_code)]

mod ask;
mod explain;
mod export;
mod generate;
mod map;
pub mod page;
mod ps;
mod run;
mod stats;
#[cfg(test)]
mod tests;
mod top;
mod units;
mod watch;

use std::io::{Error, ErrorKind, Write, stderr};
use std::process::ExitCode;

use anyhow::Result;
use clap::{CommandFactory, Parser, Subcommand};

/// Runs programs on the allocator DAM, and watches the heaps of running ones
#[derive(Parser)]
#[command(name = "dam", version, max_term_width = 100, after_help = STATUSES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run a command on DAM; its exit status is passed on
    Run(run::Arguments),
    /// List the processes that run on DAM
    Ps {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Show a live view of a process's heap, or the list of processes to choose from
    Top(top::Arguments),
    /// Print the figures of a process
    Stats(stats::Arguments),
    /// Print a line of figures every so often
    Watch(watch::Arguments),
    /// Serve the figures of all processes on DAM to Prometheus
    Export(export::Arguments),
    /// Have a process examine its heap; exit status 1 if it finds damage
    Check(ask::Arguments),
    /// Have a process give free memory back to the system
    Trim(ask::Arguments),
    /// Draw a picture of a heap: in the terminal, as SVG, or as a page with zoom and tooltips
    Map(map::Args),
    /// Tell functions and source lines of the places in violation reports
    Explain(explain::Args),
    /// Write manual pages, or completions for a shell, to a folder
    #[command(hide = true)]
    Generate(generate::Arguments),
}

/// Exit status of a command that cannot do what it is asked for; 1 is an answer of `dam check`.
const FAILED: u8 = 2;

/// Part of the help, and of the manual page.
const STATUSES: &str = "\
Exit status:
  0  it has done what it was asked for
  1  `dam check`: the heap is damaged
  2  it cannot: the message says why
`dam run` has that of its command (128+N: signal N), or 125: its own failure, 126: the command cannot be run, 127: there is none";

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    match execute(Cli::parse().command) {
        Ok(code) => code,
        // Who reads has seen enough, as in `dam stats PID | head`.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            // Its terminal may be what has failed.
            let _ = writeln!(stderr(), "dam: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

fn execute(command: Command) -> Result<ExitCode> {
    match command {
        Command::Run(arguments) => return Ok(run::run(&arguments)),
        Command::Ps { json } => ps::list(json)?,
        Command::Top(arguments) => top::run(&arguments)?,
        Command::Stats(arguments) => stats::print(&arguments)?,
        Command::Watch(arguments) => watch::watch(&arguments)?,
        Command::Export(arguments) => export::run(&arguments)?,
        Command::Check(arguments) => return ask::check(&arguments),
        Command::Trim(arguments) => ask::trim(&arguments)?,
        Command::Map(arguments) => map::run(&arguments, map::take)?,
        Command::Explain(arguments) => explain::run(&arguments)?,
        Command::Generate(arguments) => generate::run(&arguments, Cli::command())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
