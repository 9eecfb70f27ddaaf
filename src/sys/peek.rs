//! Memory that may not be there, or may go away at any moment.

use super::arch::syscall6;
use super::registers::read_word;
use super::{file, process_id};

/// The process's memory as a file of the kernel's: what is not there is an error then, and no fault.
pub struct Peek {
    /// `None`: this process may not open it. Then the kernel copies as from another process, or is asked before each word is
    /// read.
    file: Option<usize>,
}

impl Peek {
    /// Opens it.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self { file: file::open(c"/proc/self/mem") }
    }

    /// Copies what is at an address; false: not all of it can be read.
    pub fn read(&self, address: usize, into: &mut [u8]) -> bool {
        match self.file {
            Some(file) => file::read_at(file, address, into) == into.len(),
            None => copy(address, into).unwrap_or_else(|| {
                into.iter_mut().enumerate().all(|(offset, byte)| {
                    let at = address.wrapping_add(offset);
                    let word = read_word(at & !7);
                    word.map(|word| *byte = word.to_ne_bytes()[at % 8]).is_some()
                })
            }),
        }
    }

    /// Copies the words from an address on, a multiple of eight; false: not all of them can be read.
    pub fn words(&self, address: usize, into: &mut [u64]) -> bool {
        let bytes = size_of_val(into);
        // SAFETY: SYS-2: the argument's own bytes, all of whose values are words.
        let into = unsafe { core::slice::from_raw_parts_mut(into.as_mut_ptr().cast(), bytes) };
        self.read(address, into)
    }

    /// The word at an address.
    pub fn word(&self, address: usize) -> Option<usize> {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes).then(|| usize::from_ne_bytes(bytes))
    }

    /// The four bytes at an address.
    pub fn half(&self, address: usize) -> Option<u32> {
        let mut bytes = [0; 4];
        self.read(address, &mut bytes).then(|| u32::from_ne_bytes(bytes))
    }
}

/// Copies as from another process; whether all of it is there. `None`: the kernel does not do that here.
fn copy(address: usize, into: &mut [u8]) -> Option<bool> {
    let ours = [into.as_mut_ptr().expose_provenance(), into.len()];
    let theirs = [address, into.len()];
    let me = process_id() as usize;
    let args = [me, ours.as_ptr().addr(), 1, theirs.as_ptr().addr(), 1, 0];
    // SAFETY: SYS-2: the kernel writes at most the buffer's length.
    let got = unsafe { syscall6(libc::SYS_process_vm_readv as usize, args) };
    match got {
        0.. => Some(got as usize == into.len()),
        _ if got == -(libc::EFAULT as isize) => Some(false),
        _ => None,
    }
}

impl Drop for Peek {
    fn drop(&mut self) {
        if let Some(file) = self.file {
            file::close(file);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bits::PAGE;
    use crate::sys;

    #[test]
    fn what_is_not_there_is_no_fault() {
        let place = sys::map(2 * PAGE).unwrap();
        // SAFETY: SYS-1: two pages of this test's own, of which it gives the second back.
        unsafe {
            place.add(PAGE - 3).write_bytes(7, 3);
            sys::unmap(place.add(PAGE), PAGE).unwrap();
        }
        let end = place.expose_provenance() + PAGE;
        for peek in [Peek::new(), Peek { file: None }] {
            let mut bytes = [0; 3];
            assert!(peek.read(end - 3, &mut bytes) && bytes == [7; 3]);
            assert_eq!(peek.word(end - 8), Some(0x07_0707 << 40));
            assert_eq!((peek.half(end - 3), peek.word(end), peek.word(8)), (None, None, None));
            assert!(peek.word(usize::MAX - 7).is_none());
            let mut words = [1; 2];
            assert!(peek.words(end - 16, &mut words) && words == [0, 0x07_0707 << 40]);
            assert!(!peek.words(end - 8, &mut words));
        }
        // SAFETY: SYS-1: the page that is left.
        unsafe { sys::unmap(place, PAGE).unwrap() };
    }
}
