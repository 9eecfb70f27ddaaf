//! A walk over all live blocks. The program's function is called outside the gate and may allocate and free; blocks that
//! come and go meanwhile are seen or not.

use crate::measure::stats::{DAM_LARGE, DAM_MIDDLE, dam_block_t};
use crate::small::class::{self, CLASSES};
use crate::small::{record, stats as small, window};
use crate::space::Live;
use crate::{large, middle, thread};

use super::init;

/// Blocks that are found before the function is called for them.
const BATCH: usize = 32;

/// How far a walk has come.
#[derive(Clone, Copy)]
enum Place {
    /// A class, and a slot of its window.
    Small(usize, u32),
    /// A pool, and an offset there.
    Middle(usize, usize),
    /// A part of the registry, and an address.
    Large(usize, usize),
    /// All was seen.
    End,
}

/// Blocks that were found.
struct Batch {
    blocks: [dam_block_t; BATCH],
    count: usize,
}

impl Batch {
    /// No block: zeros, so that no second one is on the stack to make it.
    const NONE: Self = Self { blocks: [NO_BLOCK; BATCH], count: 0 };

    /// Adds one; whether there is room for another.
    fn add(&mut self, block: dam_block_t) -> bool {
        self.blocks[self.count] = block;
        self.count += 1;
        self.count < BATCH
    }
}

/// Calls `visit` for every live block, until it says false; whether it never did.
pub fn blocks(visit: &mut dyn FnMut(&dam_block_t) -> bool) -> bool {
    let mut place = Place::Small(0, 0);
    let mut batch = Batch::NONE;
    loop {
        batch.count = 0;
        {
            let Some(_session) = thread::enter() else { return true };
            init::ensure();
            while batch.count < BATCH && !matches!(place, Place::End) {
                place = advance(place, &mut batch);
            }
        }
        if !batch.blocks[..batch.count].iter().all(&mut *visit) {
            return false;
        }
        if matches!(place, Place::End) {
            return true;
        }
    }
}

/// Takes a step: up to a full batch, or to the end of a part.
fn advance(place: Place, batch: &mut Batch) -> Place {
    match place {
        Place::Small(CLASSES, _) => Place::Middle(0, 0),
        Place::Small(class, from) => match small_blocks(class, from, batch) {
            Some(next) => Place::Small(class, next),
            None => Place::Small(class + 1, 0),
        },
        Place::Middle(index, from) => {
            let add = &mut |seen: Live| batch.add(of_longer(&seen, DAM_MIDDLE));
            match middle::walk::visit_live(index, from, add) {
                None => Place::Large(0, 0),
                Some(middle::walk::END) => Place::Middle(index + 1, 0),
                Some(next) => Place::Middle(index, next),
            }
        }
        Place::Large(shard, _) if shard == large::walk::shards() => Place::End,
        Place::Large(shard, behind) => {
            let add = &mut |seen: Live| batch.add(of_longer(&seen, DAM_LARGE));
            match large::walk::visit_live(shard, behind, add) {
                Some(next) => Place::Large(shard, next),
                None => Place::Large(shard + 1, 0),
            }
        }
        Place::End => Place::End,
    }
}

/// Adds blocks of a class from slot `from` of its window on; where to go on, if there may be more.
fn small_blocks(class: usize, from: u32, batch: &mut Batch) -> Option<u32> {
    let mut number = from >> class::POOL_LOG2[class];
    while let Some(pool) = small::pool(class, number) {
        let first = number << class::POOL_LOG2[class];
        for slot in from.saturating_sub(first).max(1)..pool.reach.max(1) as u32 {
            if let Some((value, size)) = pool.live_at(slot as usize)
                && !batch.add(of_small(class, first, first + slot, value, size))
            {
                return Some(first + slot + 1);
            }
        }
        number += 1;
    }
    None
}

fn of_small(class: usize, first: u32, index: u32, value: u16, size: usize) -> dam_block_t {
    let window = window::of(class);
    dam_block_t {
        address: window.block(class, index).addr() as u64,
        requested: size as u64,
        bytes: u64::from(class::SLOT[class]),
        class_number: class as u32,
        kind: record::kind(value).map_or(3, |kind| u32::from(kind.plain_number())),
        pool: window.block(class, first).addr() as u64,
        ..EMPTY
    }
}

const EMPTY: dam_block_t = dam_block_t { size: size_of::<dam_block_t>() as u64, ..NO_BLOCK };

const NO_BLOCK: dam_block_t =
    dam_block_t { size: 0, address: 0, requested: 0, bytes: 0, class_number: 0, kind: 0, pool: 0 };

/// A block of the tier whose number instead of a class's this is.
fn of_longer(seen: &Live, class_number: u32) -> dam_block_t {
    dam_block_t {
        address: seen.address as u64,
        requested: seen.requested as u64,
        bytes: seen.bytes as u64,
        class_number,
        kind: u32::from(seen.kind.plain_number()),
        pool: seen.pool as u64,
        ..EMPTY
    }
}
