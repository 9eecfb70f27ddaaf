//! Run-time options: `DAM_OPTIONS="key=value:key=value"`, one table.
//!
//! `profile` chooses a value for every option; what is said of a single option goes over that, in
//! whatever order. Parsing allocates nothing and never fails: what is not understood is handed to the
//! caller's `complain` and skipped.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::limits::DECAY_MS;
use super::text::Text;

/// One option: its name, the values it takes and the meaning, for messages and documentation.
pub struct OptionSpec {
    /// The key as written in `DAM_OPTIONS`.
    pub name: &'static str,
    /// The words it takes; empty when it takes a number. The position is the stored value.
    pub words: &'static [&'static str],
    /// What it does.
    pub help: &'static str,
    /// Its value in each profile, in the order of [`PROFILE`]'s words.
    pub values: [u32; 4],
    value: AtomicU32,
}

impl OptionSpec {
    /// One with the same value in every profile.
    const fn new(
        name: &'static str,
        words: &'static [&'static str],
        value: u32,
        help: &'static str,
    ) -> Self {
        Self::by_profile(name, words, [value; 4], help)
    }

    /// One with a value for each profile: fast, default, hardened, paranoid.
    const fn by_profile(
        name: &'static str,
        words: &'static [&'static str],
        values: [u32; 4],
        help: &'static str,
    ) -> Self {
        Self { name, words, help, values, value: AtomicU32::new(values[DEFAULT]) }
    }

    /// The value in force: the position of the word, or the number.
    #[inline]
    pub fn get(&self) -> u32 {
        self.value.load(Relaxed)
    }

    /// Whether a switch is on.
    #[inline]
    pub fn is_on(&self) -> bool {
        self.get() != 0
    }

    /// The value when nothing is said.
    pub fn default_value(&self) -> u32 {
        self.values[DEFAULT]
    }

    /// Sets the value (tests, and `mallopt`).
    pub fn set(&self, value: u32) {
        self.value.store(value, Relaxed);
    }

    fn parse(&self, text: &[u8]) -> Option<u32> {
        if self.words.is_empty() {
            return parse_number(text);
        }
        self.words.iter().position(|word| word.as_bytes() == text).map(|at| at as u32)
    }
}

const SWITCH: &[&str] = &["0", "1"];
/// The profile without a word said.
const DEFAULT: usize = 1;

/// The values of all options at once.
pub static PROFILE: OptionSpec = OptionSpec::new(
    "profile",
    &["fast", "default", "hardened", "paranoid"],
    DEFAULT as u32,
    "the values of all options that are not set by themselves",
);

/// After a violation: go on with what is damaged in quarantine, or end the process.
pub static ON_VIOLATION: OptionSpec = OptionSpec::by_profile(
    "on_violation",
    &["continue", "abort", "trap"],
    [CONTINUE, CONTINUE, ABORT, ABORT],
    "after a violation: go on with the pool in quarantine, abort (SIGABRT), or trap (SIGTRAP, no handler asked)",
);
/// See [`ON_VIOLATION`].
pub const CONTINUE: u32 = 0;
/// See [`ON_VIOLATION`].
pub const ABORT: u32 = 1;

