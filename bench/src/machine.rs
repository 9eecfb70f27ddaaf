//! The machine in general terms: nothing that names it.

use anyhow::{Context, Result};
use std::fs;
use std::process::Command;

/// Processors, their model, memory, kernel and C library.
pub fn describe() -> Result<String> {
    let cores = std::thread::available_parallelism()?.get();
    let cpuinfo = fs::read_to_string("/proc/cpuinfo")?;
    let model = field(&cpuinfo, "model name").unwrap_or("of unknown model");
    let meminfo = fs::read_to_string("/proc/meminfo")?;
    let kib = field(&meminfo, "MemTotal").and_then(|value| value.strip_suffix(" kB"));
    let kib: f64 = kib.context("no MemTotal")?.parse()?;
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease")?;
    let version = kernel.trim().split(['-', '+']).next().unwrap_or_default();
    let glibc = Command::new("getconf").arg("GNU_LIBC_VERSION").output()?;
    Ok(format!(
        "{} processors ({}), {:.0} GiB of memory, Linux {version} ({}), {}",
        cores,
        model.split_whitespace().collect::<Vec<_>>().join(" "),
        kib / 1048576.0,
        std::env::consts::ARCH,
        String::from_utf8_lossy(&glibc.stdout).trim(),
    ))
}

pub fn date() -> Result<String> {
    let date = Command::new("date").args(["-u", "+%Y-%m-%d"]).output()?;
    Ok(String::from_utf8_lossy(&date.stdout).trim().to_string())
}

/// The value of the first line `name: value`.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim())
}
