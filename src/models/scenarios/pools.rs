//! Refill, flush, settle, detach, quarantine: a slot is in exactly one place (SMALL-1), and a pool
//! with free slots is where some thread will look.
//!
//! Planted and seen to fail: see each scenario.

use core::cell::UnsafeCell;
use core::ptr::NonNull;
use std::boxed::Box;
use std::sync::Arc;
use std::vec::Vec;
use std::{mem, vec};

use crate::bits::Kind;
use crate::models::explore::{Mutex, explore, together};
use crate::small::cache::{self, Bin, Shelf};
use crate::small::list::List;
use crate::small::pool::{Pool, State};
use crate::small::quarantine::quarantine;
use crate::small::window::{self, shelf};
use crate::small::{capacity, class, flush, refill};
use crate::sync::atomic::Ordering::Relaxed;

/// What a thread has of the one class. The methods are what `heap::alloc` and `heap::free` do.
struct Stock {
    bin: UnsafeCell<Bin>,
    shelf: Shelf,
}

// SAFETY: SMALL-6: in each scenario a stock is used by one thread at a time.
unsafe impl Sync for Stock {}
// SAFETY: as above.
unsafe impl Send for Stock {}

impl Stock {
    fn new() -> Arc<Self> {
        Arc::new(Self { bin: UnsafeCell::new(Bin::EMPTY), shelf: shelf() })
    }

    fn bin(&self) -> *mut Bin {
        self.bin.get()
    }

    fn attach(&self) {
        // SAFETY: SMALL-6; the scenario keeps the stocks until its threads have ended.
        unsafe {
            if (*self.bin()).capacity == 0 {
                let shelf = &*(&raw const self.shelf);
                refill::attach(self.bin(), shelf, 0);
            }
        }
    }

    /// A slot; `None` when all pools are used up.
    fn take(&self) -> Option<u32> {
        self.attach();
        let bin = self.bin();
        // SAFETY: SMALL-6.
        unsafe {
            loop {
                while let Some(top) = (*bin).count.checked_sub(1) {
                    let index = (*bin).slots[top as usize];
                    if window::of(0).record(index).load(Relaxed) == 0 {
                        break;
                    }
                    (*bin).count = top;
                }
                if (*bin).count == 0
                    && refill::refill(bin, 0, refill::From::Any, usize::MAX).slots == 0
                {
                    return None;
                }
                let index = cache::pop(bin).expect("just refilled");
                if let Some(block) = cache::hand_out(bin, index, 100, Kind::Malloc) {
                    let offset = block.addr().get() - window::of(0).base();
                    return Some((offset / class::SLOT[0] as usize) as u32);
                }
            }
        }
    }

    /// Gives a slot back to the stock; the stock's oldest half goes home when it is full.
    fn put(&self, index: u32) {
        self.attach();
        let bin = self.bin();
        let freed =
            window::of(0).record(index).fetch_and(crate::small::record::QUARANTINED, Relaxed);
        assert_ne!(freed, 0, "slot {index} was not live");
        if crate::small::record::kind(freed).is_none() {
            return;
        }
        // SAFETY: SMALL-6; SMALL-1: the slot is in no other place now.
        unsafe {
            if (*bin).count >= (*bin).capacity {
                capacity::make_room(bin, 0);
            }
            (*bin).slots[(*bin).count as usize] = index;
            (*bin).count += 1;
        }
    }

    /// Sends a slot home at once.
    fn return_slot(&self, index: u32) {
        self.put(index);
        // SAFETY: SMALL-6.
        unsafe { flush::flush(self.bin(), 0, 0) };
    }

    /// The thread's end.
    fn leave(&self) {
        // SAFETY: SMALL-6.
        unsafe {
            if (*self.bin()).capacity != 0 {
                flush::detach(self.bin(), 0);
            }
        }
    }

    fn held(&self) -> Vec<u32> {
        // SAFETY: SMALL-6.
        let bin = unsafe { &*self.bin() };
        bin.slots[..bin.count as usize].to_vec()
    }

    fn current(&self) -> *mut Pool {
        // SAFETY: SMALL-6.
        unsafe { (*self.bin()).current }
    }
}

/// Everything a list holds, which is taken off it.
fn drain(list: &List) -> Vec<*mut Pool> {
    let mut pools = Vec::new();
    loop {
        // SAFETY: SMALL-5: the scenario's threads have ended.
        let pool = unsafe { list.pop() };
        if pool.is_null() {
            return pools;
        }
        pools.push(pool);
    }
}

/// Checks every slot and pool, after the threads have ended. Empties the lists.
fn check(stocks: &[&Arc<Stock>], live: &[u32]) {
    let window = window::of(0);
    let orphans = drain(window.lock().1);
    let mut shelved = Vec::new();
    for stock in stocks {
        let pools = drain(&stock.shelf.pools);
        assert!(pools.is_empty() || stock.shelf.attached.load(Relaxed), "nobody looks there");
        shelved.extend(pools);
    }
    for number in 0..window.pools(0) {
        let pool = window.pool(0, number);
        let on = |list: &[*mut Pool]| list.iter().filter(|&&on| on == pool.as_ptr()).count();
        let holders = stocks.iter().filter(|stock| stock.current() == pool.as_ptr()).count();
        let places = Places { orphans: on(&orphans), shelves: on(&shelved), holders };
        check_pool(pool, &places, stocks, live);
    }
}

