//! What the view shows, and what keys do to it.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;
use dam::measure::stats::dam_stats_class_t;

use crate::page::{Snapshot, Target, all, command_of};
use crate::show::completed;

/// What comes after a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// The picture is drawn anew.
    Stay,
    /// The figures are read anew, too.
    Look,
    /// The command ends.
    Leave,
}

/// The order of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By bytes of live blocks.
    Live,
    /// By slot size.
    Size,
    /// By memory that holds no live block.
    Waste,
    /// By blocks handed out.
    Allocations,
}

impl Sort {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Size => "size",
            Self::Waste => "waste",
            Self::Allocations => "allocations",
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Live => Self::Size,
            Self::Size => Self::Waste,
            Self::Waste => Self::Allocations,
            Self::Allocations => Self::Live,
        }
    }
}

/// A process in the list.
pub struct Listed {
    /// Its number.
    pub pid: i32,
    /// Its command.
    pub command: String,
    /// Its figures.
    pub snapshot: Snapshot,
}

/// What is shown.
pub enum View {
    /// The processes on DAM.
    List(Vec<Listed>),
    /// One of them.
    Process(Box<Process>),
}

/// A process that is watched.
pub struct Process {
    target: Option<Target>,
    /// Its number.
    pub pid: i32,
    /// Its command.
    pub command: String,
    /// What it said last.
    pub snapshot: Snapshot,
    /// Live and used bytes at past looks, the last one last.
    pub past: VecDeque<(u64, u64)>,
    /// Why there is nothing new of it.
    pub trouble: Option<String>,
    /// The class that is looked at closely.
    pub zoomed: bool,
}

/// As many looks are remembered.
const PAST: usize = 240;

/// The view and how it is to be shown.
pub struct App {
    /// What is shown.
    pub view: View,
    /// Between two looks.
    pub every: Duration,
    /// Nothing changes.
    pub paused: bool,
    /// The order of the classes.
    pub order: Sort,
    /// The chosen line.
    pub chosen: usize,
    /// The keys are explained.
    pub helping: bool,
    came_from_list: bool,
}

impl App {
    /// A view of a process, or of all.
    pub fn new(pid: Option<i32>, every: Duration) -> Result<Self> {
        let view = match pid {
            Some(pid) => View::Process(Box::new(Process::open(pid)?)),
            None => View::List(listed()),
        };
        Ok(Self::of(view, every))
    }

    /// One that shows this.
    pub fn of(view: View, every: Duration) -> Self {
        let came_from_list = matches!(view, View::List(_));
        let order = Sort::Live;
        Self { view, every, paused: false, order, chosen: 0, helping: false, came_from_list }
    }

    /// Reads the figures.
    pub fn look(&mut self) {
        if self.paused {
            return;
        }
        match &mut self.view {
            View::List(list) => *list = listed(),
            View::Process(process) => process.look(self.every),
        }
    }

    /// Stops the picture, or lets it go on.
    pub fn pause(&mut self) -> Turn {
        self.paused = !self.paused;
        Turn::Look
    }

    /// The next order.
    pub fn sort(&mut self) -> Turn {
        self.order = self.order.next();
        Turn::Stay
    }

    /// Faster or slower.
    pub fn change_pace(&mut self, factor: f64) -> Turn {
        let seconds = (self.every.as_secs_f64() * factor).clamp(0.05, 60.0);
        self.every = Duration::from_secs_f64(seconds);
        Turn::Look
    }

    /// Explains the keys.
    pub fn help(&mut self) -> Turn {
        self.helping = !self.helping;
        Turn::Stay
    }

    /// Chooses another line.
    pub fn go(&mut self, lines: isize) -> Turn {
        let most = match &self.view {
            View::List(list) => list.len(),
            View::Process(process) => process.classes(self.order).len(),
        };
        self.chosen = self.chosen.saturating_add_signed(lines).min(most.saturating_sub(1));
        Turn::Stay
    }

    /// Looks closer.
    pub fn enter(&mut self) -> Turn {
        match &mut self.view {
            View::List(list) => {
                let Some(listed) = list.get(self.chosen) else { return Turn::Stay };
                let Ok(process) = Process::open(listed.pid) else { return Turn::Look };
                self.view = View::Process(Box::new(process));
                self.chosen = 0;
                Turn::Look
            }
            View::Process(process) => {
                process.zoomed = true;
                Turn::Stay
            }
        }
    }

    /// Goes back to where one came from.
    pub fn back(&mut self) -> Turn {
        if std::mem::take(&mut self.helping) {
            return Turn::Stay;
        }
        match &mut self.view {
            View::Process(process) if process.zoomed => process.zoomed = false,
            View::Process(_) if self.came_from_list => {
                (self.view, self.chosen) = (View::List(listed()), 0);
            }
            _ => return Turn::Leave,
        }
        Turn::Stay
    }
}

fn listed() -> Vec<Listed> {
    let known = |target: Target| {
        let snapshot = completed(target.read().ok()?, target.pid);
        Some(Listed { pid: target.pid, command: command_of(target.pid), snapshot })
    };
    all().into_iter().filter_map(known).collect()
}

impl Process {
    fn open(pid: i32) -> Result<Self> {
        let target = Target::open(pid)?;
        let snapshot = completed(target.read()?, pid);
        Ok(Self { target: Some(target), ..Self::of(pid, command_of(pid), snapshot) })
    }

    /// One that says this, and never anything else.
    pub fn of(pid: i32, command: String, snapshot: Snapshot) -> Self {
        let past = VecDeque::new();
        Self { target: None, pid, command, snapshot, past, trouble: None, zoomed: false }
    }

    fn look(&mut self, every: Duration) {
        let Some(target) = &self.target else { return };
        if !target.is_there() {
            self.trouble = Some("has ended".into());
            return;
        }
        match target.watch(every).and_then(|()| target.read()) {
            Ok(snapshot) => {
                self.snapshot = completed(snapshot, self.pid);
                self.trouble = None;
            }
            Err(error) => self.trouble = Some(error.to_string()),
        }
        let stats = &self.snapshot.stats;
        self.past.push_back((stats.live_bytes, stats.used_bytes));
        if self.past.len() > PAST {
            self.past.pop_front();
        }
    }

    /// The classes that hold anything, in this order.
    pub fn classes(&self, order: Sort) -> Vec<dam_stats_class_t> {
        let live = |class: &dam_stats_class_t| class.live.saturating_mul(class.slot_bytes);
        let mut classes = self.snapshot.classes.clone();
        classes.retain(|class| class.live != 0 || class.committed_bytes != 0);
        classes.sort_by_key(|class| match order {
            Sort::Live => std::cmp::Reverse(live(class)),
            Sort::Size => std::cmp::Reverse(u64::MAX - class.slot_bytes),
            Sort::Waste => std::cmp::Reverse(class.committed_bytes.saturating_sub(live(class))),
            Sort::Allocations => std::cmp::Reverse(class.allocations),
        });
        classes
    }
}
