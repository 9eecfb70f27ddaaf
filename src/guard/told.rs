//! Which damaged blocks have been reported: each is once. It may be found by a patrol, by a heap check and by its
//! own free, and while it is in quarantine its address is no other block's.

use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::violation::{Finding, Violation};

/// Blocks that are remembered: the last ones.
const MOST: usize = 64;

static TOLD: [AtomicUsize; MOST] = [const { AtomicUsize::new(0) }; MOST];
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Whether this damage has not been reported before; remembers it. (Unit tests make and drop heaps: addresses come again.)
pub fn is_news(finding: &Finding<'_>) -> bool {
    if cfg!(test) {
        return true;
    }
    let kinds =
        [Violation::HeapBufferOverflow, Violation::HeapBufferUnderflow, Violation::UseAfterFree];
    if finding.damage.is_none() || !kinds.contains(&finding.violation) {
        return true;
    }
    // Blocks lie at multiples of 16.
    let key = finding.address & !15 | finding.violation as usize;
    if TOLD.iter().any(|told| told.load(Relaxed) == key) {
        return false;
    }
    TOLD[NEXT.fetch_add(1, Relaxed) % MOST].store(key, Relaxed);
    true
}
