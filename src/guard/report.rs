//! Who writes a report, and with what: one thread at a time has the room for a whole one, which the
//! smallest of stacks has not.

use core::cell::UnsafeCell;
use core::fmt::Write;
use core::ops::{Deref, DerefMut};

use crate::config::options::MAX_REPORTS;
use crate::sync::atomic::{AtomicUsize, Ordering};
use crate::sys::{self, Line, Registers};

use super::stack::Stack;
use super::{Finding, form, sink};

/// What a whole report takes.
struct Desk {
    line: Line<4096>,
    stack: Stack,
}

/// The desk, and the mark of the thread that sits at it; 0: nobody.
struct Turn {
    holder: AtomicUsize,
    desk: UnsafeCell<Desk>,
}

// SAFETY: GUARD-2: the desk is used by the thread alone that is the holder.
unsafe impl Sync for Turn {}

static TURN: Turn = Turn {
    holder: AtomicUsize::new(0),
    desk: UnsafeCell::new(Desk { line: Line::new(), stack: Stack::new() }),
};

/// Milliseconds that a thread waits for its turn. The one that has it may be writing to a pipe which
/// this one reads.
const PATIENCE_MS: u32 = 100;

/// The right to use the desk. Its thread is not cancelled before it has left: nobody else would free it.
struct Seat {
    _uncancelled: sys::Uncancelled,
}

impl Seat {
    /// `None`: another thread does not leave it, or this one has it already: a signal handler reports in
    /// the middle of a report.
    fn take() -> Option<Self> {
        let me = sys::thread_mark();
        let seat = sys::Uncancelled::new();
        for _ in 0..PATIENCE_MS {
            match TURN.holder.compare_exchange(0, me, Ordering::Acquire, Ordering::Relaxed) {
                Ok(_) => return Some(Self { _uncancelled: seat }),
                Err(holder) if holder == me => return None,
                Err(_) => sys::sleep_ms(1),
            }
        }
        None
    }
}

impl Deref for Seat {
    type Target = Desk;
    fn deref(&self) -> &Desk {
        // SAFETY: GUARD-2: we are the holder.
        unsafe { &*TURN.desk.get() }
    }
}

impl DerefMut for Seat {
    fn deref_mut(&mut self) -> &mut Desk {
        // SAFETY: GUARD-2: we are the holder.
        unsafe { &mut *TURN.desk.get() }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        TURN.holder.store(0, Ordering::Release);
    }
}

/// In the child of a fork: whoever sat there is gone, unless it is this thread.
pub fn after_fork() {
    if TURN.holder.load(Ordering::Relaxed) != sys::thread_mark() {
        TURN.holder.store(0, Ordering::Relaxed);
    }
}

/// Writes the report of violation number `number`; past `max_reports` one line says that it is the end.
pub fn tell(finding: &Finding<'_>, number: u64) {
    let most = u64::from(MAX_REPORTS.get());
    if number > most {
        if number == most + 1 {
            tell_the_end(most);
        }
        return;
    }
    match Seat::take() {
        Some(mut seat) => tell_all(&mut seat, finding),
        None => tell_in_short(finding),
    }
}

/// Has something else than a violation written as a report, on the one desk there is room for. Nothing where another thread
/// does not leave it.
pub fn tell_other(write: &mut dyn FnMut(&mut Line<4096>)) {
    if let Some(mut seat) = Seat::take() {
        seat.line.truncate(0);
        write(&mut seat.line);
        sink::write(seat.line.bytes());
    }
}

#[inline(never)]
fn tell_all(desk: &mut Desk, finding: &Finding<'_>) {
    desk.stack.walk(&Registers::here());
    desk.line.truncate(0);
    form::write(&mut desk.line, finding, Some(&desk.stack));
    sink::write(desk.line.bytes());
}

/// Without the stack.
#[inline(never)]
fn tell_in_short(finding: &Finding<'_>) {
    let mut line: Line<700> = Line::new();
    form::write(&mut line, finding, None);
    sink::write(line.bytes());
}

#[inline(never)]
fn tell_the_end(most: u64) {
    let mut line: Line<100> = Line::new();
    let _ = writeln!(
        line,
        "DAM: {most} reports written (max_reports); further violations are only counted"
    );
    sink::write(line.bytes());
}
