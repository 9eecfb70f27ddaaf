//! An option that is a text, such as a file's name.

use core::sync::atomic::{AtomicU8, AtomicUsize, Ordering::Relaxed};

/// Most bytes of such a text.
pub const MOST: usize = 255;

/// One option that takes a text.
pub struct Text {
    /// The key as written in `DAM_OPTIONS`.
    pub name: &'static str,
    /// What it does.
    pub help: &'static str,
    bytes: [AtomicU8; MOST],
    len: AtomicUsize,
}

impl Text {
    /// One that is empty.
    pub const fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, bytes: [const { AtomicU8::new(0) }; MOST], len: AtomicUsize::new(0) }
    }

    /// Sets the text, while the process has one thread; false, and nothing has changed, where it is too long.
    pub fn set(&self, text: &[u8]) -> bool {
        if text.len() > MOST {
            return false;
        }
        self.bytes.iter().zip(text).for_each(|(place, &byte)| place.store(byte, Relaxed));
        self.len.store(text.len(), Relaxed);
        true
    }

    /// Copies the text into `out`; its length. 0: it is not set.
    pub fn get(&self, out: &mut [u8; MOST]) -> usize {
        out.iter_mut().zip(&self.bytes).for_each(|(byte, place)| *byte = place.load(Relaxed));
        self.len.load(Relaxed)
    }
}
