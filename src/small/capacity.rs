//! How many slots a thread may keep of a class.
//!
//! What lies in a stock serves nobody else and keeps its pages, and the stocks of all classes add up. But slots that go
//! home only to be fetched again cost more than all the rest of their `malloc` and `free`, most of it by the batch.
//! So each stock is small at first, doubles while its class comes to the pools often, and halves in each period in which it does not.

use crate::config::options::RANDOM_SLOTS;

use super::cache::Bin;
use super::class;
use super::flush;

/// Visits to the pools within a period for which a stock doubles: about a thousandth of a thread's time.
const OFTEN: u16 = 64;
/// Milliseconds of a period.
pub const PERIOD_MS: u32 = 16;

/// What a stock of a class holds at first. Where a slot is drawn by lot there should be many to choose from.
pub fn first(class: usize) -> u8 {
    if RANDOM_SLOTS.is_on() { class::CAPACITY_BUSY[class] } else { class::CAPACITY_FIRST[class] }
}

/// Counts a visit to the pools.
pub fn visit(bin: &mut Bin, class: usize) {
    bin.visits = bin.visits.wrapping_add(1);
    if bin.visits.is_multiple_of(OFTEN) {
        let most = (u16::from(bin.most) * 2).min(u16::from(class::CAPACITY_BUSY[class]));
        set_most(bin, most as u8);
    }
}

/// A stock that is closed to frees (`heap::idle_stocks`) stays so.
fn set_most(bin: &mut Bin, most: u8) {
    bin.most = most;
    if bin.capacity != 0 {
        bin.capacity = u64::from(most);
    }
}

/// Slots that go in or out of a stock at once: leaving room for as many of the other direction.
pub fn most_at_once(bin: &Bin) -> u8 {
    bin.most.div_ceil(2).max(1)
}

/// Makes room for a slot in a full stock.
///
/// # Safety
/// `bin` is the calling thread's (SMALL-6), attached, for `class`.
pub unsafe fn make_room(bin: *mut Bin, class: usize) {
    // SAFETY: SMALL-6.
    let stock = unsafe { &mut *bin };
    visit(stock, class);
    if stock.count >= u64::from(stock.most) {
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
    let first = first(class);
    if was_busy || stock.most <= first {
        return;
    }
    set_most(stock, (stock.most / 2).max(first));
    stock.batch = stock.batch.min(most_at_once(stock));
    let kept = usize::from(stock.most);
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
            let first = class::CAPACITY_FIRST[class];
            let busy = class::CAPACITY_BUSY[class];
            assert!(first <= busy && usize::from(busy) <= STOCK_SLOTS);
            let mut bin = Bin { capacity: first.into(), most: first, batch: 1, ..Bin::EMPTY };
            (1..OFTEN).for_each(|_| visit(&mut bin, class));
            assert_eq!(bin.most, first, "not for a few visits");
            (0..OFTEN * 8).for_each(|_| visit(&mut bin, class));
            assert_eq!((bin.capacity, bin.most), (busy.into(), busy));
            bin.batch = most_at_once(&bin);
            // SAFETY: SMALL-6: a stock of this test's own, with no slot in it.
            unsafe { settle(&raw mut bin, class) };
            assert_eq!(bin.most, busy, "it was busy in this period");
            for _ in 0..8 {
                // SAFETY: as above.
                unsafe { settle(&raw mut bin, class) };
            }
            assert_eq!((bin.capacity, bin.most), (first.into(), first));
            assert!(bin.batch <= first.div_ceil(2));
            bin.capacity = 0;
            (0..OFTEN * 8).for_each(|_| visit(&mut bin, class));
            assert_eq!((bin.capacity, bin.most), (0, busy), "a closed stock stays closed");
        }
    }
}
