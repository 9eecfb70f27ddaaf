//! The fast path: a thread's stock of free slots, one [`Bin`] per class.
//!
//! A stock is an array of slot indices, out of band: a write to a freed block cannot redirect an
//! allocation, and nothing here touches a freed block's memory. A bin carries the geometry of its
//! class, so that a hit reads the bin, one record and the block's own lines, and nothing that
//! another thread writes. All-zero memory is an empty bin that sends every request to the slow
//! path; threads without a state use such bins.
//!
//! A signal handler of the bin's thread may allocate and free at any instruction. What moves slots
//! ([`pop`], [`put`], [`push`]) therefore runs while the thread's bins are out of the handler's
//! reach (`thread`); the rest concerns one slot or block that is in nobody else's hands.

use core::ptr::NonNull;

use crate::bits::Kind;
use crate::config::limits::{CANARY, STOCK_SLOTS};
use crate::guard::canary;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, Release},
    fence,
};
use crate::sys::arch;

use super::list::List;
use super::pool::Pool;
use super::record::{self, Record};

/// One thread's stock of one class.
#[repr(C, align(64))]
pub struct Bin {
    /// Slots held. As wide as an index, like all that is compared with one.
    pub count: u64,
    /// Slots it may hold; 0: not in use, or its next free is to take the slow path (`heap::idle_stocks`).
    pub capacity: u64,
    /// The class's records.
    pub records: *mut Record,
    /// Address of the class's slot 0.
    pub base: usize,
    /// `class::RECIPROCAL` of the class; 0: not in use, every pointer fails.
    pub reciprocal: u64,
    /// Slots known to be committed: at most the class's extent (SMALL-3).
    pub extent: u64,
    /// Bytes of a slot.
    pub slot: u32,
    /// Slots that came in otherwise than by a free, less those that went otherwise than by an allocation, and less
    /// blocks that were freed and whose slots did not come in (wrapping): what the thread has allocated and not freed
    /// is `net - count`. Changed by [`come`] and [`go`].
    pub net: u32,
    /// Blocks handed out by the fast path and the slow one, since the process started. Written by
    /// the owning thread alone.
    pub allocations: u64,
    /// The pool this thread refills from.
    pub current: *mut Pool,
    /// Where its other pools with free slots are.
    pub shelf: *const Shelf,
    /// How often the slow path has come to the pools for it in this period (`capacity`).
    pub visits: u16,
    /// Slots it may hold, closed or not (`capacity`).
    pub most: u8,
    /// How often it has asked others to serve in this period (`capacity`).
    pub borrowed: u8,
    /// Slots to fetch at the next refill: grows while the class is busy.
    pub batch: u8,
    /// The larger class whose stock serves while this one is empty, for `credit` blocks.
    pub lender: u8,
    /// See `lender`; 0 where there is none.
    pub credit: u8,
    /// How often others have served, for a class that is not in use yet.
    pub wanted: u8,
    /// A slot that was drawn by lot: the next one, as long as it lies on top (DRAW-1); 0: none.
    pub drawn: u32,
    /// The indices of the slots held; the last one is handed out next.
    pub slots: [u32; STOCK_SLOTS],
}

// What a snapshot reads lies on one line.
const _: () = assert!(size_of::<Bin>() == 576 && core::mem::offset_of!(Bin, allocations) < 64);

/// The pools of one thread and class that have free slots, beside its current one. Other threads
/// put pools here; everything is written under the class's lock (SMALL-5).
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
        extent: 0,
        slot: 0,
        net: 0,
        allocations: 0,
        current: core::ptr::null_mut(),
        shelf: core::ptr::null(),
        visits: 0,
        most: 0,
        borrowed: 0,
        batch: 0,
        lender: 0,
        credit: 0,
        wanted: 0,
        drawn: 0,
        slots: [0; STOCK_SLOTS],
    };
}

impl Bin {
    /// Whether it is in use.
    pub fn is_attached(&self) -> bool {
        self.reciprocal != 0
    }
}

/// Notes that `slots` come into a stock, before its `count` says so, otherwise than by a free. Who reads both meanwhile
/// finds a free too few, never one too many.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6).
#[inline(always)]
pub unsafe fn come(bin: *mut Bin, slots: usize) {
    // SAFETY: SMALL-6: the bin is ours.
    unsafe {
        let net = &raw mut (*bin).net;
        net.write_volatile((*net).wrapping_add(slots as u32));
    }
    fence(Release);
}

/// Notes that `slots` have gone from a stock, after its `count` said so, otherwise than by an allocation, or that blocks
/// were freed whose slots do not come into it.
///
/// # Safety
/// As for [`come`].
#[inline(always)]
pub unsafe fn go(bin: *mut Bin, slots: usize) {
    fence(Release);
    // SAFETY: SMALL-6: the bin is ours.
    unsafe {
        let net = &raw mut (*bin).net;
        net.write_volatile((*net).wrapping_sub(slots as u32));
    }
}

/// Takes the top slot off a stock; `None` when it is empty.
///
/// # Safety
/// `bin` is the calling thread's, out of its signal handlers' reach (SMALL-6).
#[inline(always)]
pub unsafe fn pop(bin: *mut Bin) -> Option<usize> {
    // SAFETY: SMALL-6: the bin is ours.
    unsafe {
        let left = (*bin).count.wrapping_sub(1);
        if (left as i64) < 0 {
            return None;
        }
        let left = arch::opaque(left as usize) as u64;
        (*bin).count = left;
        Some((&raw const (*bin).slots).cast::<u32>().add(left as usize).read() as usize)
    }
}

