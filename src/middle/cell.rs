//! A pool with its lock, its counters and what others may know of it without the lock.

use crate::bits::PAGE;
use crate::guard::events;
use crate::measure::health::{Health, Holding};
use crate::space::Claim;
use crate::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::Relaxed, Ordering::SeqCst};
use crate::sync::{Guard, Lock};

use super::fault::Fault;
use super::header::{HEADER, Keys};
use super::map::{Block, LIMIT};
use super::marks::{Mark, Marks, State};
use super::pool::{GivenUp, Placed, Pool, Refusal, Request};
use super::pressure::Told;
use super::resize::Resized;
use super::rules::Rules;
use super::stale::StalePages;
use super::{pools, sweep};

/// A number that only the holder of the pool's lock writes and anybody reads.
#[derive(Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Adds `amount`, which may stand for a negative number (wrapping).
    #[inline(always)]
    pub fn add(&self, amount: u64) {
        self.0.store(self.0.load(Relaxed).wrapping_add(amount), Relaxed);
    }

    /// Its value.
    pub fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }

    /// Replaces it.
    #[inline(always)]
    pub fn set(&self, value: u64) {
        self.0.store(value, Relaxed);
    }
}

/// What a pool counts.
#[derive(Default)]
#[repr(C)]
pub struct Counters {
    pub allocations: Counter,
    pub frees: Counter,
    /// Bytes of live blocks, with headers, canaries and slack.
    pub live_bytes: Counter,
    /// Bytes asked for, of live blocks.
    pub requested_bytes: Counter,
    pub splits: Counter,
    pub coalesces: Counter,
    pub committed_bytes: Counter,
    pub mismatches: Counter,
    pub purges: Counter,
    pub purged_bytes: Counter,
    /// Bytes of the blocks handed out, with headers, canaries and slack.
    pub allocated_bytes: Counter,
    /// Searches for a free block.
    pub searches: Counter,
    /// Bytes of free pages that are in memory.
    pub spare_bytes: Counter,
    /// Bytes of the longest free block.
    pub largest_free: Counter,
    /// What the tier knows of this pool.
    pub told: Told,
}

/// A pool and what belongs to it. All-zero memory is one, without address space yet.
#[repr(C)]
pub struct PoolCell {
    lock: Lock<Pool>,
    pub counters: Counters,
    /// The pool's number.
    pub index: usize,
    /// How well it is: written under its lock.
    health: AtomicU32,
    /// Whether there may be something to purge.
    pub dirty: AtomicBool,
    pub front: Front,
}

/// What threads read of a pool without its lock.
#[repr(C, align(64))]
pub struct Front {
    /// The pool's address and the secret of its headers; they never change.
    pub base: usize,
    pub keys: Keys,
    /// They never change either (RULES-1).
    pub rules: Rules,
    pub quarantined: AtomicBool,
    /// Its used blocks.
    pub marks: Marks,
}

/// The right to work on a pool.
pub struct Hold<'a> {
    pub cell: &'a PoolCell,
    pub pool: Guard<'a, Pool>,
}

impl PoolCell {
    /// Makes a pool of all-zero memory.
    ///
    /// # Safety
    /// As for [`Pool::start`].
    pub unsafe fn start(&mut self, index: usize, base: usize) {
        self.index = index;
        let mut pool = self.lock.lock();
        // SAFETY: MIDDLE-1: the caller's word.
        unsafe { pool.start(base) };
        let (keys, rules) = (pool.keys, pool.rules);
        drop(pool);
        (self.front.base, self.front.keys, self.front.rules) = (base, keys, rules);
        self.hold().publish();
    }

    /// Waits for the pool.
    #[inline]
    pub fn hold(&self) -> Hold<'_> {
        Hold { cell: self, pool: self.lock.lock() }
    }

    /// How well it is.
    pub fn health(&self) -> Health {
        Health::from_number(self.health.load(Relaxed))
    }

    /// The pool, if nobody holds it.
    #[inline]
    pub fn try_hold(&self) -> Option<Hold<'_>> {
        self.lock.try_lock().map(|pool| Hold { cell: self, pool })
    }
}

