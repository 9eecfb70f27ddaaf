//! The blocks that the program has, for those who want to see all of them.

use crate::bits::Kind;
use crate::space::Live;

use super::registry;
use super::table::{Entry, State};

const NONE: Live = Live { address: 0, requested: 0, bytes: 0, kind: Kind::Malloc, pool: 0 };

fn of(entry: &Entry) -> Live {
    let (address, bytes) = (entry.mapping.address, entry.mapping.accessible());
    Live { address, requested: entry.requested, bytes, kind: entry.kind, pool: address }
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
    visit: &mut dyn FnMut(Live) -> bool,
) -> Option<usize> {
    let mut batch = [NONE; BATCH];
    loop {
        let count = lowest(shard, behind, &mut batch);
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

/// Shows first byte and length of each block's range, also of those that were freed and are kept. A part of the registry is
/// locked meanwhile.
pub fn visit_ranges(visit: &mut dyn FnMut(usize, usize)) {
    for shard in 0..shards() {
        registry::with_shard(shard, |table| {
            table.iter().for_each(|entry| visit(entry.mapping.start, entry.mapping.len));
        });
    }
}

/// Puts the live blocks of the lowest addresses beyond `behind` into the batch; how many.
fn lowest(shard: usize, behind: usize, batch: &mut [Live; BATCH]) -> usize {
    let mut count = 0;
    registry::with_shard(shard, |table| {
        let live = |entry: &&Entry| matches!(entry.state, State::Live | State::Resizing);
        for entry in table.iter().filter(live) {
            let seen = of(entry);
            if seen.address <= behind || count == BATCH && seen.address > batch[count - 1].address {
                continue;
            }
            let at = batch[..count].partition_point(|other| other.address < seen.address);
            count = (count + 1).min(BATCH);
            batch[at..count].rotate_right(1);
            batch[at] = seen;
        }
    });
    count
}
