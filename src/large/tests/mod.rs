//! Tests of the tier as a whole. Its state is global, so they take turns.

mod exhaustion;
mod life;
mod misuse;
mod model;
mod moved;
mod own;
mod reuse;

use std::fs::File;
use std::io::Read;
use std::os::fd::FromRawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::*;
use crate::guard::canary;
use crate::space::Resize;

/// One test at a time; the tier starts out with nothing kept.
fn turn() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if canary::KEY.load(Relaxed) == 0 {
        canary::set_key(1_234_567);
    }
    retire::drop_all();
    again::forget();
    turn
}

const MIB: usize = 1 << 20;

fn get(size: usize) -> *mut u8 {
    get_aligned(size, 16)
}

fn get_aligned(size: usize, align: usize) -> *mut u8 {
    // SAFETY: the sizes and alignments of these tests are in range.
    unsafe { allocate(size, align, Kind::Malloc, 0) }.expect("no memory").as_ptr()
}

fn claim() -> Claim {
    Claim { operation: Operation::Free, kind: None, size: None }
}

fn give(block: *mut u8) -> bool {
    // SAFETY: any address may be passed.
    unsafe { free(block, claim()) }
}

fn size_of_block(block: *mut u8) -> Option<usize> {
    // SAFETY: any address may be passed.
    unsafe { usable_size(block, Operation::UsableSize) }
}

/// Bytes of freed blocks kept ready for reuse.
fn cached() -> usize {
    stats().cached_bytes as usize
}

/// The block after a resize that must not need copying.
fn resized(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: the tests pass blocks of theirs.
    match unsafe { resize(block, size, 0) } {
        Resize::InPlace => block,
        Resize::Moved(to) => to.as_ptr(),
        other => panic!("{other:?}"),
    }
}

fn set(block: *mut u8, offset: usize, value: u8) {
    // SAFETY: the tests stay inside blocks, or mean to be caught.
    unsafe { block.wrapping_add(offset).write_volatile(value) };
}

fn byte(block: *mut u8, offset: usize) -> u8 {
    // SAFETY: as in `set`.
    unsafe { block.wrapping_add(offset).read_volatile() }
}

/// How a child process ended that ran `body`, and what it wrote to standard error.
fn in_child(body: impl FnOnce()) -> (Option<i32>, String) {
    let mut ends = [0; 2];
    // SAFETY: plain system calls; the child runs `body` and leaves without destructors.
    unsafe {
        assert_eq!(libc::pipe(ends.as_mut_ptr()), 0);
        let child = libc::fork();
        assert!(child >= 0);
        if child == 0 {
            libc::dup2(ends[1], 2);
            let Err(payload) = catch_unwind(AssertUnwindSafe(body)) else { libc::_exit(0) };
            // The test harness keeps the message for itself. (A hook could not be set: another thread may have been
            // panicking, and had the hooks' lock, when the process forked.)
            let text = payload.downcast_ref::<String>().map_or("a panic", String::as_str);
            sys::write_all(2, text.as_bytes());
            libc::_exit(101);
        }
        libc::close(ends[1]);
        let mut text = String::new();
        File::from_raw_fd(ends[0]).read_to_string(&mut text).unwrap();
        let mut status = 0;
        assert_eq!(libc::waitpid(child, &raw mut status, 0), child);
        (libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)), text)
    }
}

/// Asserts that `body` dies by a memory fault.
#[track_caller]
fn assert_faults(what: &str, body: impl FnOnce()) {
    let (exit, text) = in_child(body);
    assert_eq!(exit, None, "{what}: survived: {text}");
}

/// What `body` reports, one line each: what it is and where; it must end well.
#[track_caller]
fn reports(body: impl FnOnce()) -> std::vec::Vec<String> {
    let (exit, text) = in_child(body);
    assert_eq!(exit, Some(0), "{text}");
    let mut lines = std::vec::Vec::<String>::new();
    for line in text.lines() {
        if let Some(place) = line.strip_prefix("  where: ") {
            lines.last_mut().unwrap().push_str(&std::format!("; {place}"));
        } else if !line.starts_with("  ") {
            lines.push(line.into());
        }
    }
    lines
}
