//! Small blocks while the fast paths are closed (`thread::close_fast_paths`): what costs more than a fast path may.
//!
//! - `zero_on_free`: a slot that is not live is zero up to its last word. Finds a write to a freed block
//!   when its slot is used again; what a block held is gone when it is freed.
//! - `fill_slack`: a live block's canary reaches from its end to its slot's. Finds writes that skip the
//!   first eight bytes.
//! - `random_slots`: a request gets one of the thread's free slots by lot.
//! - `delay_kib`: a freed slot waits until so many bytes were freed after it ([`Waiting`]).
//! - `patrol`: see [`mod@super::patrol`].
//!
//! Nearly always [`mod@super::quick`] does the same, shorter.
//!
//! - HARD-1: from the first block on, all this is on or off for the life of the process.
//! - HARD-2: a slot in a thread's stock or among its waiting ones is in no other place (SMALL-1): its
//!   memory is that thread's until it is handed out.

use core::ptr::{self, NonNull};

use crate::bits::{Kind, align_down};
use crate::config::limits::CANARY;
use crate::config::options::{DELAY_KIB, PATROL, ZERO_ON_FREE};
use crate::guard::clear::first_written;
use crate::guard::{Operation, canary};
use crate::space::{self, lots};
use crate::sync::atomic::Ordering::{Relaxed, Release};

use super::cache::{self, Bin};
use super::damage::{self, Damage, Fault};
use super::record::{self, Record};
use super::refill::{self, From};
use super::waiting::Waiting;
use super::{class, draw, patrol, quarantine, window};

/// What a thread keeps for this. All-zero memory is one that has done nothing yet.
#[repr(C)]
pub struct Hardened {
    /// The block made last.
    pub made: Made,
    /// The block freed last, which waits; 0: none, or it has been looked at.
    pub freed: usize,
    /// So many of its bytes are looked at.
    pub freed_len: usize,
    /// The block of another tier that was made last, in a slow path; 0: none.
    pub beyond: usize,
    /// A free slot that was written to.
    pub suspect: Place,
    /// Random bits that were not used yet.
    random: u64,
    /// How often random bits were made.
    drawn: u64,
    /// Freed slots that may not be used again yet.
    pub waiting: Waiting,
}

/// A small block as it was when it was made. Its longer canaries are looked at when it is freed.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Made {
    /// Its address; 0: none, or it has been looked at.
    pub block: usize,
    /// Its record, …
    pub record: *const Record,
    /// … what that said, …
    pub live: u16,
    /// … the word in which it ends, …
    pub end: *const u64,
    /// … and what that held.
    pub found: u64,
}

impl Made {
    /// None.
    pub const NONE: Self =
        Self { block: 0, record: ptr::null(), live: 0, end: ptr::null(), found: 0 };
}

/// A slot; index 0, which is never used: none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Place {
    /// Its class.
    pub class: u32,
    /// Its index.
    pub index: u32,
}

impl Place {
    /// None.
    pub const NONE: Self = Self { class: 0, index: 0 };
}

impl Hardened {
    /// One that has done nothing yet.
    pub const NEW: Self = Self {
        made: Made::NONE,
        freed: 0,
        freed_len: 0,
        beyond: 0,
        suspect: Place::NONE,
        random: 0,
        drawn: 0,
        waiting: Waiting::EMPTY,
    };

    /// A number below `bound`, at most 2^16, that nobody can foretell who does not know the process's secrets.
    #[inline(always)]
    pub fn draw(&mut self, bound: usize) -> usize {
        if self.random == 0 {
            self.drawn += 1;
            let own = (&raw const *self).addr() as u64 ^ self.drawn.rotate_left(32);
            self.random = canary::secret(own ^ lots::branch());
        }
        // Sixteen bits will do; where they are all zero at the upper end, new ones are made early.
        let number = self.random as u16;
        self.random >>= 16;
        (usize::from(number) * bound) >> 16
    }

