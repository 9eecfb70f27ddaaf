//! Free slots on their way out of a pool: each is looked at before it is handed on.

use core::ptr;

use crate::bits;
use crate::config::limits::CANARY;
use crate::guard::canary;
use crate::sync::atomic::Ordering::Relaxed;

use super::class;
use super::judge::{self, Fault};
use super::pool::Inner;
use super::purge;
use super::record::Record;
use super::refill::From;
use super::window::{self, Window};

/// What was taken from a pool.
pub struct Taken {
    /// How many slots.
    pub slots: usize,
    /// Bytes of pages they lie on that had been given back to the system.
    pub refaulted: usize,
    /// What ended it.
    pub fault: Option<Fault>,
}

/// Moves the lowest free slots of a pool to `out`, the lowest to its end, checking and writing the words
/// around them (SMALL-4).
pub fn some(inner: &mut Inner, out: &mut [u32], from: From) -> Taken {
    let used_before = usize::from(inner.reach);
    let limit = if from == From::Any { inner.first_fresh_page() } else { used_before };
    let mut look = Look::at(inner, out, used_before);
    while look.got < look.out.len()
        && look.damaged.is_none()
        && let Some((start, free)) = look.inner.lowest(limit)
    {
        let left = look.word(start, free);
        look.inner.take(start, free & !left);
    }
    let Look { got, idle, damaged, window, .. } = look;
    let refaulted = purge::taken(inner, &out[out.len() - got..]);
    let fault = damaged.map(|slot| judge::overflow_in_front(inner, slot));
    window.idle.take(inner, got, idle);
    Taken { slots: got, refaulted, fault }
}

/// Looking at the free slots of a pool.
struct Look<'a> {
    inner: &'a mut Inner,
    out: &'a mut [u32],
    window: &'static Window,
    /// Slots from here on are fresh.
    used_before: usize,
    /// Index in the window, address and record of the pool's slot 0.
    first: u32,
    base: usize,
    records: *const Record,
    /// Bytes of a slot.
    bytes: usize,
    /// Slots in `out`.
    got: usize,
    /// Those that had memory behind them.
    idle: usize,
    /// Whether pages were given back.
    has_gone: bool,
    /// The last slot taken.
    previous: usize,
    /// The slot whose neighbour in front has overflowed: the last one, if any.
    damaged: Option<usize>,
}

impl<'a> Look<'a> {
    fn at(inner: &'a mut Inner, out: &'a mut [u32], used_before: usize) -> Self {
        let class = usize::from(inner.class);
        let window = window::of(class);
        let (first, bytes) = (inner.first_slot(), class::SLOT[class] as usize);
        let has_gone = !inner.gone.is_empty();
        Self {
            inner,
            out,
            window,
            used_before,
            first,
            base: window.base() + first as usize * bytes,
            records: window.records().wrapping_add(first as usize),
            bytes,
            got: 0,
            idle: 0,
            has_gone,
            previous: 0,
            damaged: None,
        }
    }

    /// Looks at the slots `start` + i whose bits i are set in `free`, lowest first, until `out` is full or
    /// damage is found; the bits of those that were not looked at. The pool's bits stay as they are meanwhile.
    fn word(&mut self, start: usize, mut free: u64) -> u64 {
        while self.damaged.is_none() {
            free = self.clean_ones(start, free);
            free = self.fresh_ones(start, free);
            if free == 0 || self.got == self.out.len() {
                break;
            }
            self.other_one(start + free.trailing_zeros() as usize);
            free &= free - 1;
        }
        free
    }

    /// Those that are as they were left, up to the first that is not: nearly always all. The bits of the rest.
    fn clean_ones(&mut self, start: usize, free: u64) -> u64 {
        let used = free & bits::lowest_bits(self.used_before.saturating_sub(start));
        let used = if self.has_gone { self.before_gone(start, used) } else { used };
        let room = self.out.len() - self.got;
        // SAFETY: SMALL-3: the slots, their records and the words on both sides of them are committed.
        let left = unsafe {
            let records = self.records.add(start);
            clean_run(
                used,
                self.block(start),
                self.bytes,
                records,
                self.first + start as u32,
                &mut self.out[..room],
            )
        };
        let taken = used & !left;
        if taken != 0 {
            let got = taken.count_ones() as usize;
            self.previous = start + 63 - taken.leading_zeros() as usize;
            self.idle += got;
            self.got += got;
        }
        free & !taken
    }

