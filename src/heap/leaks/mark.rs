//! What points to which block.

use super::list::List;
use super::pages::Pages;
use super::presence::PAGES;
use super::{Block, State, walk};
use crate::bits::{PAGE, align_down};

/// The blocks, and those whose words are still to be read.
pub struct Marks<'a> {
    /// By their addresses.
    pub blocks: &'a mut List<Block>,
    /// Numbers of blocks; each is here once at the most.
    pub todo: List<usize>,
    /// Where they are read.
    pub pages: Pages<'a>,
}

impl Marks<'_> {
    /// A word of the program's: the block it points to is kept, and what that points to.
    pub fn keep(&mut self, word: usize) {
        self.reach(word);
        while let Some(number) = self.todo.pop() {
            let block = self.blocks[number];
            self.read(&block, Self::reach);
        }
    }

    fn reach(&mut self, word: usize) {
        if let Some(number) = self.at(word)
            && self.blocks[number].state == State::Unseen
        {
            self.blocks[number].state = State::Kept;
            self.todo.push(number);
        }
    }

    /// Other threads have gone on meanwhile. What blocks point to that came since is kept, and so is what has been given back, of
    /// which nobody has an address any more for a good reason.
    pub fn keep_up(&mut self) {
        // In a word of their own, for the places of `Block` are taken: 1 for a block that is still the same.
        self.blocks.iter_mut().for_each(|block| block.behind = 0);
        walk::blocks(&mut |now| {
            let now = Block::of(now);
            match self.at(now.start) {
                Some(number) if self.blocks[number].is_same(&now) => self.blocks[number].behind = 1,
                _ => self.keep_all_of(&now),
            }
            true
        });
        for block in self.blocks.iter_mut() {
            if block.behind == 0 && block.state == State::Unseen {
                block.state = State::Kept;
            }
            block.behind = 0;
        }
    }

    fn keep_all_of(&mut self, block: &Block) {
        self.read(block, Self::reach);
        self.keep(0);
    }

    /// When all words of the program were seen: of what is left, one block leads each group, and the others are behind it.
    pub fn lead(&mut self) {
        for number in 0..self.blocks.len() {
            if self.blocks[number].state == State::Unseen {
                self.blocks[number].state = State::Leads;
                self.todo.push(number);
                while let Some(behind) = self.todo.pop() {
                    let block = self.blocks[behind];
                    self.read(&block, |marks, word| marks.follow(number, word));
                }
            }
        }
    }

    /// A word in the group of `leader`.
    fn follow(&mut self, leader: usize, word: usize) {
        let Some(number) = self.at(word).filter(|&number| number != leader) else { return };
        let block = self.blocks[number];
        match block.state {
            State::Unseen => _ = self.todo.push(number),
            // What it leads was read before.
            State::Leads => {}
            State::Kept | State::Behind => return,
        }
        self.blocks[number] = Block { state: State::Behind, behind: 0, behind_bytes: 0, ..block };
        let leading = &mut self.blocks[leader];
        leading.behind += block.behind + 1;
        leading.behind_bytes += block.behind_bytes + block.len;
    }

    /// The block that holds an address.
    fn at(&self, address: usize) -> Option<usize> {
        let (first, last) = (self.blocks.first()?, self.blocks.last()?);
        if address < first.start || !last.holds(address) && address > last.start {
            return None;
        }
        let number = self.blocks.partition_point(|block| block.start <= address).checked_sub(1)?;
        self.blocks[number].holds(address).then_some(number)
    }

    /// Shows each word of a block, page by page, of which the program may have closed some. Of a long one, those that were
    /// ever touched.
    fn read(&mut self, block: &Block, mut visit: impl FnMut(&mut Self, usize)) {
        let (start, len) = (block.start, block.len);
        let (mut from, end) = (start.next_multiple_of(8), (start + len) & !7);
        while from < end {
            let first = align_down(from, PAGE);
            let stop = end.min(first + PAGES * PAGE);
            let count = (stop - first).div_ceil(PAGE);
            let is_long = len > PAGES * PAGE;
            let there = if is_long { self.pages.there(first, count) } else { [true; PAGES] };
            for (number, _) in there[..count].iter().enumerate().filter(|(_, there)| **there) {
                let page = first + number * PAGE;
                self.read_page(page, from.max(page), stop.min(page + PAGE), &mut visit);
            }
            from = stop;
        }
    }

    fn read_page(
        &mut self,
        page: usize,
        from: usize,
        end: usize,
        visit: &mut impl FnMut(&mut Self, usize),
    ) {
        let Some(copy) = self.pages.copy_of(page) else { return };
        for at in (from - page) / 8..(end - page) / 8 {
            let word = self.pages.word(copy, at);
            visit(self, word);
        }
    }
}
