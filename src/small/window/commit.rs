//! Memory for a class's next pools: their slots, records and descriptors.

use core::ptr;

use crate::bits::{PAGE, align_down, align_up};
use crate::space;
use crate::sync::atomic::Ordering;

use super::super::class;
use super::super::pool;
use super::super::record::Record;
use super::{FIRST, Growth, Window, line_of_records};

impl Window {
    /// Tells how many pools are committed, for those who take no lock.
    pub(super) fn tell(&self, growth: &Growth) {
        self.held.store(growth.committed - growth.given_up, Ordering::Relaxed);
        self.made.store(growth.committed, Ordering::Relaxed);
    }

    /// Commits the next pools: a quarter of what the class has, at most 2 MiB at once.
    pub(super) fn commit(&self, class: usize, growth: &mut Growth) -> bool {
        let room = self.limit.load(Ordering::Relaxed) - growth.committed;
        let at_once = ((2 << 20) / class::pool_bytes(class)) as u32;
        let wanted = (growth.committed / 4).min(at_once).max(1);
        for count in [wanted.min(room), 1.min(room)] {
            if count > 0 && self.commit_pools(class, growth, count) {
                growth.committed += count;
                self.tell(growth);
                return true;
            }
        }
        false
    }

    fn commit_pools(&self, class: usize, growth: &mut Growth, count: u32) -> bool {
        let (from, count) = (growth.committed as usize, count as usize);
        let bytes = class::pool_bytes(class);
        let records = (from + count) * class::pool_slots(class) * size_of::<Record>();
        let line = line_of_records(class);
        let descriptors = (from + count).saturating_sub(FIRST) * pool::descriptor_bytes(class);
        let pools = self.base() + from * bytes;
        let start = self.records().expose_provenance() - line;
        commit_ahead(start, &mut growth.records, line + records)
            && commit_ahead(
                self.descriptors.load(Ordering::Relaxed),
                &mut growth.descriptors,
                descriptors,
            )
            && space::commit(ptr::with_exposed_provenance_mut(pools), count * bytes).is_ok()
    }
}

/// Commits `[start, start + needed)` and some more, beyond the `done` bytes that are.
fn commit_ahead(start: usize, done: &mut usize, needed: usize) -> bool {
    if needed <= *done {
        return true;
    }
    let to = align_up(needed, PAGE) + align_down(needed / 4, PAGE);
    let at = ptr::with_exposed_provenance_mut(start + *done);
    let committed = space::commit(at, to - *done).is_ok();
    if committed {
        *done = to;
    }
    committed
}
