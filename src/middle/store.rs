//! One thread's store of blocks it has freed and will soon ask for again: no lock, no search.
//!
//! A block in a store is used as far as its pool is concerned; its mark ([`super::marks`]) says that
//! the program has not got it. So a second free is found as ever, other threads' frees of other
//! blocks go on, and the heap check leaves it out. The store holds addresses out of band, by length
//! in pages, the last one freed on top:
//!
//! ```text
//! entry   cell, counted through all pools (32 bits) | generation of its mark (32)
//! ```
//!
//! Blocks kept apart keep their neighbours from being joined. So only a thread that is busy with such
//! blocks has a store, and what lay in it all the time between two looks goes to its pool.
//!
//! Everything that [`put`] checks is what [`super::free`] checks; where anything is wrong it leaves
//! the block alone, and the slow path finds it again and says so.
//!
//! - STORE-1: a store is used by one thread, out of the reach of that thread's signal handlers. One
//!   that is all zero is never written to: it has no room and holds nothing.
//! - STORE-2: the block of an entry whose generation is that of the cell's mark was taken by this
//!   store's thread (MARKS-1).

mod upkeep;

pub use upkeep::{close, counters, empty, forget, look, miss};

use core::ptr::{self, NonNull};

use crate::bits::{Kind, PAGE, is_aligned};
use crate::config::limits::{CANARY, MIDDLE_POOL, STORE_DEPTH, STORE_PAGES};
use crate::guard::canary;
use crate::space::Claim;
use crate::sync::atomic::Ordering::Relaxed;

use super::bitmap::BITS;
use super::cell::PoolCell;
use super::header::{HEADER, Header, State};
use super::marks::{self, Mark, Marks};
use super::pool::{Request, block_size};
use super::pools;

/// Blocks of up to this many bytes are stored.
const LONGEST: usize = STORE_PAGES * PAGE;
const BINS: usize = STORE_PAGES;

/// Of so many blocks one takes the slow path, so that the thread's upkeep has its turn.
const TURN: u32 = 128;

/// What a store counts, since the process started. Written by its thread alone.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Counters {
    /// Blocks handed out.
    pub allocations: u64,
    /// Blocks taken in.
    pub frees: u64,
    /// Blocks given to their pools.
    pub given_up: u64,
    /// Bytes of the blocks handed out less those of the blocks taken in (wrapping).
    pub live_bytes: u64,
    /// The same of what was requested of them.
    pub requested_bytes: u64,
    /// Bytes of the blocks handed out.
    pub allocated_bytes: u64,
    /// Bytes of the blocks in it. (Only in copies.)
    pub cached_bytes: u64,
}

impl Counters {
    /// Nothing was counted.
    const NONE: Self = Self {
        allocations: 0,
        frees: 0,
        given_up: 0,
        live_bytes: 0,
        requested_bytes: 0,
        allocated_bytes: 0,
        cached_bytes: 0,
    };
}

/// A place in a store.
#[derive(Clone, Copy)]
struct Entry(u64);

/// The store. All-zero memory is one that is not in use.
#[repr(C, align(64))]
pub struct Store {
    /// Bytes of the blocks in it, and as many as there may be; 0: not in use.
    held: usize,
    room: usize,
    /// When it was last looked at,
    looked_ms: u32,
    /// how many requests it had no block for since,
    misses: u32,
    /// and how many it had handed out by then.
    seen: u64,
    /// Blocks that were offered to it (wrapping).
    offers: u32,
    counters: Counters,
    /// Entries by length, and the fewest there were since the last look.
    counts: [u8; BINS],
    fewest: [u8; BINS],
    entries: [[Entry; STORE_DEPTH]; BINS],
}

/// A block that was live a moment ago.
struct Found {
    cell: &'static PoolCell,
    start: usize,
    mark: Mark,
}

impl Entry {
    #[inline(always)]
    fn new(cell: &PoolCell, start: usize, mark: Mark) -> Self {
        let number = cell.index * BITS + start / PAGE;
        Self(u64::from(mark.generation()) << 32 | number as u64)
    }

    /// The pool, start and mark of its block; `None` if it is another block's by now.
    #[inline(always)]
    fn find(self) -> Option<(&'static PoolCell, usize, Mark)> {
        let number = self.0 as u32 as usize;
        let cell = pools::cell(number / BITS)?;
        let page = number % BITS * PAGE;
        let mark = cell.front.marks.at(page);
        let start = page + mark.start();
        let same = mark.state_at(start) == marks::State::Taken
            && mark.generation() == (self.0 >> 32) as u32;
        same.then_some((cell, start, mark))
    }
}

