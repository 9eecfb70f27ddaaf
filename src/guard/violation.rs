//! What was found, and what is done about it: one line on standard error, a counter, and the
//! policy `on_violation`.

use core::fmt::Write;

use crate::config::options::ON_VIOLATION;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sys::{self, Line};

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
    /// A block was freed by another door than it came by.
    DeallocMismatch,
    /// A freed block was written to.
    UseAfterFree,
    /// The allocator's own data was changed from outside.
    MetadataCorruption,
}

impl Violation {
    /// The stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::HeapBufferOverflow => "heap-buffer-overflow",
            Self::HeapBufferUnderflow => "heap-buffer-underflow",
            Self::DoubleFree => "double-free",
            Self::InvalidFree => "invalid-free",
            Self::SizeMismatch => "size-mismatch",
            Self::DeallocMismatch => "dealloc-mismatch",
            Self::UseAfterFree => "use-after-free",
            Self::MetadataCorruption => "metadata-corruption",
        }
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
    fn name(self) -> &'static str {
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

static COUNT: AtomicU64 = AtomicU64::new(0);

/// Violations found since the process started.
pub fn count() -> u64 {
    COUNT.load(Relaxed)
}

/// Counts and reports a violation; with `on_violation=abort` does not return.
#[cold]
#[inline(never)]
pub fn report(finding: &Finding<'_>) {
    COUNT.fetch_add(1, Relaxed);
    let mut line: Line<512> = Line::new();
    describe(&mut line, finding);
    // One write call for the whole line: lines of several threads do not mix.
    line.write_to(2);
    if ON_VIOLATION.get() == 1 {
        sys::abort();
    }
}

fn describe(line: &mut Line<512>, finding: &Finding<'_>) {
    // Writing to a `Line` cannot fail; what does not fit is cut.
    let (name, operation) = (finding.violation.name(), finding.operation.name());
    let _ = write!(line, "DAM: {name}: {operation} of {:#x}: ", finding.address);
    if let Some(size) = finding.size {
        let _ = write!(line, "block of {size} bytes, ");
    }
    if let Some((offset, bytes)) = finding.damage {
        let _ = write!(line, "first damaged byte at offset {offset}, found");
        for byte in bytes {
            let _ = write!(line, " {byte:02x}");
        }
        let _ = write!(line, "; ");
    }
    let _ = line.write_fmt(finding.place);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_as_documented() {
        let mut line = Line::new();
        describe(
            &mut line,
            &Finding {
                violation: Violation::HeapBufferOverflow,
                operation: Operation::Free,
                address: 0x1000,
                size: Some(40),
                damage: Some((40, &[0x41, 0])),
                place: format_args!("small slot {}", 48),
            },
        );
        assert_eq!(
            core::str::from_utf8(line.bytes()).unwrap(),
            "DAM: heap-buffer-overflow: free of 0x1000: block of 40 bytes, \
             first damaged byte at offset 40, found 41 00; small slot 48"
        );
    }
}
