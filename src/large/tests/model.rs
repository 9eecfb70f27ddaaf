//! Random operations beside a model that knows what must be there.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};
use std::vec::Vec;

use super::table::Table;
use super::*;
use crate::config::options::{MOVED, WARM_LARGE};
use crate::space::guards;

/// xorshift64*: the tests print the seed, so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn new(what: &str) -> Self {
        let seed = std::env::var("DAM_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
        let time = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as u64;
        let seed: u64 = seed.unwrap_or_else(time) | 1;
        std::println!("{what}: DAM_TEST_SEED={seed}");
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    /// 1 MiB to 64 MiB, small ones oftener.
    fn size(&mut self) -> usize {
        let top = MIB << self.below(7);
        (MIB + self.below(top)).min(64 * MIB)
    }
}

fn entry(address: usize, requested: usize) -> Entry {
    let mapping = Mapping { start: address, len: PAGE, address, inner: PAGE, ..Mapping::NONE };
    Entry { mapping, requested, kind: Kind::Malloc, state: State::Live }
}

#[test]
fn a_table_is_a_map() {
    let mut random = Random::new("table");
    let mut table = Table::new();
    let mut model = HashMap::new();
    for step in 1..60_000 {
        // Few addresses, so that removals hit; growing and shrinking phases.
        let address = (1 + random.below(3000)) * PAGE;
        if random.below(100) < if step % 20_000 < 10_000 { 70 } else { 30 } {
            assert!(table.insert(entry(address, step)));
            model.insert(address, step);
        } else {
            let removed = table.remove(address).map(|entry| entry.requested);
            assert_eq!(removed, model.remove(&address));
        }
        let probe = (1 + random.below(3000)) * PAGE;
        assert_eq!(table.find_mut(probe).map(|entry| entry.requested), model.get(&probe).copied());
        assert!(table.find_mut(probe + 1).is_none() && table.find_mut(0).is_none());
    }
    let mut listed: Vec<_> = table.iter().map(|e| (e.mapping.address, e.requested)).collect();
    let mut expected: Vec<_> = model.into_iter().collect();
    listed.sort_unstable();
    expected.sort_unstable();
    assert_eq!(listed, expected);
}

#[test]
fn a_kept_place_is_there_when_memory_has_run_out() {
    let mut table = Table::new();
    assert!(table.insert(entry(PAGE, 1)) && table.keep_place());
    table.remove_keeping_place(PAGE);
    assert!(table.find_mut(PAGE).is_none());
    // More than half full: a table that may not grow takes no more, but what was promised to it.
    let (_, text) = in_child(|| {
        let limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: only reads `limit`.
        unsafe { libc::setrlimit(libc::RLIMIT_DATA, &raw const limit) };
        let mut count = 2;
        while table.insert(entry(count * PAGE, count)) {
            count += 1;
        }
        assert!(!table.keep_place());
        table.insert_in_kept_place(entry(PAGE, 2));
        assert!(!table.insert(entry((count + 1) * PAGE, 3)), "that place was taken");
        table.give_place_up();
        assert!(table.insert(entry((count + 1) * PAGE, 3)));
        assert_eq!(table.find_mut(PAGE).map(|entry| entry.requested), Some(2));
        assert_eq!(table.iter().count(), count);
        sys::write_all(2, b"done");
    });
    assert_eq!(text, "done");
}

/// A block and the mark that stands at several places of it.
struct Block {
    at: *mut u8,
    size: usize,
    mark: u8,
}

impl Block {
    fn places(size: usize) -> [usize; 4] {
        [0, size / 3, size / 2 + 1, size - 1]
    }

    fn write(&self) {
        if renew::is_on() {
            // What was hardly used is not moved.
            (0..self.size).step_by(PAGE).for_each(|at| set(self.at, at, self.mark));
        }
        Self::places(self.size).into_iter().for_each(|at| set(self.at, at, self.mark));
    }

    fn verify(&self) {
        for at in Self::places(self.size) {
            assert_eq!(byte(self.at, at), self.mark, "at {at} of {}", self.size);
        }
        assert_eq!(size_of_block(self.at), Some(self.size));
    }

    fn new(random: &mut Random) -> Self {
        let (size, align) = (random.size(), 16 << random.below(27));
        // SAFETY: in range: alignments from 16 to 1 GiB.
        let at = unsafe {
            if random.below(3) == 0 {
                let at = allocate_zeroed(size, align, Kind::Malloc, 0).unwrap().as_ptr();
                let pages = (0..if renew::is_on() { size } else { 0 }).step_by(PAGE);
                let places = Self::places(size).into_iter().chain(pages);
                places.for_each(|place| assert_eq!(byte(at, place), 0, "at {place} of {size}"));
                at
            } else {
                allocate(size, align, Kind::Malloc, 0).unwrap().as_ptr()
            }
        };
        assert_eq!(at.addr() % align, 0);
        let block = Self { at, size, mark: 1 + random.below(255) as u8 };
        block.write();
        block
    }

