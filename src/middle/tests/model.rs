//! A pool against a shadow of it, and where blocks come to lie.

use std::collections::BTreeMap;
use std::vec::Vec;

use super::*;
use crate::bits::{PAGE, is_aligned};
use crate::middle::header::HEADER;
use crate::middle::map::LIMIT;
use crate::middle::pool::block_size;

/// The shadow of a pool: start of each live block, and its size and fill.
#[derive(Default)]
struct Shadow {
    live: BTreeMap<usize, (usize, u8)>,
}

impl Shadow {
    fn enter(&mut self, block: *mut u8, size: usize, fill: u8) {
        let (start, end) = (block.addr(), block.addr() + size);
        let before = self.live.range(..end).next_back();
        if let Some((&other, &(len, _))) = before {
            assert!(other + len + 8 + HEADER <= start, "overlap");
        }
        bytes(block, size).fill(fill);
        self.live.insert(start, (size, fill));
    }

    fn verify(&self, block: *mut u8, len: usize) {
        let (_, fill) = self.live[&block.addr()];
        assert!(filled(bytes(block, len), fill), "contents changed");
    }

    fn pick(&self, random: &mut Random) -> Option<*mut u8> {
        let nth = random.below(self.live.len().max(1));
        let start = *self.live.keys().nth(nth)?;
        Some(core::ptr::with_exposed_provenance_mut(start))
    }
}

fn random_size(random: &mut Random) -> usize {
    match random.below(10) {
        0 => 1 + random.below(5000),
        1 => 200_000 + random.below((1 << 20) - 200_000 + 1),
        2 => 1 << (10 + random.below(9)),
        _ => 10_000 + random.below(60_000),
    }
}

fn step_of_model(pool: &Alone, shadow: &mut Shadow, random: &mut Random, round: u32) {
    match random.below(16) {
        0..=6 => {
            let size = random_size(random);
            let align = if random.below(4) == 0 { 16 << random.below(17) } else { 16 };
            let zeroed = random.below(3) == 0;
            let Ok(block) = pool.allocate(size, align, zeroed) else { return };
            assert!(is_aligned(block.addr(), align));
            assert!(!zeroed || filled(bytes(block, size), 0), "not zero");
            shadow.enter(block, size, round as u8 | 1);
        }
        7..=11 => {
            let Some(block) = shadow.pick(random) else { return };
            let (size, _) = shadow.live[&block.addr()];
            shadow.verify(block, size);
            pool.free(block).unwrap();
            shadow.live.remove(&block.addr());
        }
        12..=14 => {
            let Some(block) = shadow.pick(random) else { return };
            let (size, fill) = shadow.live[&block.addr()];
            let new = random_size(random);
            match pool.resize(block, new).unwrap() {
                None => {
                    shadow.verify(block, size.min(new));
                    shadow.live.remove(&block.addr());
                    shadow.enter(block, new, fill);
                }
                Some(old) => assert_eq!(old, size),
            }
        }
        _ => pool.sweep(round, random.below(4) == 0),
    }
}

#[test]
fn a_pool_behaves_like_its_shadow() {
    let mut random = Random::new();
    std::eprintln!("{random}");
    for _ in 0..3 {
        let (pool, mut shadow) = (Alone::new(), Shadow::default());
        for round in 1..1000 {
            step_of_model(&pool, &mut shadow, &mut random, round);
            let counters = &pool.0.counters;
            let live = counters.allocations.get() - counters.frees.get();
            assert_eq!(live, shadow.live.len() as u64);
            let requested: usize = shadow.live.values().map(|&(size, _)| size).sum();
            assert_eq!(counters.requested_bytes.get(), requested as u64);
            let hold = pool.0.hold();
            let used = hold.pool.map.blocks_from(0).filter(|block| !block.free);
            let used: usize = used.map(|block| block.end - block.start).sum();
            assert_eq!(counters.live_bytes.get(), used as u64);
        }
        let counters = &pool.0.counters;
        assert!(counters.splits.get() > 100 && counters.coalesces.get() > 100);
        for (start, (size, _)) in core::mem::take(&mut shadow.live) {
            let block = core::ptr::with_exposed_provenance_mut(start);
            let base = pool.base();
            assert_eq!(pool.0.hold().requested(start - base).unwrap(), size);
            pool.free(block).unwrap();
        }
        assert_eq!(pool.largest(), LIMIT);
        assert_eq!((counters.live_bytes.get(), counters.requested_bytes.get()), (0, 0));
    }
}

#[test]
fn the_lowest_fit_is_taken() {
    let pool = Alone::new();
    let blocks: Vec<_> = (0..8).map(|_| pool.get(20_000)).collect();
    [1, 3, 5].iter().for_each(|&at| pool.free(blocks[at]).unwrap());
    assert_eq!(pool.get(20_000), blocks[1]);
    assert_eq!(pool.get(12_000), blocks[3]);
    pool.free(blocks[4]).unwrap();
    assert!(pool.get(40_000) < blocks[6]);
}

#[test]
fn a_pool_can_be_used_up_and_emptied() {
    let pool = Alone::new();
    let blocks: Vec<_> =
        core::iter::from_fn(|| pool.allocate(MIDDLE_MAX, 16, false).ok()).collect();
    assert_eq!(blocks.len(), LIMIT / block_size(MIDDLE_MAX));
    let rest: Vec<_> = core::iter::from_fn(|| pool.allocate(30_000, 16, false).ok()).collect();
    assert!(rest.len() > 25 && pool.largest() < 30_024);
    let last = *rest.last().unwrap();
    assert!(last.addr() + 30_000 <= pool.base() + LIMIT);
    blocks.iter().chain(&rest).for_each(|&block| pool.free(block).unwrap());
    assert_eq!(pool.largest(), LIMIT);
}

#[test]
fn alignment_up_to_the_limit_and_no_gap_behind_used_blocks() {
    let pool = Alone::new();
    for shift in 4..=20 {
        let block = pool.allocate(20_000, 1 << shift, false).unwrap();
        assert!(is_aligned(block.addr(), 1 << shift));
    }
    // Pages lie side by side: header, page-aligned bytes and canary cost one page more.
    let pool = Alone::new();
    let first = pool.allocate(PAGE * 16, PAGE, false).unwrap();
    let second = pool.allocate(PAGE * 16, PAGE, false).unwrap();
    assert_eq!(second.addr() - first.addr(), PAGE * 17);
    pool.free(first).unwrap();
    let third = pool.allocate(PAGE * 16, PAGE, false).unwrap();
    assert_eq!(first, third);
}

#[test]
fn resizing_in_place() {
    let pool = Alone::new();
    let (a, b) = (pool.get(50_000), pool.get(50_000));
    assert_eq!(pool.resize(a, 60_000).unwrap(), Some(50_000), "no room");
    assert_eq!(pool.resize(b, 900_000).unwrap(), None, "grows into the free end");
    assert_eq!(pool.resize(b, 30_000).unwrap(), None, "shrinks");
    let c = pool.get(100_000);
    assert!(c.addr() - b.addr() < 35_000, "the tail was given back");
    pool.free(b).unwrap();
    assert_eq!(pool.resize(a, 75_000).unwrap(), None, "grows into a freed neighbour");
    assert_eq!(pool.resize(a, 100).unwrap(), Some(75_000), "a small tier's size");
    assert_eq!(pool.resize(a, MIDDLE_MAX + 1).unwrap(), Some(75_000), "a large tier's size");
    write(a, 75_000, 0);
    assert_eq!(pool.resize(a, 60_000).unwrap_err().violation, Violation::HeapBufferOverflow);
}
