//! Threads that hand blocks to each other, come and go, while the heap is checked and trimmed.

use core::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::Mutex;
use std::vec::Vec;

use super::alone::{self, Random, alone};
use super::calls::{self, Call, What};
use super::shadow::{Block, Counts, Shadow, statistics};
use crate::abi::dam;
use crate::config::limits::MIDDLE_MAX;

const THREADS: u64 = 8;
const GENERATIONS: u64 = 6;
const CALLS: usize = match (cfg!(debug_assertions), cfg!(feature = "audit")) {
    (true, true) => 400,
    (true, false) => 2_000,
    (false, _) => 12_000,
};
/// Most bytes that one thread holds live.
const MOST: usize = (4 << 20) + 2 * MIDDLE_MAX;

/// Blocks on their way between threads; they outlive the threads that made them.
static SHELF: [Mutex<Vec<Block>>; 16] = [const { Mutex::new(Vec::new()) }; 16];

/// A call, or a block handed over, or one received.
fn step(shadow: &mut Shadow, random: &mut Random) {
    let shelf = &SHELF[random.below(SHELF.len())];
    match random.below(5) {
        0 => {
            if let Some(block) = shadow.remove(random.next() as usize) {
                shelf.lock().unwrap().push(block);
            }
        }
        1 => {
            let found = shelf.lock().unwrap().pop();
            if let Some(block) = found {
                block.verify(block.size);
                shadow.admit(block);
            }
        }
        _ => {
            let mut call = Call::random(random, usize::MAX);
            if call.size + 2 * call.align + shadow.bytes > MOST {
                call.what = What::Free;
            }
            shadow.apply(&call);
        }
    }
}

/// One thread's life. It ends with blocks still in its hands: they go to the shelves.
fn live(seed: u64) -> Counts {
    let mut random = Random(seed);
    let mut shadow = Shadow::default();
    for _ in 0..CALLS {
        step(&mut shadow, &mut random);
    }
    while shadow.len() > 20 {
        let pick = random.next() as usize;
        shadow.release(&Call { what: What::Free, size: 0, align: 1, pick });
    }
    while let Some(block) = shadow.remove(0) {
        SHELF[random.below(SHELF.len())].lock().unwrap().push(block);
    }
    shadow.counts
}

/// Looks at the whole heap while others use it.
fn watch(stop: &AtomicBool) {
    while !stop.load(Relaxed) {
        assert_eq!(dam::dam_check_heap(), 0);
        let stats = statistics();
        assert_eq!((stats.violations, stats.pools_quarantined), (0, 0));
        dam::dam_malloc_trim(0);
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}

#[test]
fn threads_that_share_blocks_and_end_keep_every_block_intact() {
    let name = "tests::threads::threads_that_share_blocks_and_end_keep_every_block_intact";
    alone(name, || {
        let seed = alone::seed();
        let mut counts = Counts::default();
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| watch(&stop));
            for generation in 0..GENERATIONS {
                let threads: Vec<_> = (0..THREADS)
                    .map(|thread| scope.spawn(move || live(seed ^ (generation << 32 | thread))))
                    .collect();
                threads.into_iter().for_each(|thread| counts.add(&thread.join().unwrap()));
            }
            stop.store(true, Relaxed);
        });
        let mut rest = Shadow::default();
        for shelf in &SHELF {
            shelf.lock().unwrap().drain(..).for_each(|block| rest.admit(block));
        }
        rest.verify();
        // `admit` counts them as live a second time; the threads' sums know them already as gone.
        counts.add(&rest.counts);
        counts.all_tiers();
        counts.compare(&statistics());
        assert_eq!(dam::dam_check_heap(), 0);
        let mut random = Random(seed);
        while let Some(block) = rest.remove(0) {
            let pick = random.next() as usize;
            calls::free(&block, &Call { what: What::Free, size: 0, align: 1, pick });
        }
        counts.live = [0; 4];
        counts.requested = 0;
        counts.compare(&statistics());
        assert_eq!(dam::dam_check_heap(), 0);
    });
}

#[test]
fn short_lived_threads_leave_nothing_behind() {
    alone("tests::threads::short_lived_threads_leave_nothing_behind", || {
        let seed = alone::seed();
        for round in 0..300 {
            let threads: Vec<_> = (0..4u64)
                .map(|thread| {
                    std::thread::spawn(move || {
                        let mut random = Random(seed ^ (round << 8 | thread));
                        let mut shadow = Shadow::default();
                        (0..40).for_each(|_| shadow.apply(&Call::random(&mut random, 1 << 16)));
                        while let Some(block) = shadow.remove(0) {
                            let call = Call::random(&mut random, 0);
                            calls::free(&block, &call);
                        }
                    })
                })
                .collect();
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
        let stats = statistics();
        assert_eq!((stats.live_blocks, stats.small_cached), (0, 0), "{stats:?}");
        assert!(stats.threads <= 2, "states are reused: {stats:?}");
        assert!(stats.committed_bytes < 256 << 20, "{stats:?}");
        assert_eq!(dam::dam_check_heap(), 0);
    });
}
