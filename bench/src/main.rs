//! Time and memory of programs on DAM beside other allocators: `make bench-quick`, `make bench`, `make bench-full`.
//!
//! [`peers`] brings the allocators ([`groups`] of them have names), [`workloads`], [`real`] and [`scaling`] the programs;
//! [`series`] runs them in turn, [`run`] each one; [`resume`] goes on where a run was interrupted; [`results`] keeps what came of it, [`bars`] judges it, [`tables`] and [`report`] show it.

mod bars;
mod commands;
mod groups;
mod load;
mod machine;
mod peers;
mod progress;
mod real;
mod report;
mod results;
mod resume;
mod run;
mod scaling;
mod series;
mod stats;
mod tables;
mod workloads;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Parser)]
#[command(about = "Time and memory of programs on DAM beside other allocators")]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// A few workload programs, and the allocators that Debian ships
    Quick(Choice),
    /// All workload programs
    Alloc(Choice),
    /// All workload programs on DAM's profiles, and on those that check as much as the hardened one
    Profiles(Choice),
    /// Real programs (bench/real)
    Real(Choice),
    /// What stays resident in programs that run for long
    Steady(Choice),
    /// Cost per operation as blocks, threads, sizes … grow (bench/scaling)
    Scaling(Choice),
    /// Write docs/performance.md and its pictures from the results so far
    Report,
}

#[derive(Args)]
struct Choice {
    /// Exit with 1 when a bar is missed
    #[arg(long)]
    bar: bool,
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Programs, separated by commas
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Peers, separated by commas, or a group of them: `bars`, those that have a bar; `debian`, what apt-get brings;
    /// `fast`, the fastest of each family [default: all]
    #[arg(long, value_delimiter = ',')]
    peers: Vec<String>,
    /// Measure this library as DAM, instead of dist/libdam.so
    #[arg(long)]
    library: Option<PathBuf>,
    /// Measure this build of DAM too, as `dam-beside`, and compare the two run by run
    #[arg(long)]
    beside: Option<PathBuf>,
    /// Go on where an interrupted run has stopped, with what it measured on the same builds
    #[arg(long)]
    resume: bool,
}

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let done = root.canonicalize().map_err(Into::into).and_then(|root| run(&root));
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("dam-bench: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// Whether the bars are met, where that was asked for.
fn run(root: &Path) -> Result<bool> {
    match Options::parse().command {
        Command::Quick(choice) => commands::quick(root, &choice),
        Command::Alloc(choice) => commands::alloc(root, &choice),
        Command::Profiles(choice) => commands::profiles(root, &choice),
        Command::Real(choice) => commands::real(root, &choice),
        Command::Steady(choice) => commands::steady(root, &choice),
        Command::Scaling(choice) => commands::scaling(root, &choice),
        Command::Report => report::write(root).map(|()| true),
    }
}
