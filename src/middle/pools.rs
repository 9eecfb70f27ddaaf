//! The pools: where they are, and which one serves a request.

use core::ptr;

use crate::config::limits::{MIDDLE_MAX, MIDDLE_POOL, MIDDLE_WINDOWS, WINDOW_SHIFT_MAX};
use crate::guard::Operation;
use crate::measure::stats::DAM_MIDDLE;
use crate::space;
use crate::sync::Lock;
use crate::sync::atomic::{
    AtomicPtr, AtomicU32, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sys::{self, probes};

use super::cell::{Hold, PoolCell};
use super::map::{LIMIT, MIN_BLOCK};
use super::pool::{Placed, Refusal, Request, block_size};
use super::stale::StalePages;

const MAX_POOLS: usize = (MIDDLE_WINDOWS << WINDOW_SHIFT_MAX) / MIDDLE_POOL;
/// Threads are told apart by their number modulo this.
const HOMES: usize = 64;
/// What every request needs at the most. A pool's room is told up to this, so that the number of a
/// pool that has plenty does not change, and the cache line it is in stays shared.
const ENOUGH: usize = block_size(MIDDLE_MAX) + super::MAX_ALIGN + MIN_BLOCK;

static TABLE: [AtomicPtr<PoolCell>; MAX_POOLS] =
    [const { AtomicPtr::new(ptr::null_mut()) }; MAX_POOLS];
/// Bytes of each pool's largest free block, as far as they matter. A hint: it tells which pools
/// are worth a lock.
static ROOM: [AtomicU32; MAX_POOLS] = [const { AtomicU32::new(0) }; MAX_POOLS];
static COUNT: AtomicUsize = AtomicUsize::new(0);
static OPENING: Lock<()> = Lock::new(());
/// Where a thread begins to look. All begin at pool 0, so that memory stays together at the lowest
/// addresses; a thread that finds another one in its way moves on.
static HOME: [AtomicU32; HOMES] = [const { AtomicU32::new(0) }; HOMES];
/// Up to this many pools are opened only because others are busy. 0 until it is known.
static SPREAD: AtomicUsize = AtomicUsize::new(0);

const _: () = assert!(ENOUGH <= LIMIT);

/// How a search through the pools ended.
enum Search {
    Found(Placed),
    /// No pool has room.
    Full,
    /// No pool has room, except perhaps some that other threads hold.
    Busy,
    /// The system gives no more memory.
    NoMemory,
}

/// Pools opened so far; they are numbered from 0.
pub fn count() -> usize {
    COUNT.load(Acquire)
}

/// The pool of this number.
#[inline]
pub fn cell(index: usize) -> Option<&'static PoolCell> {
    let cell = TABLE.get(index)?.load(Acquire);
    // SAFETY: MIDDLE-1: null, or a cell that lives for ever.
    unsafe { cell.as_ref() }
}

/// The pool that `address` lies in, and the offset there.
#[inline]
pub fn find(address: usize) -> Option<(&'static PoolCell, usize)> {
    let (base, len) = space::middle_range();
    let offset = address.wrapping_sub(base);
    if offset >= len {
        return None;
    }
    Some((cell(offset / MIDDLE_POOL)?, offset % MIDDLE_POOL))
}

/// All pools.
pub fn all() -> impl Iterator<Item = &'static PoolCell> {
    (0..count()).filter_map(cell)
}

/// Notes the largest free block of a pool.
#[inline]
pub fn publish_room(index: usize, bytes: usize) {
    let bytes = bytes.min(ENOUGH) as u32;
    if let Some(room) = ROOM.get(index)
        && room.load(Relaxed) != bytes
    {
        room.store(bytes, Relaxed);
    }
}

/// A block for `request` from the first pool that has room, counted from this thread's home; else
/// from a new one.
#[inline]
pub fn allocate(
    request: &Request,
    near: u32,
    mut stale: Option<&mut StalePages>,
) -> Option<Placed> {
    let home = &HOME[near as usize % HOMES];
    let need = request.largest_need();
    for index in home.load(Relaxed) as usize..count() {
        if !has_room(index, need) {
            continue;
        }
        let Some(mut hold) = cell(index)?.try_hold() else { break };
        match hold.allocate(request, stale.as_deref_mut()) {
            Ok(placed) => return Some(placed),
            Err(Refusal::Written(at)) => hold.report_written(at, Operation::Reuse),
            Err(_) => {}
        }
    }
    Searcher { request, need, home }.search(stale)
}

