//! Free slots on their way out of a pool: each is looked at before it is handed on.

use core::ptr;

use crate::bits;
use crate::guard::canary;
use crate::sync::atomic::Ordering::Relaxed;

use super::class;
use super::judge::{self, Fault};
use super::pool::Inner;
use super::purge;
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

/// Moves the lowest free slots of a pool to `out`, checking and writing the words around them
/// (SMALL-4).
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
    let refaulted = purge::taken(inner, &out[..got]);
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
    /// Index in the window and address of the pool's slot 0.
    first: u32,
    base: usize,
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
            if free == 0 || self.got == self.out.len() {
                break;
            }
            self.other_one(start + free.trailing_zeros() as usize);
            free &= free - 1;
        }
        free
    }

    /// Those that are as they were left, up to the first that is not: nearly always all. The bits of the rest.
    fn clean_ones(&mut self, start: usize, mut free: u64) -> u64 {
        let used = bits::lowest_bits(self.used_before.saturating_sub(start));
        let mut got = 0;
        let out = core::mem::take(&mut self.out);
        for place in &mut out[self.got..] {
            let slot = start + free.trailing_zeros() as usize;
            if free & used == 0 || self.is_gone(slot) || !self.is_clean(slot) {
                break;
            }
            *place = self.first + slot as u32;
            self.previous = slot;
            got += 1;
            free &= free - 1;
        }
        self.out = out;
        self.idle += got;
        self.got += got;
        free
    }

    /// Whether a slot that was in use before is free for all that can be seen (SMALL-2), and has canaries on
    /// both sides.
    #[inline(always)]
    fn is_clean(&self, slot: usize) -> bool {
        let block = self.block(slot);
        self.window.record(self.first + slot as u32).load(Relaxed) == 0
            // SAFETY: SMALL-3: the slot and the words on both sides of it are committed.
            && unsafe {
                canary::intact_aligned(block.sub(8))
                    & canary::intact_aligned(block.add(self.bytes - 8))
            }
    }

    /// Whether a page of the slot was given back: to look would cost a fault.
    #[inline(always)]
    fn is_gone(&self, slot: usize) -> bool {
        self.has_gone && self.inner.gone.has_any(self.inner.pages_of(slot))
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
            self.out[self.got] = index;
            self.got += 1;
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
