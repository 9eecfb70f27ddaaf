//! `dam check` and `dam trim`: what a process is asked to do.

use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Result, bail};
use clap::Args;
use dam::measure::page::Answers;

use crate::page::{Target, Wish};
use crate::units;

/// Who is asked.
#[derive(Args)]
pub struct Arguments {
    /// Number of the process
    pid: i32,
    /// How long to wait for the answer
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = units::parse_time)]
    timeout: Duration,
}

/// Asks for a heap check.
pub fn check(arguments: &Arguments) -> Result<ExitCode> {
    let pid = arguments.pid;
    let answers = ask(arguments, Wish::Check)?;
    let took = units::time(Duration::from_micros(answers.check_us));
    let found = match answers.check_faults {
        0 => format!("the heap is sound (checked in {took})"),
        faults => format!(
            "faults: {faults} (checked in {took}); the process has reported them on its standard error, or where report_to says"
        ),
    };
    writeln!(stdout(), "process {pid}: {found}")?;
    Ok(ExitCode::from(u8::from(answers.check_faults != 0)))
}

/// Asks for memory to be given back.
pub fn trim(arguments: &Arguments) -> Result<()> {
    let answers = ask(arguments, Wish::Trim)?;
    let given = units::bytes(answers.trim_bytes);
    Ok(writeln!(stdout(), "process {}: gave back {given}", arguments.pid)?)
}

fn ask(arguments: &Arguments, wish: Wish) -> Result<Answers> {
    let Arguments { pid, timeout } = *arguments;
    match Target::open(pid)?.ask(wish, timeout)? {
        Some(answers) => Ok(answers),
        None => bail!(
            "process {pid} has not passed by its allocator within {}: it is idle or stopped. It will do what it was asked \
             for as soon as it allocates; ask again then, or wait longer (--timeout)",
            units::time(timeout)
        ),
    }
}
