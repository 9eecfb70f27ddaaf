//! The window of a class: where its slots, records and descriptors lie, and how it grows.

use core::ptr::{self, NonNull};
use core::sync::atomic::AtomicI32;

use crate::bits::{PAGE, align_down, align_up};
use crate::config::options::RANDOM_SLOTS;
use crate::space::{self, lots};
use crate::sync::Lock;
use crate::sync::atomic::{AtomicPtr, AtomicU32, AtomicUsize, Ordering};
use crate::sys::{self, probes};

use super::cache::Shelf;
use super::class::{self, CLASSES};
use super::idle::Idle;
use super::list::{self, List};
use super::pool::{self, Pool};
use super::record::Record;

mod commit;
mod order;

/// The windows of all classes, and behind them that of zero-size blocks ([`super::zero`]).
pub const WINDOWS: usize = CLASSES + 1;

/// Pools whose descriptors lie in the metadata arena.
const FIRST: usize = 4;

/// Most holes that pools whose memory was given up may leave, in all windows: each splits a mapping
/// of the kernel's.
const MOST_HOLES: i32 = 8192;

static HOLES: AtomicI32 = AtomicI32::new(0);

/// What threads share of a class.
#[repr(C, align(64))]
pub struct Window {
    base: AtomicUsize,
    records: AtomicPtr<Record>,
    descriptors: AtomicUsize,
    /// The descriptors of the first pools, beside the allocator's other data: most programs use
    /// most classes a little, and a page for each class's descriptors would add up.
    first: [AtomicPtr<Pool>; FIRST],
    /// Slots that are committed: any smaller index has a record (SMALL-3). Only grows.
    extent: AtomicU32,
    /// Pools that fit the window.
    limit: AtomicU32,
    /// How many slots lie idle.
    pub idle: Idle,
    /// Pools whose memory is there (`Growth::committed` without those given up), for those who take no lock.
    held: AtomicU32,
    /// `Growth::committed`, for those.
    made: AtomicU32,
    growth: Lock<Growth>,
    /// Pools with free slots and without a thread, under `growth` (SMALL-5).
    orphans: List,
    /// Empty pools whose memory was given up (SMALL-3), under `growth`.
    given_up: List,
    /// Pools that were made and never used, under `growth` ([`order`]).
    ahead: List,
}

/// What a class's lock protects, beside all list links.
#[derive(Default)]
pub struct Growth {
    /// Pools in use.
    pub pools: u32,
    /// Pools whose slots, records and descriptors are committed.
    committed: u32,
    /// Bytes of records and of descriptors that are committed, ahead of the pools.
    records: usize,
    descriptors: usize,
    /// Pools on the list of that name.
    given_up: u32,
}

static TABLE: [Window; CLASSES] = [const { Window::new() }; CLASSES];

/// The window of a class.
#[inline]
pub fn of(class: usize) -> &'static Window {
    &TABLE[class]
}

/// Gives every class its window. Called once, before the first allocation (SPACE-1).
pub fn init(layout: space::Layout) -> bool {
    let window = 1usize << layout.shift;
    let (mut records, mut descriptors) = (0, 0);
    for class in 0..CLASSES {
        records += records_bytes(window, class);
        descriptors += descriptors_bytes(window, class);
    }
    let Some(start) = space::addresses(records + descriptors) else { return false };
    let mut at = start.expose_provenance();
    for (class, entry) in TABLE.iter().enumerate() {
        let start = chosen_start(class, window);
        entry.base.store(layout.base + class * window + start, Ordering::Relaxed);
        entry.limit.store(((window - start) / class::pool_bytes(class)) as u32, Ordering::Relaxed);
        let first = at + line_of_records(class);
        entry.records.store(ptr::with_exposed_provenance_mut(first), Ordering::Relaxed);
        at += records_bytes(window, class);
        entry.descriptors.store(at, Ordering::Relaxed);
        at += descriptors_bytes(window, class);
    }
    true
}