/// How many know of a pool.
#[derive(Debug)]
struct Places {
    orphans: usize,
    shelves: usize,
    holders: usize,
}

fn check_pool(pool: NonNull<Pool>, places: &Places, stocks: &[&Arc<Stock>], live: &[u32]) {
    // SAFETY: SMALL-5: descriptors live as long as the scenario.
    let inner = unsafe { pool.as_ref() }.inner.lock();
    let (number, state) = (inner.index, inner.state);
    let mut free = 0;
    for slot in 1..class::usable_end(0) {
        let index = inner.first_slot() + slot as u32;
        let in_pool = usize::from(inner.is_free(slot));
        let in_stocks: usize = stocks
            .iter()
            .map(|stock| stock.held().iter().filter(|&&held| held == index).count())
            .sum();
        let in_use = usize::from(live.contains(&index));
        free += in_pool;
        if state == State::Quarantined {
            assert!(in_pool == 0 && in_stocks + in_use <= 1, "slot {index}");
        } else {
            assert_eq!(in_pool + in_stocks + in_use, 1, "slot {index} is in one place");
            let record = window::of(0).record(index).load(Relaxed);
            assert_eq!(usize::from(record != 0), in_use, "record of slot {index}");
        }
    }
    assert_eq!(free, usize::from(inner.free));
    let lists = places.orphans + places.shelves;
    let expected = match state {
        State::Full | State::Quarantined => (0, 0),
        State::Held => (0, 1),
        State::Listed => (1, 0),
    };
    assert!(state != State::Full || free == 0, "pool {number} has free slots and is nowhere");
    // A quarantined pool may still be somebody's current one: he finds out when he looks.
    if state != State::Quarantined {
        assert_eq!((lists, places.holders), expected, "{places:?}, pool {number}, {state:?}");
        let kept = inner.is_empty() && places.shelves > 0;
        assert!(!kept, "pool {number} is wholly free: any thread should find it");
    } else {
        assert_eq!(lists, 0, "pool {number} is in quarantine");
    }
}

type Body = Box<dyn FnOnce() + Send>;

/// Slots a thread ended with, for the check.
#[derive(Clone)]
struct Bag(Arc<Mutex<Vec<u32>>>);

impl Bag {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Vec::new())))
    }
    fn add(&self, slot: Option<u32>) {
        self.0.lock().unwrap().extend(slot);
    }
    fn get(&self) -> Option<u32> {
        self.0.lock().unwrap().pop()
    }
    fn all(&self) -> Vec<u32> {
        mem::take(&mut *self.0.lock().unwrap())
    }
}

/// A body that takes one slot and leaves it in the bag.
fn taker(stock: &Arc<Stock>, bag: &Bag) -> Body {
    let (stock, bag) = (stock.clone(), bag.clone());
    Box::new(move || bag.add(stock.take()))
}

fn returner(stock: &Arc<Stock>, slot: u32) -> Body {
    let stock = stock.clone();
    Box::new(move || stock.return_slot(slot))
}

fn leaver(stock: &Arc<Stock>) -> Body {
    let stock = stock.clone();
    Box::new(move || stock.leave())
}

// Planted: `refill` that leaves an exhausted pool `Held` and forgets it; `settle` that does not look
// at `Full` pools.
#[test]
fn a_slot_comes_home_while_the_owner_takes_the_last() {
    explore(5, 4_000, || {
        let (a, b, bag) = (Stock::new(), Stock::new(), Bag::new());
        let slot = a.take().unwrap();
        together(vec![taker(&a, &bag), returner(&b, slot)]);
        bag.add(a.take());
        assert_eq!(window::of(0).pools(0), 1, "the returned slot is found");
        check(&[&a, &b], &bag.all());
    });
}

// Planted: `detach` that empties the shelf before it says that nobody looks there, with the class's
// lock given up in between; `settle` that does not ask whether the shelf is attached.
#[test]
fn the_owner_leaves_while_another_returns_a_slot() {
    explore(5, 4_000, || {
        let (a, b, c) = (Stock::new(), Stock::new(), Stock::new());
        let slots = [a.take().unwrap(), a.take().unwrap()];
        together(vec![leaver(&a), returner(&b, slots[0])]);
        let found = c.take().unwrap();
        assert_eq!(window::of(0).pools(0), 1, "the pool is taken over");
        check(&[&a, &b, &c], &[slots[1], found]);
    });
}

