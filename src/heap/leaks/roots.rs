//! Where a program may keep the address of a block, other than in a block: whatever it can write, and the allocator has
//! not made for itself.

use crate::bits::{PAGE, align_down};
use crate::large;
use crate::small::class::CLASSES;
use crate::space::{self, meta};
use crate::sys::maps::{self, Mapping};
use crate::sys::{Peek, Registers, file};

use super::list::List;

/// Pages whose presence is asked at a time.
const PAGES: usize = 64;
/// In an entry of `/proc/self/pagemap`: the page is in memory, or in the swap.
const THERE: u64 = 1 << 63 | 1 << 62;
/// It is a file's, or shared.
const FILE: u64 = 1 << 61;

/// First byte and length of what the allocator has for itself.
pub type Range = (usize, usize);

/// How memory is read.
struct Reader<'a> {
    peek: &'a Peek,
    own: List<Range>,
    buffer: List<u64>,
    /// `/proc/self/pagemap`; without it every page is taken to be there.
    pagemap: Option<usize>,
    visit: &'a mut dyn FnMut(usize),
}

/// Shows every word to `visit`; `None` where there is no memory. Of the stack of `here`, what is above it. `lists` are
/// those of this search.
pub fn visit(
    here: &Registers,
    peek: &Peek,
    lists: &[Range],
    visit: &mut dyn FnMut(usize),
) -> Option<()> {
    here.values.iter().for_each(|&word| visit(word));
    let stack = here.values[Registers::SP];
    let pagemap = file::open(c"/proc/self/pagemap");
    let buffer = List::filled(0, PAGE / 8)?;
    let own = own(lists, buffer.range())?;
    let mut reader = Reader { peek, own, buffer, pagemap, visit };
    let mut text = [0; 512];
    maps::visit(&mut text, &mut |mapping| {
        if is_root(mapping) {
            let from = if mapping.holds(stack) { align_down(stack, 8) } else { mapping.start };
            let is_writable = mapping.rights.starts_with(b"rw");
            reader.mapping(from, mapping.end, if is_writable { 0 } else { FILE });
        }
        false
    });
    if let Some(file) = pagemap {
        file::close(file);
    }
    Some(())
}

/// Whether a program writes there, or has written before it was closed to writing, as the dynamic linker does with its own
/// data; not a device, for which to be read may mean something.
fn is_root(mapping: &Mapping<'_>) -> bool {
    let is_device = mapping.name.starts_with(b"/dev/") && !mapping.name.starts_with(b"/dev/zero");
    mapping.rights.starts_with(b"r") && !mapping.name.starts_with(b"[v") && !is_device
}

/// The allocator's ranges, by their addresses: blocks are read as blocks, what was freed is nobody's, and its own data knows
/// every block.
fn own(lists: &[Range], buffer: Range) -> Option<List<Range>> {
    let mut count = lists.len() + 2;
    visit_own(&mut |_, _| count += 1);
    let mut own = List::with_room(count + count / 8 + 64)?;
    let itself = own.range();
    for &range in lists.iter().chain([&buffer, &itself]) {
        own.push(range);
    }
    visit_own(&mut |start, len| _ = own.push((start, len)));
    own.sort_unstable();
    Some(own)
}

fn visit_own(visit: &mut dyn FnMut(usize, usize)) {
    visit(space::base(), CLASSES << space::shift());
    let (middle, len) = space::middle_range();
    visit(middle, len);
    meta::visit(visit);
    large::walk::visit_ranges(visit);
}

impl Reader<'_> {
    /// Shows the words from an address to the end of a page, but for pages with one of the bits `without`.
    fn mapping(&mut self, mut from: usize, end: usize, without: u64) {
        while from < end {
            let first = align_down(from, PAGE);
            let stop = end.min(first + PAGES * PAGE);
            let there = self.there(first, (stop - first) / PAGE, without);
            for (page, _) in there.iter().enumerate().filter(|(_, there)| **there) {
                let page = first + page * PAGE;
                self.page(from.max(page), page + PAGE);
            }
            from = stop;
        }
    }

    /// Which of some pages are there and the program's.
    fn there(&self, first: usize, count: usize, without: u64) -> [bool; PAGES] {
        let mut entries = [0u8; PAGES * 8];
        let wanted = &mut entries[..count * 8];
        let known = self.pagemap.map_or(0, |file| file::read_at(file, first / PAGE * 8, wanted));
        let mut there = [false; PAGES];
        for (page, there) in there[..count].iter_mut().enumerate() {
            let entry = u64::from_ne_bytes(entries[page * 8..][..8].try_into().unwrap_or_default());
            let is_there = known < count * 8 || entry & THERE != 0 && entry & without == 0;
            *there = is_there && !self.is_own(first + page * PAGE);
        }
        there
    }

    fn is_own(&self, page: usize) -> bool {
        let behind = self.own.partition_point(|&(start, _)| start <= page);
        let is_in = |&(start, len): &Range| page - start < len;
        self.own[..behind].last().is_some_and(is_in)
    }

    fn page(&mut self, from: usize, end: usize) {
        let count = (end - from) / 8;
        if self.peek.words(from, &mut self.buffer[..count]) {
            self.buffer[..count].iter().for_each(|&word| (self.visit)(word as usize));
        }
    }
}
