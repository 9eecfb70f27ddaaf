//! `dam watch`: a line a moment.

use std::fs::File;
use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result};
use clap::Args;
use dam::measure::metrics::{self, Value};

use crate::page::{Snapshot, State, Target, Trouble, now_ns};
use crate::units::{self, bytes, count, percent, time};

/// What is to be watched.
#[derive(Args)]
pub struct Arguments {
    /// Number of the process
    pid: i32,
    /// Between two lines, as in 100ms or 1s
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = units::parse_time)]
    every: Duration,
    /// Every figure, comma-separated, into a file; - for standard output
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// End after so many lines
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
}

/// Prints lines until the process has ended or there are enough.
pub fn watch(arguments: &Arguments) -> Result<()> {
    let Arguments { pid, every, .. } = *arguments;
    let mut target = Target::open(pid)?;
    let mut lines = Lines::new(arguments.csv.as_deref())?;
    let mut left = arguments.count.unwrap_or(u64::MAX);
    let mut next = Instant::now();
    let mut snapshot = target.fresh()?;
    loop {
        lines.write(&target.completed(snapshot))?;
        left -= 1;
        if left == 0 {
            return Ok(());
        }
        // One that cannot be asked still writes about once a second.
        let _ = target.watch(every);
        next = (next + every).max(Instant::now());
        let state = wait(&target, next);
        let mut has_ended = state == State::Ended;
        if state == State::Changed {
            match follow(pid) {
                Ok(next) => target = next,
                Err(Trouble::Ended(_) | Trouble::NoSuchProcess(_)) => has_ended = true,
                Err(error) => return Err(error.into()),
            }
        }
        snapshot = target.read()?;
        if has_ended {
            lines.write(&snapshot)?;
            eprintln!("dam: process {pid} has ended");
            return Ok(());
        }
    }
}

/// How long a program may take to begin, until when it has no page.
const BEGINS_WITHIN: Duration = Duration::from_secs(2);

/// The program that a process has become.
fn follow(pid: i32) -> Result<Target, Trouble> {
    let start = Instant::now();
    loop {
        match Target::open(pid) {
            Err(Trouble::NotOnDam(_) | Trouble::NoPage(_) | Trouble::NotAPage(_))
                if start.elapsed() < BEGINS_WITHIN =>
            {
                sleep(Duration::from_millis(10));
            }
            outcome => return outcome,
        }
    }
}

/// Waits until it is time, or the process is no more what it was.
fn wait(target: &Target, until: Instant) -> State {
    loop {
        let left = until.saturating_duration_since(Instant::now());
        let state = target.state();
        if left.is_zero() || state != State::There {
            return state;
        }
        sleep(left.min(Duration::from_millis(100)));
    }
}

/// Where the lines go, and in which form.
enum Lines {
    Csv(Box<dyn Write>),
    People,
}

impl Lines {
    fn new(csv: Option<&Path>) -> Result<Self> {
        let mut file: Box<dyn Write> = match csv {
            Some(path) if path == Path::new("-") => Box::new(stdout()),
            Some(path) => Box::new(File::create(path).with_context(|| path.display().to_string())?),
            None => {
                writeln!(stdout(), "{}", head())?;
                return Ok(Self::People);
            }
        };
        writeln!(file, "{}", names())?;
        Ok(Self::Csv(file))
    }

    fn write(&mut self, snapshot: &Snapshot) -> Result<()> {
        match self {
            Self::Csv(file) => {
                writeln!(file, "{}", row(SystemTime::now(), snapshot))?;
                Ok(file.flush()?)
            }
            Self::People => Ok(writeln!(stdout(), "{}", line(snapshot))?),
        }
    }
}

fn names() -> String {
    let names = metrics::all().map(metrics::Metric::name);
    ["unix_ms", "age_ms"].into_iter().chain(names).collect::<Vec<_>>().join(",")
}

fn row(now: SystemTime, snapshot: &Snapshot) -> String {
    let unix = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let times = [unix.as_millis(), snapshot.age(now_ns()).as_millis()].map(|ms| ms.to_string());
    let values = metrics::all().map(|metric| match metric.of(&snapshot.stats) {
        Value::Whole(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
    });
    times.into_iter().chain(values).collect::<Vec<_>>().join(",")
}

fn head() -> String {
    format!(
        "{:>7} {:>7} {:>8} {:>8} {:>9} {:>8} {:>4} {:>4} {:>5}",
        "live", "used", "resident", "blocks/s", "bytes/s", "frees/s", "frag", "viol", "age"
    )
}

fn line(snapshot: &Snapshot) -> String {
    let stats = &snapshot.stats;
    format!(
        "{:>7} {:>7} {:>8} {:>8} {:>9} {:>8} {:>4} {:>4} {:>5}",
        bytes(stats.live_bytes),
        bytes(stats.used_bytes),
        bytes(stats.resident_bytes),
        count(stats.allocation_rate),
        bytes(stats.allocation_bytes_rate),
        count(stats.free_rate),
        percent(snapshot.figure("page_fragmentation")),
        count(stats.violations),
        time(snapshot.age(now_ns()))
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::example;

    #[test]
    fn a_row_has_a_value_for_each_name() {
        let mut snapshot = example(1);
        snapshot.stats.live_blocks = u64::MAX;
        let row = row(SystemTime::now(), &snapshot);
        assert_eq!(row.split(',').count(), names().split(',').count());
        assert!(row.contains(",18446744073709551615,"), "whole numbers stay whole: {row}");
        assert!(row.contains(",0.25,"));
    }

    #[test]
    fn a_line_stands_under_its_head() {
        assert_eq!(line(&example(1)).len(), head().len());
    }
}
