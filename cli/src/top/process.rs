//! A process that is watched.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;
use dam::measure::stats::{dam_stats_class_t, dam_stats_t};

use super::app::Sort;
use crate::page::{Snapshot, State, Target};

/// As many looks are remembered.
const PAST: usize = 240;

/// See the module.
pub struct Process {
    /// `None` once it has ended: what it said last stays.
    target: Option<Target>,
    /// Its number.
    pub pid: i32,
    /// Its command.
    pub command: String,
    /// What it said last.
    pub snapshot: Snapshot,
    /// What went on between its last two pages.
    pub rates: Rates,
    /// Past looks, the last one last.
    pub past: VecDeque<Moment>,
    /// Why there is nothing new of it.
    pub trouble: Option<String>,
    /// The chosen class is looked at closely.
    pub zoomed: bool,
}

/// What is drawn over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Bytes in use.
    pub used: u64,
    /// Blocks handed out per second.
    pub blocks: u64,
}

/// Things a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rates {
    /// Blocks handed out.
    pub blocks: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Blocks given back.
    pub frees: u64,
}

impl Rates {
    /// By the process's own reckoning, smoothed.
    fn told(stats: &dam_stats_t) -> Self {
        Self {
            blocks: stats.allocation_rate,
            bytes: stats.allocation_bytes_rate,
            frees: stats.free_rate,
        }
    }

    /// Between two pages. A process that has not written since is idle.
    fn between(before: &Snapshot, now: &Snapshot) -> Self {
        let nanoseconds = now.written_ns.saturating_sub(before.written_ns);
        let per_second = |sum: fn(&dam_stats_t) -> [u64; 4]| {
            let total = |stats| sum(stats).into_iter().fold(0, u64::saturating_add);
            let more = total(&now.stats).saturating_sub(total(&before.stats));
            (more as f64 * 1e9 / nanoseconds as f64) as u64
        };
        if nanoseconds == 0 {
            return Self::default();
        }
        Self {
            blocks: per_second(|s| {
                [s.small_allocations, s.middle_allocations, s.large_allocations, s.zero_allocations]
            }),
            bytes: per_second(|s| {
                [s.small_allocated_bytes, s.middle_allocated_bytes, s.large_allocated_bytes, 0]
            }),
            frees: per_second(|s| [s.small_frees, s.middle_frees, s.large_frees, s.zero_frees]),
        }
    }
}

impl Process {
    /// The process of this number.
    pub fn open(pid: i32) -> Result<Self> {
        let target = Target::open(pid)?;
        let snapshot = target.completed(target.fresh()?);
        Ok(Self {
            command: target.command(),
            target: Some(target),
            ..Self::of(pid, String::new(), snapshot)
        })
    }

    /// One that says this, and never anything else.
    pub fn of(pid: i32, command: String, snapshot: Snapshot) -> Self {
        let rates = Rates::told(&snapshot.stats);
        let past = VecDeque::new();
        Self { target: None, pid, command, snapshot, rates, past, trouble: None, zoomed: false }
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        self.target.is_none()
    }

    /// Reads what it says now.
    pub fn look(&mut self, every: Duration) {
        let Some(target) = &self.target else { return };
        match target.state() {
            State::There => self.read(every),
            State::Changed => self.follow(),
            State::Ended => {
                // Its page is there as long as it is open here.
                self.read(every);
                self.target = None;
                self.trouble = Some("has ended; these are its last figures".into());
            }
        }
    }

    /// It has become another program, or closed its page.
    fn follow(&mut self) {
        match Self::open(self.pid) {
            Ok(process) => *self = process,
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    fn read(&mut self, every: Duration) {
        let Some(target) = &self.target else { return };
        // One that cannot be asked still writes about once a second.
        let _ = target.watch(every);
        match target.glance() {
            Ok(snapshot) => self.note(target.completed(snapshot)),
            Err(error) => self.trouble = Some(error.to_string()),
        }
    }

    /// Takes in what it says.
    pub fn note(&mut self, snapshot: Snapshot) {
        self.rates = Rates::between(&self.snapshot, &snapshot);
        self.trouble = None;
        self.past.push_back(Moment { used: snapshot.stats.used_bytes, blocks: self.rates.blocks });
        if self.past.len() > PAST {
            self.past.pop_front();
        }
        self.snapshot = snapshot;
    }

    /// The classes that hold anything with their numbers, in this order.
    pub fn classes(&self, order: Sort) -> Vec<(usize, &dam_stats_class_t)> {
        let mut classes: Vec<_> = self.snapshot.classes.iter().enumerate().collect();
        classes.retain(|(_, class)| class.live != 0 || class.committed_bytes != 0);
        classes.sort_by_key(|(_, class)| {
            Reverse(match order {
                Sort::Live => live_bytes(class),
                Sort::Size => class.slot_bytes,
                Sort::Waste => class.committed_bytes.saturating_sub(live_bytes(class)),
                Sort::Allocations => class.allocations,
            })
        });
        classes
    }
}

/// Bytes of a class's live blocks.
pub fn live_bytes(class: &dam_stats_class_t) -> u64 {
    class.live.saturating_mul(class.slot_bytes)
}
