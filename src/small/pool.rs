//! A pool: a run of slots with one lock, one bitmap of free slots, one state.

use core::ops::Range;
use core::ptr;

use crate::bits::{self, PAGE, align_up};
use crate::config::limits::CANARY;
use crate::sync::Lock;
use crate::sync::atomic::{AtomicPtr, AtomicU32};

use super::cache::Shelf;
use super::class;
use super::list::List;
use super::pages::Pages;
use super::told::Told;

/// Where a pool is found when it has free slots.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// No free slot, on no list. (Zero: memory not yet in use reads so.)
    Full = 0,
    /// Its owner refills from it.
    Held,
    /// On its owner's shelf or among the class's orphans, or just being taken from there.
    Listed,
    /// Damaged: nothing is handed out any more.
    Quarantined,
}

/// A pool's descriptor; its bitmap follows it in memory.
#[repr(C, align(64))]
pub struct Pool {
    /// Everything that changes (SMALL-5).
    pub inner: Lock<Inner>,
    /// Neighbours on the list it is on; under the class's lock (SMALL-5).
    pub next: AtomicPtr<Pool>,
    /// See `next`.
    pub previous: AtomicPtr<Pool>,
    /// The list it is on; null: on none.
    pub on: AtomicPtr<List>,
    /// Its number in the window, readable without its lock; written once.
    pub number: AtomicU32,
    /// What it holds, readable without its lock.
    pub told: Told,
}

/// What a pool's lock protects.
#[repr(C)]
pub struct Inner {
    /// Whose shelf it goes to when it gets a free slot.
    pub owner: *const Shelf,
    /// Number in its window.
    pub index: u32,
    /// Free slots.
    pub free: u16,
    /// No bitmap word below this one has a bit set.
    hint: u16,
    /// Slots from here on were never handed out.
    pub reach: u16,
    /// Free ones of those below it that have memory behind them, about (`idle`).
    pub idle: u16,
    /// Which class.
    pub class: u8,
    /// Which list.
    pub state: State,
    /// There may be pages to give back (`purge`).
    pub dirty: bool,
    /// When it was last looked at for such (milliseconds) …
    pub looked_ms: u32,
    /// … and a bit per 64th of the pool where slots have come or gone since.
    pub recent: u64,
    /// Bytes of idle slots that could not go then: on pages with live blocks.
    pub pinned: u32,
    /// Pages that were given back and have not been used since.
    pub gone: Pages,
}

// SAFETY: SMALL-5: shelves live for ever; of that of `owner`, only `attached` is read without the class's lock.
unsafe impl Send for Inner {}

/// Bytes of a descriptor with its bitmap, a whole number of cache lines.
#[inline(always)]
pub const fn descriptor_bytes(class: usize) -> usize {
    let bitmap = class::pool_slots(class) / 8;
    (size_of::<Pool>() + bitmap).next_multiple_of(64)
}

impl Inner {
    /// Prepares the descriptor of a new pool.
    ///
    /// # Safety
    /// `self` is the inner part of a zeroed descriptor of [`descriptor_bytes`] bytes.
    pub unsafe fn start(&mut self, class: usize, index: u32, owner: *const Shelf) {
        self.class = class as u8;
        self.index = index;
        self.owner = owner;
        self.state = State::Held;
        self.reach = 1;
        let end = class::usable_end(class);
        for slot in 1..end {
            self.set_bit(slot);
        }
        self.free = (end - 1) as u16;
        self.hint = 0;
    }

    /// Usable slots of this pool.
    pub fn capacity(&self) -> u16 {
        (class::usable_end(usize::from(self.class)) - 1) as u16
    }

    /// Index in the window of the pool's slot 0.
    pub fn first_slot(&self) -> u32 {
        self.index << class::POOL_LOG2[usize::from(self.class)]
    }

    /// Whether every usable slot is free.
    pub fn is_empty(&self) -> bool {
        self.free == self.capacity()
    }

