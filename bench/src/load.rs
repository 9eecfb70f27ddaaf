//! What else the machine does during a run.

use anyhow::{Context, Result};
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use std::fs;
use std::time::Instant;

/// /proc/stat counts in hundredths of a second on every Linux that Rust's std runs on.
const TICK_MS: f64 = 10.0;

/// More than this part of one processor taken by others makes a run a disturbed one …
const DISTURBED_PART: f64 = 0.10;
/// … beyond what the counting in ticks, and the kernel's own work for the run, may look like.
const SLACK_MS: f64 = 30.0;

/// The counters before a run.
pub struct Watch {
    start: Instant,
    busy_ms: f64,
    own_ms: f64,
}

impl Watch {
    pub fn start() -> Result<Watch> {
        Ok(Watch { start: Instant::now(), busy_ms: busy_ms()?, own_ms: children_ms()? })
    }

    /// Milliseconds of processor time that went to others since the start, and whether that was much.
    pub fn others(&self) -> Result<(f64, bool)> {
        let busy = busy_ms()? - self.busy_ms;
        let own = children_ms()? - self.own_ms;
        let others = (busy - own).max(0.0);
        Ok((others, is_disturbed(others, self.start.elapsed().as_secs_f64() * 1e3)))
    }
}

fn is_disturbed(others_ms: f64, wall_ms: f64) -> bool {
    others_ms > SLACK_MS + DISTURBED_PART * wall_ms
}

/// Processor time of all processors that was not idle, with what the hypervisor gave to other machines.
fn busy_ms() -> Result<f64> {
    let text = fs::read_to_string("/proc/stat")?;
    let line = text.lines().next().context("/proc/stat is empty")?;
    Ok(busy_ticks(line).context("/proc/stat has another form")? * TICK_MS)
}

/// user, nice, system, (idle, iowait,) irq, softirq, steal; guests are in user already.
fn busy_ticks(line: &str) -> Option<f64> {
    let fields: Vec<f64> =
        line.split_whitespace().skip(1).map(|field| field.parse().ok()).collect::<Option<_>>()?;
    let busy = [0, 1, 2, 5, 6, 7];
    busy.iter().map(|&at| fields.get(at).copied()).sum()
}

/// Processor time of the children that have ended, and of theirs.
fn children_ms() -> Result<f64> {
    let used = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    Ok((used.user_time().num_microseconds() + used.system_time().num_microseconds()) as f64 / 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_is_not_busy() {
        assert_eq!(busy_ticks("cpu  1 2 4 1000 1000 8 16 32 5 5"), Some(63.0));
        assert_eq!(busy_ticks("cpu  1 2 x"), None);
        assert_eq!(busy_ticks("cpu  1 2"), None);
    }

    #[test]
    fn half_a_processor_is_a_disturbance() {
        assert!(is_disturbed(250.0, 500.0));
        assert!(!is_disturbed(20.0, 500.0));
        assert!(busy_ms().unwrap() > 0.0);
    }
}
