//! Giving free pages back to the system: by the clock ([`look_around`]), and at once beyond a bound ([`relieve`]).
//!
//! A look at a pool gives back the free pages near which no slot has come or gone since the last look, so a page
//! goes when it has not been needed for one to two times as long as looks are apart. The pools are visited in
//! turn, a few at a time. The bound is for a program that frees nearly all and then lives on its stocks: what is
//! beyond it goes however fresh it is. How far apart looks are, and whether the bound is kept, depends on how much
//! of what went was soon needed again ([`space::thrift`]).

use core::ptr;

use crate::bits::PAGE;
use crate::space;
use crate::space::thrift::{self, SMALL};
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed};
use crate::sys::{self, probes};

use super::class::{self, CLASSES};
use super::pages::Pages;
use super::pool::{Inner, State};
use super::record;
use super::window;

/// Pools visited per call of [`look_around`]: a share of all, within bounds, so that it takes neither long to see
/// all of them nor long to visit a few in the middle of somebody's request.
const SHARE: u32 = 8;
const FEWEST: u32 = 32;
const MOST: u32 = 128;

static CURSOR_CLASS: AtomicU32 = AtomicU32::new(0);
static CURSOR_POOL: AtomicU32 = AtomicU32::new(0);

/// Ranges given back, and their bytes.
pub static PURGES: AtomicU64 = AtomicU64::new(0);
/// See [`PURGES`].
pub static PURGED_BYTES: AtomicU64 = AtomicU64::new(0);

/// Which free pages of a pool go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those that were left alone since a look so many milliseconds ago.
    Idle(u32),
    /// All.
    All,
}

/// Visits the next pools: what has been left alone for `age` milliseconds goes, until about `most` bytes have; how many
/// it were.
pub fn look_around(now_ms: u32, age: u32, most: usize) -> usize {
    let which = if age == 0 { Which::All } else { Which::Idle(age) };
    let pools = number_of_pools();
    visit((pools / SHARE).clamp(FEWEST, MOST).min(pools), now_ms, which, most)
}

/// Gives back every free page.
pub fn give_back_all(now_ms: u32) {
    visit(number_of_pools(), now_ms, Which::All, usize::MAX);
}

fn number_of_pools() -> u32 {
    (0..CLASSES).map(|class| window::of(class).pools(class)).sum()
}

/// Looks at the next pools, `count` at the most, until about `most` bytes have gone; how many it were. (Threads that do so
/// at once visit some pools twice.)
fn visit(count: u32, now_ms: u32, which: Which, most: usize) -> usize {
    let mut class = CURSOR_CLASS.load(Relaxed) as usize % CLASSES;
    let mut number = CURSOR_POOL.load(Relaxed);
    let (mut left, mut bytes) = (count, 0);
    while left > 0 && bytes < most {
        if number >= window::of(class).pools(class) {
            (class, number) = ((class + 1) % CLASSES, 0);
            continue;
        }
        bytes += look(class, number, now_ms, which);
        number += 1;
        left -= 1;
    }
    CURSOR_CLASS.store(class as u32, Relaxed);
    CURSOR_POOL.store(number, Relaxed);
    bytes
}

/// Somebody is at it.
static RELIEVING: AtomicBool = AtomicBool::new(false);

/// Bytes of idle slots on pages with live blocks, in all pools, as of the last looks at them.
static PINNED: AtomicUsize = AtomicUsize::new(0);

/// Bytes of idle slots that can't go, on pages with live blocks, as of the last looks.
pub fn pinned_bytes() -> usize {
    PINNED.load(Relaxed)
}

/// Gives back what must go at once, if there is any.
pub fn relieve(now_ms: u32) {
    let (idle, out) = idle_and_out();
    let most = SMALL.excess(out, idle.saturating_sub(PINNED.load(Relaxed)));
    if most != 0 && !RELIEVING.swap(true, Relaxed) {
        visit(number_of_pools(), now_ms, Which::All, most);
        RELIEVING.store(false, Relaxed);
    }
}

/// Bytes of slots that are idle, and of those that are live or in a stock.
fn idle_and_out() -> (usize, usize) {
    (0..CLASSES).fold((0, 0), |(idle, out), class| {
        let (counts, bytes) = (&window::of(class).idle, class::SLOT[class] as usize);
        (idle + counts.idle() * bytes, out + counts.out() * bytes)
    })
}

/// Bytes of pages that have gone back and are not in use again.
static GONE: AtomicUsize = AtomicUsize::new(0);

/// Bytes of pools' pages that are not in memory because they have gone back.
pub fn gone_bytes() -> usize {
    GONE.load(Relaxed)
}

/// So many pages that had gone are in use again; how many bytes that is.
pub fn taken(pages: usize) -> usize {
    if pages != 0 {
        GONE.fetch_sub(pages * PAGE, Relaxed);
        thrift::taken_again(pages * PAGE);
    }
    pages * PAGE
}

