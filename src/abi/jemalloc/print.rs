//! Text on its way to the program's own function.

use core::ffi::{c_char, c_void};
use core::fmt;

use super::malloc_message;
use crate::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use crate::sys;

/// A function that takes its context and a string.
pub type Write = unsafe extern "C" fn(*mut c_void, *const c_char);

/// The word that holds one, or null.
pub type Message = AtomicPtr<c_void>;

/// Bytes that are handed over at once.
const PIECE: usize = 512;

/// Collects text and hands it over in pieces, each ended by a zero.
pub struct Out {
    write: Option<Write>,
    context: *mut c_void,
    piece: [u8; PIECE],
    len: usize,
}

impl Out {
    /// Text for this function, or, where it is none, for the program's or for standard error.
    pub fn new(write: Option<Write>, context: *mut c_void) -> Self {
        let own = malloc_message.load(Relaxed);
        // SAFETY: ABI-1: null, or a function of this type, as the variable's documentation says.
        let own = || unsafe { core::mem::transmute::<*mut c_void, Option<Write>>(own) };
        Self { write: write.or_else(own), context, piece: [0; PIECE], len: 0 }
    }

    /// Hands over what there is.
    pub fn flush(&mut self) {
        let len = core::mem::take(&mut self.len);
        self.piece[len] = 0;
        match self.write {
            // SAFETY: ABI-1: the program's function; the string ends with a zero.
            Some(write) if len > 0 => unsafe { write(self.context, self.piece.as_ptr().cast()) },
            Some(_) => {}
            None => sys::write_all(libc::STDERR_FILENO, &self.piece[..len]),
        }
    }
}

impl fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let mut rest = text.as_bytes();
        while !rest.is_empty() {
            let room = PIECE - 1 - self.len;
            let (now, later) = rest.split_at(room.min(rest.len()));
            self.piece[self.len..self.len + now.len()].copy_from_slice(now);
            self.len += now.len();
            rest = later;
            if self.len == PIECE - 1 {
                self.flush();
            }
        }
        Ok(())
    }
}
