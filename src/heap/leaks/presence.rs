//! Which pages are in memory: what was never touched holds no address, and to read it would cost page tables.

use crate::bits::PAGE;
use crate::sys::file;

/// Pages that are asked about at a time.
pub const PAGES: usize = 64;
/// In an entry of `/proc/self/pagemap`: the page is in memory, or in the swap.
const THERE: u64 = 1 << 63 | 1 << 62;
/// It is a file's, or shared.
pub const FILE: u64 = 1 << 61;

/// `/proc/self/pagemap`; without it every page is taken to be there.
pub struct Presence(Option<usize>);

impl Presence {
    /// Opens it.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(file::open(c"/proc/self/pagemap"))
    }

    /// Which of `count` pages from the address `first` on are there, without those that have a bit of `without`.
    pub fn of(&self, first: usize, count: usize, without: u64) -> [bool; PAGES] {
        let mut entries = [0u8; PAGES * 8];
        let wanted = &mut entries[..count * 8];
        let known = self.0.map_or(0, |file| file::read_at(file, first / PAGE * 8, wanted));
        let mut there = [false; PAGES];
        for (page, there) in there[..count].iter_mut().enumerate() {
            let entry = u64::from_ne_bytes(entries[page * 8..][..8].try_into().unwrap_or_default());
            *there = known < count * 8 || entry & THERE != 0 && entry & without == 0;
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