    /// Fresh ones directly behind a fresh one that was taken: the word in front is written, and nothing is behind.
    fn fresh_ones(&mut self, start: usize, mut free: u64) -> u64 {
        let mut slot = start + free.trailing_zeros() as usize;
        if slot <= self.used_before || slot != self.previous + 1 {
            return free;
        }
        let room = self.out.len() - self.got;
        for place in self.out[..room].iter_mut().rev() {
            if free == 0 {
                break;
            }
            debug_assert!(
                slot == start + free.trailing_zeros() as usize,
                "all from there on are free"
            );
            *place = self.first + slot as u32;
            slot += 1;
            // SAFETY: SMALL-3: committed, and its end ours: neither it nor the one behind was ever in use (SMALL-4).
            unsafe {
                canary::write(ptr::with_exposed_provenance_mut::<u8>(
                    self.base + slot * self.bytes - CANARY,
                ))
            };
            free &= free - 1;
        }
        self.got += slot - 1 - self.previous;
        self.previous = slot - 1;
        free
    }

    /// Those of the slots in front of the first one of which a page was given back: to look there would cost a
    /// fault.
    #[cold]
    fn before_gone(&self, start: usize, slots: u64) -> u64 {
        let is_gone = |at: &usize| self.inner.gone.has_any(self.inner.pages_of(start + at));
        let first = (0..64).filter(|at| slots >> at & 1 == 1).find(is_gone);
        first.map_or(slots, |at| slots & bits::lowest_bits(at))
    }

    fn block(&self, slot: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.base + slot * self.bytes)
    }

    /// One that is fresh, or was purged, or should not be here.
    #[cold]
    fn other_one(&mut self, slot: usize) {
        let index = self.first + slot as u32;
        if self.window.record(index).load(Relaxed) != 0 {
            // It came back twice: not ours to hand out.
            self.idle += 1;
        } else {
            // Fresh memory is written without a look: reading it first would cost a fault of its own.
            self.frame(slot, self.block(slot));
            self.got += 1;
            let place = self.out.len() - self.got;
            self.out[place] = index;
        }
        self.previous = slot;
    }

    /// Puts canary into the word in front of `slot` and into that behind it, which are missing in fresh
    /// and in purged memory. Where the neighbour in front is in use its end must hold canary already;
    /// if it does not, that block has overflowed.
    fn frame(&mut self, slot: usize, block: *mut u8) {
        let front_is_new = slot - 1 == self.previous;
        let front_is_live = slot > 1 && !front_is_new && !self.inner.is_free(slot - 1);
        let end = class::usable_end(usize::from(self.inner.class));
        let next_is_live = slot + 1 < end && !self.inner.is_free(slot + 1);
        // SAFETY: SMALL-3: both words are committed and, the slot being free until now, ours; the word
        // in front ends the slot before it (SMALL-4).
        unsafe {
            if front_is_live && !canary::intact_aligned(block.sub(8)) {
                // The damage stays for whoever looks at that block next.
                self.damaged = Some(slot);
                return;
            }
            canary::write(block.sub(8));
            if !next_is_live {
                canary::write(block.add(self.bytes - 8));
            }
        }
    }
}

/// Puts the indices of slots that are free for all that can be seen (SMALL-2) and have canaries on both sides
/// into `out`, from its end, up to the first slot that is not so; the bits of the rest. Bit i stands for the slot i behind
/// that at `block`, with its record and index.
///
/// # Safety
/// The slots whose bits are set, their records and the words on both sides of them are committed.
// By itself, and short: the processor is many slots ahead while it waits for the lines of the first.
#[inline(never)]
unsafe fn clean_run(
    mut slots: u64,
    block: *const u8,
    bytes: usize,
    records: *const Record,
    index: u32,
    out: &mut [u32],
) -> u64 {
    for place in out.iter_mut().rev() {
        if slots == 0 {
            break;
        }
        let at = slots.trailing_zeros() as usize;
        // SAFETY: the caller's word.
        let is_clean = unsafe {
            (*records.add(at)).load(Relaxed) == 0
                && canary::intact_around(block.add(at * bytes), bytes - CANARY)
        };
        if !is_clean {
            break;
        }
        *place = index + at as u32;
        slots &= slots - 1;
    }
    slots
}
