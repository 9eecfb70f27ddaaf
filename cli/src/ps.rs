//! `dam ps`: a line a process.

use std::io::{self, Write};

use anyhow::Result;
use serde_json::json;

use crate::page::{self, Snapshot, Target, now_ns};
use crate::units::{bytes, count, percent, time};

/// Lists the processes on DAM.
pub fn list(as_json: bool) -> Result<()> {
    let mut out = io::stdout().lock();
    let all = page::all();
    if as_json {
        for (target, snapshot) in all {
            writeln!(out, "{}", object(&target, &snapshot))?;
        }
        return Ok(());
    }
    writeln!(out, "{}   age", head())?;
    for (target, snapshot) in &all {
        let age = time(snapshot.age(now_ns()));
        writeln!(out, "{} {age:>5}", line(target.pid, &target.command(), snapshot))?;
    }
    if all.is_empty() {
        writeln!(
            out,
            "no process that may be read runs on DAM: start one by `dam run -- COMMAND`"
        )?;
    }
    Ok(())
}

/// The names of the columns of [`line`].
pub fn head() -> String {
    format!(
        "{:>7} {:<15} {:<8} {:>7} {:>7} {:>8} {:>8} {:>4} {:>4}",
        "pid", "command", "profile", "live", "used", "resident", "blocks/s", "frag", "viol"
    )
}

/// A process's headline figures, in 76 columns.
pub fn line(pid: i32, command: &str, snapshot: &Snapshot) -> String {
    let stats = &snapshot.stats;
    format!(
        "{pid:>7} {command:<15} {:<8} {:>7} {:>7} {:>8} {:>8} {:>4} {:>4}",
        snapshot.profile(),
        bytes(stats.live_bytes),
        bytes(stats.used_bytes),
        bytes(stats.resident_bytes),
        count(stats.allocation_rate),
        percent(snapshot.figure("page_fragmentation")),
        count(stats.violations),
    )
}

fn object(target: &Target, snapshot: &Snapshot) -> serde_json::Value {
    let stats = &snapshot.stats;
    json!({
        "pid": target.pid,
        "command": target.command(),
        "version": snapshot.version,
        "profile": snapshot.profile(),
        "live_bytes": stats.live_bytes,
        "used_bytes": stats.used_bytes,
        "resident_bytes": stats.resident_bytes,
        "allocation_rate": stats.allocation_rate,
        "allocation_bytes_rate": stats.allocation_bytes_rate,
        "page_fragmentation": snapshot.figure("page_fragmentation"),
        "violations": stats.violations,
        "uptime_ms": stats.uptime_ms,
        "age_ms": snapshot.age(now_ns()).as_millis() as u64,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stands_under_its_head_within_eighty_columns() {
        let snapshot = page::tests::example(7);
        let line = line(4_194_304, "a-command-of-15", &snapshot);
        assert_eq!((line.len(), head().len()), (76, 76));
        assert_eq!(
            line,
            "4194304 a-command-of-15 default     3.0M    4.0M       0B    12.3k  25%    1"
        );
    }
}
