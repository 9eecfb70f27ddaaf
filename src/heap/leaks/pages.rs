//! Copies of the pages that were read last: a page of small blocks is wanted many times.

use crate::bits::PAGE;

use super::list::List;
use super::roots::Range;
use super::{Refusal, Tools};

/// How many; a page has one place.
const PLACES: usize = 1 << 10;
const WORDS: usize = PAGE / 8;

/// The copies, each for as long as its place is not wanted for another page.
pub struct Pages<'a> {
    /// How pages are read.
    pub tools: &'a Tools,
    /// Whose copy is where; 0: nobody's.
    tags: List<usize>,
    words: List<u64>,
}

/// The place of a copy.
#[derive(Clone, Copy)]
pub struct Copied(usize);

impl<'a> Pages<'a> {
    /// Without copies.
    pub fn new(tools: &'a Tools) -> Result<Self, Refusal> {
        let (tags, words) = (List::zeroed(PLACES)?, List::zeroed(PLACES * WORDS)?);
        Ok(Self { tools, tags, words })
    }

    /// Where they are.
    pub fn ranges(&self) -> [Range; 2] {
        [self.tags.range(), self.words.range()]
    }

    /// A copy of a page; `None`: the program has closed it.
    pub fn copy_of(&mut self, page: usize) -> Option<Copied> {
        let place = page / PAGE % PLACES;
        if self.tags[place] != page {
            self.tags[place] = 0;
            let words = &mut self.words[place * WORDS..][..WORDS];
            if !self.tools.peek.words(page, words) {
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
