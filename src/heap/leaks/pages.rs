//! Copies of the pages that were read last: a page of small blocks is wanted many times.

use crate::bits::PAGE;
use crate::sys::Peek;

use super::list::List;
use super::roots::Range;

/// How many; a page has one place.
const PLACES: usize = 1 << 10;
const WORDS: usize = PAGE / 8;
/// No page's address.
const NONE: usize = 1;

/// The copies, each for as long as its place is not wanted for another page.
pub struct Pages<'a> {
    peek: &'a Peek,
    /// Whose copy is where.
    tags: List<usize>,
    words: List<u64>,
}

/// The place of a copy.
#[derive(Clone, Copy)]
pub struct Copied(usize);

impl<'a> Pages<'a> {
    /// `None` where there is no memory.
    pub fn new(peek: &'a Peek) -> Option<Self> {
        let (tags, words) = (List::filled(NONE, PLACES)?, List::filled(0, PLACES * WORDS)?);
        Some(Self { peek, tags, words })
    }

    /// Where they are.
    pub fn range(&self) -> Range {
        self.words.range()
    }

    /// A copy of a page; `None`: the program has closed it.
    pub fn copy_of(&mut self, page: usize) -> Option<Copied> {
        let place = page / PAGE % PLACES;
        if self.tags[place] != page {
            self.tags[place] = NONE;
            let words = &mut self.words[place * WORDS..][..WORDS];
            if !self.peek.words(page, words) {
                return None;
            }
            self.tags[place] = page;
        }
        Some(Copied(place))
    }

    /// A word of a copy.
    pub fn word(&self, copy: Copied, at: usize) -> usize {
        self.words[copy.0 * WORDS + at] as usize
    }
}
