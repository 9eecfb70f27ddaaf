//! Says on standard error how far the runs have got: on a terminal in one line that is written over, elsewhere in a
//! line every now and then.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

const SILENCE: Duration = Duration::from_secs(15);

pub struct Progress {
    total: usize,
    done: usize,
    start: Instant,
    said: Option<Instant>,
    is_terminal: bool,
}

impl Progress {
    pub fn new(total: usize) -> Progress {
        let is_terminal = std::io::stderr().is_terminal();
        Progress { total, done: 0, start: Instant::now(), said: None, is_terminal }
    }

    /// The next step begins.
    pub fn step(&mut self, what: &str) {
        let percent = 100 * self.done / self.total.max(1);
        let left = match self.done {
            0 => String::new(),
            done => {
                let left = self.start.elapsed().as_secs_f64() / done as f64
                    * (self.total - done.min(self.total)) as f64;
                format!(", {:.0}:{:02.0} left", (left / 60.0).floor(), (left % 60.0).floor())
            }
        };
        self.done += 1;
        if self.is_terminal {
            eprint!("\r\x1b[K{percent:3} %{left}  {what}");
        } else if self.said.is_none_or(|said| said.elapsed() >= SILENCE) {
            self.said = Some(Instant::now());
            eprintln!("{percent:3} %{left}  {what}");
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
