//! Where blocks with pages of their own are asked to lie: beside each other, and far from what the program and its
//! libraries have mapped.
//!
//! Stops: writes far behind or in front of such a block, which would meet code or data where the kernel puts the first
//! ones: in the gaps between libraries. Costs: nothing but addresses. It is a wish: where something lies there already, the
//! kernel decides.
#![forbid(unsafe_code)]

use crate::bits::PAGE;
use crate::space::{self, lots};
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Where the next one goes, and where the part begins that is not for them. Both zero: there was none yet.
static NEXT: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// The address to ask for, for `len` bytes; 0: any.
pub fn wish(len: usize) -> usize {
    // Else the windows lie in that part of the address space, in places that only look free.
    if !space::is_reserved() {
        return 0;
    }
    let fits = |next| len <= END.load(Relaxed).saturating_sub(next);
    let taken = NEXT.fetch_update(Relaxed, Relaxed, |next| fits(next).then(|| next + len));
    taken.unwrap_or_else(|_| begin_anew(len))
}

/// The first of all, or the addresses are used up.
#[cold]
fn begin_anew(len: usize) -> usize {
    let all = space::second_eighth();
    let half = all.len() / 2;
    if len > half {
        return 0;
    }
    let start = all.start + lots::below(half / PAGE) * PAGE;
    END.store(start + half, Relaxed);
    NEXT.store(start + len, Relaxed);
    start
}
