//! `dam top`: a live view of a heap.

mod app;
mod draw;

use std::time::{Duration, Instant};

use anyhow::Result;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use app::{App, Turn};

/// Shows it until the user leaves.
pub fn run(pid: Option<i32>, every: Duration) -> Result<()> {
    let mut app = App::new(pid, every)?;
    // Sets a panic hook that gives the terminal back, too.
    let mut terminal = ratatui::init();
    stop_at_signals();
    let outcome = go_on(&mut terminal, &mut app);
    ratatui::restore();
    outcome
}

fn go_on(terminal: &mut ratatui::DefaultTerminal, app: &mut App) -> Result<()> {
    let mut next = Instant::now();
    loop {
        if Instant::now() >= next {
            app.look();
            next = Instant::now() + app.every;
        }
        terminal.draw(|frame| draw::draw(frame, app))?;
        let wait = next.saturating_duration_since(Instant::now()).min(Duration::from_millis(250));
        if is_stopped() {
            return Ok(());
        }
        if event::poll(wait)?
            && let Event::Key(key) = event::read()?
            && key.kind == KeyEventKind::Press
        {
            match press(app, key) {
                Turn::Stay => {}
                Turn::Look => next = Instant::now(),
                Turn::Leave => return Ok(()),
            }
        }
    }
}

fn press(app: &mut App, key: KeyEvent) -> Turn {
    match key.code {
        KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => Turn::Leave,
        KeyCode::Char('q') => Turn::Leave,
        KeyCode::Char('p' | ' ') => app.pause(),
        KeyCode::Char('s') => app.sort(),
        KeyCode::Char('+') => app.change_pace(0.5),
        KeyCode::Char('-') => app.change_pace(2.0),
        KeyCode::Char('?' | 'h') => app.help(),
        KeyCode::Up | KeyCode::Char('k') => app.go(-1),
        KeyCode::Down | KeyCode::Char('j') => app.go(1),
        KeyCode::Enter => app.enter(),
        KeyCode::Esc | KeyCode::Backspace => app.back(),
        _ => Turn::Stay,
    }
}

static STOPPED: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

extern "C" fn stop(_: libc::c_int) {
    STOPPED.store(true, std::sync::atomic::Ordering::Relaxed);
}

/// The terminal is given back before a signal ends the command.
fn stop_at_signals() {
    for signal in [libc::SIGTERM, libc::SIGHUP, libc::SIGINT] {
        // SAFETY: a handler that sets a flag.
        unsafe { libc::signal(signal, stop as *const () as libc::sighandler_t) };
    }
}

fn is_stopped() -> bool {
    STOPPED.load(std::sync::atomic::Ordering::Relaxed)
}