    /// Forgets the bits that were not used, which the other half of a fork has too.
    pub fn draw_anew(&mut self) {
        self.random = 0;
    }

    /// A block was made.
    #[inline(always)]
    pub fn note(&mut self, made: impl FnOnce() -> Made) {
        // Where addresses are not reserved, the memory of a pool may be gone when the patrol comes.
        if PATROL.is_on() && space::is_reserved() {
            self.made = made();
        }
    }

    /// [`note`](Self::note) of the block in a slot of a bin's class.
    pub fn note_made(&mut self, bin: &Bin, index: usize) {
        let record = bin.records.wrapping_add(index).cast_const();
        let block = bin.base + index * bin.slot as usize;
        // SAFETY: SMALL-3: a record of a bin's class, and the block's last word or the one behind it.
        unsafe {
            let live = (*record).load(Relaxed);
            let size = record::size(live).unwrap_or(0);
            let end = ptr::with_exposed_provenance::<u64>(block + align_down(size, 8));
            self.note(|| Made { block, record, live, end, found: end.read() });
        }
    }

    /// A block in a slot of `slot` bytes was freed, and waits.
    #[inline(always)]
    pub fn note_freed(&mut self, block: *mut u8, slot: usize) {
        self.freed = block.addr();
        self.freed_len = (slot - CANARY).min(patrol::LOOK);
    }

    /// Forgets what patrols were to look at.
    pub fn forget(&mut self) {
        (self.made, self.freed, self.beyond, self.suspect) = (Made::NONE, 0, 0, Place::NONE);
    }
}

/// So few slots leave too little to chance: more are fetched.
pub const FEW: usize = 8;

/// A block from a stock, which is refilled where it has but few slots; `None`: there is no memory. Also how
/// many bytes the heap has grown by.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), attached, for `class`, as is `own`; `size` fits the class.
pub unsafe fn take(
    bin: *mut Bin,
    own: &mut Hardened,
    class: usize,
    request: (usize, Kind),
    from: From,
    most: usize,
) -> (Option<NonNull<u8>>, usize) {
    let mut grown = 0;
    loop {
        // SAFETY: SMALL-6.
        unsafe {
            if draw::are_few::<false>(bin, (*bin).count as usize) {
                grown += top_up(bin, class, from, most);
            }
            let Some(index) = draw::pop::<false>(bin, own) else { return (None, grown) };
            let block = hand_out(bin, own, class, index, request);
            if block.is_some() {
                return (block, grown);
            }
        }
    }
}

/// Fetches slots beside the few there are; the bytes by which the heap has grown.
///
/// # Safety
/// As for [`take`].
unsafe fn top_up(bin: *mut Bin, class: usize, from: From, most: usize) -> usize {
    // SAFETY: SMALL-6.
    let stock = unsafe { &mut *bin };
    let (count, mut kept) = (stock.count as usize, [0; FEW]);
    kept[..count].copy_from_slice(&stock.slots[..count]);
    stock.count = 0;
    // SAFETY: SMALL-6: nothing is in it now.
    let fetched = unsafe { refill::refill(bin, class, from, most) };
    for &index in &kept[..count] {
        // SAFETY: SMALL-6: a refill fetches at most half of what there is room for.
        unsafe { cache::push(bin, index) };
    }
    fetched.grown
}

/// Makes a slot that is in no stock any more a block; `None`, after a report where that is due, when it is not
/// as it was left: then it stays out of use.
///
/// # Safety
/// As for [`cache::hand_out`].
unsafe fn hand_out(
    bin: *mut Bin,
    own: &mut Hardened,
    class: usize,
    index: usize,
    (size, kind): (usize, Kind),
) -> Option<NonNull<u8>> {
    let slot = class::SLOT[class] as usize;
    // SAFETY: HARD-2, SMALL-3: the slot is ours, and has a record; SMALL-6 for the bin.
    unsafe {
        let record = &*(*bin).records.add(index);
        let block: *mut u8 = ptr::with_exposed_provenance_mut((*bin).base + index * slot);
        if record.load(Relaxed) != 0 {
            quarantine::LOST[class].fetch_add(1, Relaxed);
            return None;
        }
        if written(block, slot).is_some() || !canary::intact_aligned(block.add(slot - CANARY)) {
            quarantine::LOST[class].fetch_add(1, Relaxed);
            condemn_for_reuse(class, index as u32);
            return None;
        }
        (*bin).allocations += 1;
        damage::mark_end(block, size, slot);
        damage::mark_door(block, size, kind);
        record.store(record::live(size, kind), Release);
        own.note_made(&*bin, index);
        NonNull::new(block)
    }
}

