//! The walk over everything the tier knows.

use crate::bits::{PAGE, is_aligned};
use crate::config::limits::CANARY;
use crate::guard::Operation::Check;

use super::mapping::Own;
use super::table::{Entry, State, Table};
use super::verify::{self, Verdict};
use super::{quarantine, registry, warm};

/// Verifies every block, entry and list; reports each fault if `report`. The number of faults.
pub fn check(report: bool) -> usize {
    let mut faults = Faults { report, count: 0 };
    registry::for_each_shard(&mut |shard, table| {
        for entry in table.iter() {
            faults.entry(entry, shard);
        }
        faults.lists(shard, table);
    });
    faults.count
}

struct Faults {
    report: bool,
    count: usize,
}

impl Faults {
    /// One entry, its shard locked.
    fn entry(&mut self, entry: &Entry, shard: usize) {
        let at = entry.mapping;
        let canary = if at.own == Own::No { CANARY } else { 0 };
        let fits = is_aligned(at.first(), PAGE)
            && is_aligned(at.accessible(), PAGE)
            && entry.requested + canary <= at.inner
            && at.start <= at.first()
            && at.address + at.inner <= at.start + at.len
            && (!at.guarded || at.has_guards())
            && registry::belongs(at.address, shard);
        if !fits {
            return self.corruption(at.address, "its entry contradicts itself");
        }
        if entry.state != State::Live {
            return;
        }
        // SAFETY: LARGE-3: `check` holds the shard's lock.
        let verdict = unsafe { verify::judge(entry, None) };
        if !matches!(verdict, Verdict::Sound) {
            self.count += 1;
            if self.report {
                verify::report_block(entry, verdict, Check);
            }
        }
    }

    /// What the warm cache and the quarantine say of blocks of one shard, which is locked: a block
    /// in a list is freed, and enters and leaves it in that state.
    fn lists(&mut self, shard: usize, table: &mut Table) {
        let mut freed = |address, start, len| {
            if !registry::belongs(address, shard) {
                return;
            }
            let entry = table.find_mut(address).map(|entry| (entry.state, entry.mapping));
            let agrees = entry.is_some_and(|(state, mapping)| {
                state == State::Freed && mapping.start == start && mapping.len == len
            });
            if !agrees {
                self.corruption(
                    address,
                    "a list of freed blocks and its entry contradict each other",
                );
            }
        };
        let warm = warm::for_each(&mut |item| freed(item.address, item.start, item.len));
        let cold = quarantine::for_each(&mut |item| freed(item.address, item.start, item.len));
        if !(warm && cold) {
            self.corruption(0, "the sum over the freed blocks is wrong");
        }
    }

    fn corruption(&mut self, address: usize, what: &str) {
        self.count += 1;
        if self.report {
            verify::report_corruption(address, Check, what);
        }
    }
}
