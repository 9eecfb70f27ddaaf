//! Giving free pages back to the system: after the decay ([`sweep`]); sooner when they have lain idle for
//! a while or the heap is about to grow elsewhere ([`reclaim`]); at once beyond a bound ([`relieve`]).
//!
//! A program that frees one structure and builds another of other sizes would hold the pages of
//! both for the time of the decay. New pages cost a fault each anyway, so growth is the moment to
//! give up as many that lie idle. The bound is for a program that frees nearly all and then lives on its
//! stocks; one that frees and allocates more than the bound in turn pays with a fault for each page.

use core::ptr;

use crate::config::limits;
use crate::space;
use crate::sync::Leaf;
use crate::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use crate::sys;

use super::class::{self, CLASSES};
use super::pool::{Inner, State};
use super::window;

/// Pools looked at per call of [`sweep`], at the least; and the share of all pools: the sweep runs
/// eight times per decay, so that all pools are seen in about two.
const STEP: u32 = 32;
const SHARE: u32 = 16;

static CURSOR_CLASS: AtomicU32 = AtomicU32::new(0);
static CURSOR_POOL: AtomicU32 = AtomicU32::new(0);

/// Ranges given back, and their bytes.
pub static PURGES: AtomicU64 = AtomicU64::new(0);
/// See [`PURGES`].
pub static PURGED_BYTES: AtomicU64 = AtomicU64::new(0);

/// Looks at the next few pools and gives back the free pages of those that nothing has come back
/// to for `decay_ms`. With `everything`, looks at all pools and does not ask how long.
pub fn sweep(now_ms: u32, decay_ms: u32, everything: bool) {
    if everything {
        for class in 0..CLASSES {
            for number in 0..window::of(class).pools(class) {
                purge_pool(class, number, now_ms, 0);
            }
        }
        return;
    }
    let mut class = CURSOR_CLASS.load(Relaxed) as usize % CLASSES;
    let mut number = CURSOR_POOL.load(Relaxed);
    let pools: u32 = (0..CLASSES).map(|class| window::of(class).pools(class)).sum();
    for _ in 0..STEP.max(pools / SHARE) {
        if number >= window::of(class).pools(class) {
            (class, number) = ((class + 1) % CLASSES, 0);
            continue;
        }
        purge_pool(class, number, now_ms, decay_ms);
        number += 1;
    }
    CURSOR_CLASS.store(class as u32, Relaxed);
    CURSOR_POOL.store(number, Relaxed);
}

/// Most pools remembered as mostly free. When there are more, the sweep will come to them.
const CANDIDATES: usize = 1024;
/// Pools looked at per call of [`reclaim`].
const TRIES: usize = 8;
/// Calls of [`reclaim`] at a time by [`relieve`].
const ROUNDS: usize = CANDIDATES / TRIES;

/// Pools that became mostly free, oldest first: class and number.
struct Candidates {
    ring: [(u8, u32); CANDIDATES],
    first: usize,
    count: usize,
}

static MOSTLY_FREE: Leaf<Candidates> =
    Leaf::new(Candidates { ring: [(0, 0); CANDIDATES], first: 0, count: 0 });

/// Remembers a pool most of whose slots are free. Its lock is held.
pub fn remember(inner: &mut Inner) {
    if inner.candidate || u32::from(inner.free) * 2 < u32::from(inner.capacity()) {
        return;
    }
    let mut candidates = MOSTLY_FREE.lock();
    if candidates.count < CANDIDATES {
        let at = (candidates.first + candidates.count) % CANDIDATES;
        candidates.ring[at] = (inner.class, inner.index);
        candidates.count += 1;
        inner.candidate = true;
    }
}

fn oldest() -> Option<(usize, u32)> {
    let mut candidates = MOSTLY_FREE.lock();
    candidates.count = candidates.count.checked_sub(1)?;
    let (class, number) = candidates.ring[candidates.first];
    candidates.first = (candidates.first + 1) % CANDIDATES;
    Some((usize::from(class), number))
}

