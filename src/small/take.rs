//! Free slots on their way out of a pool: each is looked at before it is handed on.

use core::ops::Range;
use core::ptr;

use crate::bits;
use crate::config::limits::CANARY;
use crate::config::options::RANDOM_SLOTS;
use crate::guard::canary;
use crate::sync::atomic::Ordering::Relaxed;

use super::class;
use super::damage::Fault;
use super::judge;
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
    let limit = match from {
        From::Idle => used_before,
        // By lot there should be many to choose from.
        From::Any if RANDOM_SLOTS.is_on() => {
            (used_before.max(1) + out.len()).min(class::usable_end(usize::from(inner.class)))
        }
        From::Any => inner.first_fresh_page(),
    };
    let mut look = Look::at(inner, out, used_before);
    while look.got < look.out.len()
        && look.damaged.is_none()
        && let Some((start, free)) = look.inner.lowest(limit)
    {
        let left = look.word(start, free);
        look.inner.take(start, free & !left);
    }
    let Look { got, idle, regained, damaged, window, .. } = look;
    let refaulted = purge::taken(regained);
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
    /// Slots that touch pages that had been given back: the first such ones from where we are.
    gone: Range<usize>,
    /// Such pages that are in use again.
    regained: usize,
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
            gone: 0..0,
            regained: 0,
            previous: 0,
            damaged: None,
        }
    }

    /// Looks at the slots `start` + i whose bits i are set in `free`, lowest first, until `out` is full or
    /// damage is found; the bits of those that were not looked at. The pool's bits stay as they are meanwhile.
    fn word(&mut self, start: usize, mut free: u64) -> u64 {
        while self.damaged.is_none() {
            let slot = start + free.trailing_zeros() as usize;
            if self.gone.end <= slot {
                self.gone = self.inner.gone_slots(slot);
            }
            free = self.clean_ones(start, free);
            if free == 0 || self.got == self.out.len() {
                break;
            }
            free = self.bare_ones(start, free);
        }
        free
    }

    /// Those that are as they were left, up to the first that is not: nearly always all. The bits of the rest.
    fn clean_ones(&mut self, start: usize, free: u64) -> u64 {
        // To look at a page that was given back, or never used, would cost a fault.
        let end = self.used_before.min(self.gone.start);
        let used = free & bits::lowest_bits(end.saturating_sub(start));
        if used == 0 {
            return free;
        }
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

    /// The first one, which is not as it was left, and those directly behind it that have no canary either: where the
    /// one in front was just taken, there is nothing to look at, and only the word behind is to be written. The bits
    /// of the rest.
    fn bare_ones(&mut self, start: usize, free: u64) -> u64 {
        let first = start + free.trailing_zeros() as usize;
        if !self.other_one(first) {
            return free & (free - 1);
        }
        let run_end = first + (!(free >> (first - start))).trailing_zeros() as usize;
        let room = self.out.len() - self.got;
        let end = run_end.min(self.gone.end).min(first + 1 + room);
        let mut slot = first + 1;
        while slot < end && self.is_bare(slot) {
            self.out[room - (slot - first)] = self.first + slot as u32;
            if slot + 1 < run_end || !self.is_live(slot + 1) {
                // SAFETY: SMALL-3: committed, and ours: it ends a free slot (SMALL-4), in front of one that is not live.
                unsafe { canary::write(self.block(slot + 1).sub(CANARY)) };
            }
            slot += 1;
        }
        self.got += slot - first - 1;
        self.previous = slot - 1;
        if slot > self.gone.start {
            self.regained += self.inner.regain(first.max(self.gone.start)..slot);
        }
        free & !bits::lowest_bits(slot - start)
    }

    /// Whether nothing is known to be around a free slot behind one that was taken: it is fresh, or purged.
    fn is_bare(&self, slot: usize) -> bool {
        slot >= self.used_before
            || self.window.record(self.first + slot as u32).load(Relaxed) == 0
                && (slot >= self.gone.start
                    // SAFETY: SMALL-3: the word that ends the slot is committed.
                    || !unsafe { canary::intact_aligned(self.block(slot + 1).sub(CANARY)) })
    }

    /// Whether there is a slot that is not free.
    fn is_live(&self, slot: usize) -> bool {
        slot < class::usable_end(usize::from(self.inner.class)) && !self.inner.is_free(slot)
    }

    fn block(&self, slot: usize) -> *mut u8 {
        ptr::with_exposed_provenance_mut(self.base + slot * self.bytes)
    }

    /// One that is fresh, or was purged, or should not be here: whether it is sound, and was taken.
    #[cold]
    fn other_one(&mut self, slot: usize) -> bool {
        let index = self.first + slot as u32;
        if self.window.record(index).load(Relaxed) != 0 {
            // It came back twice: not ours to hand out.
            self.idle += 1;
            self.previous = slot;
            return false;
        }
        // Fresh memory is written without a look: reading it first would cost a fault of its own.
        let is_sound = self.frame(slot, self.block(slot));
        if !is_sound {
            // The damage stays for whoever looks at that block next.
            self.damaged = Some(slot);
        }
        self.got += 1;
        let place = self.out.len() - self.got;
        self.out[place] = index;
        self.previous = slot;
        is_sound
    }

    /// Puts canary into the word in front of `slot` and into that behind it, which are missing in fresh
    /// and in purged memory. Where the neighbour in front is in use its end must hold canary already;
    /// if it does not, that block has overflowed: false.
    fn frame(&self, slot: usize, block: *mut u8) -> bool {
        let front_is_new = slot - 1 == self.previous;
        let front_is_live = slot > 1 && !front_is_new && self.is_live(slot - 1);
        // SAFETY: SMALL-3: both words are committed and, the slot being free until now, ours; the word
        // in front ends the slot before it (SMALL-4).
        unsafe {
            if front_is_live && !canary::intact_aligned(block.sub(8)) {
                return false;
            }
            canary::write(block.sub(8));
            if !self.is_live(slot + 1) {
                canary::write(block.add(self.bytes - 8));
            }
        }
        true
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
                && canary::intact_before_and_after(block.add(at * bytes), bytes - CANARY)
        };
        if !is_clean {
            break;
        }
        *place = index + at as u32;
        slots &= slots - 1;
    }
    slots
}