/// Whether it is worth asking the pool for this much.
#[inline]
fn has_room(index: usize, need: usize) -> bool {
    ROOM.get(index).is_some_and(|room| room.load(Relaxed) as usize >= need)
}

/// A request that its thread's home could not serve at once.
struct Searcher<'a> {
    request: &'a Request,
    need: usize,
    home: &'a AtomicU32,
}

impl Searcher<'_> {
    #[cold]
    fn search(&self, mut stale: Option<&mut StalePages>) -> Option<Placed> {
        loop {
            let seen = count();
            let found = match self.visit(PoolCell::try_hold, stale.as_deref_mut()) {
                Search::Busy if seen >= spread() => self.wait(stale.as_deref_mut()),
                other => other,
            };
            match found {
                Search::Found(placed) => return Some(placed),
                // Another thread may have opened one meanwhile; then that is looked at first.
                Search::Full | Search::Busy if count() > seen || open(seen) => {}
                Search::Full | Search::NoMemory => return None,
                Search::Busy => {
                    let Search::Found(placed) = self.wait(stale) else { return None };
                    return Some(placed);
                }
            }
        }
    }

    fn wait(&self, stale: Option<&mut StalePages>) -> Search {
        self.visit(|cell| Some(cell.hold()), stale)
    }

    /// Tries the pools from the thread's home on, then those before it. A thread whose home is busy
    /// gets another one.
    fn visit(
        &self,
        hold: impl Fn(&'static PoolCell) -> Option<Hold<'static>>,
        mut stale: Option<&mut StalePages>,
    ) -> Search {
        let mut answer = Search::Full;
        let home = self.home.load(Relaxed) as usize;
        let mut home_is_busy = false;
        for index in (home..count()).chain(0..home.min(count())) {
            if !has_room(index, self.need) {
                continue;
            }
            let Some(cell) = cell(index) else { continue };
            let Some(mut hold) = hold(cell) else {
                answer = Search::Busy;
                home_is_busy |= index == home;
                continue;
            };
            match hold.allocate(self.request, stale.as_deref_mut()) {
                Ok(placed) => {
                    if home_is_busy {
                        self.home.store(index as u32, Relaxed);
                    }
                    return Search::Found(placed);
                }
                Err(Refusal::NoMemory) => answer = Search::NoMemory,
                Err(Refusal::NoRoom) => {}
                Err(Refusal::Written(at)) => hold.report_written(at, Operation::Reuse),
            }
        }
        answer
    }
}

/// Opens pool number `index`, unless another thread did. `false` when there is no address space or no memory for its map.
fn open(index: usize) -> bool {
    let (base, len) = space::middle_range();
    let _opening = OPENING.lock();
    if COUNT.load(Relaxed) != index {
        return true;
    }
    if index >= (len / MIDDLE_POOL).min(MAX_POOLS) {
        return false;
    }
    let (bytes, align) = (size_of::<PoolCell>(), align_of::<PoolCell>());
    let Some(memory) = space::meta::allocate(bytes, align) else { return false };
    let new = memory.cast::<PoolCell>().as_ptr();
    // SAFETY: MIDDLE-1: zeroed memory for ever, ours alone, and all-zero is a cell; this part of the
    // range has never been used, and nobody else knows of the cell before the store below.
    unsafe { (*new).start(index, base + index * MIDDLE_POOL) };
    TABLE[index].store(new, Release);
    COUNT.store(index + 1, Release);
    probes::pool_create(DAM_MIDDLE as usize, index);
    true
}

/// Asks the system what will have to be known.
pub fn prepare() {
    spread();
}

/// Twice the processors: threads that hold a lock are preempted now and then.
fn spread() -> usize {
    match SPREAD.load(Relaxed) {
        0 => {
            let pools = sys::cpu_count() * 2;
            SPREAD.store(pools, Relaxed);
            pools
        }
        known => known,
    }
}
