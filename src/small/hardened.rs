//! Small blocks while the fast paths are closed (`thread::close_fast_paths`): what costs more than a fast path may.
//!
//! - `zero_on_free`: a slot that is not live is zero up to its last word. Finds a write to a freed block
//!   when its slot is used again; what a block held is gone when it is freed.
//! - `fill_slack`: a live block's canary reaches from its end to its slot's. Finds writes that skip the
//!   first eight bytes.
//! - `random_slots`: a request gets one of the thread's free slots by lot.
//! - `delay_kib`: a freed slot waits until so many bytes were freed after it ([`Waiting`]).
//! - `patrol`: an operation also looks at its block's neighbours, and at the blocks that the thread made
//!   and freed last. Finds damage without the damaged block's being freed.
//!
//! - HARD-1: from the first block on, all this is on or off for the life of the process.
//! - HARD-2: a slot in a thread's stock or among its waiting ones is in no other place (SMALL-1): its
//!   memory is that thread's until it is handed out.

use core::ptr::{self, NonNull};

use crate::bits::Kind;
use crate::config::limits::CANARY;
use crate::config::options::{PATROL, RANDOM_SLOTS, ZERO_ON_FREE};
use crate::guard::{Operation, canary};
use crate::sync::atomic::Ordering::{Relaxed, Release};

use super::cache::{self, Bin};
use super::judge::{self, Damage, Fault};
use super::refill::{self, From};
use super::waiting::Waiting;
use super::{check, class, quarantine, record, window};

/// What a thread keeps for this. All-zero memory is one that has done nothing yet.
#[repr(C)]
pub struct Hardened {
    /// Freed slots that may not be used again yet.
    pub waiting: Waiting,
    /// The block made last.
    made: Place,
    /// How many numbers were drawn.
    drawn: u64,
}

/// A slot; index 0, which is never used: none.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Place {
    /// Its class.
    pub class: u32,
    /// Its index.
    pub index: u32,
}

impl Hardened {
    /// One that has done nothing yet.
    pub const NEW: Self =
        Self { waiting: Waiting::EMPTY, made: Place { class: 0, index: 0 }, drawn: 0 };

    /// A number below `bound` that nobody can foretell who does not know the process's secrets.
    fn draw(&mut self, bound: u64) -> u64 {
        self.drawn += 1;
        let number = canary::secret((&raw const *self).addr() as u64 ^ self.drawn.rotate_left(32));
        ((u128::from(number) * u128::from(bound)) >> 64) as u64
    }
}

/// So few slots leave too little to chance: more are fetched.
const FEW: usize = 8;

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
            if (*bin).count as usize <= few(bin) {
                grown += top_up(bin, class, from, most);
            }
            let Some(index) = pop(bin, own) else { return (None, grown) };
            let block = hand_out(bin, class, index, request.0, request.1);
            if block.is_some() {
                own.made = Place { class: class as u32, index: index as u32 };
                return (block, grown);
            }
        }
    }
}

/// # Safety
/// SMALL-6.
unsafe fn few(bin: *const Bin) -> usize {
    // SAFETY: SMALL-6.
    if RANDOM_SLOTS.is_on() { usize::from(unsafe { (*bin).most } / 4).min(FEW) } else { 0 }
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

/// Takes a slot off a stock.
///
/// # Safety
/// SMALL-6.
unsafe fn pop(bin: *mut Bin, own: &mut Hardened) -> Option<usize> {
    // SAFETY: SMALL-6.
    let stock = unsafe { &mut *bin };
    let count = stock.count as usize;
    if RANDOM_SLOTS.is_on() && count > 1 {
        stock.slots.swap(own.draw(count as u64) as usize, count - 1);
    }
    // SAFETY: SMALL-6.
    unsafe { cache::pop(bin) }
}

/// Makes a slot that is in no stock any more a block; `None`, after a report where that is due, when it is not
/// as it was left: then it stays out of use.
///
/// # Safety
/// As for [`cache::hand_out`].
unsafe fn hand_out(
    bin: *mut Bin,
    class: usize,
    index: usize,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    let (block, slot) = (address(class, index as u32), class::SLOT[class] as usize);
    let record = window::of(class).record(index as u32);
    if record.load(Relaxed) != 0 {
        return None;
    }
    // SAFETY: HARD-2, SMALL-3: the slot is ours.
    unsafe {
        if let Some(damage) = written(block, slot) {
            condemn(class, index as u32, damage, Operation::Reuse);
            return None;
        }
        (*bin).allocations += 1;
        judge::mark_end(block, size, slot);
    }
    record.store(record::live(size, kind), Release);
    NonNull::new(block)
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
        let first = first_nonzero(block, slot - CANARY)?;
        Some(Damage::after_free(block, first.min(slot - CANARY)))
    }
}

