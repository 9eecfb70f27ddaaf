//! Which pages of this process are in memory: `/proc/self/pagemap`.

use super::arch::syscall6;
use super::file;
use crate::bits::PAGE;

/// Which pages are asked for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// All that are in memory, or in the swap.
    All,
    /// Of those, what is neither a file's nor shared.
    Private,
}

impl Which {
    /// Whether an entry of the file says so.
    fn has(self, entry: u64) -> bool {
        const THERE: u64 = 1 << 63 | 1 << 62;
        const FILE: u64 = 1 << 61;
        entry & THERE != 0 && (self == Self::All || entry & FILE == 0)
    }
}

/// Pages one behind the other, from the first byte to that behind the last.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Region {
    pub start: usize,
    pub end: usize,
    categories: u64,
}

impl Region {
    /// What lies between two addresses.
    pub fn of(start: usize, end: usize) -> Self {
        Self { start, end, categories: 0 }
    }
}

/// `struct pm_scan_arg` of the kernel.
#[repr(C)]
struct Scan {
    size: u64,
    flags: u64,
    start: u64,
    end: u64,
    walk_end: u64,
    regions: u64,
    count: u64,
    most_pages: u64,
    inverted: u64,
    all_of: u64,
    any_of: u64,
    told: u64,
}

/// Pages that are read about at a time, where the kernel lists none.
const AT_ONCE: usize = 64;
/// Regions that are listed at a time.
pub const REGIONS: usize = 24;

/// The file.
pub struct Pagemap(usize);

impl Pagemap {
    /// Opens it.
    pub fn open() -> Option<Self> {
        file::open(c"/proc/self/pagemap").map(Self)
    }

    /// Lists such pages from the address `from`, a page's, to `end` in `regions`: how many regions that are, and how far it
    /// has come. `None`: it cannot be told.
    pub fn list(
        &self,
        from: usize,
        end: usize,
        which: Which,
        regions: &mut [Region; REGIONS],
    ) -> Option<(usize, usize)> {
        self.scan(from, end, which, regions).or_else(|| self.read(from, end, which, regions))
    }

    /// By the kernel, since Linux 6.7: what was never touched costs nothing, be it terabytes.
    fn scan(
        &self,
        from: usize,
        end: usize,
        which: Which,
        regions: &mut [Region; REGIONS],
    ) -> Option<(usize, usize)> {
        /// `PAGEMAP_SCAN`.
        const SCAN: usize = 0xC060_6610;
        const FILE: u64 = 1 << 2;
        const THERE: u64 = 1 << 3 | 1 << 4;
        let files = if which == Which::Private { FILE } else { 0 };
        let mut scan = Scan {
            size: size_of::<Scan>() as u64,
            flags: 0,
            start: from as u64,
            end: end as u64,
            walk_end: 0,
            regions: regions.as_mut_ptr().expose_provenance() as u64,
            count: REGIONS as u64,
            most_pages: 0,
            inverted: files,
            all_of: files,
            any_of: THERE,
            told: THERE,
        };
        let args = [self.0, SCAN, (&raw mut scan).expose_provenance(), 0, 0, 0];
        // SAFETY: SYS-2: the kernel writes to `scan`, and to so many regions, of integers all.
        let listed = unsafe { syscall6(libc::SYS_ioctl as usize, args) };
        let listed = usize::try_from(listed).ok().filter(|&listed| listed <= REGIONS)?;
        // Never without having come on.
        (scan.walk_end as usize > from).then_some((listed, scan.walk_end as usize))
    }

    /// By an entry for each page.
    fn read(
        &self,
        from: usize,
        end: usize,
        which: Which,
        regions: &mut [Region; REGIONS],
    ) -> Option<(usize, usize)> {
        let mut entries = [0u8; AT_ONCE * 8];
        let wanted = &mut entries[..(end - from).div_ceil(PAGE).min(AT_ONCE) * 8];
        if file::read_at(self.0, from / PAGE * 8, wanted) < wanted.len() {
            return None;
        }
        let (mut listed, mut at) = (0, from);
        for entry in wanted.chunks_exact(8) {
            if which.has(u64::from_ne_bytes(entry.try_into().unwrap_or_default())) {
                match regions[..listed].last_mut() {
                    Some(last) if last.end == at => last.end += PAGE,
                    _ if listed == REGIONS => break,
                    _ => {
                        regions[listed] = Region::of(at, at + PAGE);
                        listed += 1;
                    }
                }
            }
            at += PAGE;
        }
        Some((listed, at))
    }
}

impl Drop for Pagemap {
    fn drop(&mut self) {
        file::close(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys;
    use std::{println, vec, vec::Vec};

    /// All pages between two addresses, by one of the two ways; `None` where the kernel has it not.
    fn pages(way: Way, from: usize, end: usize) -> Option<Vec<usize>> {
        let (file, mut regions) = (Pagemap::open()?, [Region::default(); REGIONS]);
        let (mut found, mut at) = (vec![], from);
        while at < end {
            let (listed, next) = way(&file, at, end, Which::Private, &mut regions)?;
            let listed = regions[..listed].iter();
            found.extend(listed.flat_map(|one| (one.start..one.end).step_by(PAGE)));
            at = next;
        }
        Some(found)
    }

    type Way = fn(&Pagemap, usize, usize, Which, &mut [Region; REGIONS]) -> Option<(usize, usize)>;

    #[test]
    fn both_ways_find_what_was_touched() {
        const LEN: usize = 1000 * PAGE;
        let seed = sys::random_u64();
        println!("seed {seed}");
        let place = sys::map(LEN).unwrap();
        // SAFETY: SYS-1: this test's own.
        unsafe { libc::madvise(place.cast(), LEN, libc::MADV_NOHUGEPAGE) };
        let (start, mut state, mut touched) = (place.expose_provenance(), seed | 1, vec![]);
        for page in 0..LEN / PAGE {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            // For a while most of them, and then hardly any.
            if state % 8 < if page % 200 < 100 { 7 } else { 1 } {
                // SAFETY: SYS-1: a page of this test's own.
                unsafe { place.add(page * PAGE).write_volatile(1) };
                touched.push(start + page * PAGE);
            }
        }
        assert_eq!(pages(Pagemap::read, start, start + LEN).as_ref(), Some(&touched));
        let scanned = pages(Pagemap::scan, start, start + LEN);
        assert!(scanned.is_none_or(|scanned| scanned == touched));
        assert_eq!(pages(Pagemap::list, start, start + LEN - 1).as_ref(), Some(&touched));
        // SAFETY: SYS-1: this test's own.
        unsafe { sys::unmap(place, LEN).unwrap() };
    }
}