/// A look at a pool, unless somebody has it.
fn look(class: usize, number: u32, now_ms: u32, which: Which) -> usize {
    let pool = window::of(class).pool(class, number);
    // SAFETY: SMALL-5: descriptors live for ever.
    let Some(mut inner) = (unsafe { pool.as_ref() }).inner.try_lock() else { return 0 };
    if !inner.dirty {
        let pinned = inner.pinned;
        note_pinned(&mut inner, pinned as usize);
        // It may have lost its thread since its pages went.
        return if which == Which::All { give_up(&mut inner, which).unwrap_or(0) } else { 0 };
    }
    if let Which::Idle(age) = which
        && !sys::has_passed(inner.looked_ms, now_ms, age)
    {
        // What pinned pages may be gone, though it is not its turn.
        if inner.is_empty() {
            note_pinned(&mut inner, 0);
        }
        return 0;
    }
    let mut pages = inner.purgeable();
    keep_live(&inner, &mut pages);
    let spare = pages.len() * PAGE;
    if which != Which::All {
        pages.remove_all(&inner.recent_pages());
    }
    // What is recent now will not be so at the next look.
    inner.dirty = which != Which::All && inner.recent != 0;
    let done = give_up(&mut inner, which).unwrap_or_else(|| give_back(&mut inner, &pages));
    (inner.recent, inner.looked_ms) = (0, now_ms);
    let idle = usize::from(inner.idle) * class::SLOT[class] as usize;
    note_pinned(&mut inner, (idle + done).saturating_sub(spare));
    done
}

/// So many bytes of a pool's idle slots can't go.
fn note_pinned(inner: &mut Inner, bytes: usize) {
    let idle = usize::from(inner.idle) * class::SLOT[usize::from(inner.class)] as usize;
    let bytes = bytes.min(idle);
    if bytes != inner.pinned as usize {
        PINNED.fetch_add(bytes.wrapping_sub(inner.pinned as usize), Relaxed);
        inner.pinned = bytes as u32;
    }
}

/// Takes out the pages of slots that are live by their records. By the bitmap none is; but of two threads that free a block
/// at the same moment each may get its slot, and what one has sent home the other has handed out again.
fn keep_live(inner: &Inner, pages: &mut Pages) {
    let mut from = 0;
    while let Some(run) = pages.run_from(from) {
        let end = class::usable_end(usize::from(inner.class));
        let slots = inner.slots_on(run.clone());
        for slot in slots.start.max(1)..slots.end.min(end) {
            if is_live(inner, slot) {
                pages.remove(inner.pages_of(slot..slot + 1));
            }
        }
        from = run.end;
    }
}

/// Whether any of a pool's slots is live by its record.
fn holds_live(inner: &Inner) -> bool {
    (1..usize::from(inner.reach)).any(|slot| is_live(inner, slot))
}

/// Whether a slot of a pool is live by its record.
fn is_live(inner: &Inner, slot: usize) -> bool {
    let window = window::of(usize::from(inner.class));
    record::size(window.record(inner.first_slot() + slot as u32).load(Relaxed)).is_some()
}

/// Where addresses are limited, gives up those of an empty pool that no thread has.
fn give_up(inner: &mut Inner, which: Which) -> Option<usize> {
    let may_go = which == Which::All || inner.recent == 0;
    if space::is_reserved() || !may_go || inner.state != State::Listed || !inner.is_empty() {
        return None;
    }
    let class = usize::from(inner.class);
    // SAFETY: SMALL-5: the pool's lock is held; it is empty.
    if holds_live(inner) || !unsafe { window::of(class).give_up(class, inner.index) } {
        return None;
    }
    inner.dirty = false;
    let pages = class::pool_bytes(class) / PAGE - 1;
    let before = inner.gone.len();
    inner.gone.insert(0..pages);
    GONE.fetch_add((pages - before) * PAGE, Relaxed);
    window::of(class).idle.remove(inner, usize::MAX);
    PURGES.fetch_add(1, Relaxed);
    PURGED_BYTES.fetch_add(class::pool_bytes(class) as u64, Relaxed);
    probes::purge(class::pool_bytes(class));
    Some(class::pool_bytes(class))
}

/// Gives back pages under free slots; tells how many bytes. The pool's lock is held, so its free slots stay free
/// meanwhile.
fn give_back(inner: &mut Inner, pages: &Pages) -> usize {
    let class = usize::from(inner.class);
    let start = window::of(class).base() + inner.index as usize * class::pool_bytes(class);
    let (mut bytes, mut from) = (0, 0);
    while let Some(run) = pages.run_from(from) {
        let (at, len) = (start + run.start * PAGE, run.len() * PAGE);
        // SAFETY: SMALL-1, SMALL-4: the pages hold only free slots and words between free slots.
        let done = unsafe { sys::purge(ptr::with_exposed_provenance_mut(at), len) };
        if done.is_ok() {
            PURGES.fetch_add(1, Relaxed);
            inner.gone.insert(run.clone());
            GONE.fetch_add(len, Relaxed);
            bytes += len;
        }
        from = run.end;
    }
    if bytes > 0 && inner.is_empty() && !holds_live(inner) {
        // SAFETY: SMALL-5: the pool's lock is held; it is empty.
        unsafe { window::of(class).forget_records(class, inner.index) };
    }
    window::of(class).idle.remove(inner, bytes.div_ceil(class::SLOT[class] as usize));
    PURGED_BYTES.fetch_add(bytes as u64, Relaxed);
    probes::purge(bytes);
    bytes
}