/// Where in its window a class begins: by lot, or such that classes do not contend for places of a cache.
fn chosen_start(class: usize, window: usize) -> usize {
    if !RANDOM_SLOTS.is_on() {
        return start_in_window(class, window);
    }
    lots::below(window / 64 / PAGE) * PAGE
}

/// Where in its window a class begins, within its first 64th. Processors choose the place of a translation in their TLB,
/// and of a page table's entry in their caches, by the lower bits of an address: were these the same for all classes, the
/// first pages of all of them would contend for a few places.
fn start_in_window(class: usize, window: usize) -> usize {
    // Multiples of the golden ratio lie far apart from one another, also modulo any power of two.
    const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;
    let part = u128::from(GOLDEN.wrapping_mul(class as u64));
    align_down(((part * (window / 64) as u128) >> 64) as usize, PAGE)
}

/// Where the records begin in their first page: the lines of a page have their places in a cache, and the first of each
/// class are those in use. Where a pool's records fill pages, those go back with the pool ([`Window::forget_records`]).
fn line_of_records(class: usize) -> usize {
    if records_fill_pages(class) { 0 } else { class * 39 % (PAGE / 64) * 64 }
}

fn records_fill_pages(class: usize) -> bool {
    (class::pool_slots(class) * size_of::<Record>()).is_multiple_of(PAGE)
}

/// Room for the records of a window behind their first line and for committing a quarter ahead, and a page that faults.
fn records_bytes(window: usize, class: usize) -> usize {
    let records = window / class::SLOT[class] as usize * size_of::<Record>();
    align_up(records + records / 4, PAGE) + 4 * PAGE
}

fn descriptors_bytes(window: usize, class: usize) -> usize {
    let descriptors = window / class::pool_bytes(class) * pool::descriptor_bytes(class);
    align_up(descriptors + descriptors / 4, PAGE) + 2 * PAGE
}

impl Window {
    const fn new() -> Self {
        Self {
            base: AtomicUsize::new(0),
            records: AtomicPtr::new(ptr::null_mut()),
            descriptors: AtomicUsize::new(0),
            first: [const { AtomicPtr::new(ptr::null_mut()) }; FIRST],
            extent: AtomicU32::new(0),
            limit: AtomicU32::new(0),
            held: AtomicU32::new(0),
            made: AtomicU32::new(0),
            idle: Idle::new(),
            growth: Lock::new(Growth {
                pools: 0,
                committed: 0,
                records: 0,
                descriptors: 0,
                given_up: 0,
            }),
            orphans: List::new(),
            given_up: List::new(),
            ahead: List::new(),
        }
    }

    /// Address of slot 0.
    #[inline]
    pub fn base(&self) -> usize {
        self.base.load(Ordering::Relaxed)
    }

    /// The block in a slot; this is the window of `class`.
    #[inline(always)]
    pub fn block(&self, class: usize, index: u32) -> *mut u8 {
        let offset = index as usize * class::SLOT[class] as usize;
        ptr::with_exposed_provenance_mut(self.base() + offset)
    }

    /// The records, by slot index.
    #[inline]
    pub fn records(&self) -> *mut Record {
        self.records.load(Ordering::Relaxed)
    }

    /// Slots with a committed record. Pairs with the release in `grow`.
    #[inline]
    pub fn extent(&self) -> u32 {
        self.extent.load(Ordering::Acquire)
    }