/// Gives back about `most` bytes of pages, in pools that are mostly free and to which nothing has come
/// back for `age` milliseconds; how many it were.
pub fn reclaim(most: usize, now_ms: u32, age: u32) -> usize {
    let mut done = 0;
    for _ in 0..TRIES {
        let Some((class, number)) = oldest() else { break };
        let pool = window::of(class).pool(class, number);
        // SAFETY: SMALL-5: descriptors live for ever.
        let mut inner = unsafe { pool.as_ref() }.inner.lock();
        inner.candidate = false;
        if inner.dirty_since == 0 || inner.state == State::Held {
            continue;
        }
        if !sys::has_passed(inner.dirty_since, now_ms, age) {
            remember(&mut inner);
            break;
        }
        inner.dirty_since = 0;
        done += give_back_pages(&mut inner);
        if done >= most {
            break;
        }
    }
    done
}

/// Gives back pages, however fresh, while more lies idle than may be held back: down to half of that.
pub fn relieve(now_ms: u32) {
    let (mut idle, mut out) = (0, 0);
    for class in 0..CLASSES {
        let counts = &window::of(class).idle;
        idle += counts.idle() * class::SLOT[class] as usize;
        out += counts.out() * class::SLOT[class] as usize;
    }
    let bound = limits::held_back(out);
    if idle <= bound {
        return;
    }
    let mut left = idle - bound / 2;
    for _ in 0..ROUNDS {
        let done = reclaim(left, now_ms, 0);
        left = left.saturating_sub(done);
        if done == 0 || left == 0 {
            break;
        }
    }
}

fn purge_pool(class: usize, number: u32, now_ms: u32, decay_ms: u32) {
    let pool = window::of(class).pool(class, number);
    // SAFETY: SMALL-5: descriptors live for ever.
    let Some(mut inner) = (unsafe { pool.as_ref() }).inner.try_lock() else { return };
    let since = inner.dirty_since;
    let due = since != 0 && sys::has_passed(since, now_ms, decay_ms);
    if (due || decay_ms == 0) && give_up(&mut inner) {
        return;
    }
    if due {
        inner.dirty_since = 0;
        give_back_pages(&mut inner);
    }
}

/// Where addresses are limited, gives up those of an empty pool that no thread has.
fn give_up(inner: &mut Inner) -> bool {
    if space::is_reserved() || inner.state != State::Listed || !inner.is_empty() {
        return false;
    }
    let class = usize::from(inner.class);
    // SAFETY: SMALL-5: the pool's lock is held; it is empty.
    if !unsafe { window::of(class).give_up(class, inner.index) } {
        return false;
    }
    inner.dirty_since = 0;
    window::of(class).idle.remove(inner, usize::MAX);
    PURGES.fetch_add(1, Relaxed);
    PURGED_BYTES.fetch_add(class::pool_bytes(class) as u64, Relaxed);
    true
}

/// Purges the pages under free slots; tells how many bytes. The pool's lock is held, so its free
/// slots stay free meanwhile.
fn give_back_pages(inner: &mut Inner) -> usize {
    let mut bytes = 0;
    let class = usize::from(inner.class);
    let start = window::of(class).base() + inner.index as usize * class::pool_bytes(class);
    inner.free_pages(&mut |from, to| {
        // SAFETY: SMALL-1, SMALL-4: the pages hold only free slots and words between free slots.
        let done = unsafe { sys::purge(ptr::with_exposed_provenance_mut(start + from), to - from) };
        if done.is_ok() {
            PURGES.fetch_add(1, Relaxed);
            bytes += to - from;
        }
    });
    window::of(class).idle.remove(inner, bytes.div_ceil(class::SLOT[class] as usize));
    PURGED_BYTES.fetch_add(bytes as u64, Relaxed);
    bytes
}
