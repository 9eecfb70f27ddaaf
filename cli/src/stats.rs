//! `dam stats`: the figures of a process, in whatever form.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use dam::config::options::OPTIONS;
use dam::measure::metrics::{self, Value};
use dam::measure::prometheus::{self, Format, Source};
use dam::measure::{json, render};

use crate::page::{Snapshot, Target, now_ns, violation_name};
use crate::units::{bytes, count, percent, time};

/// Whose figures.
#[derive(Args)]
pub struct Arguments {
    /// Number of the process
    pid: i32,
    #[command(flatten)]
    form: Form,
}

/// How figures are printed.
#[derive(Args)]
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

/// Prints them.
pub fn print(arguments: &Arguments) -> Result<()> {
    let target = Target::open(arguments.pid)?;
    let snapshot = target.completed(target.fresh()?);
    let form = &arguments.form;
    let text = match () {
        () if form.json => json_line(&snapshot)?,
        () if form.prometheus => series(&target, &snapshot, Format::Text)?,
        () if form.openmetrics => series(&target, &snapshot, Format::OpenMetrics)?,
        () => for_people(&target, &snapshot)?,
    };
    Ok(io::stdout().lock().write_all(text.as_bytes())?)
}

/// All figures and classes as one JSON object on a line.
pub fn json_line(snapshot: &Snapshot) -> Result<String> {
    let mut text = String::new();
    json::render(&snapshot.stats, &mut snapshot.classes.iter().copied(), &mut text)?;
    text.push('\n');
    Ok(text)
}

fn series(target: &Target, snapshot: &Snapshot, format: Format) -> Result<String> {
    let mut text = String::new();
    let labels = labels(target);
    prometheus::render(&[Source { stats: &snapshot.stats, labels: &labels }], format, &mut text)?;
    Ok(text)
}

/// The labels that tell a process's series from others'.
pub fn labels(target: &Target) -> String {
    let command = target.command().replace('\\', "\\\\").replace('"', "\\\"");
    format!("pid=\"{}\",command=\"{command}\"", target.pid)
}

fn for_people(target: &Target, snapshot: &Snapshot) -> Result<String> {
    let mut text = format!(
        "process {} ({}), DAM {}, up {}, figures {} old\n",
        target.pid,
        target.command(),
        snapshot.version,
        time(Duration::from_millis(snapshot.stats.uptime_ms)),
        time(snapshot.age(now_ns())),
    );
    writeln!(text, "options: {}", options(snapshot))?;
    render::text(&snapshot.stats, &mut text)?;
    pressure(snapshot, &mut text)?;
    ratios(snapshot, &mut text)?;
    events(snapshot, &mut text)?;
    classes(snapshot, &mut text)?;
    Ok(text)
}

/// The profile, and the options that are not what it says.
fn options(snapshot: &Snapshot) -> String {
    let mut said = vec![format!("profile={}", snapshot.profile())];
    // Another version may have other options in other places.
    if snapshot.version == env!("CARGO_PKG_VERSION") {
        let profile = snapshot.options.first().copied().unwrap_or_default() as usize;
        for (option, &value) in OPTIONS.iter().zip(&snapshot.options).skip(1) {
            if option.values.get(profile).is_some_and(|&usual| usual != value) {
                let word = option.words.get(value as usize).map(|word| (*word).to_owned());
                said.push(format!("{}={}", option.name, word.unwrap_or_else(|| value.to_string())));
            }
        }
    }
    said.join(" ")
}

fn pressure(snapshot: &Snapshot, text: &mut String) -> std::fmt::Result {
    let stats = &snapshot.stats;
    writeln!(
        text,
        "  pressure   {} blocks/s, {}/s; {} frees/s; {} used, {} at most",
        count(stats.allocation_rate),
        bytes(stats.allocation_bytes_rate),
        count(stats.free_rate),
        bytes(stats.used_bytes),
        bytes(stats.peak_used_bytes)
    )?;
    let pools = [stats.pools_pressured, stats.pools_fragmented, stats.pools_exhausted];
    let [pressured, fragmented, exhausted] = pools;
    writeln!(
        text,
        "  health     {pressured} pressured, {fragmented} fragmented, {exhausted} exhausted"
    )
}

fn ratios(snapshot: &Snapshot, text: &mut String) -> std::fmt::Result {
    for metric in metrics::all() {
        if let Value::Real(value) = metric.of(&snapshot.stats) {
            writeln!(text, "  {:<24} {:>5}  {}", metric.name(), percent(value), metric.help())?;
        }
    }
    Ok(())
}

fn events(snapshot: &Snapshot, text: &mut String) -> std::fmt::Result {
    snapshot.events.iter().try_for_each(|event| writeln!(text, "  {}", event_line(event, now_ns())))
}

/// A violation on a line.
pub fn event_line(event: &dam::measure::page::Event, now_ns: u64) -> String {
    let ago = time(Duration::from_nanos(now_ns.saturating_sub(event.at_ns)));
    let size = match event.block_size {
        0 => String::new(),
        size => format!(" of {size} bytes"),
    };
    let (name, address) = (violation_name(event), event.address);
    format!("violation {}: {name}, {address:#x}{size}, {ago} ago", event.number)
}

fn classes(snapshot: &Snapshot, text: &mut String) -> std::fmt::Result {
    writeln!(text, "  slot bytes      live    pools  occupied  requested")?;
    for class in snapshot.classes.iter().filter(|class| class.live != 0) {
        writeln!(
            text,
            "  {:>10} {:>9} {:>8} {:>9} {:>10}",
            class.slot_bytes,
            count(class.live),
            count(class.pools),
            percent(occupancy(class)),
            bytes(class.requested_bytes)
        )?;
    }
    Ok(())
}

/// Which part of the slots with memory behind them is live.
pub fn occupancy(class: &dam::measure::stats::dam_stats_class_t) -> f64 {
    let live = class.live as f64 * class.slot_bytes as f64;
    (live / class.committed_bytes.max(1) as f64).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::example;

    #[test]
    fn options_that_differ_from_the_profile_are_told() {
        let mut snapshot =
            Snapshot { version: env!("CARGO_PKG_VERSION").into(), ..Snapshot::default() };
        snapshot.options = OPTIONS.iter().map(|option| option.values[2]).collect();
        snapshot.options[0] = 2;
        assert_eq!(options(&snapshot), "profile=hardened");
        let at = |name| OPTIONS.iter().position(|option| option.name == name).unwrap();
        snapshot.options[at("decay_ms")] = 7;
        snapshot.options[at("on_violation")] = 0;
        assert_eq!(options(&snapshot), "profile=hardened on_violation=continue decay_ms=7");
        snapshot.version = "0.0.0".into();
        assert_eq!(options(&snapshot), "profile=hardened");
        snapshot.options = vec![u32::MAX; 40];
        snapshot.version = env!("CARGO_PKG_VERSION").into();
        assert_eq!(options(&snapshot), "profile=?");
    }

    #[test]
    fn json_has_all_figures() {
        let line = json_line(&example(1)).unwrap();
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["live_bytes"], 3 << 20);
        assert_eq!(value["classes"].as_array().unwrap().len(), 74);
        assert!(metrics::all().all(|metric| value.get(metric.name()).is_some()));
    }

    #[test]
    fn an_event_is_a_line() {
        let event = example(1).events[0];
        let line = event_line(&event, 2_000_001_000);
        assert_eq!(line, "violation 17: double-free, 0x70001000 of 24 bytes, 2s ago");
    }
}
