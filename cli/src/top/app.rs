//! What the view shows, and what keys do to it.

use std::cmp::Reverse;
use std::time::Duration;

use anyhow::Result;

use super::process::Process;
use crate::page::{self, Snapshot};

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

/// The order of classes and processes, the most first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// By bytes of live blocks.
    Live,
    /// By slot size; by bytes in use.
    Size,
    /// By memory that holds no live block.
    Waste,
    /// By blocks handed out; by how many a second.
    Allocations,
}

impl Sort {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Live => "live bytes",
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

impl Listed {
    fn weight(&self, order: Sort) -> u64 {
        let stats = &self.snapshot.stats;
        match order {
            Sort::Live => stats.live_bytes,
            Sort::Size => stats.used_bytes,
            Sort::Waste => stats.used_bytes.saturating_sub(stats.live_bytes),
            Sort::Allocations => stats.allocation_rate,
        }
    }
}

/// What is shown.
pub enum View {
    /// The processes on DAM.
    List(Vec<Listed>),
    /// One of them.
    Process(Box<Process>),
}

/// The view and how it is to be shown.
pub struct App {
    /// What is shown.
    pub view: View,
    /// Between two looks.
    pub every: Duration,
    /// Nothing changes.
    pub paused: bool,
    /// The order of the lines.
    pub order: Sort,
    /// The chosen line by what it is about, wherever it stands: a process or a class. The first one where there is none such.
    chosen: Option<u64>,
    /// The keys are explained.
    pub helping: bool,
    /// What came of the last key, if it is to be said.
    pub note: Option<String>,
}

impl App {
    /// A view of a process, or of all.
    pub fn new(pid: Option<i32>, every: Duration) -> Result<Self> {
        let order = Sort::Live;
        let view = match pid {
            Some(pid) => View::Process(Box::new(Process::open(pid)?)),
            None => View::List(listed(order)),
        };
        Ok(Self::of(view, every))
    }

    /// One that shows this.
    pub fn of(view: View, every: Duration) -> Self {
        Self {
            view,
            every,
            paused: false,
            order: Sort::Live,
            chosen: None,
            helping: false,
            note: None,
        }
    }

    /// Reads the figures.
    pub fn look(&mut self) {
        if self.paused {
            return;
        }
        match &mut self.view {
            View::List(list) => *list = listed(self.order),
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
        if let View::List(list) = &mut self.view {
            list.sort_by_key(|listed| Reverse(listed.weight(self.order)));
        }
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

    /// What the lines are about, from the top.
    fn lines(&self) -> Vec<u64> {
        match &self.view {
            View::List(list) => list.iter().map(|listed| listed.pid as u64).collect(),
            View::Process(process) => {
                process.classes(self.order).iter().map(|&(number, _)| number as u64).collect()
            }
        }
    }

    /// The place of the chosen line.
    pub fn place(&self) -> usize {
        self.lines().iter().position(|&line| Some(line) == self.chosen).unwrap_or(0)
    }

    /// Chooses another line.
    pub fn go(&mut self, by: isize) -> Turn {
        let lines = self.lines();
        let place = self.place().saturating_add_signed(by).min(lines.len().saturating_sub(1));
        self.chosen = lines.get(place).copied();
        Turn::Stay
    }

    /// Looks closer.
    pub fn enter(&mut self) -> Turn {
        let place = self.place();
        match &mut self.view {
            View::List(list) => {
                let Some(listed) = list.get(place) else { return Turn::Stay };
                match Process::open(listed.pid) {
                    Ok(process) => {
                        self.view = View::Process(Box::new(process));
                        (self.chosen, self.paused) = (None, false);
                    }
                    Err(error) => self.note = Some(error.to_string()),
                }
                Turn::Look
            }
            View::Process(process) => {
                process.zoomed = true;
                // The class stays in view when another one comes to stand where it stood.
                self.go(0)
            }
        }
    }

    /// Goes back to where one came from, or would have come from.
    pub fn back(&mut self) -> Turn {
        if std::mem::take(&mut self.helping) {
            return Turn::Stay;
        }
        match &mut self.view {
            View::Process(process) if process.zoomed => process.zoomed = false,
            View::Process(process) => {
                self.chosen = Some(process.pid as u64);
                (self.view, self.paused) = (View::List(listed(self.order)), false);
            }
            View::List(_) => {}
        }
        Turn::Stay
    }
}

fn listed(order: Sort) -> Vec<Listed> {
    let all = page::all().into_iter();
    let mut list: Vec<Listed> = all
        .map(|(target, snapshot)| Listed { pid: target.pid, command: target.command(), snapshot })
        .collect();
    list.sort_by_key(|listed| Reverse(listed.weight(order)));
    list
}
