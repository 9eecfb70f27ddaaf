//! The blocks that the program has, for those who want to see all of them.

use crate::bits::Kind;

use super::registry;
use super::table::{Entry, State};

/// A live block.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Its address.
    pub address: usize,
    /// Bytes it was asked for.
    pub requested: usize,
    /// Bytes it takes up: its accessible pages.
    pub bytes: usize,
    /// The door it came by.
    pub kind: Kind,
}

impl Seen {
    const NONE: Self = Self { address: 0, requested: 0, bytes: 0, kind: Kind::Malloc };

    fn of(entry: &Entry) -> Self {
        let (requested, kind) = (entry.requested, entry.kind);
        Self { address: entry.mapping.address, requested, bytes: entry.mapping.accessible(), kind }
    }
}

/// Blocks that are taken at once.
const BATCH: usize = 32;

/// How many parts the tier's registry has.
pub fn shards() -> usize {
    registry::shards().len()
}

/// Visits live blocks of a part of the registry at addresses beyond `behind`, the lowest first, as long as `visit` says so;
/// no lock is held then. Where to go on; `None`: there are no more.
pub fn visit_live(
    shard: usize,
    mut behind: usize,
    visit: &mut dyn FnMut(Seen) -> bool,
) -> Option<usize> {
    loop {
        let (batch, count) = lowest(shard, behind);
        for seen in &batch[..count] {
            behind = seen.address;
            if !visit(*seen) {
                return Some(behind);
            }
        }
        if count < BATCH {
            return None;
        }
    }
}

/// The live blocks of the lowest addresses beyond `behind`.
fn lowest(shard: usize, behind: usize) -> ([Seen; BATCH], usize) {
    let (mut batch, mut count) = ([Seen::NONE; BATCH], 0);
    registry::with_shard(shard, |table| {
        let live = |entry: &&Entry| matches!(entry.state, State::Live | State::Resizing);
        for entry in table.iter().filter(live) {
            let seen = Seen::of(entry);
            if seen.address <= behind || count == BATCH && seen.address > batch[count - 1].address {
                continue;
            }
            let at = batch[..count].partition_point(|other| other.address < seen.address);
            count = (count + 1).min(BATCH);
            batch[at..count].rotate_right(1);
            batch[at] = seen;
        }
    });
    (batch, count)
}
