//! The first allocation: secrets, options, reservation, fork handlers.

use core::fmt::Write;

use crate::config::options::{self, Complaint};
use crate::guard::canary;
use crate::small::window;
use crate::space;
use crate::sync::atomic::{AtomicU32, Ordering};
use crate::sys::{self, Line};
use crate::thread::gate;

use super::emergency;

const NOT_YET: u32 = 0;
const UNDER_WAY: u32 = 1;
const DONE: u32 = 2;

static STATE: AtomicU32 = AtomicU32::new(NOT_YET);

/// Makes the heap ready, once. Threads that come meanwhile wait.
#[inline]
pub fn ensure() {
    if STATE.load(Ordering::Acquire) != DONE {
        start();
    }
}

#[cold]
#[inline(never)]
fn start() {
    while STATE.compare_exchange(NOT_YET, UNDER_WAY, Ordering::Acquire, Ordering::Acquire).is_err()
    {
        if STATE.load(Ordering::Acquire) == DONE {
            return;
        }
        sys::sched_yield();
    }
    canary::set_key(sys::random_u64());
    read_options();
    // Where not even the shortest windows can be had, every block gets its own mapping.
    if let Some(layout) = space::init(window::WINDOWS + 1) {
        window::init(layout);
        emergency::init(layout);
    }
    sys::fork_hooks(gate::before_fork, gate::after_fork_in_parent, gate::after_fork_in_child);
    STATE.store(DONE, Ordering::Release);
}

fn read_options() {
    sys::visit_options(&mut |text| {
        options::parse(text, &mut |complaint| complain(&complaint));
    });
    if options::VERBOSE.get() == 1 {
        let mut line: Line<64> = Line::new();
        let _ = write!(line, "DAM {} active", env!("CARGO_PKG_VERSION"));
        line.write_to(2);
    }
}

/// One line that names what was not understood and what would have been.
fn complain(complaint: &Complaint<'_>) {
    let mut line: Line<256> = Line::new();
    match complaint {
        Complaint::UnknownKey(key) => {
            let _ = write!(line, "DAM: option \"");
            line.push_printable(&key[..key.len().min(40)]);
            let _ = write!(line, "\": unknown and ignored; valid:");
            for option in options::OPTIONS {
                let _ = write!(line, " {}", option.name);
            }
        }
        Complaint::BadValue(option, value) => {
            let _ = write!(line, "DAM: option \"{}\": value \"", option.name);
            line.push_printable(&value[..value.len().min(40)]);
            let _ = write!(line, "\" is ignored; valid:");
            for word in option.words {
                let _ = write!(line, " {word}");
            }
            if option.words.is_empty() {
                let _ = write!(line, " a number");
            }
        }
    }
    line.write_to(2);
}