// Planted: `settle` without its look at `on`: the pool becomes an orphan while the owner holds it;
// `settle` without the class's lock.
#[test]
fn the_last_slot_comes_home_while_the_owner_fetches_the_pool() {
    explore(5, 4_000, || {
        let (a, b, bag) = (Stock::new(), Stock::new(), Bag::new());
        let slots = [a.take().unwrap(), a.take().unwrap()];
        b.return_slot(slots[0]);
        together(vec![taker(&a, &bag), returner(&b, slots[1])]);
        check(&[&a, &b], &bag.all());
    });
}

// Planted: `settle` that leaves an empty pool on the shelf.
#[test]
fn both_slots_of_a_pool_come_home_at_once() {
    explore(5, 4_000, || {
        let (a, b, c, bag) = (Stock::new(), Stock::new(), Stock::new(), Bag::new());
        let slots = [a.take().unwrap(), a.take().unwrap()];
        together(vec![returner(&b, slots[0]), returner(&c, slots[1])]);
        bag.add(c.take());
        assert_eq!(window::of(0).pools(0), 1, "anybody finds an empty pool");
        check(&[&a, &b, &c], &bag.all());
    });
}

// Planted: `detach` that leaves its current pool `Held`.
#[test]
fn a_pool_is_taken_over_at_thread_exit_while_slots_come_home() {
    explore(3, 4_000, || {
        let (a, b, c, bag) = (Stock::new(), Stock::new(), Stock::new(), Bag::new());
        let slot = a.take().unwrap();
        together(vec![leaver(&a), returner(&b, slot), taker(&c, &bag)]);
        check(&[&a, &b, &c], &bag.all());
    });
}

// Planted: `List::pop` outside the class's lock in `find_pool`.
#[test]
fn two_threads_want_the_same_orphan() {
    explore(5, 4_000, || {
        let (a, b, c, bag) = (Stock::new(), Stock::new(), Stock::new(), Bag::new());
        let slot = a.take().unwrap();
        a.put(slot);
        a.leave();
        together(vec![taker(&b, &bag), taker(&c, &bag)]);
        check(&[&a, &b, &c], &bag.all());
    });
}

// Planted: `refill` that does not look whether the pool it got is in quarantine by now; `flush` into
// such a pool.
#[test]
fn a_pool_is_quarantined_while_it_is_fetched_and_returned_to() {
    explore(3, 4_000, || {
        let (a, b, bag) = (Stock::new(), Stock::new(), Bag::new());
        let slots = [a.take().unwrap(), a.take().unwrap()];
        b.return_slot(slots[0]);
        together(vec![taker(&a, &bag), returner(&b, slots[1]), Box::new(|| quarantine(0, 0))]);
        let next = a.take().unwrap();
        assert!(next >> class::POOL_LOG2[0] > 0, "slot {next} comes from a pool in quarantine");
        bag.add(Some(next));
        check(&[&a, &b], &bag.all());
    });
}

// Planted: `quarantine` that leaves the pool on its list.
#[test]
fn a_pool_is_quarantined_while_its_last_slot_comes_home() {
    explore(5, 4_000, || {
        let (a, b) = (Stock::new(), Stock::new());
        let slots = [a.take().unwrap(), a.take().unwrap()];
        b.return_slot(slots[0]);
        together(vec![returner(&b, slots[1]), Box::new(|| quarantine(0, 0))]);
        check(&[&a, &b], &[]);
    });
}

// Planted: `quarantine` without the class's lock.
#[test]
fn a_pool_is_quarantined_while_its_neighbour_is_fetched() {
    explore(5, 4_000, || {
        let (a, b, bag) = (Stock::new(), Stock::new(), Bag::new());
        let slots: Vec<_> = (0..4).map(|_| a.take().unwrap()).collect();
        b.return_slot(slots[0]);
        b.return_slot(slots[2]);
        together(vec![taker(&a, &bag), Box::new(|| quarantine(0, 0))]);
        bag.add(Some(slots[3]));
        check(&[&a, &b], &bag.all());
    });
}

/// Steps of each thread in the next scenario.
const STEPS: usize = if cfg!(loom) { 1 } else { 8 };

/// Takes slots, hands some over, returns what others handed over, leaves, comes back.
fn life(stock: &Stock, bag: &Bag, leaves: bool) {
    for step in 0..STEPS {
        bag.add(stock.take());
        if step % 3 != 2
            && let Some(slot) = bag.get()
        {
            stock.put(slot);
        }
        if leaves && step % 2 == 0 {
            stock.leave();
        }
    }
}

#[test]
fn threads_live_together() {
    explore(2, 10_000, || {
        let (a, b, c, bag) = (Stock::new(), Stock::new(), Stock::new(), Bag::new());
        let body = |stock: &Arc<Stock>, leaves| {
            let (stock, bag) = (stock.clone(), bag.clone());
            Box::new(move || life(&stock, &bag, leaves)) as Body
        };
        together(vec![body(&a, true), body(&b, false), body(&c, true)]);
        check(&[&a, &b, &c], &bag.all());
    });
}
