//! Addresses of blocks with pages of their own that have left the quarantine, markers all over, for the next
//! block of as many pages. To unmap them would leave holes in what is one mapping, and so make thousands of it.
//!
//! Stops: nothing; they fault all the same. Costs: address space, one place in a list, and the kernel's page
//! tables with the markers.

use crate::bits::PAGE;
use crate::sync::Leaf;

use super::places::Places;

/// Pages of the longest range that is kept: longer ones are few.
const MOST_PAGES: usize = 64;
/// Ranges there may be.
const PLACES: usize = 512 << 10;

static NODES: Places<Node> = Places::new();

/// One range in a list of those of its length.
#[derive(Clone, Copy)]
struct Node {
    start: usize,
    next: Link,
}

/// A node's number and 1; 0 is none.
type Link = u32;

struct Spare {
    /// Nodes from here on were never used.
    fresh: usize,
    /// Nodes that are free again.
    free: Link,
    /// The lists, by pages.
    lists: [Link; MOST_PAGES + 1],
}

static SPARE: Leaf<Spare> = Leaf::new(Spare { fresh: 0, free: 0, lists: [0; MOST_PAGES + 1] });

/// Keeps a range, all of it markers, that this thread owns and the registry does not know. False where it has
/// no place.
pub fn keep(start: usize, len: usize) -> bool {
    let pages = len / PAGE;
    pages <= MOST_PAGES && NODES.make(PLACES) && SPARE.lock().push(pages, start)
}

/// The start of a range of `len` bytes, which this thread owns now.
pub fn take(len: usize) -> Option<usize> {
    let pages = len / PAGE;
    if pages > MOST_PAGES { None } else { SPARE.lock().pop(pages) }
}

/// Start and length of any range, which this thread owns now.
pub fn take_any() -> Option<(usize, usize)> {
    let mut spare = SPARE.lock();
    let pages = spare.lists.iter().position(|&list| list != 0)?;
    spare.pop(pages).map(|start| (start, pages * PAGE))
}

impl Spare {
    fn push(&mut self, pages: usize, start: usize) -> bool {
        let link = match self.free {
            0 if self.fresh == PLACES => return false,
            0 => {
                self.fresh += 1;
                self.fresh as Link
            }
            free => {
                self.free = self.node(free).next;
                free
            }
        };
        *self.node(link) = Node { start, next: self.lists[pages] };
        self.lists[pages] = link;
        true
    }

    fn pop(&mut self, pages: usize) -> Option<usize> {
        let link = self.lists[pages];
        if link == 0 {
            return None;
        }
        let Node { start, next } = *self.node(link);
        self.lists[pages] = next;
        self.node(link).next = self.free;
        self.free = link;
        Some(start)
    }

    fn node(&mut self, link: Link) -> &mut Node {
        // SAFETY: LARGE-6: the lists are locked, and a node has been handed out, so the places are there.
        unsafe { NODES.at(link as usize - 1) }
    }
}