/// A block that came by one door and goes by another (`new` and `free`, `new[]` and `delete`).
pub static MISMATCH: OptionSpec = OptionSpec::by_profile(
    "mismatch",
    &["count", "report"],
    [0, 0, 1, 1],
    "a block freed by another door than it came by (new and free): count it, or report it",
);
/// Guard pages between the pools of the small tier.
pub static GUARD_PAGES: OptionSpec = OptionSpec::by_profile(
    "guard_pages",
    SWITCH,
    [0, 1, 1, 1],
    "a page that faults behind every pool of small blocks",
);
/// How guard pages are made.
pub static GUARD_METHOD: OptionSpec = OptionSpec::new(
    "guard_method",
    &["auto", "marker", "mapping"],
    0,
    "guard pages by the kernel's markers (Linux 6.13), by mappings of their own, or by what there is",
);
/// The pages of freed large blocks stay ready for reuse.
pub static WARM_LARGE: OptionSpec = OptionSpec::by_profile(
    "warm_large",
    &["0", "1", "moved"],
    [1, 1, MOVED, 0],
    "freed blocks beyond 8 MiB (hardened: 256 KiB) keep their pages for a while, to be used again: 1, where they are, and accessible; moved, cleared and at other addresses",
);
/// See [`WARM_LARGE`].
pub const MOVED: u32 = 2;
/// Address space of freed large blocks that stays inaccessible.
pub static QUARANTINE_MIB: OptionSpec = OptionSpec::by_profile(
    "quarantine_mib",
    &[],
    [0, 4096, 4096, 16384],
    "MiB of address space of freed large blocks that stay inaccessible before they can be used again",
);
/// Freed blocks are cleared, and must be clear when used again.
pub static ZERO_ON_FREE: OptionSpec = OptionSpec::by_profile(
    "zero_on_free",
    SWITCH,
    [0, 0, 1, 1],
    "freed blocks are cleared, and verified to be so when they are used again",
);
/// All bytes between a block's end and its slot's are canary.
pub static FILL_SLACK: OptionSpec = OptionSpec::by_profile(
    "fill_slack",
    SWITCH,
    [0, 0, 1, 1],
    "all bytes from a block's end to its slot's are canary, not the first eight alone",
);
/// Which free slot serves a request is drawn by lot.
pub static RANDOM_SLOTS: OptionSpec = OptionSpec::by_profile(
    "random_slots",
    SWITCH,
    [0, 0, 1, 1],
    "which of a thread's free slots serves a request is drawn by lot, and where pools lie",
);
/// Freed blocks that wait before they may serve again.
pub static DELAY_KIB: OptionSpec = OptionSpec::by_profile(
    "delay_kib",
    &[],
    [0, 0, 64, 64],
    "KiB of freed blocks per thread that wait before they may be used again",
);
/// One canary for the process, or another for each word of memory.
pub static CANARIES: OptionSpec = OptionSpec::by_profile(
    "canaries",
    &["process", "address"],
    [0, 0, 1, 1],
    "one secret canary for the whole process, or another one for every eight bytes of memory",
);
/// Each slow path also looks at the blocks of the one before it.
pub static PATROL: OptionSpec = OptionSpec::by_profile(
    "patrol",
    SWITCH,
    [0, 1, 1, 1],
    "slow paths (hardened: all) also look at the blocks that the thread made and freed last there",
);
/// A few frees are treated as the hardened profile treats all.
pub static SAMPLE_FREES: OptionSpec = OptionSpec::by_profile(
    "sample_frees",
    SWITCH,
    [0, 1, 0, 0],
    "a few of the frees that take a slow path are cleared, wait, and must be clear when used again",
);
/// A sample of the small blocks is followed from birth to death.
pub static SAMPLE_LIFETIMES: OptionSpec = OptionSpec::new(
    "sample_lifetimes",
    SWITCH,
    0,
    "measure how long small blocks live, by a sample of a hundred a second at the most",
);
/// Every block on pages of its own.
pub static OWN_PAGES: OptionSpec = OptionSpec::by_profile(
    "own_pages",
    SWITCH,
    [0, 0, 0, 1],
    "every block on pages of its own, at a guard page, until the system has no more mappings",
);
/// Which end of a block lies at a guard page, where it has pages of its own.
pub static GUARD: OptionSpec = OptionSpec::new(
    "guard",
    &["end", "front"],
    0,
    "which end of a block with pages of its own lies at the guard page",
);
/// A heap check when the process exits.
pub static CHECK_AT_EXIT: OptionSpec =
    OptionSpec::new("check_at_exit", SWITCH, 0, "check the whole heap at exit");
/// A search for leaks when the process exits.
pub static LEAKS_AT_EXIT: OptionSpec =
    OptionSpec::new("leaks_at_exit", SWITCH, 0, "report blocks that nothing points to at exit");