    /// The record of a slot below the extent.
    #[inline]
    pub fn record(&self, index: u32) -> &'static Record {
        debug_assert!(index < self.extent());
        // SAFETY: SMALL-3: the index is below the extent, so its record is committed, for ever.
        unsafe { &*self.records().add(index as usize) }
    }

    /// Whether there are orphans: without the lock, as a hint.
    pub fn has_orphans(&self) -> bool {
        !self.orphans.first().is_null()
    }

    /// The class's lock, and the orphans it protects.
    pub fn lock(&self) -> (crate::sync::Guard<'_, Growth>, &List) {
        (self.growth.lock(), &self.orphans)
    }

    /// The pool with this number, which must exist.
    #[inline]
    pub fn pool(&self, class: usize, number: u32) -> NonNull<Pool> {
        let pool = match self.first.get(number as usize) {
            Some(first) => first.load(Ordering::Relaxed),
            None => {
                let offset = (number as usize - FIRST) * pool::descriptor_bytes(class);
                let start = self.descriptors.load(Ordering::Relaxed);
                ptr::with_exposed_provenance_mut(start + offset)
            }
        };
        debug_assert!(!pool.is_null());
        // SAFETY: SMALL-3: the pool exists, so `first` is set or the array has begun.
        unsafe { NonNull::new_unchecked(pool) }
    }

    /// The number of pools in use.
    pub fn pools(&self, class: usize) -> u32 {
        self.extent() >> class::POOL_LOG2[class]
    }

    /// Bytes of slots that are committed.
    pub fn committed_bytes(&self, class: usize) -> usize {
        self.held.load(Ordering::Relaxed) as usize * class::pool_bytes(class)
    }

    /// The same, with what was given up and is not used yet ([`purge::gone_bytes`](super::purge::gone_bytes) has that).
    pub fn made_bytes(&self, class: usize) -> usize {
        self.made.load(Ordering::Relaxed) as usize * class::pool_bytes(class)
    }

    /// A new pool, held by `owner`, or one whose memory was given up; `None` when the window is full
    /// or memory is refused.
    ///
    /// # Safety
    /// `owner` lives for ever.
    unsafe fn grow_in_order(&self, class: usize, owner: *const Shelf) -> Option<NonNull<Pool>> {
        // SAFETY: SMALL-5: the caller's word for the owner.
        let pool = unsafe { self.make(class, owner) }?;
        // Not under the class's lock: a call to the kernel more, for which others would wait. On no list yet, the pool is
        // this thread's alone.
        // SAFETY: SMALL-5: descriptors live for ever.
        self.guard_end(class, unsafe { pool.as_ref() }.number.load(Ordering::Relaxed));
        Some(pool)
    }

    /// # Safety
    /// As for [`grow_in_order`](Self::grow_in_order).
    unsafe fn make(&self, class: usize, owner: *const Shelf) -> Option<NonNull<Pool>> {
        let mut growth = self.growth.lock();
        if let Some(pool) = self.take_back(class, &mut growth) {
            return Some(pool);
        }
        let number = growth.pools;
        if number == growth.committed && !self.commit(class, &mut growth) {
            return None;
        }
        if let Some(first) = self.first.get(number as usize) {
            let descriptor = space::meta::allocate(pool::descriptor_bytes(class), 64)?;
            first.store(descriptor.as_ptr().cast(), Ordering::Relaxed);
        }
        let pool = self.pool(class, number);
        // SAFETY: SMALL-5: nobody else knows of this zeroed descriptor.
        let new = unsafe { pool.as_ref() };
        let mut inner = new.inner.lock();
        // SAFETY: SMALL-5: as above.
        unsafe { inner.start(class, number, owner) };
        new.told.update(&inner);
        new.number.store(number, Ordering::Relaxed);
        drop(inner);
        growth.pools = number + 1;
        self.extent.store(growth.pools << class::POOL_LOG2[class], Ordering::Release);
        probes::pool_create(class, number as usize);
        Some(pool)
    }

    /// Gives back the pages of the records of a pool, where it fills pages of its own.
    ///
    /// # Safety
    /// The lock of the pool `number` is held, and every usable slot is free in it.
    pub unsafe fn forget_records(&self, class: usize, number: u32) {
        let bytes = class::pool_slots(class) * size_of::<Record>();
        if records_fill_pages(class) {
            let records = self.records().wrapping_byte_add(number as usize * bytes);
            // SAFETY: SMALL-2: they are all zero, and as nobody has a slot of the pool, nobody writes them. Where
            // the kernel refuses, they stay.
            let _ = unsafe { sys::purge(records.cast(), bytes) };
        }
    }

    fn slots_of(&self, class: usize, number: u32) -> *mut u8 {
        let start = self.base() + number as usize * class::pool_bytes(class);
        ptr::with_exposed_provenance_mut(start)
    }

    fn guard_end(&self, class: usize, number: u32) {
        let end = self.slots_of(class, number).wrapping_add(class::pool_bytes(class));
        // SAFETY: SMALL-3: the last page of a pool holds no usable slot.
        unsafe { space::guard_page(end.wrapping_sub(PAGE)) };
    }

    /// Gives up the memory of a pool, and its addresses where those are limited, until it is needed
    /// again; false when it has to stay.
    ///
    /// # Safety
    /// The lock of the pool `number` is held, and every usable slot is free in it.
    pub unsafe fn give_up(&self, class: usize, number: u32) -> bool {
        let pool = self.pool(class, number);
        let mut growth = self.growth.lock();
        // SAFETY: SMALL-5: the class's lock is held. A pool on no list is just being taken.
        let on = unsafe { pool.as_ref() }.on.load(Ordering::Relaxed);
        let is_idle = [&raw const self.orphans, &raw const self.ahead].contains(&on.cast_const());
        let holes = self.holes_more(class, number, &growth);
        if !is_idle || HOLES.load(Ordering::Relaxed) + holes > MOST_HOLES {
            return false;
        }
        let slots = self.slots_of(class, number);
        // SAFETY: SMALL-1, SMALL-3: the pool holds no live block, and as the lists say no thread
        // takes slots from it before it is committed again.
        unsafe {
            if space::decommit(slots, class::pool_bytes(class)).is_err() {
                return false;
            }
            list::remove(pool.as_ptr());
            self.given_up.push(pool.as_ptr());
        }
        growth.given_up += 1;
        self.tell(&growth);
        HOLES.fetch_add(holes, Ordering::Relaxed);
        true
    }

    /// How many holes more there are in the class's memory without the pool `number`: one less where
    /// both its neighbours are given up.
    fn holes_more(&self, class: usize, number: u32, growth: &Growth) -> i32 {
        let is_hole = |number: u32| {
            let pool = (number < growth.pools).then(|| self.pool(class, number));
            // SAFETY: SMALL-5: descriptors live for ever; the class's lock is held.
            let on = pool.map(|pool| unsafe { pool.as_ref() }.on.load(Ordering::Relaxed));
            on.is_some_and(|on| ptr::eq(on, &raw const self.given_up))
        };
        1 - i32::from(is_hole(number.wrapping_sub(1))) - i32::from(is_hole(number + 1))
    }

    /// A pool whose memory was given up, committed again.
    fn take_back(&self, class: usize, growth: &mut Growth) -> Option<NonNull<Pool>> {
        let pool = NonNull::new(self.given_up.first())?;
        // SAFETY: SMALL-5: descriptors live for ever.
        let number = unsafe { pool.as_ref() }.number.load(Ordering::Relaxed);
        space::commit(self.slots_of(class, number), class::pool_bytes(class)).ok()?;
        // SAFETY: SMALL-5: the class's lock is held.
        unsafe { list::remove(pool.as_ptr()) };
        growth.given_up -= 1;
        self.tell(growth);
        HOLES.fetch_sub(self.holes_more(class, number, growth), Ordering::Relaxed);
        Some(pool)
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::config::limits::{WINDOW_SHIFT_MAX, WINDOW_SHIFT_MIN};

    #[test]
    fn classes_begin_at_places_that_no_tlb_takes_for_the_same() {
        for window in [1 << WINDOW_SHIFT_MIN, 1 << WINDOW_SHIFT_MAX] {
            for sets in [64, 128, 256, 512] {
                let mut begins = std::vec![0; sets];
                for class in 0..CLASSES {
                    let start = chosen_start(class, window);
                    assert!(start.is_multiple_of(PAGE) && start < window / 64);
                    begins[start / PAGE % sets] += 1;
                }
                let most = CLASSES.div_ceil(sets) + 3;
                assert!(begins.iter().all(|&count| count <= most), "{sets} sets: {begins:?}");
            }
        }
    }
}
