//! Zero-size blocks: addresses without memory. Each is unique while it lives, and faults when
//! touched.

use core::fmt;
use core::ptr::{self, NonNull};

use crate::bits::PAGE;
use crate::guard::{Finding, Operation, Violation, violation};
use crate::space::{self, Claim};
use crate::sync::Lock;
use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use super::class::CLASSES;

/// Number of the window that zero-size blocks get their addresses from.
pub const WINDOW: usize = CLASSES;
const STEP: usize = 16;
/// Most zero-size blocks at one time; more are served as ordinary blocks.
const MOST: usize = 1 << 24;

struct Zero {
    /// A bit per address, set while it is in use; reserved for `MOST`, committed by the page.
    bitmap: *mut u64,
    words: usize,
    committed: usize,
    next: usize,
    reach: usize,
}

// SAFETY: SMALL-5: the bitmap is touched under this lock alone.
unsafe impl Send for Zero {}

/// How many there were and are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Handed out since the start.
    pub allocations: u64,
    /// Taken back.
    pub frees: u64,
}

static ZERO: Lock<Zero> =
    Lock::new(Zero { bitmap: ptr::null_mut(), words: 0, committed: 0, next: 0, reach: 0 });

/// Written under the lock, and read without it: whoever asks may have interrupted who holds it.
static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static FREES: AtomicU64 = AtomicU64::new(0);

/// Largest alignment of a zero-size block; beyond it an ordinary one serves.
const MOST_ALIGNED: usize = 64 << 10;

/// A unique address at a multiple of `align`, a power of two; `None` when there is none left.
pub fn allocate(align: usize) -> Option<NonNull<u8>> {
    if align > MOST_ALIGNED {
        return None;
    }
    let mut zero = ZERO.lock();
    zero.prepare()?;
    // Every so many words, every so many bits of them, have the alignment.
    let stride = align / STEP;
    let (every, bits) = (stride.div_ceil(64), aligned_bits(stride));
    let words = zero.words;
    for step in (0..words).step_by(every) {
        // Going round from where the last one was found: full words are not looked at again.
        let at = (zero.next / every * every + step) % words;
        if !zero.commit(at) {
            zero.next = 0;
            return None;
        }
        // SAFETY: SMALL-5: the lock is held, the word is committed.
        let word = unsafe { &mut *zero.bitmap.add(at) };
        let free = !*word & bits;
        if free != 0 {
            let bit = free.trailing_zeros() as usize;
            *word |= 1 << bit;
            if every == 1 {
                zero.next = if *word == u64::MAX { (at + 1) % words } else { at };
            }
            return NonNull::new(zero.hand_out(at * 64 + bit));
        }
    }
    None
}

/// The bits of a word whose addresses are `stride` steps apart.
fn aligned_bits(stride: usize) -> u64 {
    (0..64).step_by(stride.min(64)).fold(0, |bits, bit| bits | 1 << bit)
}

/// Whether `block` is a live zero-size block; reports it when not.
pub fn examine(block: *mut u8, operation: Operation) -> bool {
    let found = ZERO.lock().look(block);
    found.map_err(|violation| report_stray(block, operation, violation)).is_ok()
}

/// Whether `block`, an address of this window, is a live zero-size block.
pub fn is_live(block: *mut u8) -> bool {
    ZERO.lock().look(block).is_ok()
}

/// Gives an address back; reports it when it is not in use, and a claim of another size than 0,
/// which is freed all the same. The door is not recorded, and not compared.
pub fn free(block: *mut u8, claim: Claim) -> bool {
    let freed = ZERO.lock().take_back(block);
    if let Err(violation) = freed {
        report_stray(block, claim.operation, violation);
        return false;
    }
    let claimed = claim.size.unwrap_or(0);
    if claimed != 0 {
        let place = format_args!("freed as {claimed} bytes; zero-size block");
        report(block, claim.operation, Violation::SizeMismatch, Some(0), place);
    }
    claimed == 0
}

/// The counts at this moment: no free without its allocation.
pub fn counts() -> Counts {
    let frees = FREES.load(Acquire);
    Counts { allocations: ALLOCATIONS.load(Relaxed), frees }
}

fn window_start() -> usize {
    space::base() + (WINDOW << space::shift())
}

fn report_stray(block: *mut u8, operation: Operation, violation: Violation) {
    report(block, operation, violation, None, format_args!("among the zero-size blocks"));
}

fn report(
    block: *mut u8,
    operation: Operation,
    violation: Violation,
    size: Option<usize>,
    place: fmt::Arguments<'_>,
) {
    violation::report(&Finding {
        violation,
        operation,
        address: block.addr(),
        size,
        damage: None,
        place,
    });
}

impl Zero {
    fn prepare(&mut self) -> Option<()> {
        if self.bitmap.is_null() {
            let most = MOST.min((1usize << space::shift()) / STEP);
            self.bitmap = space::addresses(most / 8)?.cast();
            self.bitmap.expose_provenance();
            self.words = most / 64;
        }
        Some(())
    }

    fn commit(&mut self, word: usize) -> bool {
        while word >= self.committed {
            let at = self.bitmap.wrapping_add(self.committed).cast();
            if space::commit(at, PAGE).is_err() {
                return false;
            }
            self.committed += PAGE / 8;
        }
        true
    }

    fn hand_out(&mut self, index: usize) -> *mut u8 {
        self.reach = self.reach.max(index + 1);
        ALLOCATIONS.store(ALLOCATIONS.load(Relaxed) + 1, Relaxed);
        ptr::with_exposed_provenance_mut(window_start() + index * STEP)
    }

    fn take_back(&mut self, block: *mut u8) -> Result<(), Violation> {
        let index = self.look(block)?;
        // SAFETY: SMALL-5: the lock is held; a live index is committed.
        unsafe { *self.bitmap.add(index / 64) &= !(1 << (index % 64)) };
        FREES.store(FREES.load(Relaxed) + 1, Release);
        Ok(())
    }

    /// The index of a live block.
    fn look(&self, block: *mut u8) -> Result<usize, Violation> {
        let offset = block.addr() - window_start();
        let index = offset / STEP;
        if !offset.is_multiple_of(STEP) || index >= self.reach {
            return Err(Violation::InvalidFree);
        }
        // SAFETY: SMALL-5: the lock is held; below `reach` the bitmap is committed.
        let word = unsafe { *self.bitmap.add(index / 64) };
        if word >> (index % 64) & 1 == 1 { Ok(index) } else { Err(Violation::DoubleFree) }
    }
}
