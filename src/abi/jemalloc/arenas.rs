//! Arenas and explicit caches: numbers, behind which there is always the one heap.
//!
//! A program that makes an arena, names it in `mallocx` and destroys it once it has freed its blocks works as it
//! would with jemalloc. What cannot be had is that blocks go with their arena: `reset` is refused, and blocks that a
//! destroyed arena still had stay live.

use core::sync::atomic::AtomicI64;

use super::Answer;
use super::exchange::{Exchange, Value};
use super::numbers::{NUMBERS, Numbers};
use crate::config::options::DECAY;
use crate::heap::inspect;
use crate::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};

/// The index that stands for all arenas, …
pub const EVERY: usize = 4096;
/// … and the one for all that were destroyed.
pub const DESTROYED: usize = 4097;
/// The most arenas, so that none has the index of all.
const MOST: usize = NUMBERS - 1;

static ARENAS: Numbers = Numbers::all_but(1);
static CACHES: Numbers = Numbers::all_but(0);
/// One more than the highest index that ever was.
static COUNT: AtomicUsize = AtomicUsize::new(1);
static ANY_DESTROYED: AtomicBool = AtomicBool::new(false);

/// What may be set of each arena; for want of pages of its own it has no effect but with arena 0.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Decay {
    /// Until a free page is given back.
    Dirty = 0,
    /// Until a page that the system may take is given back for good: here there is none of these.
    Muzzy = 1,
}

/// One more than what was set; 0: nothing was. The last of each is for arenas to come.
static DECAYS: [[AtomicI64; NUMBERS]; 2] = [const { [const { AtomicI64::new(0) }; NUMBERS] }; 2];

/// How many arenas there are or were.
pub fn count() -> usize {
    COUNT.load(Relaxed)
}

/// Whether there is such an arena now.
pub fn exists(arena: usize) -> bool {
    arena < MOST && ARENAS.has(arena)
}

/// Whether `arena` is an index that may be named: that of an arena, one of the special ones, or, as it was before
/// jemalloc 5, the number of arenas for all of them.
pub fn is_number(arena: usize) -> bool {
    arena <= count() || arena == EVERY || arena == DESTROYED
}

/// Whether there are figures of it.
pub fn has_figures(arena: usize) -> bool {
    exists(arena) || arena == EVERY || arena == DESTROYED
}

/// Whether it stands for all arenas.
pub fn is_every(arena: usize) -> bool {
    arena == EVERY || (arena == count() && !exists(arena))
}

/// Whether the heap is behind this index.
pub fn is_heap(arena: usize) -> bool {
    arena == 0 || is_every(arena)
}

/// Whether it has been used so far.
pub fn is_initialized(arena: usize) -> bool {
    match arena {
        DESTROYED => ANY_DESTROYED.load(Relaxed),
        _ => exists(arena) || is_every(arena),
    }
}

/// `arenas.create`. Functions of the program's own for its pages would never be called: such an arena is refused.
pub fn create(exchange: &Exchange) -> Answer<()> {
    exchange.has_place(size_of::<u32>())?;
    if exchange.taken(size_of::<usize>())?.is_some_and(|hooks| hooks != 0) {
        return Err(libc::EAGAIN);
    }
    let arena = ARENAS.take().ok_or(libc::EAGAIN)?;
    if arena >= MOST {
        return Err(libc::EAGAIN);
    }
    for decays in &DECAYS {
        decays[arena].store(decays[MOST].load(Relaxed), Relaxed);
    }
    COUNT.fetch_max(arena + 1, Relaxed);
    exchange.give(Value::Unsigned(arena as u32))
}

/// `arena.<i>.destroy`.
pub fn destroy(arena: usize) -> Answer<()> {
    if arena == 0 || arena >= MOST || !ARENAS.give_back(arena) {
        return Err(libc::EFAULT);
    }
    ANY_DESTROYED.store(true, Relaxed);
    Ok(())
}

/// `thread.arena`. All threads have arena 0; another one may be named, and changes nothing.
pub fn of_thread(exchange: &Exchange) -> Answer<()> {
    let wanted = exchange.taken(size_of::<u32>())?;
    exchange.give(Value::Unsigned(0))?;
    match wanted {
        Some(arena) if !exists(arena as usize) => Err(libc::EFAULT),
        _ => Ok(()),
    }
}

/// What is set for an arena, or for those to come, in milliseconds; -1: never.
pub fn decay(kind: Decay, arena: Option<usize>) -> i64 {
    let place = match arena {
        Some(arena) if is_heap(arena) => 0,
        Some(arena) if exists(arena) => arena,
        _ => MOST,
    };
    if kind == Decay::Dirty && place == 0 {
        return decay_of_heap();
    }
    match DECAYS[kind as usize][place].load(Relaxed) {
        0 if kind == Decay::Dirty => decay_of_heap(),
        0 => 0,
        one_more => one_more - 2,
    }
}

fn decay_of_heap() -> i64 {
    match DECAY.get() {
        u32::MAX => -1,
        decay => i64::from(decay),
    }
}

/// Reads or sets a decay; that of the heap counts from now on, and all that is free goes at once.
pub fn exchange_decay(kind: Decay, arena: Option<usize>, exchange: &Exchange) -> Answer<()> {
    if arena.is_some_and(|arena| !exists(arena)) {
        return Err(libc::EFAULT);
    }
    let wanted = exchange.taken(size_of::<i64>())?;
    exchange.give(Value::Signed(decay(kind, arena)))?;
    let Some(wanted) = wanted else { return Ok(()) };
    let wanted = wanted as i64;
    if !(-1..=i64::MAX / 1_000_000).contains(&wanted) {
        return Err(libc::EFAULT);
    }
    DECAYS[kind as usize][arena.unwrap_or(MOST)].store(wanted + 2, Relaxed);
    if kind == Decay::Dirty && arena == Some(0) {
        let most = i64::from(u32::MAX);
        DECAY.set(if wanted == -1 { u32::MAX } else { wanted.min(most - 1) as u32 });
        if wanted != -1 {
            inspect::trim();
        }
    }
    Ok(())
}

/// `tcache.create`.
pub fn create_cache(exchange: &Exchange) -> Answer<()> {
    exchange.has_place(size_of::<u32>())?;
    let cache = CACHES.take().ok_or(libc::EAGAIN)?;
    exchange.give(Value::Unsigned(cache as u32))
}

/// `tcache.flush`: it holds nothing.
pub fn flush_cache(exchange: &Exchange) -> Answer<()> {
    let cache = exchange.demanded(size_of::<u32>())?;
    if CACHES.has(cache as usize) { Ok(()) } else { Err(libc::EFAULT) }
}

/// `tcache.destroy`.
pub fn destroy_cache(exchange: &Exchange) -> Answer<()> {
    let cache = exchange.demanded(size_of::<u32>())?;
    if CACHES.give_back(cache as usize) { Ok(()) } else { Err(libc::EFAULT) }
}
