//! Blocks that nothing points to any more, found when a program asks or exits.
//!
//! Conservative, as every search of this kind for C must be: whatever word looks like the address of a byte of a live
//! block keeps that block. Words are read from all that the program can write ([`roots`]) and from the blocks that are
//! kept so ([`mark`]). Nothing is stopped, and nothing is noted while a program runs: the records tell which blocks are
//! live. The registers of other threads are not seen, so where there are any, what is found may still be theirs.
//!
//! - LEAKS-1: a [`List`](list::List) is used by one thread alone. What it names is read by way of the kernel ([`Peek`]), to
//!   which memory that has gone is an error and no fault.
//!
//! The rules by which blocks are said to be lost directly or behind others are memcheck's and LeakSanitizer's.

mod list;
mod mark;
mod pages;
mod presence;
mod roots;
mod tell;

use crate::guard::sink;
use crate::measure::stats::{dam_block_t, dam_leaks_t};
use crate::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sys::{self, Peek, Registers};
use crate::thread;

use list::List;
use mark::Marks;
use pages::Pages;
use presence::Presence;
use roots::{NONE, Range};

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
    /// Whether it was seen again after the program's words ([`Marks::keep_up`]).
    is_still_there: bool,
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
    fn of(block: &dam_block_t) -> Self {
        Self {
            start: block.address as usize,
            len: block.requested as usize,
            state: State::Unseen,
            kind: block.kind as u8,
            is_still_there: false,
            behind: 0,
            behind_bytes: 0,
        }
    }

    /// Whether an address is that of one of its bytes; of a block without bytes, its own.
    fn holds(&self, address: usize) -> bool {
        address.wrapping_sub(self.start) < self.len.max(1)
    }

    fn is_lost(&self) -> bool {
        matches!(self.state, State::Leads | State::Behind)
    }

    /// Whether it is the same as another, as far as can be told.
    fn is_same(&self, other: &Self) -> bool {
        self.start == other.start && self.len == other.len
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
    /// This is a signal handler that has interrupted the allocator in its own thread, or another search is going on.
    Busy,
    /// There is no memory for the list of blocks.
    NoMemory,
    /// What is mapped cannot be read.
    NoMappings,
}

/// How the process is read.
struct Tools {
    peek: Peek,
    presence: Presence,
}

/// The process that searches, of which a child may have a copy; 0: none. Two searches would read each other's lists.
static SEARCHING: AtomicU32 = AtomicU32::new(0);

/// The right to search.
struct Turn;

impl Turn {
    fn take() -> Result<Self, Refusal> {
        let (me, other) = (sys::process_id(), SEARCHING.load(Relaxed));
        let is_free =
            other != me && SEARCHING.compare_exchange(other, me, Acquire, Relaxed).is_ok();
        if is_free { Ok(Self) } else { Err(Refusal::Busy) }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        SEARCHING.store(0, Release);
    }
}

impl Refusal {
    /// Says so.
    pub fn tell(self) {
        sink::write(match self {
            Self::Busy => b"DAM: leaks_at_exit: the exit interrupted the allocator or a search; nothing was searched\n",
            Self::NoMemory => b"DAM: leaks_at_exit: no memory for the search\n",
            Self::NoMappings => b"DAM: leaks_at_exit: /proc/self/maps cannot be read; nothing was searched\n",
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
    let _turn = Turn::take()?;
    let tools = Tools { peek: Peek::new(), presence: Presence::new() };
    let other_threads = sys::thread_count().saturating_sub(1);
    let mut blocks = look(here, &tools, other_threads, NONE)?;
    if other_threads > 0 && blocks.iter().any(Block::is_lost) {
        // What is lost stays lost. What another thread was just moving is not missed a second time, as a rule.
        let before = blocks;
        blocks = look(here, &tools, other_threads, before.range())?;
        for block in blocks.iter_mut().filter(|block| block.is_lost()) {
            let same = before.binary_search_by_key(&block.start, |other| other.start);
            if !same.is_ok_and(|number| before[number].is_lost() && before[number].is_same(block)) {
                block.state = State::Kept;
            }
        }
    }
    let found = tell::count(&blocks, other_threads);
    tell::report(&mut blocks, &found, &tools.peek);
    Ok(found)
}

/// All blocks, and what points to each. `before`: where what was found before lies.
#[inline(never)]
fn look(
    here: &Registers,
    tools: &Tools,
    other_threads: u64,
    before: Range,
) -> Result<List<Block>, Refusal> {
    let mut blocks = live_blocks()?;
    let todo = List::with_room(blocks.len())?;
    let pages = Pages::new(tools)?;
    let [tags, words] = pages.ranges();
    let lists = [blocks.range(), todo.range(), tags, words, before];
    let mut marks = Marks { blocks: &mut blocks, todo, pages };
    roots::visit(here, tools, &lists, &mut |word| marks.keep(word))?;
    if other_threads > 0 {
        marks.keep_up();
    }
    marks.lead();
    drop(marks);
    Ok(blocks)
}

/// All of them, by their addresses. Those that come while they are written down may be missing.
fn live_blocks() -> Result<List<Block>, Refusal> {
    if thread::enter().is_none() {
        return Err(Refusal::Busy);
    }
    let mut count = 0usize;
    walk::blocks(&mut |_| {
        count += 1;
        true
    });
    loop {
        let mut blocks = List::with_room(count + count / 8 + 1024)?;
        walk::blocks(&mut |block| blocks.push(Block::of(block)));
        if !blocks.is_full() {
            blocks.sort_unstable_by_key(|block| block.start);
            return Ok(blocks);
        }
        // The heap has grown more than that: other threads are busy.
        count = blocks.len() * 2;
    }
}
