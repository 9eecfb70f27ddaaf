//! The first allocation: secrets, options, reservation, fork handlers.

use core::fmt::Write;

use crate::config::options::{self, Complaint};
use crate::guard::canary;
use crate::small::window;
use crate::space;
use crate::sync::Once;
use crate::sys::{self, Line};
use crate::thread::{self, fork, registry};
use crate::{large, middle};

use super::{attach, emergency, hardened, limits, page_faults, rates, snapshot};

static READY: Once = Once::new();

/// Makes the heap ready, once. Threads that come meanwhile wait.
#[inline]
pub fn ensure() {
    if !READY.is_done() {
        start();
    }
}

#[cold]
#[inline(never)]
fn start() {
    READY.run(prepare);
}

fn prepare() {
    rates::start();
    read_options();
    limits::prepare();
    canary::prepare(sys::random_u64);
    if hardened::is_wanted() {
        thread::close_fast_paths();
        thread::gate::make_light();
        hardened::prepare();
    }
    // Where not even the shortest windows can be had, every block gets its own mapping.
    if let Some(layout) = space::init(window::WINDOWS + 1) {
        window::init(layout);
        emergency::init(layout);
    }
    thread::prepare();
    // What the tiers ask the system once, they ask now: a sandbox may forbid it later.
    middle::prepare();
    large::prepare();
    registry::prepare();
    attach::prepare();
    sys::fork_hooks(fork::before_fork, fork::after_fork_in_parent, after_fork_in_child);
}

/// The page last: what is told there is right by then.
extern "C" fn after_fork_in_child() {
    fork::after_fork_in_child();
    snapshot::after_fork();
    page_faults::after_fork();
    attach::after_fork();
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
    let mut line: Line<512> = Line::new();
    match complaint {
        Complaint::UnknownKey(key) => {
            let _ = write!(line, "DAM: option \"");
            line.push_printable(&key[..key.len().min(40)]);
            let _ = write!(line, "\": unknown and ignored; valid:");
            for option in options::OPTIONS {
                let _ = write!(line, " {}", option.name);
            }
            let _ = write!(line, " {}", options::REPORT_TO.name);
        }
        Complaint::TooLong(text) => {
            let _ = write!(line, "DAM: option \"{}\": too long and ignored", text.name);
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
