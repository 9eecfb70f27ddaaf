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

/// The entry of the block at `address`, if its shard is not locked.
pub fn try_entry(address: usize) -> Option<Entry> {
    REGISTRY[shard_of(address)].0.try_lock()?.find_mut(address).copied()
}

/// Adds a block. `false` when there is no memory for its entry.
pub fn insert(entry: Entry) -> bool {
    lock(shard_of(entry.mapping.address)).insert(entry)
}

/// Forgets the block at `address`. Its range may then be unmapped (LARGE-3).
pub fn remove(address: usize) -> Option<Entry> {
    lock(shard_of(address)).remove(address)
}

/// Forgets the block at `address`, which is about to leave its addresses, and keeps its place for
/// [`come_back`] or [`stay_away`].
pub fn leave(address: usize) {
    lock(shard_of(address)).remove_keeping_place(address);
}

/// Adds a block, by the same or another entry than before, at the address it was to leave.
pub fn come_back(entry: Entry) {
    lock(shard_of(entry.mapping.address)).insert_in_kept_place(entry);
}

/// Gives up the place of a block that has left `address`.
pub fn stay_away(address: usize) {
    lock(shard_of(address)).give_place_up();
}

/// Keeps a place for a block wherever it may come to lie, for [`settle`]. `false` when there is no
/// memory for that.
pub fn keep_place_anywhere() -> bool {
    let kept = (0..SHARDS).take_while(|&shard| lock(shard).keep_place()).count();
    if kept < SHARDS {
        (0..kept).for_each(|shard| lock(shard).give_place_up());
    }
    kept == SHARDS
}

/// Adds a block, and gives up the other places that were kept for it.
pub fn settle(entry: Entry) {
    let home = shard_of(entry.mapping.address);
    lock(home).insert_in_kept_place(entry);
    (0..SHARDS).filter(|&shard| shard != home).for_each(|shard| lock(shard).give_place_up());
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

/// The shards' numbers.
pub fn shards() -> core::ops::Range<usize> {
    0..SHARDS
}

/// Runs `look` on a shard while it is locked.
pub fn with_shard<R>(shard: usize, look: impl FnOnce(&mut Table) -> R) -> R {
    look(&mut lock(shard))
}

/// Whether the block at `address` belongs into this shard.
pub fn belongs(address: usize, shard: usize) -> bool {
    shard_of(address) == shard
}

fn lock(shard: usize) -> Guard<'static, Table> {
    REGISTRY[shard].0.lock()
}