    /// Whether slot `slot` (counted within the pool) is free here.
    pub fn is_free(&self, slot: usize) -> bool {
        self.word(slot / 64) >> (slot % 64) & 1 == 1
    }

    /// The lowest free slots below `limit`, as far as they are in one word of the bitmap: the slot that
    /// the word begins with, and a bit for each.
    pub fn lowest(&mut self, limit: usize) -> Option<(usize, u64)> {
        let words = class::pool_slots(usize::from(self.class)) / 64;
        let at = (usize::from(self.hint)..words).find(|&at| self.word(at) != 0)?;
        self.hint = at as u16;
        let free = self.word(at) & bits::lowest_bits(limit.saturating_sub(at * 64));
        (free != 0).then_some((at * 64, free))
    }

    /// Takes the slots that [`lowest`](Self::lowest) has told, or the lower ones of them.
    pub fn take(&mut self, start: usize, slots: u64) {
        if slots == 0 {
            return;
        }
        self.set_word(start / 64, self.word(start / 64) & !slots);
        self.free -= slots.count_ones() as u16;
        let first = self.part(start + slots.trailing_zeros() as usize);
        let last = self.part(start + 63 - slots.leading_zeros() as usize);
        self.recent |= u64::MAX << first & u64::MAX >> (63 - last);
        self.reach = self.reach.max((start + 64) as u16 - slots.leading_zeros() as u16);
    }

    /// Marks slots, given by their indices in the window, as free. Those that were free already go to `doubly`.
    // By itself: among other code the loop would keep its few values on the stack.
    #[inline(never)]
    pub fn mark_free(&mut self, indices: &[u32], doubly: &mut dyn FnMut(u32)) {
        let (first, bitmap) = (self.first_slot(), self.bitmap());
        let (mut lowest, mut recent) = (usize::from(self.hint), 0u64);
        let part_log2 = class::POOL_LOG2[usize::from(self.class)] - 6;
        self.free += indices.len() as u16;
        for &index in indices {
            let slot = index.wrapping_sub(first) as usize;
            // SAFETY: SMALL-5: the lock is held; the slots are this pool's, as the caller knows.
            let word = unsafe { &mut *bitmap.add(slot / 64) };
            let bit = 1 << (slot % 64);
            if *word & bit != 0 {
                self.free -= 1;
                doubly(index);
            }
            *word |= bit;
            // A chain of loads and stores would take longer than all the rest.
            lowest = lowest.min(slot / 64);
            recent |= 1 << (slot >> part_log2);
        }
        self.hint = lowest as u16;
        self.recent |= recent;
    }

    /// Takes every free slot out of circulation for ever.
    pub fn withdraw_all(&mut self) {
        for at in 0..class::pool_slots(usize::from(self.class)) / 64 {
            self.set_word(at, 0);
        }
        self.free = 0;
        self.state = State::Quarantined;
        self.dirty = false;
    }

    /// Up to which slot (excluded) fresh ones end in the same page as the first of them.
    pub fn first_fresh_page(&self) -> usize {
        let bytes = class::SLOT[usize::from(self.class)] as usize;
        align_up((usize::from(self.reach) + 1) * bytes, PAGE) / bytes
    }

    /// In which 64th of the pool a slot lies.
    fn part(&self, slot: usize) -> usize {
        slot >> (class::POOL_LOG2[usize::from(self.class)] - 6)
    }

    /// The pages that may be given back: no block touches them, nor the word in front of one (SMALL-4), and
    /// they have not gone yet. Slot 0 and those from `reach` on were never handed out.
    pub fn purgeable(&self) -> Pages {
        let class = usize::from(self.class);
        let bytes = class::SLOT[class] as usize;
        let reach = usize::from(self.reach).min(class::usable_end(class));
        let end = (reach * bytes).div_ceil(PAGE).min(class::pool_bytes(class) / PAGE - 1);
        let mut pages = Pages::NONE;
        if usize::from(self.idle) * bytes < PAGE / 2 {
            return pages;
        }
        // Pages wholly inside slot 0 were never touched.
        let mut page = (bytes - CANARY) / PAGE;
        while page < end {
            let used = self.first_used(self.slot_at(page * PAGE).max(1), reach);
            let behind = if used == reach { end } else { (used * bytes - CANARY) / PAGE };
            if page < behind {
                pages.insert(page..behind);
            }
            page = ((used + 1) * bytes).div_ceil(PAGE);
        }
        pages.remove_all(&self.gone);
        pages
    }

