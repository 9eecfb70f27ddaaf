//! What points to which block.

use super::list::List;
use super::pages::Pages;
use super::{Block, State};
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
            self.read(number, Self::reach);
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

    /// When all words of the program were seen: of what is left, one block leads each group, and the others are behind it.
    pub fn lead(&mut self) {
        for number in 0..self.blocks.len() {
            if self.blocks[number].state == State::Unseen {
                self.blocks[number].state = State::Leads;
                self.todo.push(number);
                while let Some(behind) = self.todo.pop() {
                    self.read(behind, |marks, word| marks.follow(number, word));
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

    /// Shows each word of a block, page by page, of which the program may have closed some.
    fn read(&mut self, number: usize, mut visit: impl FnMut(&mut Self, usize)) {
        let Block { start, len, .. } = self.blocks[number];
        let (mut from, end) = (start.next_multiple_of(8), (start + len) & !7);
        while from < end {
            let page = align_down(from, PAGE);
            let stop = end.min(page + PAGE);
            if let Some(copy) = self.pages.copy_of(page) {
                for at in (from - page) / 8..(stop - page) / 8 {
                    let word = self.pages.word(copy, at);
                    visit(self, word);
                }
            }
            from = stop;
        }
    }
}
