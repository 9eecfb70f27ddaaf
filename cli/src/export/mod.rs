//! `dam export`: the figures of all processes on DAM, for Prometheus.
//!
//! Processes are only read, not asked for anything: one at work writes its figures about once a second by itself.

mod http;
mod series;
mod textfile;

use std::io::{Write, stdout};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use dam::measure::prometheus::Format;

use crate::units;

/// Where they go.
#[derive(Args)]
pub struct Arguments {
    /// Serve /metrics there: unix:PATH, or a loopback address as in 127.0.0.1:9105
    #[arg(long, value_name = "ADDRESS", required_unless_present_any = ["textfile", "once"])]
    listen: Option<String>,
    /// Accept an address that other machines can reach: whoever reaches it reads the figures
    #[arg(long, requires = "listen")]
    allow_remote: bool,
    /// Write the file dam.prom in this folder, for node_exporter's textfile collector
    #[arg(long, value_name = "FOLDER", conflicts_with = "listen")]
    textfile: Option<PathBuf>,
    /// How often that is written
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = units::parse_time)]
    every: Duration,
    /// Write it once; without a folder, on standard output
    #[arg(long, conflicts_with = "listen")]
    once: bool,
}

/// Serves, or writes.
pub fn run(arguments: &Arguments) -> Result<()> {
    if let Some(address) = &arguments.listen {
        return http::serve(address, arguments.allow_remote);
    }
    match &arguments.textfile {
        Some(folder) if arguments.once => textfile::write(folder),
        Some(folder) => textfile::write_every(folder, arguments.every),
        None => Ok(stdout().lock().write_all(series::render(Format::Text)?.as_bytes())?),
    }
}
