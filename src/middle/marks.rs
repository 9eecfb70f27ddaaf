//! What is known of a pool's used blocks without its lock.
//!
//! A word per cell (as in [`super::map`]: at most one block starts in each) says whether the block
//! that starts there is the program's, and how long it is:
//!
//! ```text
//! generation (34 bits) | length (20) | start within the cell (8) | state (2)
//! ```
//!
//! lengths and starts in units of 16 bytes. A thread that frees a block takes it by changing its
//! state ([`Marks::take`]), whether it keeps the block in its store or gives it to the pool. The
//! generation moves on whenever a block becomes the program's, so that who noted a mark can tell
//! whether it is still that block.
//!
//! - MARKS-1: `Live` while the program has the block; `Taken` while a thread's store has it, or
//!   somebody under the pool's lock; `None` in front of and behind that. Only who took a block may
//!   touch what is the allocator's of it, set its length and make it `Live` again, or, under the
//!   pool's lock, `None`.
#![forbid(unsafe_code)]

use crate::bits::PAGE;
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
    fence,
};

use super::bitmap::BITS;

const UNIT: usize = 16;

/// Who has the block that starts in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum State {
    /// No used block starts there.
    None = 0,
    /// The program.
    Live = 1,
    /// A thread's store, or somebody under the pool's lock.
    Taken = 2,
}

/// A cell's word as it was at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(u64);

impl Mark {
    const START: u32 = 2;
    const LENGTH: u32 = 10;
    const GENERATION: u32 = 30;

    fn new(state: State, start: usize, length: usize, generation: u64) -> Self {
        let start = (start % PAGE / UNIT) as u64;
        let length = (length / UNIT) as u64;
        Self(
            generation << Self::GENERATION
                | length << Self::LENGTH
                | start << Self::START
                | state as u64,
        )
    }

    /// The state, if the mark is that of a block with this start (a multiple of 16).
    #[inline(always)]
    pub fn state_at(self, start: usize) -> State {
        let here = (self.0 >> Self::START) as usize % (PAGE / UNIT) * UNIT == start % PAGE;
        match self.0 & 3 {
            1 if here => State::Live,
            2 if here => State::Taken,
            _ => State::None,
        }
    }

    /// The block's start within its cell.
    #[inline(always)]
    pub fn start(self) -> usize {
        (self.0 >> Self::START) as usize % (PAGE / UNIT) * UNIT
    }

    /// Bytes of the block, its header and canary included.
    #[inline(always)]
    pub fn length(self) -> usize {
        (self.0 >> Self::LENGTH) as usize % (1 << (Self::GENERATION - Self::LENGTH)) * UNIT
    }

    /// A part of the generation: enough to tell two uses of a cell apart.
    #[inline(always)]
    pub fn generation(self) -> u32 {
        (self.0 >> Self::GENERATION) as u32
    }

    #[inline(always)]
    fn with(self, state: State) -> Self {
        Self(self.0 & !3 | state as u64)
    }
}

/// The marks of a pool, by cell. All-zero memory says that there is no used block.
#[repr(C)]
pub struct Marks([AtomicU64; BITS]);

impl Marks {
    /// Those of a pool without blocks.
    #[cfg(any(loom, shuttle))]
    pub fn new() -> Self {
        Self(core::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// The mark of the cell that `offset` lies in; all `None` beyond the pool.
    #[inline(always)]
    pub fn at(&self, offset: usize) -> Mark {
        Mark(self.0.get(offset / PAGE).map_or(0, |word| word.load(Acquire)))
    }

    /// Takes a live block whose mark has just been read; false when it was not the first to.
    #[inline(always)]
    pub fn take(&self, offset: usize, seen: Mark) -> bool {
        let word = &self.0[offset / PAGE % BITS];
        word.compare_exchange(seen.0, seen.with(State::Taken).0, Acquire, Relaxed).is_ok()
    }

    /// Before a block that was taken is made ready for its next life: who looks at it meanwhile
    /// (the heap check) sees that it is taken.
    #[inline(always)]
    pub fn before_writing() {
        fence(Release);
    }

    /// Gives a block, which is new or was taken, to the program.
    #[inline(always)]
    pub fn give(&self, start: usize, length: usize) {
        let word = &self.0[start / PAGE % BITS];
        let generation = (word.load(Relaxed) >> Mark::GENERATION).wrapping_add(1);
        word.store(Mark::new(State::Live, start, length, generation).0, Release);
    }

    /// A taken block was given to the pool.
    #[inline(always)]
    pub fn end(&self, start: usize) {
        let word = &self.0[start / PAGE % BITS];
        word.store(Mark(word.load(Relaxed)).with(State::None).0, Release);
    }

    /// Cells in which a used block starts.
    pub fn count(&self) -> usize {
        self.0.iter().filter(|word| word.load(Relaxed) & 3 != State::None as u64).count()
    }

    /// Whether a block's mark is unchanged since `seen` was read, and so what was read of the block
    /// meanwhile belonged together.
    pub fn is_still(&self, start: usize, seen: Mark) -> bool {
        fence(Acquire);
        self.at(start) == seen
    }
}
