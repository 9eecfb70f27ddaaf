//! Zero-size blocks: addresses without memory. Each is unique while it lives, and faults when
//! touched.

use core::ptr::{self, NonNull};

use crate::bits::PAGE;
use crate::guard::{Finding, Operation, Violation, violation};
use crate::space;
use crate::sync::Lock;

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
    counts: Counts,
}

// SAFETY: SMALL-5: the bitmap is touched under this lock alone.
unsafe impl Send for Zero {}

/// How many there were and are.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Handed out since the start.
    pub allocations: u64,
    /// In use.
    pub live: u64,
}

static ZERO: Lock<Zero> = Lock::new(Zero {
    bitmap: ptr::null_mut(),
    words: 0,
    committed: 0,
    next: 0,
    reach: 0,
    counts: Counts { allocations: 0, live: 0 },
});

/// A unique address; `None` when all are in use.
pub fn allocate() -> Option<NonNull<u8>> {
    let mut zero = ZERO.lock();
    zero.prepare()?;
    let words = zero.words;
    for step in 0..words {
        // Going round from where the last one was found: full words are not looked at again.
        let at = (zero.next + step) % words;
        if !zero.commit(at) {
            zero.next = 0;
            return None;
        }
        // SAFETY: SMALL-5: the lock is held, the word is committed.
        let word = unsafe { &mut *zero.bitmap.add(at) };
        if *word != u64::MAX {
            let bit = word.trailing_ones() as usize;
            *word |= 1 << bit;
            zero.next = if *word == u64::MAX { (at + 1) % words } else { at };
            zero.reach = zero.reach.max(at * 64 + bit + 1);
            zero.counts.allocations += 1;
            zero.counts.live += 1;
            let address = window_start() + (at * 64 + bit) * STEP;
            return NonNull::new(ptr::with_exposed_provenance_mut(address));
        }
    }
    None
}

/// Whether `block` is a live zero-size block; reports it when not.
pub fn examine(block: *mut u8, operation: Operation) -> bool {
    ZERO.lock().look(block).map_err(|violation| report(block, operation, violation)).is_ok()
}

/// Gives an address back; reports it when it is not in use.
pub fn free(block: *mut u8, operation: Operation) -> bool {
    let mut zero = ZERO.lock();
    match zero.look(block) {
        Ok(index) => {
            // SAFETY: SMALL-5: the lock is held; a live index is committed.
            unsafe { *zero.bitmap.add(index / 64) &= !(1 << (index % 64)) };
            zero.counts.live -= 1;
            true
        }
        Err(violation) => {
            drop(zero);
            report(block, operation, violation);
            false
        }
    }
}

/// The counts at this moment.
pub fn counts() -> Counts {
    ZERO.lock().counts
}

fn window_start() -> usize {
    space::base() + (WINDOW << space::shift())
}

fn report(block: *mut u8, operation: Operation, violation: Violation) {
    violation::report(&Finding {
        violation,
        operation,
        address: block.addr(),
        size: None,
        damage: None,
        place: format_args!("among the zero-size blocks"),
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
        if word < self.committed {
            return true;
        }
        let at = self.bitmap.wrapping_add(self.committed).cast();
        let committed = space::commit(at, PAGE).is_ok();
        if committed {
            self.committed += PAGE / 8;
        }
        committed
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
