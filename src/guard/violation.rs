//! What was found, and what is done about it: a report, a counter, and the policy `on_violation`.

use core::ffi::CStr;
use core::fmt;

use crate::bits::Kind;
use crate::config::options::{ABORT, CONTINUE, ON_VIOLATION};
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sys::{self, probes};

use super::{events, recent, report, told};

/// The kinds of misuse. The names are stable: tools may search for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Violation {
    /// Bytes behind a block were written.
    HeapBufferOverflow,
    /// Bytes in front of a block were written.
    HeapBufferUnderflow,
    /// A block was freed that is free already.
    DoubleFree,
    /// A pointer was passed that is not the start of a block.
    InvalidFree,
    /// A sized free named another size.
    SizeMismatch,
    /// A block came by one door and goes by another: `new[]` and `free`.
    DeallocMismatch,
    /// A block was written after it was freed.
    UseAfterFree,
    /// The allocator's own data was changed from outside.
    MetadataCorruption,
}

impl Violation {
    /// All of them, in this order.
    pub const ALL: [Self; 8] = [
        Self::HeapBufferOverflow,
        Self::HeapBufferUnderflow,
        Self::DoubleFree,
        Self::InvalidFree,
        Self::SizeMismatch,
        Self::DeallocMismatch,
        Self::UseAfterFree,
        Self::MetadataCorruption,
    ];

    /// The stable name.
    pub fn name_for_c(self) -> &'static CStr {
        match self {
            Self::HeapBufferOverflow => c"heap-buffer-overflow",
            Self::HeapBufferUnderflow => c"heap-buffer-underflow",
            Self::DoubleFree => c"double-free",
            Self::InvalidFree => c"invalid-free",
            Self::SizeMismatch => c"size-mismatch",
            Self::DeallocMismatch => c"dealloc-mismatch",
            Self::UseAfterFree => c"use-after-free",
            Self::MetadataCorruption => c"metadata-corruption",
        }
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        self.name_for_c().to_str().unwrap_or_default()
    }
}

/// What the program was doing when the misuse was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `free`, `delete` and their like.
    Free,
    /// `realloc`.
    Realloc,
    /// `malloc_usable_size`.
    UsableSize,
    /// A slot or block was about to be used again.
    Reuse,
    /// `dam_check_heap`.
    Check,
}

impl Operation {
    /// As reports say it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Realloc => "realloc",
            Self::UsableSize => "malloc_usable_size",
            Self::Reuse => "reuse",
            Self::Check => "heap check",
        }
    }
}

/// Everything a report says.
pub struct Finding<'a> {
    /// What was found.
    pub violation: Violation,
    /// During what.
    pub operation: Operation,
    /// The pointer the program passed, or the block concerned.
    pub address: usize,
    /// The requested size of the block, where there is one.
    pub size: Option<usize>,
    /// Offset from `address` of the first damaged byte, and the bytes found from there on.
    pub damage: Option<(isize, &'a [u8])>,
    /// Where the block is and what is done, in words: `small slot 48, pool 3 quarantined`.
    pub place: core::fmt::Arguments<'a>,
}

/// What the way in by a door is called, and the way out.
fn ways(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Malloc => ("malloc", "free"),
        Kind::New => ("new", "delete"),
        Kind::NewArray => ("new[]", "delete[]"),
        Kind::AlignedNew => ("aligned new", "aligned delete"),
        Kind::AlignedNewArray => ("aligned new[]", "aligned delete[]"),
    }
}

/// By which doors a block came and goes, in words.
pub struct Doors(pub Kind, pub Kind);

impl fmt::Display for Doors {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (came, goes) = (ways(self.0).0, ways(self.1).1);
        write!(text, "allocated by {came}, freed by {goes}")
    }
}

static COUNT: AtomicU64 = AtomicU64::new(0);
static BY_NAME: [AtomicU64; Violation::ALL.len()] =
    [const { AtomicU64::new(0) }; Violation::ALL.len()];

/// Those of one name.
pub fn count_of(violation: Violation) -> u64 {
    BY_NAME[violation as usize].load(Relaxed)
}

/// Violations found since the process started.
pub fn count() -> u64 {
    COUNT.load(Relaxed)
}

/// Counts and reports a violation, damage of one block once; does not return unless the program is to go on after it.
#[cold]
#[inline(never)]
pub fn report(finding: &Finding<'_>) {
    let policy = ON_VIOLATION.get();
    let known = told::look_up(finding);
    let is_news = match &known {
        Ok(_news) => true,
        // Where the process ends now, the other thread's report comes first. Two of them are better than none.
        Err(old) => policy != CONTINUE && !old.wait(),
    };
    if is_news {
        BY_NAME[finding.violation as usize].fetch_add(1, Relaxed);
        let number = COUNT.fetch_add(1, Relaxed) + 1;
        probes::violation(finding.violation as usize, finding.address, finding.size.unwrap_or(0));
        report::tell(finding, number);
        recent::note(finding, number);
        events::note(finding);
    }
    drop(known);
    if policy == CONTINUE {
        return;
    }
    // The thread will not come to the end of its slow path.
    events::tell();
    if policy == ABORT { sys::abort() } else { sys::trap() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_stand_at_the_places_of_their_numbers() {
        let numbers = Violation::ALL.map(|violation| violation as usize);
        assert_eq!(numbers, [0, 1, 2, 3, 4, 5, 6, 7]);
    }
}
