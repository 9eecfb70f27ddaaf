//! Which blocks a pool consists of, out of band.
//!
//! Blocks tile a pool from offset 0 to [`LIMIT`] without gaps. A block, free or used, is at least
//! as long as a cell, so at most one starts in each cell, and one word per cell says all:
//!
//! ```text
//! starts   a bit per cell: a block starts in it
//! entry    size of the block if it is free, else 0 (24 bits) | its start within the cell (8 bits)
//! ```
//!
//! in units of 16 bytes. The two neighbours of a block, the boundary tags of the classical scheme,
//! are the bits in front of and behind its own; a used block ends where the next block starts.
//! Nothing in the blocks' own memory is ever followed, so nothing there can mislead the allocator,
//! and neither splitting nor coalescing touches a page of the program's.
#![forbid(unsafe_code)]

use crate::bits::PAGE;
use crate::config::limits::MIDDLE_POOL;

use super::bitmap::{BITS, Starts};
use super::tree::{IGNORED, MaxTree};

const CELL: usize = PAGE;
const UNIT: usize = 16;
const OFFSET: u32 = (1 << IGNORED) - 1;

/// Where the last block ends: the pool's last page is never committed, so that a run off the
/// pool's end faults.
pub const LIMIT: usize = MIDDLE_POOL - PAGE;
/// The shortest block.
pub const MIN_BLOCK: usize = CELL;

const _: () = assert!(CELL / UNIT == 1 << IGNORED && MIDDLE_POOL / CELL == BITS);
const _: () = assert!(MIDDLE_POOL / UNIT <= 1 << (31 - IGNORED));

/// A block, by offsets within its pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its first byte.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// Whether nobody uses it.
    pub free: bool,
}

/// The blocks of a pool. All-zero memory is a map without blocks: insert one over all first.
#[repr(C)]
pub struct BlockMap {
    starts: Starts,
    entries: MaxTree,
}

impl BlockMap {
    /// Enters or changes the free block `[start, end)`.
    #[inline]
    pub fn insert_free(&mut self, start: usize, end: usize) {
        debug_assert!(end <= LIMIT && end - start >= MIN_BLOCK);
        self.insert(start, (end - start) / UNIT);
    }

    /// Enters or changes the used block at `start`. It ends where the next block starts.
    #[inline]
    pub fn insert_used(&mut self, start: usize) {
        self.insert(start, 0);
    }

    fn insert(&mut self, start: usize, units: usize) {
        let offset = (start % CELL / UNIT) as u32;
        self.starts.insert(start / CELL);
        self.entries.set(start / CELL, (units as u32) << IGNORED | offset);
    }

    /// Removes the block at `start`: it becomes part of the one in front.
    #[inline]
    pub fn remove(&mut self, start: usize) {
        self.starts.remove(start / CELL);
        self.entries.set(start / CELL, 0);
    }

    /// The block that starts in `cell`, in which one does start.
    #[inline]
    fn in_cell(&self, cell: usize) -> Block {
        let entry = self.entries.get(cell);
        let start = self.start_in(cell);
        let size = (entry >> IGNORED) as usize * UNIT;
        let end = if size > 0 { start + size } else { self.next_start(cell) };
        Block { start, end, free: size > 0 }
    }

    #[inline]
    fn start_in(&self, cell: usize) -> usize {
        cell * CELL + (self.entries.get(cell) & OFFSET) as usize * UNIT
    }

    #[inline]
    fn next_start(&self, cell: usize) -> usize {
        self.starts.first_from(cell + 1).map_or(LIMIT, |next| self.start_in(next))
    }

    /// The block that starts at exactly this offset.
    #[inline]
    pub fn starting_at(&self, offset: usize) -> Option<Block> {
        let cell = offset / CELL;
        (self.starts.contains(cell) && self.start_in(cell) == offset).then(|| self.in_cell(cell))
    }

    /// The block behind one that ends at `end`, if it is free.
    #[inline]
    pub fn free_next(&self, end: usize) -> Option<Block> {
        if end < LIMIT { self.free_in(end / CELL) } else { None }
    }

    /// The block in front of the one that starts (or would start) at `start`, if it is free.
    #[inline]
    pub fn free_previous(&self, start: usize) -> Option<Block> {
        self.free_in(self.starts.last_before(start / CELL)?)
    }

    /// The block that starts in `cell`, if it is free: then the entry tells its end.
    #[inline]
    fn free_in(&self, cell: usize) -> Option<Block> {
        (self.entries.get(cell) >> IGNORED > 0).then(|| self.in_cell(cell))
    }

    /// The block behind one that ends at `end`.
    pub fn next(&self, end: usize) -> Option<Block> {
        (end < LIMIT).then(|| self.in_cell(end / CELL))
    }

    /// The block in front of the one that starts (or would start) at `start`.
    pub fn previous(&self, start: usize) -> Option<Block> {
        self.starts.last_before(start / CELL).map(|cell| self.in_cell(cell))
    }

    /// The block that `offset` lies in.
    pub fn containing(&self, offset: usize) -> Option<Block> {
        let cell = offset / CELL;
        if self.starts.contains(cell) && self.start_in(cell) <= offset {
            return Some(self.in_cell(cell));
        }
        self.previous(offset).filter(|_| offset < LIMIT)
    }

    /// The free block of the lowest address that has `size` bytes.
    #[inline]
    pub fn first_fit(&self, size: usize) -> Option<Block> {
        let wanted = size.div_ceil(UNIT).min(MIDDLE_POOL / UNIT) as u32;
        self.entries.first_at_least(wanted << IGNORED).map(|cell| self.in_cell(cell))
    }

    /// The same among those that start in `cell` or behind it.
    pub fn first_fit_from(&self, cell: usize, size: usize) -> Option<Block> {
        let wanted = size.div_ceil(UNIT).min(MIDDLE_POOL / UNIT) as u32;
        self.entries.first_at_least_from(cell, wanted << IGNORED).map(|cell| self.in_cell(cell))
    }

    /// Bytes of the largest free block.
    #[inline]
    pub fn largest(&self) -> usize {
        (self.entries.largest() >> IGNORED) as usize * UNIT
    }

    /// The blocks that start at `from` or behind it.
    pub fn blocks_from(&self, from: usize) -> impl Iterator<Item = Block> + Clone {
        let mut at = match self.containing(from) {
            Some(block) if block.start < from => block.end,
            _ => from,
        };
        core::iter::from_fn(move || {
            let block = self.next(at)?;
            // A map that is not sound must not hold a walk for ever.
            at = if block.end > at { block.end } else { LIMIT };
            Some(block)
        })
    }

    /// Whether the blocks tile the pool, in the order of the rules. Neighbours that are both free
    /// are allowed where nothing coalesces any more.
    pub fn is_sound(&self, coalesced: bool) -> bool {
        let (mut at, mut count, mut last_free) = (0, 0, false);
        while at < LIMIT {
            let Some(block) = self.starting_at(at) else { return false };
            let neighbours_free = block.free && last_free && coalesced;
            if block.end < at + MIN_BLOCK || neighbours_free {
                return false;
            }
            (at, count, last_free) = (block.end, count + 1, block.free);
        }
        let cells = 0..BITS;
        let empty = |cell: &usize| !self.starts.contains(*cell);
        at == LIMIT
            && cells.clone().filter(|cell| !empty(cell)).count() == count
            && cells.filter(empty).all(|cell| self.entries.get(cell) == 0)
            && self.starts.is_sound()
            && self.entries.is_sound()
    }
}
