//! What points to which block.

use crate::bits::{PAGE, align_down};
use crate::sys::pagemap::Which;

use super::list::List;
use super::pages::Pages;
use super::presence::{NOT_ASKED, SHORT};
use super::{Block, State, walk};

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
        self.keep_all_behind();
    }

    fn keep_all_behind(&mut self) {
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
        walk::blocks(&mut |now| {
            let now = Block::of(now);
            match self.at(now.start) {
                Some(number) if self.blocks[number].is_same(&now) => {
                    self.blocks[number].is_still_there = true;
                }
                _ => {
                    self.read(&now, Self::reach);
                    self.keep_all_behind();
                }
            }
            true
        });
        let is_gone = |block: &&mut Block| !block.is_still_there && block.state == State::Unseen;
        self.blocks.iter_mut().filter(is_gone).for_each(|block| block.state = State::Kept);
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
        let (from, end) = (block.start.next_multiple_of(8), (block.start + block.len) & !7);
        let tools = self.pages.tools;
        let presence = if block.len > SHORT { &tools.presence } else { &NOT_ASKED };
        presence
            .visit(from, end, Which::All, &mut |from, end| self.read_page(from, end, &mut visit));
    }

    fn read_page(&mut self, from: usize, end: usize, visit: &mut impl FnMut(&mut Self, usize)) {
        let page = align_down(from, PAGE);
        let Some(copy) = self.pages.copy_of(page) else { return };
        for at in (from - page) / 8..(end - page) / 8 {
            let word = self.pages.word(copy, at);
            visit(self, word);
        }
    }
}
