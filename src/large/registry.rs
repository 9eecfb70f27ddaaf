//! Every block of the tier by its address, in shards with a lock each.

use crate::sync::{Guard, Lock};

use super::table::{self, Entry, Table};

const SHARD_BITS: u32 = 4;
const SHARDS: usize = 1 << SHARD_BITS;

/// A shard on cache lines of its own.
#[repr(align(128))]
struct Shard(Lock<Table>);

static REGISTRY: [Shard; SHARDS] = [const { Shard(Lock::new(Table::new())) }; SHARDS];

fn shard_of(address: usize) -> usize {
    (table::hash(address) >> (u64::BITS - SHARD_BITS)) as usize
}

/// Runs `act` on the entry of the block at `address`, with its shard locked. `None` when no block
/// starts there. Never touches the memory at `address`.
pub fn with<R>(address: usize, act: impl FnOnce(&mut Entry) -> R) -> Option<R> {
    lock(shard_of(address)).find_mut(address).map(act)
}

/// Adds a block. `false` when there is no memory for its entry.
pub fn insert(entry: Entry) -> bool {
    lock(shard_of(entry.mapping.address)).insert(entry)
}

/// Forgets the block at `address`. Its range may then be unmapped (LARGE-3).
pub fn remove(address: usize) -> Option<Entry> {
    lock(shard_of(address)).remove(address)
}

/// Forgets the block at `address` if its entry passes `test`.
pub fn remove_if(address: usize, test: impl FnOnce(&Entry) -> bool) {
    let mut table = lock(shard_of(address));
    if table.find_mut(address).is_some_and(|entry| test(entry)) {
        table.remove(address);
    }
}

/// The block in whose range, guard pages included, `address` lies. For reports only: it looks at
/// every block there is.
#[cold]
pub fn find_around(address: usize) -> Option<Entry> {
    (0..SHARDS).find_map(|shard| {
        let table = lock(shard);
        let around = |entry: &&Entry| {
            let range = entry.mapping;
            address.wrapping_sub(range.start) < range.len
        };
        table.iter().find(around).copied()
    })
}

/// Calls `visit` with each shard while it is locked.
pub fn for_each_shard(visit: &mut dyn FnMut(usize, &mut Table)) {
    for shard in 0..SHARDS {
        visit(shard, &mut lock(shard));
    }
}

/// Whether the block at `address` belongs into this shard.
pub fn belongs(address: usize, shard: usize) -> bool {
    shard_of(address) == shard
}

fn lock(shard: usize) -> Guard<'static, Table> {
    REGISTRY[shard].0.lock()
}
