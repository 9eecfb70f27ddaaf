//! `dam top`: a live view of a heap.

mod app;
mod classes;
mod draw;
mod process;
#[cfg(test)]
mod tests;

use std::io::{self, IsTerminal, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::Args;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::units;
use app::{App, Turn};

/// What is looked at.
#[derive(Args)]
pub struct Arguments {
    /// Number of the process; without one, the list of processes
    pid: Option<i32>,
    /// Between two looks, as in 100ms or 1s
    #[arg(long, value_name = "TIME", default_value = "500ms", value_parser = units::parse_time)]
    every: Duration,
}

/// Shows it until the user leaves.
pub fn run(arguments: &Arguments) -> Result<()> {
    if !stdin().is_terminal() || !stdout().is_terminal() {
        bail!("top needs a terminal; `dam stats PID` and `dam watch PID` write to files and pipes");
    }
    let mut app = App::new(arguments.pid, arguments.every)?;
    // A signal that would end the command ends it once the terminal is as it was.
    let caught = Arc::<AtomicUsize>::default();
    end_at_signals(&caught).context("signals")?;
    // It sets a panic hook that gives the terminal back, too.
    let mut terminal = ratatui::try_init().context("the terminal")?;
    let outcome = go_on(&mut terminal, &mut app, &caught);
    // One that is gone cannot be restored.
    let _ = ratatui::try_restore();
    match caught.load(Relaxed) {
        0 => outcome,
        signal => Ok(emulate_default_handler(signal as i32)?),
    }
}

/// Notes signals. Where the view does not end by itself soon, being stuck in its terminal, it is ended.
fn end_at_signals(caught: &Arc<AtomicUsize>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGHUP, SIGINT])?;
    let caught = Arc::clone(caught);
    std::thread::spawn(move || {
        for signal in signals.forever() {
            caught.store(signal as usize, Relaxed);
            std::thread::sleep(8 * LONGEST_WAIT);
            let _ = ratatui::try_restore();
            let _ = emulate_default_handler(signal);
        }
    });
    Ok(())
}

/// How long a signal may have to wait while no key is pressed.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

fn go_on(
    terminal: &mut ratatui::DefaultTerminal,
    app: &mut App,
    caught: &AtomicUsize,
) -> Result<()> {
    let (mut next, mut has_more) = (Instant::now(), false);
    while caught.load(Relaxed) == 0 {
        if Instant::now() >= next {
            app.look();
            next = Instant::now() + app.every;
        }
        terminal.draw(|frame| draw::draw(frame, app))?;
        // A text that was pasted is several keys, and only the first is waited for.
        let wait = match has_more {
            true => Duration::ZERO,
            false => next.saturating_duration_since(Instant::now()).min(LONGEST_WAIT),
        };
        if is_gone_after(wait)? {
            break;
        }
        has_more = event::poll(Duration::ZERO)?;
        if has_more
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            match press(app, key) {
                Turn::Stay => {}
                Turn::Look => next = Instant::now(),
                Turn::Leave => break,
            }
        }
    }
    Ok(())
}

/// Waits for a key; whether there is no terminal any more. Crossterm would read from its remains for ever.
fn is_gone_after(wait: Duration) -> io::Result<bool> {
    let input = stdin();
    let mut inputs = [PollFd::new(&input, PollFlags::IN)];
    let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: wait.subsec_nanos().into() };
    match poll(&mut inputs, Some(&wait)) {
        // The size has changed, or a signal is to be looked at.
        Err(Errno::INTR) => Ok(false),
        Err(error) => Err(error.into()),
        Ok(_) => Ok(inputs[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)),
    }
}

fn press(app: &mut App, key: KeyEvent) -> Turn {
    app.note = None;
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Turn::Leave,
        KeyCode::Char('q') => Turn::Leave,
        KeyCode::Char('p' | ' ') => app.pause(),
        KeyCode::Char('s') => app.sort(),
        KeyCode::Char('+' | '=') => app.change_pace(0.5),
        KeyCode::Char('-') => app.change_pace(2.0),
        KeyCode::Char('?' | 'h') => app.help(),
        KeyCode::Up | KeyCode::Char('k') => app.go(-1),
        KeyCode::Down | KeyCode::Char('j') => app.go(1),
        KeyCode::PageUp => app.go(-10),
        KeyCode::PageDown => app.go(10),
        KeyCode::Enter | KeyCode::Right => app.enter(),
        KeyCode::Esc | KeyCode::Backspace | KeyCode::Left => app.back(),
        _ => Turn::Stay,
    }
}