    fn resize(&mut self, random: &mut Random) {
        let size = random.size();
        let common = Self::places(self.size).map(|at| (at < size).then_some(at));
        self.at = resized(self.at, size);
        for at in common.into_iter().flatten() {
            assert_eq!(byte(self.at, at), self.mark, "at {at} after {} to {size}", self.size);
        }
        self.size = size;
        self.write();
    }
}

fn churn(random: &mut Random, steps: usize, checked: bool) {
    let mut blocks: Vec<Block> = Vec::new();
    for _ in 0..steps {
        match random.below(10) {
            0..4 => blocks.push(Block::new(random)),
            4..7 if !blocks.is_empty() => {
                let block = blocks.swap_remove(random.below(blocks.len()));
                block.verify();
                assert!(give(block.at));
            }
            7..9 if !blocks.is_empty() => {
                let chosen = random.below(blocks.len());
                blocks[chosen].verify();
                blocks[chosen].resize(random);
            }
            _ => sweep(sys::now_ms(), random.below(50) as u32, random.below(20) == 0),
        }
        if blocks.len() > 24 {
            assert!(give(blocks.swap_remove(0).at));
        }
        if checked {
            assert_eq!(check(true), 0);
            let (live, stats) = (blocks.iter().map(|block| block.size), stats());
            assert_eq!(stats.requested_bytes as usize, live.sum::<usize>());
            assert_eq!(
                (stats.live as usize, stats.live),
                (blocks.len(), stats.allocations - stats.frees)
            );
            assert_eq!(stats.committed_bytes, stats.live_bytes + stats.cached_bytes);
        }
    }
    blocks.iter().for_each(|block| {
        block.verify();
        assert!(give(block.at));
    });
}

/// [`churn`] in four threads at once.
fn churn_in_four(random: &mut Random, steps: usize) {
    let seeds = [0; 4].map(|_| random.below(usize::MAX >> 1) as u64 | 1);
    let threads =
        seeds.map(|seed| std::thread::spawn(move || churn(&mut Random(seed), steps, false)));
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

#[test]
fn random_operations() {
    let _turn = turn();
    churn(&mut Random::new("operations"), 3000, true);
    retire::drop_all();
    let end = stats();
    assert_eq!((end.live, end.live_bytes, end.requested_bytes), (0, 0, 0));
    assert_eq!((end.committed_bytes, end.reserved_bytes, end.unguarded), (0, 0, 0));
}

#[test]
fn random_operations_of_many_threads() {
    let _turn = turn();
    let mut random = Random::new("threads");
    let threads: Vec<_> = (0..6)
        .map(|_| {
            let mut random = Random(random.below(usize::MAX >> 1) as u64 | 1);
            std::thread::spawn(move || churn(&mut random, 1000, false))
        })
        .collect();
    for _ in 0..200 {
        assert_eq!(check(true), 0, "a walk beside running threads found a fault");
        let now = stats();
        assert_eq!(now.live, now.allocations - now.frees);
        std::thread::yield_now();
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(check(true), 0);
    retire::drop_all();
    let end = stats();
    assert_eq!((end.live, end.live_bytes, end.requested_bytes), (0, 0, 0));
    assert_eq!((end.committed_bytes, end.reserved_bytes, end.unguarded), (0, 0, 0));
}

/// Without guard pages a block often lands right where another thread's was a moment ago.
#[test]
fn random_operations_of_many_threads_without_guards() {
    let _turn = turn();
    let mut random = Random::new("unguarded");
    let (exit, text) = in_child(|| {
        guards::BUDGET.store(1, Relaxed);
        let _first = get(2 * MIB);
        churn_in_four(&mut random, 600);
        assert_eq!((check(true), stats().live), (0, 1));
    });
    assert_eq!((exit, text.as_str()), (Some(0), ""));
}

#[test]
fn random_operations_where_freed_blocks_are_moved() {
    let _turn = turn();
    let mut random = Random::new("moved");
    let (exit, text) = in_child(|| {
        WARM_LARGE.set(MOVED);
        churn(&mut random, 600, true);
        churn_in_four(&mut random, 200);
        retire::drop_all();
        let end = stats();
        assert_eq!((check(true), end.live, end.live_bytes), (0, 0, 0));
        assert_eq!((end.committed_bytes, end.reserved_bytes, end.unguarded), (0, 0, 0));
    });
    assert_eq!((exit, text.as_str()), (Some(0), ""));
}

#[test]
fn a_block_that_leaves_takes_no_other_block_out_of_the_registry() {
    let _turn = turn();
    let (exit, text) = in_child(|| {
        let first = registry::with(get(2 * MIB).addr(), |entry| *entry).unwrap();
        registry::leave(first.mapping.address);
        // Another thread got those addresses, and is about to change the size of its block there.
        let other = Entry { requested: MIB, state: State::Resizing, ..first };
        assert!(registry::insert(other));
        registry::stay_away(first.mapping.address);
        let found = registry::with(first.mapping.address, |entry| (entry.requested, entry.state));
        assert_eq!(found, Some((MIB, State::Resizing)));
    });
    assert_eq!(exit, Some(0), "{text}");
}
