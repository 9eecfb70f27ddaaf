//! Where `DAM_OPTIONS` is found before libc has set up its environment.

use core::ffi::{CStr, c_char};

use super::file::{close, open, read};

/// A value of the auxiliary vector, 0 when absent.
pub fn auxv(kind: libc::c_ulong) -> usize {
    // SAFETY: SYS-2: getauxval only reads the vector; it works before libc's constructors ran.
    unsafe { libc::getauxval(kind) as usize }
}

/// Calls `found` with the text of `DAM_OPTIONS`, if it is set. In a process that runs with other
/// rights than its user's (set-user-id and the like) the environment is not looked at.
///
/// libc's `environ` is null before its constructor has run; `/proc/self/environ` then serves.
pub fn visit_options(found: &mut dyn FnMut(&[u8])) {
    if auxv(libc::AT_SECURE) != 0 {
        return;
    }
    unsafe extern "C" {
        static environ: *const *const c_char;
    }
    // SAFETY: SYS-2: libc's pointer, a null-ended array of C strings or null itself.
    let mut entry = unsafe { environ };
    if entry.is_null() {
        let mut buffer = [0u8; 4096];
        return search_proc(&mut buffer, found);
    }
    loop {
        // SAFETY: SYS-2: `entry` has not passed the array's null end.
        let text = unsafe { *entry };
        if text.is_null() {
            return;
        }
        // SAFETY: SYS-2: entries are C strings.
        let text = unsafe { CStr::from_ptr(text) }.to_bytes();
        if let Some(value) = text.strip_prefix(PREFIX) {
            return found(value);
        }
        // SAFETY: SYS-2: the null end has not been reached.
        entry = unsafe { entry.add(1) };
    }
}

const PREFIX: &[u8] = b"DAM_OPTIONS=";

/// Reads `/proc/self/environ` piece by piece: strings ended by NUL. A value that is longer than
/// the buffer is cut there.
fn search_proc(buffer: &mut [u8], found: &mut dyn FnMut(&[u8])) {
    let Some(file) = open(c"/proc/self/environ") else { return };
    let mut held = 0;
    let mut skipping = false;
    loop {
        let got = read(file, &mut buffer[held..]);
        held += got;
        let mut rest = &buffer[..held];
        while let Some(end) = rest.iter().position(|&byte| byte == 0) {
            if let Some(value) = rest[..end].strip_prefix(PREFIX).filter(|_| !skipping) {
                close(file);
                return found(value);
            }
            skipping = false;
            rest = &rest[end + 1..];
        }
        let kept = rest.len();
        if got == 0 {
            break close(file);
        }
        if kept == buffer.len() {
            if let Some(value) = buffer.strip_prefix(PREFIX).filter(|_| !skipping) {
                close(file);
                return found(value);
            }
            skipping = true;
            held = 0;
        } else {
            buffer.copy_within(held - kept..held, 0);
            held = kept;
        }
    }
}

/// The beginning of a file; empty when it cannot be read.
pub fn read_file<'a>(path: &CStr, buffer: &'a mut [u8]) -> &'a [u8] {
    let Some(file) = open(path) else { return &[] };
    let got = read(file, buffer);
    close(file);
    &buffer[..got]
}

/// The decimal number a text begins with.
pub fn leading_number(text: &[u8]) -> Option<usize> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    core::str::from_utf8(&text[..digits]).ok()?.parse().ok()
}
