//! Which pages are in memory: what was never touched holds no address, and to read it would cost page tables.

use crate::bits::{PAGE, align_down};
use crate::sys::file;

/// Pages that are asked about at a time.
const PAGES: usize = 64;
/// In an entry of `/proc/self/pagemap`: the page is in memory, or in the swap.
const THERE: u64 = 1 << 63 | 1 << 62;
/// It is a file's, or shared.
pub const FILE: u64 = 1 << 61;

/// `/proc/self/pagemap`; without it every page is taken to be there.
pub struct Presence(Option<usize>);

/// Not asked: what is short is read sooner than that.
pub static NOT_ASKED: Presence = Presence(None);
/// Bytes of what is short.
pub const SHORT: usize = PAGES * PAGE;

impl Presence {
    /// Opens it.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(file::open(c"/proc/self/pagemap"))
    }

    /// Shows the parts of pages that lie between two addresses, but for pages that are not there, or have a bit of `without`.
    pub fn visit(
        &self,
        mut from: usize,
        end: usize,
        without: u64,
        visit: &mut dyn FnMut(usize, usize),
    ) {
        while from < end {
            let first = align_down(from, PAGE);
            let stop = end.min(first + PAGES * PAGE);
            let count = (stop - first).div_ceil(PAGE);
            let there = self.of(first, count, without);
            for (page, _) in there[..count].iter().enumerate().filter(|(_, there)| **there) {
                let page = first + page * PAGE;
                visit(from.max(page), stop.min(page + PAGE));
            }
            from = stop;
        }
    }

    /// Which of `count` pages.
    fn of(&self, first: usize, count: usize, without: u64) -> [bool; PAGES] {
        let mut there = [true; PAGES];
        let Some(file) = self.0 else { return there };
        let mut entries = [0u8; PAGES * 8];
        let wanted = &mut entries[..count * 8];
        if file::read_at(file, first / PAGE * 8, wanted) < wanted.len() {
            return there;
        }
        for (there, entry) in there.iter_mut().zip(entries.chunks_exact(8)) {
            let entry = u64::from_ne_bytes(entry.try_into().unwrap_or_default());
            *there = entry & THERE != 0 && entry & without == 0;
        }
        there
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        if let Some(file) = self.0 {
            file::close(file);
        }
    }
}