/// A heap check now and then.
pub static CHECK_EVERY: OptionSpec = OptionSpec::new(
    "check_every",
    &[],
    0,
    "check the whole heap every so many milliseconds, in whichever thread comes by; 0: never",
);
/// The form of reports.
pub static REPORT: OptionSpec = OptionSpec::new(
    "report",
    &["text", "json"],
    0,
    "reports as lines for people, or as one line of JSON each",
);
/// How many reports are written.
pub static MAX_REPORTS: OptionSpec = OptionSpec::new(
    "max_reports",
    &[],
    1000,
    "reports that are written; further violations are counted alone",
);
/// Where reports go.
pub static REPORT_TO: Text = Text::new(
    "report_to",
    "a file for the reports instead of standard error; the process's number is added to its name",
);

/// `malloc(0)`: a unique pointer that faults when touched, or NULL.
pub static ZERO_SIZE: OptionSpec = OptionSpec::new(
    "zero_size",
    &["unique", "null"],
    0,
    "malloc(0) returns a unique pointer that faults when touched, or NULL",
);
/// Prints the statistics when the process exits.
pub static STATS_AT_EXIT: OptionSpec =
    OptionSpec::new("stats_at_exit", SWITCH, 0, "print the statistics to stderr at exit");
/// Milliseconds until free pages go back to the system.
pub static DECAY: OptionSpec = OptionSpec::new(
    "decay_ms",
    &[],
    DECAY_MS,
    "milliseconds until free pages go back to the system; 0: at once",
);
/// The soft limit of the bytes in use.
pub static SOFT_LIMIT: OptionSpec = OptionSpec::new(
    "soft_limit",
    &[],
    0,
    "MiB in use beyond which memory is given back and the program is told; 0: no limit",
);
/// The hard limit of the bytes in use.
pub static HARD_LIMIT: OptionSpec = OptionSpec::new(
    "hard_limit",
    &[],
    0,
    "MiB in use beyond which requests are refused (ENOMEM); 0: no limit",
);
/// What happens at the soft limit beside telling the program.
pub static LIMIT_REACTION: OptionSpec = OptionSpec::new(
    "limit_reaction",
    SWITCH,
    1,
    "at the soft limit, give back to the system what no block needs",
);
/// When the program is told of fragmentation.
pub static FRAGMENTATION: OptionSpec = OptionSpec::new(
    "fragmentation_pct",
    &[],
    50,
    "per cent of the bytes in use without a live block from which the program is told of fragmentation",
);
/// Other processes of the user may read the statistics.
pub static ATTACH: OptionSpec = OptionSpec::new(
    "attach",
    SWITCH,
    1,
    "keep a page of statistics that other processes of the same user can read (the command dam)",
);
/// Says at start that DAM is active.
pub static VERBOSE: OptionSpec =
    OptionSpec::new("verbose", SWITCH, 0, "say on stderr at start that DAM is active");

/// What a preloaded DAM does with `dlopen`'s flag `RTLD_DEEPBIND`.
pub static DEEPBIND: OptionSpec = OptionSpec::new(
    "deepbind",
    &["strip", "keep"],
    0,
    "take RTLD_DEEPBIND off dlopen's flags, since it would mix two mallocs, or keep it",
);

/// Every option with a word or a number, in the order messages list them.
pub static OPTIONS: [&OptionSpec; 32] = [
    &PROFILE,
    &ON_VIOLATION,
    &MISMATCH,
    &GUARD_PAGES,
    &GUARD_METHOD,
    &WARM_LARGE,
    &QUARANTINE_MIB,
    &ZERO_ON_FREE,
    &FILL_SLACK,
    &RANDOM_SLOTS,
    &DELAY_KIB,
    &CANARIES,
    &PATROL,
    &SAMPLE_FREES,
    &SAMPLE_LIFETIMES,
    &OWN_PAGES,
    &GUARD,
    &CHECK_AT_EXIT,
    &LEAKS_AT_EXIT,
    &CHECK_EVERY,
    &REPORT,
    &MAX_REPORTS,
    &ZERO_SIZE,
    &STATS_AT_EXIT,
    &DECAY,
    &SOFT_LIMIT,
    &HARD_LIMIT,
    &LIMIT_REACTION,
    &FRAGMENTATION,
    &ATTACH,
    &VERBOSE,
    &DEEPBIND,
];

