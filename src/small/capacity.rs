//! How many slots a thread may keep of a class.
//!
//! What lies in a stock serves nobody else and keeps its pages, and the stocks of all classes add up. But slots that go
//! home only to be fetched again cost more than all the rest of their `malloc` and `free`, most of it by the batch.
//! So each stock is small at first, doubles while its class comes to the pools often, and halves in each period in which it does not.

use super::cache::Bin;
use super::class;
use super::flush;

/// Visits to the pools within a period for which a stock doubles: about a thousandth of a thread's time.
const OFTEN: u32 = 64;
/// Milliseconds of a period.
pub const PERIOD_MS: u32 = 16;

/// Counts a visit to the pools.
pub fn visit(bin: &mut Bin, class: usize) {
    bin.visits += 1;
    if bin.visits.is_multiple_of(OFTEN) {
        bin.capacity = (bin.capacity * 2).min(u64::from(class::CAPACITY_BUSY[class]));
    }
}

/// Slots that go in or out of a stock at once: leaving room for as many of the other direction.
pub fn most_at_once(bin: &Bin) -> u8 {
    bin.capacity.div_ceil(2).max(1) as u8
}

/// Makes room for a slot in a full stock.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), attached, for `class`.
pub unsafe fn make_room(bin: *mut Bin, class: usize) {
    // SAFETY: SMALL-6.
    let stock = unsafe { &mut *bin };
    visit(stock, class);
    if stock.count >= stock.capacity {
        let kept = stock.count as usize - usize::from(most_at_once(stock));
        // SAFETY: SMALL-6.
        unsafe { flush::flush(bin, class, kept) };
    }
}

/// The end of a period: a class that was not busy in it keeps less.
///
/// # Safety
/// As for [`make_room`].
pub unsafe fn settle(bin: *mut Bin, class: usize) {
    // SAFETY: SMALL-6.
    let stock = unsafe { &mut *bin };
    let was_busy = stock.visits >= OFTEN / 4;
    stock.visits = 0;
    let first = u64::from(class::CAPACITY_FIRST[class]);
    if was_busy || stock.capacity <= first {
        return;
    }
    stock.capacity = (stock.capacity / 2).max(first);
    stock.batch = stock.batch.min(most_at_once(stock));
    let kept = stock.capacity as usize;
    // SAFETY: SMALL-6.
    unsafe { flush::flush(bin, class, kept) };
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;
    use crate::config::limits::STOCK_SLOTS;

    #[test]
    fn a_stock_grows_while_its_class_is_busy_and_shrinks_in_calm_periods() {
        for class in 0..class::CLASSES {
            let first = u64::from(class::CAPACITY_FIRST[class]);
            let busy = u64::from(class::CAPACITY_BUSY[class]);
            assert!(first <= busy && busy <= STOCK_SLOTS as u64);
            let mut bin = Bin { capacity: first, batch: 1, ..Bin::EMPTY };
            (1..OFTEN).for_each(|_| visit(&mut bin, class));
            assert_eq!(bin.capacity, first, "not for a few visits");
            (0..OFTEN * 8).for_each(|_| visit(&mut bin, class));
            assert_eq!(bin.capacity, busy);
            bin.batch = most_at_once(&bin);
            // SAFETY: SMALL-6: a stock of this test's own, with no slot in it.
            unsafe { settle(&raw mut bin, class) };
            assert_eq!(bin.capacity, busy, "it was busy in this period");
            for _ in 0..8 {
                // SAFETY: as above.
                unsafe { settle(&raw mut bin, class) };
            }
            assert_eq!(bin.capacity, first);
            assert!(u64::from(bin.batch) <= first.div_ceil(2));
        }
    }
}
