//! Whether a block is what the program takes it for, and the reports when it is not.

use crate::bits::Kind;
use crate::config::options::MISMATCH;
use crate::guard::violation::report;
use crate::guard::{Doors, Finding, Operation, Violation};

use super::fence::{self, Damage};
use super::mapping::Own;
use super::registry;
use super::table::{Entry, State};

/// What a look at a block found.
#[derive(Clone, Copy)]
pub enum Verdict {
    /// Live and undamaged.
    Sound,
    /// Not the program's to use.
    NotLive,
    /// The canary was changed.
    Damaged(Damage),
    /// The program names another size than the block has.
    WrongSize(usize),
}

/// Looks at a block; `size` is what the program says its size is.
///
/// # Safety
/// The entry is in the registry and its shard is locked.
pub unsafe fn judge(entry: &Entry, size: Option<usize>) -> Verdict {
    if entry.state != State::Live {
        return Verdict::NotLive;
    }
    // SAFETY: LARGE-3, LARGE-4: the block is live, so its canary is mapped.
    if let Some(damage) = unsafe { fence::damage(&entry.mapping, entry.requested) } {
        return Verdict::Damaged(damage);
    }
    match size {
        Some(claimed) if claimed != entry.requested => Verdict::WrongSize(claimed),
        _ => Verdict::Sound,
    }
}

/// Reports what `judge` found of a block that `operation` was asked for; `entry` is in the state it
/// has got by that.
#[cold]
#[inline(never)]
pub fn report_block(entry: &Entry, verdict: Verdict, operation: Operation) {
    let address = entry.mapping.address;
    let fate = if entry.state == State::Quarantined { "quarantined" } else { "left as it is" };
    let block = noun(entry);
    let finding = |violation, damage, place| Finding {
        violation,
        operation,
        address,
        size: Some(entry.requested),
        damage,
        place,
    };
    match verdict {
        Verdict::Sound => {}
        Verdict::NotLive => report_not_live(entry, operation),
        Verdict::Damaged(damage) => report(&finding(
            match damage.offset {
                ..0 => Violation::HeapBufferUnderflow,
                _ => Violation::HeapBufferOverflow,
            },
            Some((damage.offset, damage.found())),
            format_args!("{block}, {fate}"),
        )),
        Verdict::WrongSize(claimed) => report(&finding(
            Violation::SizeMismatch,
            None,
            format_args!("freed as {claimed} bytes; {block}"),
        )),
    }
}

/// What to call a block.
fn noun(entry: &Entry) -> &'static str {
    match entry.mapping.own {
        Own::No => "large block",
        _ => "block with pages of its own",
    }
}

/// Reports, if so asked, a block that goes by another door than it came by.
#[cold]
#[inline(never)]
pub fn report_doors(entry: &Entry, goes: Kind, operation: Operation) {
    if MISMATCH.is_on() {
        report(&Finding {
            violation: Violation::DeallocMismatch,
            operation,
            address: entry.mapping.address,
            size: Some(entry.requested),
            damage: None,
            place: format_args!("{}; {}", Doors(entry.kind, goes), noun(entry)),
        });
    }
}

fn report_not_live(entry: &Entry, operation: Operation) {
    let block = noun(entry);
    let gives_back = matches!(operation, Operation::Free | Operation::Realloc);
    let state = match entry.state {
        State::Resizing => " that another thread is resizing",
        State::Quarantined => ", freed before and found damaged then",
        State::Live | State::Freed => ", freed before",
    };
    report(&Finding {
        violation: if gives_back { Violation::DoubleFree } else { Violation::InvalidFree },
        operation,
        address: entry.mapping.address,
        size: Some(entry.requested),
        damage: None,
        place: format_args!("{block}{state}"),
    });
}

/// Reports an address at which no block of the tier starts, and names the block it is in or by.
#[cold]
#[inline(never)]
pub fn report_unknown(address: usize, operation: Operation) {
    let finding = |place| Finding {
        violation: Violation::InvalidFree,
        operation,
        address,
        size: None,
        damage: None,
        place,
    };
    let Some(entry) = registry::find_around(address) else {
        return report(&finding(format_args!("no block starts there")));
    };
    let block = noun(&entry);
    let (start, size) = (entry.mapping.address, entry.requested);
    let freed = if matches!(entry.state, State::Live | State::Resizing) { "" } else { "freed " };
    if address < start {
        let before = start - address;
        return report(&finding(format_args!(
            "{before} bytes in front of the {freed}{block} of {size} bytes at {start:#x}"
        )));
    }
    let offset = address - start;
    report(&finding(format_args!(
        "at offset {offset} of the {freed}{block} of {size} bytes at {start:#x}"
    )));
}

/// Reports that the tier's own data contradict each other.
#[cold]
#[inline(never)]
pub fn report_corruption(address: usize, operation: Operation, what: &str) {
    report(&Finding {
        violation: Violation::MetadataCorruption,
        operation,
        address,
        size: None,
        damage: None,
        place: format_args!("large block, {what}"),
    });
}
