//! Texts in the room that a program has for them, in the manner of `snprintf`.

use core::ffi::c_char;
use core::fmt;

/// A text that is cut at the caller's room, and counted beyond it.
struct Cut {
    at: *mut u8,
    room: usize,
    len: usize,
}

impl fmt::Write for Cut {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let part = text.len().min(self.room.saturating_sub(self.len));
        // SAFETY: ABI-1: `room` bytes at `at` are writable.
        unsafe { self.at.wrapping_add(self.len).copy_from_nonoverlapping(text.as_ptr(), part) };
        self.len += text.len();
        Ok(())
    }
}

/// Writes at most `size` bytes at `text`, with a NUL at their end; the length that the whole text has is returned.
///
/// # Safety
/// `text` has `size` writable bytes; it may be NULL when `size` is 0.
pub unsafe fn write_text(
    text: *mut c_char,
    size: usize,
    write: impl FnOnce(&mut dyn fmt::Write) -> fmt::Result,
) -> usize {
    let mut out = Cut { at: text.cast(), room: size.saturating_sub(1), len: 0 };
    // Cannot fail.
    let _ = write(&mut out);
    if size != 0 {
        // SAFETY: ABI-1: `size` bytes are writable.
        unsafe { text.add(out.len.min(size - 1)).write(0) };
    }
    out.len
}
