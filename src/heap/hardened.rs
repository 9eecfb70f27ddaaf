//! What every operation does beside serving its caller while the fast paths are closed, and which options close
//! them. The defences themselves are the tiers' (`small::hardened`).

use core::ptr::NonNull;

use crate::bits::{Kind, PAGE};
use crate::config::limits::{CANARY, MIDDLE_MAX, MIN_ALIGN, SMALL_MAX};
use crate::config::options::{
    CANARIES, DELAY_KIB, FILL_SLACK, OWN_PAGES, PATROL, RANDOM_SLOTS, ZERO_ON_FREE,
};
use crate::guard::Operation;
use crate::small::damage::{DOOR_ROOM, needs_door};
use crate::small::hardened::{self, Hardened, Made, Place};
use crate::small::{Bin, cache, check, class, judge, patrol, quick};
use crate::space::{self, Resize};
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use crate::thread::registry::Classes;
use crate::thread::{self, Session, Shared, State};
use crate::{large, middle};

use super::sample;

/// Whether any option is on that fast paths know nothing of.
pub fn is_wanted() -> bool {
    [&ZERO_ON_FREE, &FILL_SLACK, &RANDOM_SLOTS, &DELAY_KIB, &CANARIES, &OWN_PAGES]
        .iter()
        .any(|option| option.is_on())
}

/// Whether [`quick`] serves, …
static QUICK: AtomicBool = AtomicBool::new(false);
/// … and as its QUICK-1 says.
static FULL: AtomicBool = AtomicBool::new(false);

/// Whether [`allocate`] and [`free`] are to be asked.
#[inline(always)]
pub fn is_quick() -> bool {
    QUICK.load(Relaxed)
}

#[inline(always)]
fn is_full() -> bool {
    FULL.load(Relaxed)
}

/// Lets the short way serve, if blocks have no pages of their own. Called once, before the first block exists.
pub fn prepare() {
    let needed = [&ZERO_ON_FREE, &FILL_SLACK, &RANDOM_SLOTS, &CANARIES];
    FULL.store(needed.iter().all(|option| option.is_on()), Relaxed);
    QUICK.store(!OWN_PAGES.is_on(), Relaxed);
}

/// Largest block of the middle tier while the fast paths are closed: beyond it a freed block's pages are better
/// made inaccessible than cleared.
const MIDDLE_MAX_HARDENED: usize = (256 << 10) - 1;

/// Largest block that is asked of the middle tier first.
pub fn middle_max() -> usize {
    if thread::is_closed() { MIDDLE_MAX_HARDENED } else { MIDDLE_MAX }
}

/// A block beyond the small tier was made: the next [`patrol`] looks at it.
pub fn note_made(session: &Session, block: NonNull<u8>) {
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { (*session.state()).hardened.beyond = block.addr().get() };
}

/// Looks at the blocks that the calling thread made and freed last, as far as it did so in slow paths.
pub fn patrol(session: &Session) {
    sample::look(session);
    // SAFETY: THREAD-1: the session's state is ours.
    let own = unsafe { &mut (*session.state()).hardened };
    patrol::look_at_last(own);
    let beyond = core::mem::take(&mut own.beyond);
    if beyond != 0 && PATROL.is_on() {
        look_beyond(beyond);
    }
    middle::look_at_freed();
}

/// [`patrol`] before `block` is freed: that finds its damage itself, and says so.
pub fn patrol_before_free(session: &Session, block: *mut u8) {
    // SAFETY: THREAD-1: the session's state is ours.
    let own = unsafe { &mut (*session.state()).hardened };
    if own.made.block == block.addr() {
        own.made = Made::NONE;
    }
    if own.beyond == block.addr() {
        own.beyond = 0;
    }
    patrol(session);
}

/// Looks at a block of the middle or the large tier, if it still is one.
#[cold]
fn look_beyond(block: usize) {
    match super::free::in_middle(core::ptr::without_provenance_mut(block)) {
        true => middle::look_at_made(block),
        false => large::look_at_made(block),
    }
}

/// A block from the thread's stock, where there is no more to do; `None`: the long way.
#[inline(always)]
pub fn allocate(size: usize, align: usize, kind: Kind) -> Option<NonNull<u8>> {
    if size > SMALL_MAX || align > PAGE || middle::is_any_freed() {
        return None;
    }
    if needs_door(kind) {
        return allocate_marked(size, align, kind);
    }
    // SAFETY: THREAD-1, THREAD-3: the state is ours and hidden; QUICK-1 by `is_quick`. The bin is of a class that holds
    // `size`, or the empty one.
    thread::with_own(|state| unsafe {
        let bin = match align {
            ..=MIN_ALIGN => State::bin_for(state, size, Shared::get()),
            _ => State::bin_of(state, class::bin_of_aligned(size, align)),
        };
        let own = &mut (*state).hardened;
        match is_full() {
            true => quick::take::<true>(bin, own, size, kind),
            false => take_partly(bin, own, size, kind),
        }
    })
}

/// [`allocate`] for a door that is told by the canary.
#[inline(never)]
fn allocate_marked(size: usize, align: usize, kind: Kind) -> Option<NonNull<u8>> {
    if size == 0 || size > SMALL_MAX - DOOR_ROOM || !is_full() {
        return None;
    }
    // SAFETY: as for `allocate`. THREAD-1, QUICK-1: the bin is of a class that holds `size` and the mark.
    thread::with_own(|state| unsafe {
        let bin = State::bin_of(state, class::bin_of_aligned(size + DOOR_ROOM, align));
        quick::take_marked(bin, &mut (*state).hardened, size, kind)
    })
}

