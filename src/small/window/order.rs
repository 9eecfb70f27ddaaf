//! Which of a class's pools comes into use next: in order, or one drawn by lot of several that are made at once
//! (`random_slots`).
//!
//! Costs: the descriptors of at most as many pools as are in use, seven at the most; nothing else of a pool is touched
//! before it is used.

use core::ptr::NonNull;

use crate::config::options::RANDOM_SLOTS;
use crate::space::lots;

use super::super::cache::Shelf;
use super::super::pool::{Pool, State};
use super::Window;

/// Pools to draw from, at the most.
const CANDIDATES: u32 = 8;

impl Window {
    /// A pool that was not in use, for `owner`; `None` when the window is full or memory is refused.
    ///
    /// # Safety
    /// `owner` lives for ever.
    pub unsafe fn grow(&self, class: usize, owner: *const Shelf) -> Option<NonNull<Pool>> {
        // SAFETY: SMALL-5: the caller's word for the owner.
        let make = || unsafe { self.grow_in_order(class, owner) };
        if !RANDOM_SLOTS.is_on() {
            return make();
        }
        if let Some(drawn) = self.draw() {
            return Some(drawn);
        }
        for _ in 0..(self.pools(class) + 1).min(CANDIDATES) {
            let Some(pool) = make() else { break };
            self.set_aside(pool);
        }
        // Another thread may have had them meanwhile.
        self.draw().or_else(make)
    }

    /// Keeps a pool that this thread has made for later.
    fn set_aside(&self, pool: NonNull<Pool>) {
        // SAFETY: SMALL-5: descriptors live for ever.
        let mut inner = unsafe { pool.as_ref() }.inner.lock();
        let _growth = self.growth.lock();
        // SAFETY: SMALL-5: the class's lock is held, and a held pool is on no list.
        unsafe { self.ahead.push(pool.as_ptr()) };
        inner.state = State::Listed;
    }

    /// One of those that were kept.
    fn draw(&self) -> Option<NonNull<Pool>> {
        let _growth = self.growth.lock();
        // SAFETY: SMALL-5: the class's lock is held.
        unsafe { self.ahead.take(lots::below) }
    }
}
