//! The command `dam`: runs programs on DAM, and watches the heaps of running ones.

mod ask;
mod explain;
mod export;
mod list;
mod map;
mod page;
mod run;
mod show;
mod top;
mod units;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Args, CommandFactory, Parser, Subcommand};

/// Runs programs on the allocator DAM, and watches the heaps of running ones.
#[derive(Parser)]
#[command(name = "dam", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs a command on DAM; its exit status is passed on
    Run(run::Arguments),
    /// Lists the processes that run on DAM
    Ps {
        /// One JSON object a line
        #[arg(long)]
        json: bool,
    },
    /// Shows a live view of a process's heap, or the list of processes to choose from
    Top {
        /// The process
        pid: Option<i32>,
        /// Between two pictures, as in 100ms or 1s
        #[arg(long, default_value = "500ms", value_parser = units::duration)]
        every: std::time::Duration,
    },
    /// Prints the figures of a process
    Stats {
        /// The process
        pid: i32,
        #[command(flatten)]
        form: Form,
    },
    /// Prints a line of figures every so often
    Watch(list::WatchArguments),
    /// Serves the figures of all processes on DAM to Prometheus
    Export(export::Arguments),
    /// Has a process examine its heap; exit status 1 if it finds damage
    Check(ask::Arguments),
    /// Has a process give free memory back to the system
    Trim(ask::Arguments),
    /// Draws a picture of a heap: in the terminal, as SVG, or as a page with zoom and tooltips
    Map(map::Args),
    /// Tells functions and source lines of the places in violation reports
    Explain(explain::Args),
    /// Writes the manual page, or completions for a shell, to a folder
    #[command(hide = true)]
    Generate {
        /// What: man, bash, zsh or fish
        what: String,
        /// Where
        folder: PathBuf,
    },
}

/// How figures are printed.
#[derive(Args, Clone, Copy)]
#[group(multiple = false)]
struct Form {
    /// As one JSON object
    #[arg(long)]
    json: bool,
    /// In Prometheus' text format 0.0.4
    #[arg(long)]
    prometheus: bool,
    /// In the format OpenMetrics 1.0
    #[arg(long)]
    openmetrics: bool,
}

/// Runs the command with the arguments of the process.
pub fn main() -> ExitCode {
    // A reader that goes away (`dam stats PID | head`) ends the command quietly.
    // SAFETY: the default action for a signal.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    match execute(Cli::parse().command) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dam: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn execute(command: Command) -> Result<ExitCode> {
    match command {
        Command::Run(arguments) => return run::run(&arguments),
        Command::Ps { json } => list::processes(json)?,
        Command::Top { pid, every } => top::run(pid, every)?,
        Command::Stats { pid, form } => show::stats(pid, form)?,
        Command::Watch(arguments) => list::watch(&arguments)?,
        Command::Export(arguments) => export::run(&arguments)?,
        Command::Check(arguments) => return ask::check(&arguments),
        Command::Trim(arguments) => ask::trim(&arguments)?,
        Command::Map(arguments) => map::run(&arguments, map::take)?,
        Command::Explain(arguments) => explain::run(&arguments)?,
        Command::Generate { what, folder } => generate(&what, &folder)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn generate(what: &str, folder: &std::path::Path) -> Result<()> {
    use clap_complete::Shell;
    let mut command = Cli::command();
    let shell = match what {
        "man" => return Ok(clap_mangen::generate_to(command, folder)?),
        "bash" => Shell::Bash,
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => anyhow::bail!("man, bash, zsh or fish, not {what}"),
    };
    clap_complete::generate_to(shell, &mut command, "dam", folder)?;
    Ok(())
}
