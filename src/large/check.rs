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
    registry::shards().map(|shard| check_shard(shard, report)).sum()
}

fn check_shard(shard: usize, report: bool) -> usize {
    let mut faults = 0;
    let mut found = |fault: Fault| {
        faults += 1;
        if report {
            fault.report();
        }
    };
    // The lock is taken anew for each fault, and is free while that is reported. Meanwhile entries come, go and
    // change places; so they are taken by their addresses.
    let mut behind = 0;
    loop {
        let fault = registry::with_shard(shard, |table| next_fault(shard, table, behind));
        let Some((address, fault)) = fault else { break };
        found(fault);
        behind = address;
    }
    if let Some(fault) = registry::with_shard(shard, |table| fault_of_lists(shard, table)) {
        found(fault);
    }
    faults
}

/// Verifies one block; false, after a report, where there is none or it is damaged.
pub fn check_block(block: *mut u8) -> bool {
    // SAFETY: LARGE-3: `with` holds the shard's lock.
    let found =
        registry::with(block.addr(), |entry| (*entry, unsafe { verify::judge(entry, None) }));
    match found {
        Some((_, Verdict::Sound)) => return true,
        Some((entry, verdict)) => verify::report_block(&entry, verdict, Check),
        None => verify::report_unknown(block.addr(), Check),
    }
    false
}

/// What is wrong, until it can be reported.
enum Fault {
    /// A block.
    Block(Entry, Verdict),
    /// What the tier says of the block at this address.
    Corruption(usize, &'static str),
}

impl Fault {
    fn report(&self) {
        match *self {
            Self::Block(ref entry, verdict) => verify::report_block(entry, verdict, Check),
            Self::Corruption(address, what) => verify::report_corruption(address, Check, what),
        }
    }
}

/// The first fault of a block at an address beyond `behind`, and that. The shard is locked.
fn next_fault(shard: usize, table: &Table, behind: usize) -> Option<(usize, Fault)> {
    let entries = table.iter().filter(|entry| entry.mapping.address > behind);
    let faults = entries.filter_map(|entry| Some((entry.mapping.address, fault_of(entry, shard)?)));
    faults.min_by_key(|&(address, _)| address)
}

/// What is wrong with one block. Its shard is locked.
fn fault_of(entry: &Entry, shard: usize) -> Option<Fault> {
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
        return Some(Fault::Corruption(at.address, "its entry contradicts itself"));
    }
    if entry.state != State::Live {
        return None;
    }
    // SAFETY: LARGE-3: the caller holds the shard's lock.
    match unsafe { verify::judge(entry, None) } {
        Verdict::Sound => None,
        verdict => Some(Fault::Block(*entry, verdict)),
    }
}

/// The first contradiction between what the warm cache and the quarantine say of blocks of one shard, which is locked,
/// and their entries: a block in a list is freed, and enters and leaves it in that state.
fn fault_of_lists(shard: usize, table: &mut Table) -> Option<Fault> {
    let mut fault = None;
    let mut freed = |address, start, len| {
        if !registry::belongs(address, shard) {
            return;
        }
        let entry = table.find_mut(address).map(|entry| (entry.state, entry.mapping));
        let agrees = entry.is_some_and(|(state, mapping)| {
            state == State::Freed && mapping.start == start && mapping.len == len
        });
        if !agrees {
            let what = "a list of freed blocks and its entry contradict each other";
            fault.get_or_insert(Fault::Corruption(address, what));
        }
    };
    let warm = warm::for_each(&mut |item| freed(item.address, item.start, item.len));
    let cold = quarantine::for_each(&mut |item| freed(item.address, item.start, item.len));
    if !(warm && cold) {
        fault.get_or_insert(Fault::Corruption(0, "the sum over the freed blocks is wrong"));
    }
    fault
}
