//! `dam ps` and `dam watch`: a line a process, a line a moment.

use std::fs::File;
use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use dam::measure::metrics;

use crate::page::{Snapshot, Target, all, command_of};
use crate::show::{completed, fresh, ratio};
use crate::units::{self, age, bytes, count, percent};

/// Lists the processes on DAM.
pub fn processes(as_json: bool) -> Result<()> {
    let mut lines = Vec::new();
    for target in all() {
        // One that ends meanwhile is not there.
        if let Ok(snapshot) = target.read() {
            lines.push(line(target.pid, &completed(snapshot, target.pid), as_json));
        }
    }
    if !as_json {
        println!(
            "{:>8} {:<16} {:<9} {:>8} {:>8} {:>8} {:>9} {:>5} {:>5} {:>6}",
            "pid",
            "command",
            "profile",
            "live",
            "used",
            "resident",
            "blocks/s",
            "frag",
            "viol",
            "age"
        );
    }
    lines.iter().for_each(|line| println!("{line}"));
    if lines.is_empty() && !as_json {
        println!("no process of this user runs on DAM: start one by `dam run -- COMMAND`");
    }
    Ok(())
}

fn line(pid: i32, snapshot: &Snapshot, as_json: bool) -> String {
    let stats = &snapshot.stats;
    let command = command_of(pid);
    if as_json {
        let command: String = command.chars().flat_map(char::escape_default).collect();
        return format!(
            "{{\"pid\":{pid},\"command\":\"{command}\",\"profile\":\"{}\",\"live_bytes\":{},\"used_bytes\":{},\"resident_bytes\":{},\"allocation_rate\":{},\"page_fragmentation\":{},\"violations\":{},\"age_ms\":{}}}",
            snapshot.profile(),
            stats.live_bytes,
            stats.used_bytes,
            stats.resident_bytes,
            stats.allocation_rate,
            ratio(snapshot, "page_fragmentation"),
            stats.violations,
            snapshot.age().as_millis()
        );
    }
    format!(
        "{pid:>8} {command:<16} {:<9} {:>8} {:>8} {:>8} {:>9} {:>5} {:>5} {:>6}",
        snapshot.profile(),
        bytes(stats.live_bytes),
        bytes(stats.used_bytes),
        bytes(stats.resident_bytes),
        count(stats.allocation_rate),
        percent(ratio(snapshot, "page_fragmentation")),
        count(stats.violations),
        age(snapshot.age())
    )
}

/// What is to be watched.
#[derive(Args)]
pub struct WatchArguments {
    /// The process
    pid: i32,
    /// Between two lines, as in 100ms or 1s
    #[arg(long, default_value = "1s", value_parser = units::duration)]
    every: Duration,
    /// Every figure, comma-separated, into a file; - for standard output
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
    /// So many lines
    #[arg(long)]
    count: Option<u64>,
}

/// Prints lines until the process ends or there are enough.
pub fn watch(arguments: &WatchArguments) -> Result<()> {
    let target = Target::open(arguments.pid)?;
    let mut csv: Option<Box<dyn Write>> = match &arguments.csv {
        Some(path) if path.as_os_str() == "-" => Some(Box::new(stdout())),
        Some(path) => {
            Some(Box::new(File::create(path).with_context(|| path.display().to_string())?))
        }
        None => None,
    };
    match &mut csv {
        Some(csv) => writeln!(csv, "time_ms,age_ms,{}", names())?,
        None => println!(
            "{:>8} {:>8} {:>8} {:>9} {:>9} {:>5} {:>5}",
            "live", "used", "resident", "blocks/s", "bytes/s", "frag", "viol"
        ),
    }
    let start = std::time::Instant::now();
    for _ in 0..arguments.count.unwrap_or(u64::MAX) {
        target.watch(arguments.every)?;
        let snapshot = completed(fresh(&target)?, target.pid);
        match &mut csv {
            Some(csv) => row(csv, start.elapsed(), &snapshot)?,
            None => moment(&snapshot),
        }
        std::thread::sleep(arguments.every);
        if !target.is_there() {
            eprintln!("dam: process {} has ended", target.pid);
            break;
        }
    }
    Ok(())
}

fn names() -> String {
    metrics::all().map(metrics::Metric::name).collect::<Vec<_>>().join(",")
}

fn row(csv: &mut dyn Write, time: Duration, snapshot: &Snapshot) -> Result<()> {
    let values = metrics::all().map(|metric| metric.of(&snapshot.stats).to_f64().to_string());
    let values = values.collect::<Vec<_>>().join(",");
    writeln!(csv, "{},{},{values}", time.as_millis(), snapshot.age().as_millis())?;
    Ok(csv.flush()?)
}

fn moment(snapshot: &Snapshot) {
    let stats = &snapshot.stats;
    println!(
        "{:>8} {:>8} {:>8} {:>9} {:>9} {:>5} {:>5}",
        bytes(stats.live_bytes),
        bytes(stats.used_bytes),
        bytes(stats.resident_bytes),
        count(stats.allocation_rate),
        bytes(stats.allocation_bytes_rate),
        percent(ratio(snapshot, "page_fragmentation")),
        count(stats.violations)
    );
}