/// Makes a block of `size` bytes of a slot that was taken off the stock; `None` when the slot is not
/// what it should be: it is then in no place any more.
///
/// # Safety
/// `bin` is the calling thread's, `index` came from [`pop`], and the class holds `size` bytes, at
/// least 1, and a canary.
#[inline(always)]
pub unsafe fn hand_out(
    bin: *mut Bin,
    index: usize,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    // SAFETY: SMALL-6: the bin's geometry does not change; SMALL-1: the slot is ours, so SMALL-3
    // holds for its record and memory.
    unsafe {
        let record = &*(*bin).records.add(index);
        // SMALL-2. Fails for slots of quarantined pools too.
        if record.load(Relaxed) != 0 {
            // The slot is in no place any more. One instruction, like the one below: a signal handler may come.
            (*bin).net = (*bin).net.wrapping_sub(1);
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

/// Gives a block back to the stock; false, and nothing has changed, when the stock is full.
///
/// # Safety
/// `bin` is the calling thread's, out of its signal handlers' reach (SMALL-6), and [`sound`] has just
/// accepted the block.
#[inline(always)]
pub unsafe fn put(bin: *mut Bin, block: &Live) -> bool {
    // SAFETY: SMALL-6: the bin is ours; SMALL-1: once the record is cleared, so is the slot.
    unsafe {
        let count = (*bin).count;
        if count >= (*bin).capacity {
            return false;
        }
        (*block.record).store(0, Relaxed);
        (&raw mut (*bin).slots).cast::<u32>().add(count as usize).write(block.index as u32);
        // One instruction where the compiler does not see that `count` is what it adds to.
        let bin: *mut Bin = core::ptr::with_exposed_provenance_mut(arch::opaque(bin.addr()));
        (*bin).count += 1;
        true
    }
}

/// Puts a slot on top of a stock that has room.
///
/// # Safety
/// `bin` is the calling thread's, out of its signal handlers' reach (SMALL-6), the slot its own
/// (SMALL-1), and `count` is below `most`.
#[inline(always)]
pub unsafe fn push(bin: *mut Bin, index: u32) {
    // SAFETY: SMALL-6; the caller vouches for the room.
    unsafe {
        (&raw mut (*bin).slots).cast::<u32>().add((*bin).count as usize).write(index);
        (*bin).count += 1;
        // It came by no lot, even if it was drawn once.
        (*bin).drawn = 0;
    }
}

/// Resizes a block within its slot; false, and nothing has changed, when it does not fit or would waste half of
/// the slot.
///
/// # Safety
/// As for [`put`]; `size` is at least 1 and at most `SMALL_MAX`.
#[inline(always)]
pub unsafe fn resize(bin: *mut Bin, block: *mut u8, live: &Live, size: usize, kind: Kind) -> bool {
    // SAFETY: SMALL-6: the bin is ours; SMALL-4: the slot holds `size` bytes and a canary.
    unsafe {
        let slot = (*bin).slot as usize;
        if size > slot - CANARY || size < slot / 2 {
            return false;
        }
        canary::write_behind(block, size);
        (*live.record).store(record::live(size, kind), Release);
        true
    }
}

/// A live block that passed every check.
pub struct Live {
    /// Its slot's record. Not a reference: as the part of an `Option` that cannot be null it would be
    /// compared with null.
    record: *const Record,
    /// Its slot's index.
    pub index: usize,
    /// Its requested size.
    pub size: usize,
}

impl Live {
    /// Takes the block out of use; false when another thread has done so between our look and now.
    #[inline(always)]
    pub fn take(&self, kind: Kind) -> bool {
        let known = record::live(self.size, kind);
        // SAFETY: SMALL-3: records live as long as their slots.
        unsafe { &*self.record }.compare_exchange(known, 0, Relaxed, Relaxed).is_ok()
    }
}

/// Checks a block; `None` when anything about it is not as it should be.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6) and of the class in whose window `block` lies.
#[inline(always)]
pub unsafe fn sound(bin: *mut Bin, block: *mut u8, kind: Kind) -> Option<Live> {
    // SAFETY: as the caller says; SMALL-4: the words around a live block are canaries.
    unsafe {
        let live = locate(bin, block, kind)?;
        canary::intact_around(block, live.size).then_some(live)
    }
}

/// The live block at an address; `None` when none of this kind starts there. Its canaries are not looked at.
///
/// # Safety
/// As for [`sound`].
#[inline(always)]
pub unsafe fn locate(bin: *mut Bin, block: *mut u8, kind: Kind) -> Option<Live> {
    // SAFETY: SMALL-6: the bin is ours; SMALL-3: below the extent there are records and memory.
    unsafe {
        let offset = block.addr().wrapping_sub((*bin).base) as u64;
        let product = u128::from(offset) * u128::from((*bin).reciprocal);
        let index = (product >> 64) as u64;
        if product as u64 >= (*bin).reciprocal || index >= (*bin).extent {
            return None;
        }
        let index = index as usize;
        let size = record::is_live_as(arch::load_wide::<0>((*bin).records.cast(), index), kind)?;
        let record = (*bin).records.add(index).cast_const();
        Some(Live { record, index, size })
    }
}
