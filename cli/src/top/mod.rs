//! `dam top`: a live view of a heap.

mod app;
mod classes;
mod draw;
mod process;
#[cfg(test)]
mod tests;

use std::io::{IsTerminal, stdin, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};
use std::{iter, thread};

use anyhow::{Context, Result, bail};
use clap::Args;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag::register_usize;
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
    for signal in [SIGTERM, SIGHUP, SIGINT] {
        register_usize(signal, Arc::clone(&caught), signal as usize).context("signals")?;
    }
    end_with_terminal()?;
    // It sets a panic hook that gives the terminal back, too.
    let mut terminal = ratatui::try_init().context("the terminal")?;
    let outcome = go_on(&mut terminal, &mut app, &caught);
    ratatui::restore();
    match caught.load(Relaxed) {
        0 => outcome,
        signal => Ok(emulate_default_handler(signal as i32)?),
    }
}

/// Ends the command when its terminal goes away: crossterm would read its end for ever, whatever signal has come.
fn end_with_terminal() -> Result<()> {
    let watch = || {
        let stdin = stdin();
        // No event is asked for: that the other side has hung up is told always.
        let mut terminal = [PollFd::new(&stdin, PollFlags::empty())];
        let end =
            iter::repeat_with(|| poll(&mut terminal, None)).find(|end| *end != Err(Errno::INTR));
        if matches!(end, Some(Ok(_))) {
            let _ = emulate_default_handler(SIGHUP);
        }
    };
    thread::Builder::new().name("hang-up".into()).spawn(watch).context("a thread")?;
    Ok(())
}

/// How long a signal may have to wait while no key is pressed.
const LONGEST_WAIT: Duration = Duration::from_millis(250);

fn go_on(
    terminal: &mut ratatui::DefaultTerminal,
    app: &mut App,
    caught: &AtomicUsize,
) -> Result<()> {
    let mut next = Instant::now();
    while caught.load(Relaxed) == 0 {
        if Instant::now() >= next {
            app.look();
            next = Instant::now() + app.every;
        }
        terminal.draw(|frame| draw::draw(frame, app))?;
        let wait = next.saturating_duration_since(Instant::now()).min(LONGEST_WAIT);
        if event::poll(wait)?
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