impl Store {
    /// Not in use.
    pub const EMPTY: Self = Self {
        held: 0,
        room: 0,
        looked_ms: 0,
        misses: 0,
        seen: 0,
        offers: 0,
        counters: Counters::NONE,
        counts: [0; BINS],
        fewest: [0; BINS],
        entries: [[Entry(0); STORE_DEPTH]; BINS],
    };
}

#[inline(always)]
fn bin_of(length: usize) -> usize {
    (length - 1) / PAGE
}

/// Whether there may be such a block in a store.
#[inline]
pub const fn serves(size: usize, align: usize) -> bool {
    size <= LONGEST - HEADER - CANARY && align <= super::MAX_ALIGN
}

/// A block from the store; `None` when there is none that fits. For size and alignment see
/// [`super::allocate`].
///
/// # Safety
/// `store` is the calling thread's (STORE-1); it [`serves`] the request.
#[inline]
pub unsafe fn take(
    store: *mut Store,
    size: usize,
    align: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    let (request, need) = (Request { size, align, kind }, block_size(size));
    let bin = bin_of(need);
    // SAFETY: STORE-1: the store is ours.
    let count = unsafe { (*store).counts[bin] };
    for place in (0..count as usize % (STORE_DEPTH + 1)).rev() {
        // SAFETY: STORE-1: as above.
        let entry = unsafe { (*store).entries[bin][place] };
        let Some((cell, start, mark)) = entry.find() else { continue };
        let block = cell.front.base + start + HEADER;
        if mark.length() >= need
            && is_aligned(block, align)
            && !cell.front.quarantined.load(Relaxed)
        {
            // SAFETY: STORE-1, STORE-2.
            unsafe {
                remove(store, bin, place);
                (*store).held -= mark.length();
                return Some(hand_out(store, cell, start, mark, &request));
            }
        }
    }
    None
}

/// Makes a block that was just removed from the store the program's.
///
/// # Safety
/// STORE-1, STORE-2; the block has room for the request.
#[inline(always)]
unsafe fn hand_out(
    store: *mut Store,
    cell: &PoolCell,
    start: usize,
    mark: Mark,
    request: &Request,
) -> NonNull<u8> {
    let (at, size) = (pointer(cell, start), request.size);
    // SAFETY: STORE-1; MARKS-1: the block is ours, and has room for header, bytes and canary.
    unsafe {
        let counters = &raw mut (*store).counters;
        (*counters).allocations += 1;
        (*counters).allocated_bytes += mark.length() as u64;
        add(&raw mut (*counters).live_bytes, mark.length() as u64);
        add(&raw mut (*counters).requested_bytes, size as u64);
        inscribe(
            cell,
            start,
            Header { requested: size as u32, kind: request.kind, state: State::Live },
        );
        cell.front.marks.give(start, mark.length());
        NonNull::new_unchecked(at.add(HEADER))
    }
}

/// Puts a block that the program gives up into the store; false, and nothing has changed, where there
/// is no room for it or anything about it is not as it should be.
///
/// # Safety
/// `store` is the calling thread's (STORE-1). Any value of `block` is safe.
#[inline]
pub unsafe fn put(store: *mut Store, block: *mut u8, claim: &Claim) -> bool {
    // SAFETY: STORE-1: the store is ours.
    let (held, room) = unsafe { ((*store).held, (*store).room) };
    if room == 0 {
        return false;
    }
    let Some(found) = Found::at(block) else { return false };
    let length = found.mark.length();
    if length > LONGEST || held + length > room {
        return false;
    }
    let bin = bin_of(length);
    // SAFETY: STORE-1: the store is ours; it has room, so it is in use.
    unsafe {
        (*store).offers = (*store).offers.wrapping_add(1);
        if (*store).offers.is_multiple_of(TURN) {
            return false;
        }
        let count = (*store).counts[bin] as usize;
        if count >= STORE_DEPTH {
            return false;
        }
        let as_claimed = |header: &Header| {
            claim.kind.is_none_or(|kind| kind == header.kind)
                && claim.size.is_none_or(|size| size == header.requested as usize)
        };
        let Some(header) = found.take(as_claimed) else { return false };
        (*store).entries[bin][count] = Entry::new(found.cell, found.start, found.mark);
        (*store).held = held + length;
        (*store).counts[bin] = count as u8 + 1;
        let counters = &raw mut (*store).counters;
        (*counters).frees += 1;
        add(&raw mut (*counters).live_bytes, (length as u64).wrapping_neg());
        add(&raw mut (*counters).requested_bytes, u64::from(header.requested).wrapping_neg());
    }
    true
}

