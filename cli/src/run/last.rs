//! The last figures of a command that runs as a child: its page is there as long as somebody holds it open.

use std::io;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::Result;
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::flag::register;

use crate::page::{Snapshot, State, Target};

/// Signals to this process that are meant for the command.
pub struct Signals(Vec<(Signal, Arc<AtomicBool>)>);

impl Signals {
    /// From now on. Those that a terminal sends reach the command by themselves, and must not end this process before it.
    pub fn take() -> io::Result<Self> {
        for signal in [SIGINT, SIGQUIT] {
            register(signal, Arc::default())?;
        }
        let passed = [
            (SIGTERM, Signal::TERM),
            (SIGHUP, Signal::HUP),
            (SIGUSR1, Signal::USR1),
            (SIGUSR2, Signal::USR2),
        ];
        let flags = passed.into_iter().map(|(number, signal)| {
            let flag = Arc::<AtomicBool>::default();
            register(number, Arc::clone(&flag)).map(|_| (signal, flag))
        });
        Ok(Self(flags.collect::<io::Result<_>>()?))
    }

    fn pass_on(&self, child: &Child) {
        for (signal, flag) in &self.0 {
            if flag.swap(false, Relaxed)
                && let Some(pid) = Pid::from_raw(child.id() as i32)
            {
                // It is not waited for yet, so the number is its own.
                let _ = kill_process(pid, *signal);
            }
        }
    }
}

/// How often the command is looked at while its page is not found, and later.
const PACES: [Duration; 2] = [Duration::from_millis(1), Duration::from_millis(5)];
/// When a command without a page is taken for one that will have none.
const STARTED: Duration = Duration::from_secs(2);
/// How often its figures are read, in case it is killed while it writes them.
const BETWEEN_COPIES: Duration = Duration::from_millis(200);

/// Waits for the command's end. It may become another program, which has a page of its own.
pub fn wait(mut child: Child, signals: &Signals) -> Result<(ExitStatus, Option<Snapshot>)> {
    let pid = child.id() as i32;
    let start = Instant::now();
    let mut held: Option<Held> = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, held.and_then(Held::last)));
        }
        signals.pass_on(&child);
        if held.as_ref().is_some_and(|held| held.target.state() == State::Changed) {
            held = None;
        }
        match &mut held {
            None => held = Target::open(pid).ok().map(Held::new),
            Some(held) => held.copy(),
        }
        let is_searching = held.is_none() && start.elapsed() < STARTED;
        sleep(PACES[usize::from(!is_searching)]);
    }
}

/// A page that is held open.
struct Held {
    target: Target,
    copy: Option<Snapshot>,
    copied: Instant,
}

impl Held {
    fn new(target: Target) -> Self {
        Self { target, copy: None, copied: Instant::now() }
    }

    fn copy(&mut self) {
        if self.copied.elapsed() >= BETWEEN_COPIES {
            self.copied = Instant::now();
            self.copy = self.target.read().ok().or(self.copy.take());
        }
    }

    fn last(self) -> Option<Snapshot> {
        self.target.read().ok().or(self.copy)
    }
}
