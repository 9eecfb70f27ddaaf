//! Whether a block is what the program takes it for, and the reports when it is not.

use crate::config::limits::CANARY;
use crate::guard::violation::report;
use crate::guard::{Finding, Operation, Violation, canary};

use super::mapping::pointer;
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

/// The changed part of a canary.
#[derive(Clone, Copy)]
pub struct Damage {
    /// The canary's bytes as found.
    found: [u8; CANARY],
    /// The first changed one.
    first: usize,
}

/// Looks at a block; `size` is what the program says its size is.
///
/// # Safety
/// The entry is in the registry and its shard is locked.
pub unsafe fn judge(entry: &Entry, size: Option<usize>) -> Verdict {
    if entry.state != State::Live {
        return Verdict::NotLive;
    }
    let end: *const u8 = pointer(entry.mapping.address + entry.requested);
    // SAFETY: LARGE-3, LARGE-4: the block is live, so its canary is mapped.
    if let Some(first) = unsafe { canary::first_damage(end) } {
        // SAFETY: LARGE-3, LARGE-4, as above.
        let found = unsafe { end.cast::<[u8; CANARY]>().read() };
        return Verdict::Damaged(Damage { found, first });
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
            Violation::HeapBufferOverflow,
            Some(((entry.requested + damage.first) as isize, &damage.found[damage.first..])),
            format_args!("large block, {fate}"),
        )),
        Verdict::WrongSize(claimed) => report(&finding(
            Violation::SizeMismatch,
            None,
            format_args!("freed as {claimed} bytes; large block"),
        )),
    }
}

fn report_not_live(entry: &Entry, operation: Operation) {
    let gives_back = matches!(operation, Operation::Free | Operation::Realloc);
    let state = match entry.state {
        State::Resizing => "large block that another thread is resizing",
        State::Quarantined => "large block, freed before and found damaged then",
        State::Live | State::Freed => "large block, freed before",
    };
    report(&Finding {
        violation: if gives_back { Violation::DoubleFree } else { Violation::InvalidFree },
        operation,
        address: entry.mapping.address,
        size: Some(entry.requested),
        damage: None,
        place: format_args!("{state}"),
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
    let (start, size) = (entry.mapping.address, entry.requested);
    let freed = if matches!(entry.state, State::Live | State::Resizing) { "" } else { "freed " };
    if address < start {
        let before = start - address;
        return report(&finding(format_args!(
            "{before} bytes in front of the {freed}large block of {size} bytes at {start:#x}"
        )));
    }
    let offset = address - start;
    report(&finding(format_args!(
        "at offset {offset} of the {freed}large block of {size} bytes at {start:#x}"
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
