//! What a library without std must bring: a panic handler, a constructor, a destructor.

use core::fmt::Write;
use core::panic::PanicInfo;

use crate::config::options::{CHECK_AT_EXIT, LEAKS_AT_EXIT, STATS_AT_EXIT};
use crate::guard::sink;
use crate::heap::{inspect, leaks};
use crate::sys::{self, Line};

// The precompiled core names it; with panic=abort nothing ever calls it. Weak, so that a program
// that links std brings its own.
core::arch::global_asm!(
    ".weak rust_eh_personality",
    ".hidden rust_eh_personality",
    "rust_eh_personality:",
    "ud2",
);

/// A fault of DAM itself: says where, and aborts. Nothing of std's, which would allocate.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let mut line: Line<512> = Line::new();
    let _ = write!(line, "DAM: internal fault: {info}");
    line.write_to(2);
    sys::abort()
}

/// Ready before other libraries' constructors where the linker grants it (`-z initfirst`), and before
/// the program's own where DAM is linked in: our fork handlers should be the first registered.
/// Earlier calls are served all the same: the first one does this.
#[ctor::ctor(unsafe, priority = 0)]
fn start() {
    sink::remember();
    inspect::prepare();
}

extern "C" fn finish() {
    if CHECK_AT_EXIT.is_on() {
        // `None`: `exit` was called by a handler that had interrupted the allocator.
        let _ = inspect::check_heap();
    }
    if LEAKS_AT_EXIT.is_on()
        && let Err(refusal) = leaks::find()
    {
        refusal.tell();
    }
    if STATS_AT_EXIT.get() == 1 {
        inspect::print(2);
    }
    inspect::finish();
}

#[used]
#[unsafe(link_section = ".fini_array")]
static FINISH: extern "C" fn() = finish;
