//! A hash table from addresses to entries: open addressing, linear probing, and removal by moving
//! later entries back, so that it holds no tombstones and a failed search is short for ever.

use core::mem::size_of;
use core::ptr::NonNull;

use crate::bits::{Kind, PAGE, align_up};
use crate::space::meta;
use crate::sys;

use super::mapping::Mapping;

/// Where a block is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// The program has it.
    Live = 0,
    /// A thread is changing its size.
    Resizing = 1,
    /// Freed: kept warm, kept inaccessible, or on its way from one to the other.
    Freed = 2,
    /// Freed and found damaged: inaccessible for ever.
    Quarantined = 3,
}

/// What is known of one block. All-zero is a free place in the table (LARGE-5).
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Where it is.
    pub mapping: Mapping,
    /// The size the program asked for.
    pub requested: usize,
    /// The door it came by.
    pub kind: Kind,
    /// Where it is in its life.
    pub state: State,
}

impl Entry {
    const FREE: Self =
        Self { mapping: Mapping::NONE, requested: 0, kind: Kind::Malloc, state: State::Live };

    fn is_free(&self) -> bool {
        self.mapping.address == 0
    }
}

/// Entries in the first table of each shard: one page.
const FIRST: usize = 1 << (PAGE / size_of::<Entry>()).ilog2();

/// The table. All-zero is an empty one without memory.
pub struct Table {
    slots: Option<NonNull<Entry>>,
    /// A power of two, or 0.
    capacity: usize,
    used: usize,
    /// Places kept for entries to come.
    kept: usize,
}

// SAFETY: LARGE-5: the slots belong to the table alone.
unsafe impl Send for Table {}

/// 64 well-mixed bits of an address. The registry takes the topmost ones to choose a shard.
pub fn hash(address: usize) -> u64 {
    ((address / PAGE) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Table {
    /// A table without entries and without memory.
    pub const fn new() -> Self {
        Self { slots: None, capacity: 0, used: 0, kept: 0 }
    }

    /// The entry of the block at `address`.
    pub fn find_mut(&mut self, address: usize) -> Option<&mut Entry> {
        let at = self.position(address)?;
        self.slots_mut().get_mut(at)
    }

    /// Adds an entry, in the place of one that its address may have. `false` when there is no
    /// memory for it.
    pub fn insert(&mut self, entry: Entry) -> bool {
        if let Some(known) = self.find_mut(entry.mapping.address) {
            *known = entry;
            return true;
        }
        let possible = self.has_place();
        if possible {
            self.place(entry);
        }
        possible
    }

    /// Keeps a place for an entry to come. `false` when there is no memory for it.
    pub fn keep_place(&mut self) -> bool {
        let possible = self.has_place();
        self.kept += usize::from(possible);
        possible
    }

    /// Gives up a place that was kept.
    pub fn give_place_up(&mut self) {
        self.kept -= 1;
    }

    /// Takes the entry of `address` out and keeps its place.
    pub fn remove_keeping_place(&mut self, address: usize) {
        self.kept += usize::from(self.remove(address).is_some());
    }

    /// Adds an entry in the place that was kept for it. Its address has none.
    pub fn insert_in_kept_place(&mut self, entry: Entry) {
        self.kept -= 1;
        self.place(entry);
    }

    /// Whether there is a place for one more entry beside those that are kept: half full at the
    /// most while memory lasts; then nearly full rather than failing.
    fn has_place(&mut self) -> bool {
        let taken = self.used + self.kept;
        let wants_more = taken * 2 >= self.capacity;
        !wants_more || self.grow() || taken + self.capacity / 8 < self.capacity
    }

    /// Takes the entry of `address` out.
    pub fn remove(&mut self, address: usize) -> Option<Entry> {
        let mut hole = self.position(address)?;
        let mask = self.capacity - 1;
        let slots = self.slots_mut();
        let removed = slots[hole];
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            if slots[at].is_free() {
                break;
            }
            // An entry may move back to the hole unless its search starts behind the hole.
            let home = hash(slots[at].mapping.address) as usize >> HOME_SHIFT & mask;
            if at.wrapping_sub(home) & mask >= at.wrapping_sub(hole) & mask {
                slots[hole] = slots[at];
                hole = at;
            }
        }
        slots[hole] = Entry::FREE;
        self.used -= 1;
        Some(removed)
    }

    /// Every entry, in no order.
    pub fn iter(&self) -> impl Iterator<Item = &Entry> {
        self.slots().iter().filter(|entry| !entry.is_free())
    }

    fn position(&self, address: usize) -> Option<usize> {
        let slots = self.slots();
        // Address 0 marks free places, and an empty table has no place to start at.
        let mask = self.capacity.checked_sub(1).filter(|_| address != 0)?;
        let mut at = hash(address) as usize >> HOME_SHIFT & mask;
        loop {
            if slots[at].mapping.address == address {
                return Some(at);
            }
            if slots[at].is_free() {
                return None;
            }
            at = (at + 1) & mask;
        }
    }

    fn place(&mut self, entry: Entry) {
        let mask = self.capacity - 1;
        let slots = self.slots_mut();
        let mut at = hash(entry.mapping.address) as usize >> HOME_SHIFT & mask;
        while !slots[at].is_free() {
            at = (at + 1) & mask;
        }
        slots[at] = entry;
        self.used += 1;
    }

    /// Moves everything to a table twice as large.
    #[cold]
    fn grow(&mut self) -> bool {
        let capacity = (self.capacity * 2).max(FIRST);
        let Some(slots) = allocate_slots(capacity) else { return false };
        let new = Self { slots: Some(slots), capacity, used: 0, kept: self.kept };
        let old = core::mem::replace(self, new);
        for entry in old.iter() {
            self.place(*entry);
        }
        if let Some(slots) = old.slots {
            abandon_slots(slots, old.capacity);
        }
        true
    }

    fn slots(&self) -> &[Entry] {
        let Some(slots) = self.slots else { return &[] };
        // SAFETY: LARGE-5: `capacity` initialised entries, shared as long as `self` is.
        unsafe { core::slice::from_raw_parts(slots.as_ptr(), self.capacity) }
    }

    fn slots_mut(&mut self) -> &mut [Entry] {
        let Some(slots) = self.slots else { return &mut [] };
        // SAFETY: LARGE-5: `capacity` initialised entries, ours alone as long as `self` is.
        unsafe { core::slice::from_raw_parts_mut(slots.as_ptr(), self.capacity) }
    }
}

/// The bits of the hash that choose a place: those below the shard's.
const HOME_SHIFT: u32 = 24;

/// Zeroed memory for `capacity` entries, on pages of its own.
fn allocate_slots(capacity: usize) -> Option<NonNull<Entry>> {
    let bytes = align_up(capacity.checked_mul(size_of::<Entry>())?, PAGE);
    meta::allocate(bytes, PAGE).map(NonNull::cast)
}

/// Gives the memory of a table back that was outgrown. All that ever were are together smaller
/// than the one in use, so their addresses may stay.
fn abandon_slots(slots: NonNull<Entry>, capacity: usize) {
    let bytes = align_up(capacity * size_of::<Entry>(), PAGE);
    // SAFETY: LARGE-5: whole pages, and the table has left them.
    let _ = unsafe { sys::purge(slots.as_ptr().cast(), bytes) };
}