    /// The pages where slots have come or gone since the last look.
    pub fn recent_pages(&self) -> Pages {
        let mut pages = Pages::NONE;
        let part = class::pool_bytes(usize::from(self.class)) / 64;
        let (mut recent, mut at) = (self.recent, 0);
        while recent != 0 {
            let skipped = recent.trailing_zeros();
            let run = (recent >> skipped).trailing_ones();
            at += skipped as usize;
            pages.insert(at * part / PAGE..((at + run as usize) * part).div_ceil(PAGE));
            at += run as usize;
            recent = recent.checked_shr(skipped + run).unwrap_or(0);
        }
        pages
    }

    /// The slots from `from` on that touch the first pages from there that have gone, with the words in front of them.
    pub fn gone_slots(&self, from: usize) -> Range<usize> {
        let bytes = class::SLOT[usize::from(self.class)] as usize;
        let first_page = (from * bytes).saturating_sub(CANARY) / PAGE;
        let Some(pages) = self.gone.run_from(first_page) else { return usize::MAX..usize::MAX };
        let slots = self.slots_on(pages);
        from.max(slots.start)..slots.end
    }

    /// The slots that touch pages, with the words in front of them.
    pub fn slots_on(&self, pages: Range<usize>) -> Range<usize> {
        self.slot_at(pages.start * PAGE)..self.slot_at(pages.end * PAGE + CANARY - 1) + 1
    }

    /// The pages that slots, not slot 0, and the words in front of them lie on.
    pub fn pages_of(&self, slots: Range<usize>) -> Range<usize> {
        let bytes = class::SLOT[usize::from(self.class)] as usize;
        (slots.start * bytes - CANARY) / PAGE..(slots.end * bytes).div_ceil(PAGE)
    }

    /// The pages of slots are in use again; how many had gone.
    pub fn regain(&mut self, slots: Range<usize>) -> usize {
        let pages = self.pages_of(slots);
        self.gone.remove(pages)
    }

    /// The first slot from `from` on, up to `to`, that is not free.
    fn first_used(&self, from: usize, to: usize) -> usize {
        let mut at = from;
        while at < to {
            let used = !self.word(at / 64) >> (at % 64);
            if used != 0 {
                return to.min(at + used.trailing_zeros() as usize);
            }
            at = (at / 64 + 1) * 64;
        }
        to
    }

    /// The slot at an offset in the pool.
    fn slot_at(&self, offset: usize) -> usize {
        let reciprocal = class::RECIPROCAL[usize::from(self.class)];
        ((offset as u128 * u128::from(reciprocal)) >> 64) as usize
    }

    fn bitmap(&self) -> *mut u64 {
        // The inner part begins in the descriptor's first cache line; the bitmap follows the descriptor.
        let inner: *const Self = self;
        ptr::with_exposed_provenance_mut((inner.addr() & !63) + size_of::<Pool>())
    }

    fn word(&self, at: usize) -> u64 {
        // SAFETY: SMALL-5: the lock is held (we have `&self`), and `at` is below the bitmap's length.
        unsafe { *self.bitmap().add(at) }
    }

    fn set_word(&mut self, at: usize, word: u64) {
        // SAFETY: SMALL-5: the lock is held (we have `&mut self`), `at` is in the bitmap.
        unsafe { *self.bitmap().add(at) = word };
    }

    fn set_bit(&mut self, slot: usize) {
        self.set_word(slot / 64, self.word(slot / 64) | 1 << (slot % 64));
    }
}

#[cfg(not(any(loom, shuttle)))]
const _: () = assert!(size_of::<Pool>() == 128);
