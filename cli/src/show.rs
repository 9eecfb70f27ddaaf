//! `dam stats`: the figures of a process.

use std::time::Duration;

use anyhow::Result;
use dam::measure::metrics::{self, Value};
use dam::measure::prometheus::{self, Format, Source};
use dam::measure::{json, render};

use crate::Form;
use crate::page::{Snapshot, Target, command_of, resident};
use crate::units;

/// How long an answer may take of a process that is at work.
const PATIENCE: Duration = Duration::from_millis(150);

/// The newest figures that are to be had without waiting for long.
pub fn fresh(target: &Target) -> Result<Snapshot> {
    let before = target.read()?;
    // One that is at work writes a page at once; one that is not has nothing new to say.
    if target.watch(Duration::from_millis(10)).is_ok() {
        let start = std::time::Instant::now();
        while start.elapsed() < PATIENCE {
            std::thread::sleep(Duration::from_millis(5));
            let now = target.read()?;
            if now.written_ns != before.written_ns {
                return Ok(now);
            }
        }
    }
    Ok(before)
}

/// The snapshot with what the kernel knows of the process.
pub fn completed(mut snapshot: Snapshot, pid: i32) -> Snapshot {
    snapshot.stats.resident_bytes = resident(pid);
    snapshot
}

/// Prints them.
pub fn stats(pid: i32, form: Form) -> Result<()> {
    let target = Target::open(pid)?;
    let snapshot = completed(fresh(&target)?, pid);
    let mut text = String::new();
    if form.json {
        json::render(&snapshot.stats, &mut snapshot.classes.iter().copied(), &mut text)?;
        text.push('\n');
    } else if form.prometheus || form.openmetrics {
        let format = if form.openmetrics { Format::OpenMetrics } else { Format::Text };
        let labels = labels(pid);
        let source = Source { stats: &snapshot.stats, labels: &labels };
        prometheus::render(&[source], format, &mut text)?;
    } else {
        text = for_people(pid, &snapshot)?;
    }
    print!("{text}");
    Ok(())
}

/// What tells a process's series from others'.
pub fn labels(pid: i32) -> String {
    let command = command_of(pid).replace('\\', "\\\\").replace('"', "\\\"");
    format!("pid=\"{pid}\",command=\"{command}\"")
}

/// A ratio by its name.
pub fn ratio(snapshot: &Snapshot, name: &str) -> f64 {
    let metric = metrics::find(name.as_bytes());
    metric.map_or(0.0, |metric| metric.of(&snapshot.stats).to_f64())
}

fn for_people(pid: i32, snapshot: &Snapshot) -> Result<String> {
    let mut text = format!(
        "process {pid} ({}), DAM {}, profile {}, {} old\n",
        command_of(pid),
        snapshot.version,
        snapshot.profile(),
        units::age(snapshot.age())
    );
    render::text(&snapshot.stats, &mut text)?;
    for metric in metrics::all() {
        if let Value::Real(value) = metric.of(&snapshot.stats) {
            text += &format!(
                "  {:<24} {:>5}  {}\n",
                metric.name(),
                units::percent(value),
                metric.help()
            );
        }
    }
    text += "  slot bytes      live    pools  occupied    requested\n";
    for class in snapshot.classes.iter().filter(|class| class.live != 0) {
        let live = class.live * class.slot_bytes;
        let occupied = live as f64 / class.committed_bytes.max(1) as f64;
        text += &format!(
            "  {:>10} {:>9} {:>8} {:>9} {:>12}\n",
            class.slot_bytes,
            units::count(class.live),
            class.pools,
            units::percent(occupied),
            units::bytes(class.requested_bytes)
        );
    }
    Ok(text)
}
