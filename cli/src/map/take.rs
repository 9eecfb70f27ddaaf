//! A snapshot of a running process: its page of statistics, with the pools, which are told only when somebody asks.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use crate::page::{self, State, Target, now_ns};
use crate::units;

use super::snapshot::{Class, Pool, Snapshot};

/// How long a thread of the process may take to pass by its allocator.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long the pools are told once asked for. An idle process tells them with what it does next.
const TOLD_FOR: Duration = Duration::from_secs(10);

/// Asks a process for its pools. One that does nothing with its heap does not answer, and then what it told when it was
/// last asked serves, if it ever was.
pub fn take(process: u32) -> Result<Snapshot> {
    let Ok(pid) = i32::try_from(process) else { bail!("there is no process {process}") };
    let target = Target::open(pid)?;
    let asked = now_ns();
    target.watch(Duration::from_millis(10))?;
    target.watch_pools(TOLD_FOR)?;
    let start = Instant::now();
    let mut seen = target.read()?;
    while seen.answers.pools_ns < asked {
        if target.state() != State::There {
            bail!("process {pid} has ended, or has become another program");
        }
        if start.elapsed() > PATIENCE {
            return idle(&target, &seen);
        }
        std::thread::sleep(Duration::from_millis(5));
        seen = target.read()?;
    }
    Ok(snapshot(&target, &seen))
}

/// What a process has that did not answer.
fn idle(target: &Target, seen: &page::Snapshot) -> Result<Snapshot> {
    let pid = target.pid;
    if seen.answers.pools_ns == 0 {
        bail!(
            "process {pid} has not passed by its allocator in {}: it tells its pools with what it does next, so try again",
            units::time(PATIENCE)
        );
    }
    let age = Duration::from_nanos(now_ns().saturating_sub(seen.answers.pools_ns));
    eprintln!(
        "dam: process {pid} has not passed by its allocator in {}: the pools are as they were {} ago",
        units::time(PATIENCE),
        units::time(age)
    );
    Ok(snapshot(target, seen))
}

fn snapshot(target: &Target, seen: &page::Snapshot) -> Snapshot {
    let mut snapshot = Snapshot::new(target.pid as u32, target.command());
    snapshot.version.clone_from(&seen.version);
    let age = Duration::from_nanos(now_ns().saturating_sub(seen.answers.pools_ns));
    let taken =
        SystemTime::now().checked_sub(age).and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    snapshot.taken = taken.map_or(0, |time| time.as_secs());
    let class = |class: &dam::measure::stats::dam_stats_class_t| Class {
        slot_bytes: class.slot_bytes,
        live: class.live,
        requested_bytes: class.requested_bytes,
    };
    let pool = |pool: &dam::measure::stats::dam_stats_pool_t| Pool {
        address: pool.address,
        bytes: pool.bytes,
        live_bytes: pool.live_bytes,
        committed_bytes: pool.committed_bytes,
        class_number: pool.class_number,
        health: pool.health,
    };
    snapshot.classes = seen.classes.iter().map(class).collect();
    // A pool that has no length was not told whole.
    snapshot.pools = seen.pools.iter().filter(|pool| pool.bytes > 0).map(pool).collect();
    snapshot.all_pools = seen.all_pools;
    snapshot
}
