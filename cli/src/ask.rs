//! `dam check` and `dam trim`: what a process is asked to do. A thread of it does so when it passes a slow path.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use dam::measure::page::{Answers, Wishes};

use crate::page::{Target, now_ns};
use crate::units;

/// Who is asked.
#[derive(Args)]
pub struct Arguments {
    /// The process
    pid: i32,
    /// How long to wait for the answer
    #[arg(long, default_value = "2s", value_parser = units::duration)]
    timeout: Duration,
}

/// Asks for a heap check.
pub fn check(arguments: &Arguments) -> Result<ExitCode> {
    let answers = ask(arguments, |wishes, number| wishes.check = number, |answers| answers.check)?;
    let faults = answers.check_faults;
    let time = units::age(Duration::from_micros(answers.check_us));
    match faults {
        0 => println!("process {}: the heap is sound ({time})", arguments.pid),
        _ => println!(
            "process {}: {faults} faults ({time}); its standard error, or report_to, has the reports",
            arguments.pid
        ),
    }
    Ok(ExitCode::from(u8::from(faults != 0)))
}

/// Asks for memory to be given back.
pub fn trim(arguments: &Arguments) -> Result<()> {
    let answers = ask(arguments, |wishes, number| wishes.trim = number, |answers| answers.trim)?;
    println!("process {}: gave back {}", arguments.pid, units::bytes(answers.trim_bytes));
    Ok(())
}

fn ask(
    arguments: &Arguments,
    change: impl FnOnce(&mut Wishes, u64),
    met: impl Fn(&Answers) -> u64,
) -> Result<Answers> {
    let target = Target::open(arguments.pid)?;
    target.watch(Duration::from_millis(10))?;
    let number = now_ns();
    target.wish(|wishes| change(wishes, number))?;
    let start = Instant::now();
    while start.elapsed() < arguments.timeout {
        let answers = target.read()?.answers;
        if met(&answers) == number {
            return Ok(answers);
        }
        if !target.is_there() {
            bail!("process {} has ended", arguments.pid);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    bail!(
        "process {} has not passed by its allocator in {}: it will do so, when it does",
        arguments.pid,
        units::age(arguments.timeout)
    )
}