impl Hold<'_> {
    /// [`Pool::allocate`], counted.
    #[inline]
    pub fn allocate(
        &mut self,
        request: &Request,
        stale: Option<&mut StalePages>,
    ) -> Result<Placed, Refusal> {
        let counters = &self.cell.counters;
        counters.searches.add(1);
        let placed = self.pool.allocate(request, stale)?;
        counters.allocated_bytes.add(placed.bytes as u64);
        counters.allocations.add(1);
        counters.live_bytes.add(placed.bytes as u64);
        counters.requested_bytes.add(request.size as u64);
        counters.splits.add(placed.splits);
        let start = placed.block.addr() - HEADER - self.pool.base;
        self.cell.front.marks.give(start, placed.length);
        self.publish();
        Ok(placed)
    }

    /// Takes a block from the program.
    #[inline]
    fn take(&self, user: usize) -> Result<Mark, Fault> {
        let (marks, start) = (&self.cell.front.marks, user.wrapping_sub(HEADER));
        let mark = marks.at(start);
        match mark.state_at(start) {
            State::Live if marks.take(start, mark) => Ok(mark),
            State::Live | State::Taken => Err(self.pool.freed_before(user)),
            State::None => Err(self.pool.stray(user)),
        }
    }

    /// Works on a block that stays the program's.
    fn with_taken<T>(
        &mut self,
        user: usize,
        work: impl FnOnce(&mut Pool) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let mark = self.take(user).map_err(|fault| self.contain(fault))?;
        let (start, done) = (user - HEADER, work(&mut self.pool));
        let block = self.pool.map.starting_at(start);
        let length = block.map_or(mark.length(), |block| block.end - block.start);
        self.cell.front.marks.give(start, length);
        done.map_err(|fault| self.contain(fault))
    }

    /// Takes a block back; the pool is quarantined where its blocks are damaged. A damaged block, or one
    /// of another size than the program says, is a fault, but mostly freed all the same.
    #[inline]
    pub fn release(&mut self, user: usize, claim: &Claim) -> Result<(), Fault> {
        let GivenUp { block, fault, .. } = self.give_up(user, claim)?;
        self.make_free(block);
        fault.map_or(Ok(()), |fault| Err(self.contain(fault)))
    }

    /// [`Pool::give_up`], counted: the block is taken from the program.
    #[inline(always)]
    pub fn give_up(&mut self, user: usize, claim: &Claim) -> Result<GivenUp, Fault> {
        let mark = self.take(user).map_err(|fault| self.contain(fault))?;
        let (marks, start) = (&self.cell.front.marks, user - HEADER);
        let given_up = match self.pool.give_up(user, claim) {
            Ok(given_up) => given_up,
            Err(fault) => {
                marks.give(start, mark.length());
                return Err(self.contain(fault));
            }
        };
        let counters = &self.cell.counters;
        let bytes = given_up.block.end - given_up.block.start;
        counters.frees.add(1);
        counters.live_bytes.add((bytes as u64).wrapping_neg());
        counters.requested_bytes.add((given_up.requested as u64).wrapping_neg());
        counters.mismatches.add(u64::from(given_up.mismatch));
        Ok(given_up)
    }

    /// Gives a block that was taken from the program, and counted, to the pool.
    #[inline(always)]
    pub fn make_free(&mut self, block: Block) {
        let coalesced = self.pool.make_free(block.start, block.end);
        self.cell.front.marks.end(block.start);
        self.cell.counters.coalesces.add(coalesced);
        self.note_dirty();
        self.publish();
    }

    /// [`Pool::resize`], counted.
    pub fn resize(&mut self, user: usize, new_size: usize) -> Result<Option<usize>, Fault> {
        let change = match self.with_taken(user, |pool| pool.resize(user, new_size))? {
            Resized::InPlace(change) => change,
            Resized::Not(before) => return Ok(Some(before)),
        };
        let counters = &self.cell.counters;
        let bytes = change.bytes_after.wrapping_sub(change.bytes_before);
        let requested = new_size.wrapping_sub(change.requested_before);
        counters.live_bytes.add(bytes as u64);
        counters.requested_bytes.add(requested as u64);
        counters.splits.add(change.splits);
        counters.coalesces.add(change.coalesced);
        if change.bytes_after < change.bytes_before {
            self.note_dirty();
        }
        self.publish();
        Ok(None)
    }

    /// [`Pool::relabel`], counted.
    pub fn relabel(&mut self, user: usize, size: usize) -> Result<(), Fault> {
        let before = self.with_taken(user, |pool| pool.relabel(user, size))?;
        self.cell.counters.requested_bytes.add(size.wrapping_sub(before) as u64);
        Ok(())
    }

    /// [`Pool::requested`], with containment.
    pub fn requested(&mut self, user: usize) -> Result<usize, Fault> {
        self.with_taken(user, |pool| pool.requested(user))
    }

    /// Takes over what a thread's store has had of this pool, if it still is the block of that mark.
    pub fn take_over(&mut self, start: usize, seen: Mark) {
        let marks = &self.cell.front.marks;
        if marks.at(start) != seen {
            return;
        }
        let Some(buried) = self.pool.bury(start) else { return };
        marks.end(start);
        let counters = &self.cell.counters;
        counters.frees.add(1);
        counters.live_bytes.add((buried.bytes as u64).wrapping_neg());
        counters.coalesces.add(buried.coalesced);
        self.note_dirty();
        self.publish();
    }

    /// The first fault among the blocks at `from` or behind it, and where to go on.
    pub fn examine(&mut self, from: usize) -> Option<(Fault, usize)> {
        let (fault, next) = self.pool.examine(from, &self.cell.front.marks)?;
        Some((self.contain(fault), next))
    }

    /// Whether what is known of the pool agrees with the rules.
    pub fn is_sound(&self) -> bool {
        self.pool.is_sound() && self.pool.agrees_with(&self.cell.front.marks)
    }

    /// Puts the pool in quarantine if this fault asks for it.
    #[cold]
    pub fn contain(&mut self, fault: Fault) -> Fault {
        if fault.taints_pool() {
            if !self.cell.front.quarantined.load(Relaxed) {
                events::note_quarantine(self.cell.front.base);
            }
            self.pool.quarantined = true;
            self.cell.front.quarantined.store(true, Relaxed);
            self.publish();
        }
        fault
    }

    /// Tells the sweeper that there is something to do here.
    #[inline]
    fn note_dirty(&self) {
        if !self.cell.dirty.load(Relaxed) {
            self.cell.dirty.store(true, SeqCst);
            sweep::note_dirty();
        }
    }

    #[inline]
    fn tell_health(&self, live: usize, reached: usize) {
        let free = if self.pool.map.largest() == 0 { 0 } else { LIMIT.saturating_sub(live) };
        let holding = Holding { capacity: LIMIT, free, reached, pages: reached / PAGE };
        let health = match self.pool.quarantined {
            true => Health::Quarantined,
            false => self.cell.health().after(holding),
        };
        self.cell.health.store(health as u32, Relaxed);
    }

    /// Brings what others read without the lock up to date.
    #[inline]
    pub fn publish(&self) {
        self.cell.counters.committed_bytes.set(self.pool.committed as u64);
        let (live, dirty) = (self.cell.counters.live_bytes.get(), self.pool.dirty.len() * PAGE);
        self.cell.counters.told.update(live, dirty as u64);
        self.cell.counters.spare_bytes.set(dirty as u64);
        let room = if self.pool.quarantined { 0 } else { self.pool.map.largest() };
        self.cell.counters.largest_free.set(room as u64);
        self.tell_health(live as usize, live as usize + dirty);
        pools::publish_room(self.cell.index, room);
        #[cfg(feature = "audit")]
        super::check::audit(self);
    }
}
