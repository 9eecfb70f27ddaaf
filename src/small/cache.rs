//! The fast path: a thread's stock of free slots, one [`Bin`] per class.
//!
//! A stock is an array of slot indices, out of band: a write to a freed block cannot redirect an
//! allocation, and nothing here touches a freed block's memory. A bin carries the geometry of its
//! class, so that a hit reads the bin, one record and the block's own lines, and nothing that
//! another thread writes. All-zero memory is an empty bin that sends every request to the slow
//! path; threads without a state use such bins.

use crate::sync::atomic::{
    AtomicBool,
    Ordering::{AcqRel, Relaxed, Release},
};

use core::ptr::NonNull;
use core::sync::atomic::compiler_fence;

use crate::bits::Kind;
use crate::config::limits::{CACHE_SLOTS, CANARY};
use crate::guard::canary;

use super::class::CAPACITY;
use super::pool::{List, Pool};
use super::record::{self, Record};

/// One thread's stock of one class.
#[repr(C, align(64))]
pub struct Bin {
    /// Slots held.
    pub count: u32,
    /// Slots it may hold; 0: not in use.
    pub capacity: u32,
    /// The class's records.
    pub records: *mut Record,
    /// Address of the class's slot 0.
    pub base: usize,
    /// `class::RECIPROCAL` of the class; 0: not in use, every pointer fails.
    pub reciprocal: u64,
    /// Bytes of a slot.
    pub slot: u32,
    /// Slots known to be committed: at most the class's extent (SMALL-3).
    pub extent: u32,
    /// Blocks handed out by the fast path and the slow one, since the process started. Written by
    /// the owning thread alone.
    pub allocations: u64,
    /// The pool this thread refills from.
    pub current: *mut Pool,
    /// Where its other pools with free slots are.
    pub shelf: *const Shelf,
    /// Slots to fetch at the next refill: grows while the class is busy.
    pub batch: u32,
    _pad: [u32; 3],
    /// The indices of the slots held; the last one is handed out next.
    pub slots: [u32; CACHE_SLOTS],
}

const _: () = assert!(size_of::<Bin>() == 384);

/// Takes a bin out of the fast paths' reach: a signal handler that allocates or frees while the
/// slots are being moved must find neither a slot nor room for one. Returns the slots held.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6).
pub unsafe fn close(bin: *mut Bin) -> u32 {
    // SAFETY: SMALL-6. Volatile, because the handler is nothing that the compiler knows of.
    unsafe {
        let held = (*bin).count;
        (&raw mut (*bin).count).write_volatile(0);
        (&raw mut (*bin).capacity).write_volatile(0);
        compiler_fence(AcqRel);
        held
    }
}

/// Gives a closed bin back to the fast paths, with `held` slots.
///
/// # Safety
/// As for [`close`]; the first `held` entries are slots of this bin alone (SMALL-1).
pub unsafe fn open(bin: *mut Bin, class: usize, held: u32) {
    compiler_fence(AcqRel);
    // SAFETY: SMALL-6.
    unsafe {
        (&raw mut (*bin).count).write_volatile(held);
        (&raw mut (*bin).capacity).write_volatile(u32::from(CAPACITY[class]));
    }
}

/// The pools of one thread and class that have free slots, beside its current one. Other threads
/// put pools here; everything under the class's lock (SMALL-5).
#[repr(C)]
pub struct Shelf {
    /// The pools.
    pub pools: List,
    /// Whether a thread will look here; else pools go to the orphans.
    pub attached: AtomicBool,
}

impl Shelf {
    /// A shelf nobody looks at.
    #[cfg(not(any(loom, shuttle)))]
    // A template for statics, never used as a value.
    #[allow(clippy::declare_interior_mutable_const)]
    pub const EMPTY: Self = Self { pools: List::new(), attached: AtomicBool::new(false) };
}

impl Bin {
    /// An empty bin that is not in use.
    pub const EMPTY: Self = Self {
        count: 0,
        capacity: 0,
        records: core::ptr::null_mut(),
        base: 0,
        reciprocal: 0,
        slot: 0,
        extent: 0,
        allocations: 0,
        current: core::ptr::null_mut(),
        shelf: core::ptr::null(),
        batch: 0,
        _pad: [0; 3],
        slots: [0; CACHE_SLOTS],
    };
}

