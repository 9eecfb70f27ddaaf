//! Where reports go: standard error, or a file of the process's own.

use core::ffi::CStr;
use core::fmt::Write;

use crate::config::options::REPORT_TO;
use crate::config::text::MOST;
use crate::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use crate::sys::file::{self, Identity};
use crate::sys::{self, Line};

const STANDARD_ERROR: i32 = 2;

/// Writes a whole report in one call.
pub fn write(bytes: &[u8]) {
    let mut text = [0; MOST];
    let len = REPORT_TO.get(&mut text);
    if len == 0 || !write_to_file(&text[..len], bytes) {
        write_to_standard_error(bytes);
    }
}

/// Adds to the file, which is opened each time: a program that closes all descriptors, or forks, needs
/// no thought then, and none of ours is in its way.
fn write_to_file(name: &[u8], bytes: &[u8]) -> bool {
    let mut path: Line<{ MOST + 16 }> = Line::new();
    path.push(name);
    let _ = write!(path, ".{}\0", sys::process_id());
    let Ok(path) = CStr::from_bytes_with_nul(path.bytes()) else { return false };
    match file::open_for_adding(path) {
        Ok(file) => {
            sys::write_all(file as i32, bytes);
            file::close(file);
            true
        }
        Err(error) => {
            complain(path, error.0.get());
            false
        }
    }
}

/// Says, once, that the file cannot be had.
fn complain(path: &CStr, error: i32) {
    static SAID: AtomicBool = AtomicBool::new(false);
    if SAID.swap(true, Relaxed) {
        return;
    }
    let mut line: Line<400> = Line::new();
    let _ = write!(line, "DAM: option \"report_to\": ");
    line.push_printable(path.to_bytes());
    let _ = writeln!(line, " cannot be opened (errno {error}); reports go to standard error");
    write_to_standard_error(line.bytes());
}

/// What standard error was at the start: 0 not known, 1 closed, 2 open.
static AT_START: AtomicU32 = AtomicU32::new(0);
static DEVICE: AtomicU32 = AtomicU32::new(0);
static INODE: AtomicU32 = AtomicU32::new(0);

/// Notes what standard error is, at the start.
pub fn remember() {
    let found = Identity::of(STANDARD_ERROR);
    let (device, inode) = found.map_or((0, 0), |identity| identity.short());
    DEVICE.store(device, Relaxed);
    INODE.store(inode, Relaxed);
    AT_START.store(1 + u32::from(found.is_some()), Relaxed);
}

/// Writes to standard error, unless another file of the program's seems to have got its number: when it
/// was closed, the next file that is opened does. Where it was redirected, it still is nothing that is
/// read from as well.
fn write_to_standard_error(bytes: &[u8]) {
    let Some(identity) = Identity::of(STANDARD_ERROR) else { return };
    let start = AT_START.load(Relaxed);
    let same = start == 0
        || (start == 2 && identity.short() == (DEVICE.load(Relaxed), INODE.load(Relaxed)));
    if same || !identity.may_be_data(STANDARD_ERROR) {
        sys::write_all(STANDARD_ERROR, bytes);
    }
}