/// Why a piece of `DAM_OPTIONS` was skipped.
pub enum Complaint<'a> {
    /// No option has this name.
    UnknownKey(&'a [u8]),
    /// The option does not take this value.
    BadValue(&'static OptionSpec, &'a [u8]),
    /// The text is too long.
    TooLong(&'static Text),
}

/// Reads `text` into the table: the last profile it names, then the single options, of which later ones win.
pub fn parse(text: &[u8], complain: &mut dyn FnMut(Complaint<'_>)) {
    if let Some(profile) = profile_of(text) {
        OPTIONS.iter().for_each(|option| option.set(option.values[profile as usize]));
    }
    for (key, value) in pieces(text) {
        if key == REPORT_TO.name.as_bytes() {
            if !REPORT_TO.set(value) {
                complain(Complaint::TooLong(&REPORT_TO));
            }
            continue;
        }
        match OPTIONS.iter().find(|option| option.name.as_bytes() == key) {
            None => complain(Complaint::UnknownKey(key)),
            Some(option) => match option.parse(value) {
                Some(number) => option.set(number),
                None => complain(Complaint::BadValue(option, value)),
            },
        }
    }
}

/// The last profile that a text names.
fn profile_of(text: &[u8]) -> Option<u32> {
    let named = pieces(text).filter(|(key, _)| *key == PROFILE.name.as_bytes());
    named.filter_map(|(_, value)| PROFILE.parse(value)).last()
}

/// The keys and values of a text, empty pieces left out.
fn pieces(text: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    text.split(|&byte| byte == b':').filter(|piece| !piece.is_empty()).map(|piece| {
        let cut = piece.iter().position(|&byte| byte == b'=').unwrap_or(piece.len());
        (&piece[..cut], piece.get(cut + 1..).unwrap_or(&[]))
    })
}

fn parse_number(text: &[u8]) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0u32, |sum, &byte| {
        let digit = byte.is_ascii_digit().then(|| u32::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn numbers() {
        assert_eq!(parse_number(b"0"), Some(0));
        assert_eq!(parse_number(b"4294967295"), Some(u32::MAX));
        assert_eq!(parse_number(b"4294967296"), None);
        assert_eq!(parse_number(b""), None);
        assert_eq!(parse_number(b"-1"), None);
        assert_eq!(parse_number(b"1s"), None);
    }

    #[test]
    fn words_and_complaints() {
        let mut unknown: Vec<Vec<u8>> = Vec::new();
        let mut bad: Vec<&str> = Vec::new();
        parse(b"verbose=1::nonsense=3:verbose=7:decay_ms:=", &mut |complaint| match complaint {
            Complaint::UnknownKey(key) => unknown.push(key.to_vec()),
            Complaint::BadValue(option, _) => bad.push(option.name),
            Complaint::TooLong(text) => bad.push(text.name),
        });
        assert_eq!(VERBOSE.get(), 1);
        VERBOSE.set(0);
        assert_eq!(unknown, [b"nonsense".to_vec(), b"".to_vec()]);
        assert_eq!(bad, ["verbose", "decay_ms"]);
    }

    #[test]
    fn the_last_profile_counts() {
        assert_eq!(
            profile_of(b"on_violation=continue:profile=paranoid:profile=hardened:x"),
            Some(2)
        );
        assert_eq!(profile_of(b"profile=none:verbose=1"), None);
        for option in OPTIONS {
            let words = option.words.len() as u32;
            assert!(
                words == 0 || option.values.iter().all(|&value| value < words),
                "{}",
                option.name
            );
        }
    }
}