/// A block of `size` bytes from the bin's stock; `None` when it is empty, or when the next slot is
/// not what it should be: that slot is then dropped from the stock.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6) and its class holds `size` bytes and a canary.
#[inline(always)]
pub unsafe fn take(bin: *mut Bin, size: usize, kind: Kind) -> Option<NonNull<u8>> {
    // SAFETY: SMALL-6: the bin is ours; SMALL-1: slot indices in it are ours, so SMALL-3 holds for
    // their records and memory.
    unsafe {
        let left = (*bin).count.checked_sub(1)?;
        (*bin).count = left;
        // A signal handler that allocates from here on takes other slots; one that did so between
        // the two lines above left its block's slot in the stock, and the record tells.
        compiler_fence(AcqRel);
        let index = (&raw const (*bin).slots).cast::<u32>().add(left as usize).read() as usize;
        let record = &*(*bin).records.add(index);
        // SMALL-2. Fails for slots of quarantined pools too.
        if record.load(Relaxed) != 0 {
            return None;
        }
        (*bin).allocations += 1;
        let address = (*bin).base + index * (*bin).slot as usize;
        let block: *mut u8 = core::ptr::with_exposed_provenance_mut(address);
        canary::write_behind(block, size);
        // After the canary: who walks the heap and sees the record, sees the canary.
        record.store(record::live(size, kind), Release);
        Some(NonNull::new_unchecked(block))
    }
}

/// Gives a block back to the bin's stock; false when the stock is full, or when anything about the
/// block is not as it should be: nothing has changed then, and the slow path decides.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6) and of the class in whose window `block` lies.
#[inline(always)]
pub unsafe fn put(bin: *mut Bin, block: *mut u8, kind: Kind, claimed: Option<usize>) -> bool {
    // SAFETY: SMALL-6: the bin is ours; SMALL-1: once the record is cleared, so is the slot.
    unsafe {
        let Some((index, size)) = sound(bin, block, kind) else { return false };
        if claimed.is_some_and(|claimed| claimed != size) {
            return false;
        }
        let record = &*(*bin).records.add(index as usize);
        let count = (*bin).count;
        if count >= (*bin).capacity {
            return false;
        }
        record.store(0, Relaxed);
        push(bin, count, index);
        true
    }
}

/// Puts a slot on top of a stock of `count`, which has room.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), the slot its own (SMALL-1).
#[inline(always)]
pub unsafe fn push(bin: *mut Bin, count: u32, index: u32) {
    // SAFETY: SMALL-6; `count` is below the capacity.
    unsafe { (&raw mut (*bin).slots).cast::<u32>().add(count as usize).write(index) };
    // One instruction counts it: a signal handler that comes between costs a slot at the most.
    compiler_fence(AcqRel);
    // SAFETY: SMALL-6.
    unsafe { (*bin).count += 1 };
}

/// Resizes a block within its slot; false when it does not fit, when it would waste half of the
/// slot, or when anything is wrong: nothing has changed then.
///
/// # Safety
/// As for [`put`]; `size` is at most `SMALL_MAX`.
#[inline(always)]
pub unsafe fn resize(bin: *mut Bin, block: *mut u8, size: usize, kind: Kind) -> bool {
    // SAFETY: SMALL-6: the bin is ours; SMALL-4: the slot holds `size` bytes and a canary.
    unsafe {
        let Some((index, _)) = sound(bin, block, kind) else { return false };
        let slot = (*bin).slot as usize;
        if size + CANARY > slot || size < slot / 2 {
            return false;
        }
        canary::write_behind(block, size);
        (*(*bin).records.add(index as usize)).store(record::live(size, kind), Release);
        true
    }
}

/// The requested size of a sound live block; `None` when anything is wrong.
///
/// # Safety
/// As for [`put`].
#[inline(always)]
pub unsafe fn size_of_block(bin: *mut Bin, block: *mut u8, kind: Kind) -> Option<usize> {
    // SAFETY: SMALL-6, as the caller vouches.
    unsafe { sound(bin, block, kind) }.map(|(_, size)| size)
}

/// Slot index and requested size of a block that passes every check.
///
/// # Safety
/// As for [`put`].
#[inline(always)]
unsafe fn sound(bin: *mut Bin, block: *mut u8, kind: Kind) -> Option<(u32, usize)> {
    // SAFETY: SMALL-6: the bin is ours; SMALL-3: below the extent there are records and memory;
    // SMALL-4: the words around a live block are canaries.
    unsafe {
        let offset = block.addr().wrapping_sub((*bin).base) as u64;
        let product = u128::from(offset) * u128::from((*bin).reciprocal);
        let index = (product >> 64) as u32;
        if product as u64 >= (*bin).reciprocal || index >= (*bin).extent {
            return None;
        }
        let record = (*(*bin).records.add(index as usize)).load(Relaxed);
        let size = record::is_live_as(record, kind)?;
        canary::intact_around(block, size).then_some((index, size))
    }
}