/// Gives a live block another size where it is; false, and nothing has changed, where the pool has to
/// be asked or anything about the block is not as it should be.
///
/// # Safety
/// `store` is the calling thread's, and in use if it is written to (STORE-1).
#[inline]
pub unsafe fn resize(store: *mut Store, block: *mut u8, size: usize) -> bool {
    // SAFETY: STORE-1: the store is ours.
    if unsafe { (*store).room } == 0 {
        return false;
    }
    let Some(found) = Found::at(block) else { return false };
    let Found { cell, start, mark } = found;
    if mark.length().wrapping_sub(block_size(size)) >= super::map::MIN_BLOCK {
        return false;
    }
    // One that did not come by `malloc` goes the way that tells.
    let may_stay = |header: &Header| header.kind == Kind::Malloc;
    let Some(header) = found.take(may_stay) else { return false };
    // SAFETY: STORE-1; MARKS-1: the block is ours for now, and has room for header, bytes and canary.
    unsafe {
        let change = (size as u64).wrapping_sub(u64::from(header.requested));
        add(&raw mut (*store).counters.requested_bytes, change);
        inscribe(cell, start, Header { requested: size as u32, ..header });
    }
    cell.front.marks.give(start, mark.length());
    true
}

/// The size that a block was requested with, if it is live and its header intact.
#[inline]
pub fn size_of_live(block: *mut u8) -> Option<usize> {
    // SAFETY: MIDDLE-4: it was live a moment ago, and who asks sees to it that it still is.
    unsafe { Found::at(block)?.header() }.map(|header| header.requested as usize)
}

impl Found {
    /// The live block at `block`, by its mark alone, in a pool without damage.
    #[inline(always)]
    fn at(block: *mut u8) -> Option<Self> {
        let (cell, user) = pools::find(block.addr())?;
        let start = user.wrapping_sub(HEADER);
        let mark = cell.front.marks.at(start);
        let live = mark.state_at(start) == marks::State::Live;
        (live && !cell.front.quarantined.load(Relaxed)).then_some(Self { cell, start, mark })
    }

    /// Takes it, if it is sound and its header `fits`; else it stays the program's. Its memory is not
    /// looked at before: a second free in another thread might make that go meanwhile.
    #[inline(always)]
    fn take(&self, fits: impl FnOnce(&Header) -> bool) -> Option<Header> {
        let marks = &self.cell.front.marks;
        if !marks.take(self.start, self.mark) {
            return None;
        }
        // SAFETY: MARKS-1: it was taken just now.
        let header = unsafe { self.header() }.filter(fits);
        if header.is_none() {
            marks.give(self.start, self.mark.length());
        }
        header
    }

    /// Its header, if that and the canary are intact.
    ///
    /// # Safety
    /// The block is live, or was taken by the caller.
    #[inline(always)]
    unsafe fn header(&self) -> Option<Header> {
        let at = pointer(self.cell, self.start);
        // SAFETY: MIDDLE-4: a used block starts there, and the canary lies in it.
        unsafe {
            let header = Header::read(at, &self.cell.front.keys)?;
            let size = header.requested as usize;
            let sound = header.state == State::Live
                && HEADER + size + CANARY <= self.mark.length()
                && canary::intact(at.add(HEADER + size));
            sound.then_some(header)
        }
    }
}

/// Writes the header and the canary of a block.
///
/// # Safety
/// MARKS-1: the block was taken, and is long enough.
#[inline(always)]
unsafe fn inscribe(cell: &PoolCell, start: usize, header: Header) {
    Marks::before_writing();
    // SAFETY: the caller's word.
    unsafe { header.inscribe(pointer(cell, start), &cell.front.keys) };
}

#[inline(always)]
fn pointer(cell: &PoolCell, start: usize) -> *mut u8 {
    ptr::with_exposed_provenance_mut(cell.front.base + start)
}

/// # Safety
/// STORE-1.
#[inline(always)]
unsafe fn add(counter: *mut u64, amount: u64) {
    // SAFETY: STORE-1: the counter is ours.
    unsafe { *counter = (*counter).wrapping_add(amount) };
}

/// # Safety
/// STORE-1; the bin has more than `place` entries.
#[inline(always)]
unsafe fn remove(store: *mut Store, bin: usize, place: usize) {
    // SAFETY: STORE-1.
    unsafe {
        let left = (*store).counts[bin] - 1;
        let entries = &raw mut (*store).entries[bin];
        for later in place..left as usize {
            (*entries)[later] = (*entries)[later + 1];
        }
        (*store).counts[bin] = left;
        (*store).fewest[bin] = (*store).fewest[bin].min(left);
    }
}

const _: () = assert!(STORE_DEPTH < u8::MAX as usize);
const _: () = assert!(BITS * PAGE == MIDDLE_POOL);
