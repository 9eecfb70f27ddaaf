//! Says on standard error how far the runs have got, and how long the rest will take: on a terminal in one line that is
//! written over, elsewhere in a line every now and then.

use crate::stats;
use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::{Duration, Instant};

const SILENCE: Duration = Duration::from_secs(15);

pub struct Progress {
    rest: Rest,
    /// What is being done, and since when.
    current: Option<(String, Instant)>,
    said: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    pub fn new(total: usize) -> Progress {
        Progress::of([(String::new(), total)].into())
    }

    /// So many steps of each kind; those of a kind take about the same time.
    pub fn of(steps: BTreeMap<String, usize>) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        Progress { rest: Rest::new(steps), current: None, said: None, is_terminal }
    }

    /// What a step of this kind took another time.
    pub fn remember(&mut self, kind: &str, seconds: f64) {
        self.rest.remember(kind, seconds);
    }

    /// The next step begins.
    pub fn step(&mut self, what: &str) {
        self.step_of("", what);
    }

    pub fn step_of(&mut self, kind: &str, what: &str) {
        self.finish();
        self.current = Some((kind.into(), Instant::now()));
        let percent = self.rest.percent();
        let left =
            self.rest.seconds().map_or(String::new(), |left| format!(", {} left", clock(left)));
        if self.is_terminal {
            eprint!("\r\x1b[K{percent:3} %{left}  {what}");
        } else if self.said.is_none_or(|said| said.elapsed() >= SILENCE) {
            self.said = Some(Instant::now());
            eprintln!("{percent:3} %{left}  {what}");
        }
    }

    /// A step that need not be done.
    pub fn leave_out(&mut self, kind: &str) {
        self.finish();
        self.rest.leave_out(kind);
    }

    fn finish(&mut self) {
        if let Some((kind, start)) = self.current.take() {
            self.rest.done(&kind, start.elapsed().as_secs_f64());
        }
    }

    /// A line that stays.
    pub fn say(&self, line: &str) {
        let clear = if self.is_terminal { "\r\x1b[K" } else { "" };
        eprintln!("{clear}{line}");
    }

    pub fn end(&self) {
        if self.is_terminal {
            eprint!("\r\x1b[K");
        }
    }
}

/// The steps to come, and what those of their kind have taken.
struct Rest {
    total: usize,
    to_come: BTreeMap<String, usize>,
    /// Seconds and steps.
    took: BTreeMap<String, (f64, usize)>,
}

impl Rest {
    fn new(to_come: BTreeMap<String, usize>) -> Rest {
        Rest { total: to_come.values().sum(), to_come, took: BTreeMap::new() }
    }

    fn done(&mut self, kind: &str, seconds: f64) {
        self.leave_out(kind);
        self.remember(kind, seconds);
    }

    fn remember(&mut self, kind: &str, seconds: f64) {
        let took = self.took.entry(kind.into()).or_default();
        *took = (took.0 + seconds, took.1 + 1);
    }

    fn leave_out(&mut self, kind: &str) {
        if let Some(count) = self.to_come.get_mut(kind) {
            *count = count.saturating_sub(1);
        }
    }

    fn percent(&self) -> usize {
        let to_come: usize = self.to_come.values().sum();
        100 * (self.total - to_come) / self.total.max(1)
    }

    /// A kind that has not had its turn counts as the median of the others.
    fn seconds(&self) -> Option<f64> {
        let mean = |(seconds, steps): &(f64, usize)| seconds / *steps as f64;
        let others = stats::median(&self.took.values().map(mean).collect::<Vec<_>>())?;
        let of = |kind: &String| self.took.get(kind).map_or(others, mean);
        Some(self.to_come.iter().map(|(kind, count)| of(kind) * *count as f64).sum())
    }
}

fn clock(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, minutes, seconds) => format!("{minutes}:{seconds:02}"),
        (hours, minutes, _) => format!("{hours} h {minutes:02} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_is_estimated_kind_by_kind() {
        let mut rest =
            Rest::new([("long".into(), 3), ("short".into(), 3), ("unknown".into(), 1)].into());
        assert_eq!(rest.seconds(), None);
        rest.done("long", 10.0);
        rest.done("short", 2.0);
        // Two long ones, two short ones, and one of 6 seconds.
        assert_eq!(rest.seconds(), Some(30.0));
        rest.leave_out("long");
        assert_eq!(rest.seconds(), Some(20.0));
        assert_eq!(rest.percent(), 42);
    }

    #[test]
    fn times_are_readable() {
        assert_eq!(clock(65.4), "1:05");
        assert_eq!(clock(2.0 * 3600.0 + 59.9 * 60.0), "2 h 59 min");
    }
}
