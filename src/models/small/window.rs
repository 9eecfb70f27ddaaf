//! The window of the one class: memory that is there, descriptors that the checker's atomics fit in.

use core::ptr::{self, NonNull};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::vec::Vec;

use crate::models::{slots, window};
use crate::small::cache::Shelf;
use crate::small::class;
use crate::small::idle::Idle;
use crate::small::list::List;
use crate::small::pool::{Pool, descriptor_bytes};
use crate::small::record::Record;
use crate::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};
use crate::sync::{Guard, Lock};

/// Most pools of a scenario.
const POOLS: u32 = 4;
/// Bytes of all slots.
pub const MEMORY: usize = class::pool_bytes(0) * POOLS as usize;

/// What threads share of the class.
pub struct Window {
    records: Vec<Record>,
    descriptors: Vec<NonNull<Pool>>,
    extent: AtomicU32,
    /// See the real one.
    pub idle: Idle,
    growth: Lock<Growth>,
    orphans: List,
}

/// What the class's lock protects, beside all list links.
pub struct Growth {
    /// Pools in use.
    pub pools: u32,
}

/// The window of a class.
pub fn of(_class: usize) -> &'static Window {
    window()
}

/// A thread's shelf.
pub fn shelf() -> Shelf {
    Shelf { pools: List::new(), attached: AtomicBool::new(false) }
}

/// The bitmap's place is counted from the cache line that the inner part lies in; with a checker's
/// lock that may be any of the descriptor's.
fn descriptor_layout() -> Layout {
    let bytes = size_of::<Pool>() + descriptor_bytes(0);
    Layout::from_size_align(bytes, 64).expect("a sound layout")
}

fn descriptor() -> NonNull<Pool> {
    // SAFETY: the layout is not empty; each field is written, or all-zero is one of its values.
    unsafe {
        let pool = NonNull::new(alloc_zeroed(descriptor_layout())).expect("memory").cast::<Pool>();
        pool.write(Pool {
            inner: Lock::new(core::mem::zeroed()),
            number: AtomicU32::new(0),
            next: AtomicPtr::new(ptr::null_mut()),
            previous: AtomicPtr::new(ptr::null_mut()),
            on: AtomicPtr::new(ptr::null_mut()),
            told: Default::default(),
        });
        pool
    }
}

impl Window {
    /// Without pools.
    pub fn new() -> Self {
        let records = class::pool_slots(0) * POOLS as usize;
        Self {
            records: (0..records).map(|_| Record::new(0)).collect(),
            descriptors: (0..POOLS).map(|_| descriptor()).collect(),
            extent: AtomicU32::new(0),
            idle: Idle::new(),
            growth: Lock::new(Growth { pools: 0 }),
            orphans: List::new(),
        }
    }

    /// Address of slot 0.
    pub fn base(&self) -> usize {
        slots().expose_provenance()
    }

    /// The records, by slot index.
    pub fn records(&self) -> *mut Record {
        self.records.as_ptr().cast_mut()
    }

    /// Slots with a record.
    pub fn extent(&self) -> u32 {
        self.extent.load(Ordering::Acquire)
    }

    /// The record of a slot.
    pub fn record(&self, index: u32) -> &Record {
        &self.records[index as usize]
    }

    /// See the real one.
    pub fn has_orphans(&self) -> bool {
        !self.orphans.first().is_null()
    }

    /// The class's lock, and the orphans it protects.
    pub fn lock(&self) -> (Guard<'_, Growth>, &List) {
        (self.growth.lock(), &self.orphans)
    }

    /// The pool with this number.
    pub fn pool(&self, _class: usize, number: u32) -> NonNull<Pool> {
        self.descriptors[number as usize]
    }

    /// The number of pools in use.
    pub fn pools(&self, class: usize) -> u32 {
        self.extent() >> class::POOL_LOG2[class]
    }

    /// A new pool, held by `owner`.
    ///
    /// # Safety
    /// As in the real one.
    pub unsafe fn grow(&self, class: usize, owner: *const Shelf) -> Option<NonNull<Pool>> {
        let mut growth = self.growth.lock();
        let number = growth.pools;
        if number == POOLS {
            return None;
        }
        let pool = self.pool(class, number);
        // SAFETY: SMALL-5: nobody else knows of this zeroed descriptor.
        unsafe { pool.as_ref().inner.lock().start(class, number, owner) };
        // SAFETY: SMALL-5: descriptors live for ever.
        unsafe { pool.as_ref() }.number.store(number, Ordering::Relaxed);
        growth.pools = number + 1;
        self.extent.store(growth.pools << class::POOL_LOG2[class], Ordering::Release);
        Some(pool)
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        for pool in &self.descriptors {
            // SAFETY: made by `descriptor`, used by this window alone.
            unsafe {
                pool.drop_in_place();
                dealloc(pool.as_ptr().cast(), descriptor_layout());
            }
        }
    }
}