/// By itself: most who close the fast paths want all that closes them.
///
/// # Safety
/// As for [`quick::take`].
#[cold]
#[inline(never)]
unsafe fn take_partly(
    bin: *mut Bin,
    own: &mut Hardened,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    // SAFETY: SMALL-6, as the caller says.
    unsafe { quick::take::<false>(bin, own, size, kind) }
}

/// Takes a small block back, where there is no more to do; false, and nothing has changed: the long way.
///
/// # Safety
/// HEAP-3.
#[inline(always)]
pub unsafe fn free(block: *mut u8, kind: Kind, size: Option<usize>) -> bool {
    let owner = space::window_of(block.addr());
    if owner >= class::CLASSES || middle::is_any_freed() {
        return false;
    }
    // SAFETY: as for `allocate`; HEAP-1: `owner` is the class of the block's window.
    let done = thread::with_own(|state| unsafe {
        let (bins, own) = (State::bin_of(state, 0), &mut (*state).hardened);
        let done = match is_full() {
            true => quick::put::<true>(bins, own, owner, block, kind, size),
            false => !needs_door(kind) && put_partly(bins, own, owner, block, kind, size),
        };
        done.then_some(())
    });
    done.is_some()
}

/// By itself, like [`take_partly`].
///
/// # Safety
/// As for [`quick::put`].
#[cold]
#[inline(never)]
unsafe fn put_partly(
    bins: *mut Bin,
    own: &mut Hardened,
    class: usize,
    block: *mut u8,
    kind: Kind,
    size: Option<usize>,
) -> bool {
    // SAFETY: SMALL-6, as the caller says.
    unsafe { quick::put::<false>(bins, own, class, block, kind, size) }
}

/// Whether a block that was made just now has nothing but zeros in it.
pub fn is_zero_when_new(block: *mut u8) -> bool {
    is_quick() && is_full() && space::window_of(block.addr()) < class::CLASSES
}

/// Resizes a small block, where there is no more to do; `None`: the long way.
///
/// # Safety
/// HEAP-3; `owner` is the class of the block's window.
pub unsafe fn resize_quickly(owner: usize, block: *mut u8, size: usize) -> Option<Resize> {
    if !is_full() {
        return None;
    }
    // SAFETY: THREAD-1, THREAD-3, HEAP-1: as for `free`.
    thread::with_own(|state| unsafe { quick::resize(State::bin_of(state, owner), block, size) })
}

/// Takes in the slot of a block that was just freed: it waits; what has waited long enough goes to the stock.
///
/// # Safety
/// `state` is the calling thread's; SMALL-1: the slot is in no other place.
pub unsafe fn take_back(state: *mut State, class: usize, index: u32) {
    let place = Place { class: class as u32, index };
    // SAFETY: THREAD-1: the state is ours; a slot that leaves is in no other place.
    unsafe {
        let bin = &raw const (*state).bins[class];
        let in_stock = |index| {
            let bin = &*bin;
            bin.slots[..bin.count as usize].contains(&index)
        };
        // It is not in the stock as long as it waits.
        cache::go(&raw mut (*state).bins[class], 1);
        hardened::take_back(&mut (*state).hardened, place, &in_stock, &mut |old| {
            cache::come(&raw mut (*state).bins[old.class as usize], 1);
            super::free::to_stock(state, old.class as usize, old.index);
        });
    }
}

/// Checks the free slots that the calling thread holds; how many were written to. (Those of other threads are checked
/// when they are used.)
pub fn check_own(session: &Session) -> usize {
    if !thread::is_closed() {
        return 0;
    }
    // SAFETY: THREAD-1: the session's state is ours.
    let state = unsafe { &*session.state() };
    let in_stock = Classes(state.used).flat_map(|class| {
        let bin = &state.bins[class];
        let place = move |&index| Place { class: class as u32, index };
        bin.slots[..bin.count as usize].iter().map(place)
    });
    check::run_over_own(in_stock.chain(state.hardened.waiting.iter()), true)
}

/// Resizes a block within its slot, if it fits and does not waste half of it.
///
/// # Safety
/// As for `judge::examine`; the calling thread is inside the gate.
pub unsafe fn resize(class: usize, block: *mut u8, size: usize) -> Resize {
    // SAFETY: HEAP-1, as the caller says.
    let Some(sound) = (unsafe { judge::examine(class, block, Operation::Realloc) }) else {
        return Resize::Refused;
    };
    let slot = class::SLOT[class] as usize;
    // One that did not come by `malloc` is copied: the free of the old one tells.
    let stays = judge::kind_of(sound.record) == Kind::Malloc
        && size <= SMALL_MAX
        && size <= slot - CANARY
        && size >= slot / 2;
    // SAFETY: SMALL-4: the slot has room for so much. What was canary is cleared once it is the block's.
    unsafe {
        if stays && judge::relabel(class, block, size) {
            block.add(sound.size).write_bytes(0, size.saturating_sub(sound.size));
            return Resize::InPlace;
        }
    }
    Resize::Copy(sound.size)
}
