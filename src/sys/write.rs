//! Text for people, made without allocation and written without libc.

use core::fmt;

use super::arch::syscall6;

/// A line of text of bounded length on the stack; what does not fit is cut.
pub struct Line<const N: usize> {
    bytes: [u8; N],
    len: usize,
}

impl<const N: usize> Line<N> {
    /// An empty line.
    pub const fn new() -> Self {
        Self { bytes: [0; N], len: 0 }
    }

    /// Appends bytes; those that are not printable ASCII as `?`.
    pub fn push_printable(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            let shown = if byte == b' ' || byte.is_ascii_graphic() { byte } else { b'?' };
            self.push(&[shown]);
        }
    }

    /// What has been written so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Bytes that still fit.
    pub fn room(&self) -> usize {
        N - self.len
    }

    /// Takes back what is beyond the first `len` bytes.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Writes the line, ended by a newline, in one call.
    pub fn write_to(&mut self, file: i32) {
        self.len = self.len.min(N - 1);
        self.push(b"\n");
        write_all(file, self.bytes());
    }

    /// Appends bytes as they are.
    pub fn push(&mut self, bytes: &[u8]) {
        let room = (N - self.len).min(bytes.len());
        self.bytes[self.len..self.len + room].copy_from_slice(&bytes[..room]);
        self.len += room;
    }
}

impl<const N: usize> Default for Line<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> fmt::Write for Line<N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text.as_bytes());
        Ok(())
    }
}

/// Writes all bytes to a file descriptor; gives up on errors other than interruption.
pub fn write_all(file: i32, mut bytes: &[u8]) {
    while !bytes.is_empty() {
        let args = [file as usize, bytes.as_ptr().addr(), bytes.len(), 0, 0, 0];
        // SAFETY: SYS-2: the kernel reads the given bytes.
        let written = unsafe { syscall6(libc::SYS_write as usize, args) };
        match usize::try_from(written) {
            Ok(0) => return,
            Ok(count) => bytes = &bytes[count.min(bytes.len())..],
            Err(_) if written == -(libc::EINTR as isize) => {}
            Err(_) => return,
        }
    }
}
