//! Blocks that nothing points to any more, found when a program asks or exits.
//!
//! Conservative, as every search of this kind for C must be: whatever word looks like the address of a byte of a live
//! block keeps that block. Words are read from all that the program can write ([`roots`]) and from the blocks that are
//! kept so ([`mark`]). Nothing is stopped, and nothing is noted while a program runs: the records tell which blocks are
//! live. The registers of other threads are not seen, so where there are any, what is found may still be theirs.
//!
//! - LEAKS-1: a [`List`](list::List) is used by one thread alone, and the blocks it names are read by way of the kernel, to
//!   which memory that has gone is an error and no fault.
//!
//! The rules by which blocks are said to be lost directly or behind others are memcheck's and LeakSanitizer's.

mod list;
mod mark;
mod pages;
mod roots;
mod tell;

use crate::guard::sink;
use crate::measure::stats::dam_leaks_t;
use crate::sys::{self, Peek, Registers};
use crate::thread;

use list::List;

use super::walk;

/// A live block.
#[derive(Clone, Copy)]
struct Block {
    start: usize,
    /// Bytes it was asked for.
    len: usize,
    /// What points to it.
    state: State,
    /// How it was allocated: a `dam_block_t`'s `kind`.
    kind: u8,
    /// Blocks that are reached from this one alone, where it `Leads`.
    behind: usize,
    /// Their bytes.
    behind_bytes: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
enum State {
    /// Nothing that was looked at so far.
    Unseen,
    /// The program, directly or through blocks it has.
    Kept,
    /// Nothing, or only what is lost with it.
    Leads,
    /// A lost block alone.
    Behind,
}

impl Block {
    /// Whether an address is that of one of its bytes; of a block without bytes, its own.
    fn holds(&self, address: usize) -> bool {
        address.wrapping_sub(self.start) < self.len.max(1)
    }

    /// The door it came by, if its record still says.
    fn door(&self) -> &'static str {
        match self.kind {
            0 => "malloc",
            1 => "new",
            2 => "new[]",
            _ => "not known",
        }
    }
}

/// Why nothing could be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// This is a signal handler that has interrupted the allocator in its own thread.
    Inside,
    /// There is no memory for the list of blocks.
    NoMemory,
}

impl Refusal {
    /// Says so.
    pub fn tell(self) {
        sink::write(match self {
            Self::Inside => {
                b"DAM: leaks_at_exit: the exit interrupted the allocator; nothing was searched\n"
            }
            Self::NoMemory => b"DAM: leaks_at_exit: no memory for the search\n",
        });
    }
}

/// Looks for blocks that are lost, and reports them.
///
/// The caller's frames are searched and this one's is not more than the registers: what dead frames below have left must
/// not keep a block.
#[inline(never)]
pub fn find() -> Result<dam_leaks_t, Refusal> {
    let here = Registers::here();
    search(&here)
}

#[inline(never)]
fn search(here: &Registers) -> Result<dam_leaks_t, Refusal> {
    if thread::enter().is_none() {
        return Err(Refusal::Inside);
    }
    let mut blocks = live_blocks().ok_or(Refusal::NoMemory)?;
    let todo = List::with_room(blocks.len()).ok_or(Refusal::NoMemory)?;
    let peek = Peek::new();
    let pages = pages::Pages::new(&peek).ok_or(Refusal::NoMemory)?;
    let lists = [blocks.range(), todo.range(), pages.range()];
    let mut marks = mark::Marks { blocks: &mut blocks, todo, pages };
    roots::visit(here, &peek, &lists, &mut |word| marks.keep(word)).ok_or(Refusal::NoMemory)?;
    marks.lead();
    let found = tell::count(&blocks, sys::thread_count().saturating_sub(1));
    tell::report(&mut blocks, &found, &peek);
    Ok(found)
}

/// All of them, by their addresses. Those that come while they are written down may be missing.
fn live_blocks() -> Option<List<Block>> {
    let mut count = 0usize;
    walk::blocks(&mut |_| {
        count += 1;
        true
    });
    let mut blocks = List::with_room(count + count / 8 + 1024)?;
    walk::blocks(&mut |block| {
        blocks.push(Block {
            start: block.address as usize,
            len: block.requested as usize,
            state: State::Unseen,
            kind: block.kind as u8,
            behind: 0,
            behind_bytes: 0,
        })
    });
    blocks.sort_unstable_by_key(|block| block.start);
    Some(blocks)
}
