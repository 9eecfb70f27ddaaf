//! What a module's tables say of one function: the entry of `.eh_frame`, found by `.eh_frame_hdr`.
//!
//! Another thread may unmap the module at any moment (where a hostile stack names it, or one that is no stack), and what is
//! read may be anything: so all of it is copied by [`Peek`] first, and only the copy is parsed.

use gimli::{BaseAddresses, EhFrame, EndianSlice, NativeEndian};

use crate::sys::Peek;

/// Bytes of the longest pair of entries that is followed. The longest functions have some kilobytes.
const MOST: usize = 16 << 10;

/// The copy: the common entry, and then the function's own, which refers to it.
pub struct Entry {
    bytes: [u8; MOST],
    len: usize,
    /// Where the function's own begins.
    own: usize,
    /// What to add to a place in the function's own to have its address in the module.
    bias: usize,
}

/// How numbers of the table are written, as `.eh_frame_hdr` says: the only way that linkers know.
const SIGNED_OF_FOUR_BYTES_FROM_HEADER: u8 = 0x3b;
const UNSIGNED_OF_FOUR_BYTES: u8 = 0x03;

impl Entry {
    /// None.
    pub const fn new() -> Self {
        Self { bytes: [0; MOST], len: 0, own: 0, bias: 0 }
    }

    /// Copies the entry of the last function that begins at or before `address`. `header` is where `.eh_frame_hdr` lies.
    pub fn find(&mut self, peek: &Peek, header: usize, address: usize) -> Option<()> {
        self.copy(peek, search(peek, header, address)?)
    }

    /// The copy as a section with that function's entry, where it is there, and what addresses in it are relative to.
    pub fn section(&self) -> (EhFrame<EndianSlice<'_, NativeEndian>>, usize, BaseAddresses) {
        let bases = BaseAddresses::default().set_eh_frame(self.bias as u64);
        (EhFrame::new(&self.bytes[..self.len], NativeEndian), self.own, bases)
    }

    /// Copies the entry at `at` and the common one that it names.
    fn copy(&mut self, peek: &Peek, at: usize) -> Option<()> {
        let reference = at.wrapping_add(4);
        let common = reference.wrapping_sub(peek.half(reference)? as usize);
        self.own = length_of(peek, common)?;
        self.len = self.own + length_of(peek, at)?;
        let (first, second) = self.bytes.get_mut(..self.len)?.split_at_mut(self.own);
        if !(peek.read(common, first) && peek.read(at, second)) {
            return None;
        }
        let distance = (self.own + 4) as u32;
        second.get_mut(4..8)?.copy_from_slice(&distance.to_ne_bytes());
        self.bias = at.wrapping_sub(self.own);
        Some(())
    }
}

/// Bytes of the entry at an address. (0 would be the end of the section, the largest number an entry of another form.)
fn length_of(peek: &Peek, at: usize) -> Option<usize> {
    let length = peek.half(at)? as usize;
    (1..MOST).contains(&length).then_some(4 + length)
}

/// Where the entry of the last function that begins at or before `address` lies.
fn search(peek: &Peek, header: usize, address: usize) -> Option<usize> {
    let mut head = [0; 4];
    if !peek.read(header, &mut head) {
        return None;
    }
    let [version, pointer, count, table] = head;
    let known = [version, count, table];
    if known != [1, UNSIGNED_OF_FOUR_BYTES, SIGNED_OF_FOUR_BYTES_FROM_HEADER] {
        return None;
    }
    // Behind a pointer to `.eh_frame`, which is not needed.
    let pointer_length = if matches!(pointer & 15, 0x03 | 0x0b) { 4 } else { 8 };
    let count_at = header.wrapping_add(4 + pointer_length);
    let (mut from, mut to) = (0, peek.half(count_at)? as usize);
    let field = |index: usize, offset: usize| {
        let at = count_at.wrapping_add(4 + 8 * index + offset);
        Some(header.wrapping_add(peek.half(at)? as i32 as usize))
    };
    // The first `from` begin at or before the address, those from `to` on behind it.
    while from < to {
        let middle = from + (to - from) / 2;
        if field(middle, 0)? <= address { from = middle + 1 } else { to = middle }
    }
    field(from.checked_sub(1)?, 4)
}