/// What was written to a slot that is not live, where such slots are kept zero.
///
/// # Safety
/// SMALL-3: its memory is committed.
pub unsafe fn written(block: *const u8, slot: usize) -> Option<Damage> {
    if !ZERO_ON_FREE.is_on() {
        return None;
    }
    // SAFETY: SMALL-3; slots are multiples of 16 long.
    unsafe {
        let first = first_written(block, slot - CANARY)?;
        Some(Damage::after_free(block, align_down(first, 8)))
    }
}

/// Whether the word that ends a slot which is not live is neither canary nor, its page having been given back, zero.
///
/// # Safety
/// SMALL-3: its memory is committed.
pub unsafe fn is_end_written(block: *const u8, slot: usize) -> bool {
    // SAFETY: SMALL-3, SMALL-4, as the caller says.
    unsafe {
        let end = block.add(slot - CANARY);
        ZERO_ON_FREE.is_on() && end.cast::<u64>().read() != 0 && !canary::intact_aligned(end)
    }
}

/// What was written to a slot that is not live, if anything was.
///
/// # Safety
/// SMALL-3: its memory is committed.
pub unsafe fn fault_of_free(class: usize, index: u32) -> Option<Fault> {
    let (block, slot) = (window::of(class).block(class, index), class::SLOT[class] as usize);
    // SAFETY: SMALL-3, as the caller says.
    let (damage, end) = unsafe { (written(block, slot), is_end_written(block, slot)) };
    (damage.is_some() || end).then_some(Fault { class, index, damage })
}

/// A slot that was about to be used again was written to.
#[cold]
pub fn condemn_for_reuse(class: usize, index: u32) {
    let (block, slot) = (window::of(class).block(class, index), class::SLOT[class] as usize);
    // SAFETY: HARD-2: it was taken off the stock.
    let damage = unsafe { written(block, slot) };
    condemn(&Fault { class, index, damage }, Operation::Reuse);
}

/// A slot that is not live was written to: its pool goes into quarantine.
#[cold]
pub fn condemn(fault: &Fault, operation: Operation) {
    quarantine::quarantine(fault.class, fault.index >> class::POOL_LOG2[fault.class]);
    fault.report(operation);
}

/// Takes in the slot of a block that was just freed; those that have waited long enough leave by `out`.
///
/// # Safety
/// `own` is the calling thread's; SMALL-1: the slot is in no other place. `in_stock` tells which slots of its class the
/// thread has in stock.
pub unsafe fn take_back(
    own: &mut Hardened,
    place: Place,
    in_stock: &dyn Fn(u32) -> bool,
    out: &mut dyn FnMut(Place),
) {
    let (class, index) = (place.class as usize, place.index);
    if ZERO_ON_FREE.is_on() {
        let room = class::SLOT[class] as usize - CANARY;
        // SAFETY: HARD-2: the slot is ours; its last word stays canary (SMALL-4).
        unsafe { window::of(class).block(class, index).write_bytes(0, room) };
    }
    if PATROL.is_on() {
        patrol::look_at_neighbours(place, own, in_stock);
    }
    own.waiting.put(place, DELAY_KIB.get() as usize * 1024, out);
    if PATROL.is_on() && ZERO_ON_FREE.is_on() && own.waiting.newest() == Some(place) {
        own.note_freed(window::of(class).block(class, index), class::SLOT[class] as usize);
    }
}