/// The first word of `len` bytes, a multiple of eight, that is not zero.
///
/// # Safety
/// They are readable, and `block` is a multiple of eight.
unsafe fn first_nonzero(block: *const u8, len: usize) -> Option<usize> {
    let words = block.cast::<u64>();
    // SAFETY: the caller's word. Volatile: another thread may write there, wrongly.
    let read = |at: usize| unsafe { words.add(at).read_volatile() };
    let count = len / 8;
    let mut at = 0;
    while at + 8 <= count {
        if (0..8).fold(0, |all, word| all | read(at + word)) != 0 {
            break;
        }
        at += 8;
    }
    (at..count).find(|&word| read(word) != 0).map(|word| word * 8)
}

/// A slot that is not live was written to: its pool goes into quarantine.
#[cold]
fn condemn(class: usize, index: u32, damage: Damage, operation: Operation) {
    quarantine::quarantine(class, index >> class::POOL_LOG2[class]);
    Fault { class, index, damage: Some(damage) }.report(operation);
}

/// Takes in the slot of a block that was just freed; those that have waited long enough leave by `out`.
///
/// # Safety
/// `own` is the calling thread's; SMALL-1: the slot is in no other place.
pub unsafe fn take_back(own: &mut Hardened, place: Place, out: &mut dyn FnMut(Place)) {
    let (class, index) = (place.class as usize, place.index);
    if ZERO_ON_FREE.is_on() {
        let room = class::SLOT[class] as usize - CANARY;
        // SAFETY: HARD-2: the slot is ours; its last word stays canary (SMALL-4).
        unsafe { address(class, index).write_bytes(0, room) };
    }
    if PATROL.is_on() {
        look_at_neighbours(place, own);
    }
    own.waiting.put(place, out);
}

/// Looks at the block that this thread made last and at the one it freed last.
pub fn patrol(own: &mut Hardened) {
    if !PATROL.is_on() {
        return;
    }
    let made = core::mem::take(&mut own.made);
    if made.index != 0 {
        check::look_at_live(made.class as usize, made.index);
    }
    let Some(freed) = own.waiting.newest() else { return };
    let (class, slot) = (freed.class as usize, class::SLOT[freed.class as usize] as usize);
    // SAFETY: HARD-2: it waits, and is ours.
    if let Some(damage) = unsafe { written(address(class, freed.index), slot.min(LOOK)) } {
        own.waiting.forget_newest();
        condemn(class, freed.index, damage, Operation::Check);
    }
}

/// Bytes of a freed block that a patrol looks at.
const LOOK: usize = 512;
/// Bytes of a neighbour that is not live.
const LOOK_BESIDE: usize = 64;

/// Looks at the two slots on both sides of one, as far as they are in its pool.
fn look_at_neighbours(place: Place, own: &Hardened) {
    let (class, index) = (place.class as usize, place.index);
    let (log2, end) = (class::POOL_LOG2[class], class::usable_end(class) as u32);
    let slot = index & ((1 << log2) - 1);
    for near in slot.saturating_sub(2).max(1)..(slot + 3).min(end) {
        let near = index - slot + near;
        if near == index || near >= window::of(class).extent() {
            continue;
        }
        if record::size(window::of(class).record(near).load(Relaxed)).is_some() {
            check::look_at_live(class, near);
        } else {
            look_at_free(class, near, own);
        }
    }
}

/// Looks at the beginning and the end of a slot that is not live. Only where it is in no other thread's hands, who
/// may be about to make a block of it, does what is found count.
fn look_at_free(class: usize, index: u32, own: &Hardened) {
    let (block, slot) = (address(class, index), class::SLOT[class] as usize);
    let part = slot.min(LOOK_BESIDE);
    // SAFETY: SMALL-3: below the extent.
    let damage = || unsafe {
        written(block, part).or_else(|| written(block.add(slot - part), part))
    };
    if damage().is_none() {
        return;
    }
    let place = Place { class: class as u32, index };
    if own.waiting.holds(place) || judge::is_free_in_pool(class, index, || damage().is_some()) {
        // SAFETY: SMALL-3, as above.
        if let Some(damage) = unsafe { written(block, slot) } {
            condemn(class, index, damage, Operation::Check);
        }
    }
}

/// The block in a slot.
pub fn address(class: usize, index: u32) -> *mut u8 {
    let offset = index as usize * class::SLOT[class] as usize;
    ptr::with_exposed_provenance_mut(window::of(class).base() + offset)
}
