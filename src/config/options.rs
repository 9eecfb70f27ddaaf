//! Run-time options: `DAM_OPTIONS="key=value:key=value"`, one table.
//!
//! Parsing allocates nothing and never fails: what is not understood is handed to the caller's
//! `complain` and skipped.

use core::sync::atomic::{AtomicU32, Ordering::Relaxed};

use super::limits::DECAY_MS;

/// One option: its name, the values it takes and the meaning, for messages and documentation.
pub struct OptionSpec {
    /// The key as written in `DAM_OPTIONS`.
    pub name: &'static str,
    /// The words it takes; empty when it takes a number. The position is the stored value.
    pub words: &'static [&'static str],
    /// What it does.
    pub help: &'static str,
    default: u32,
    value: AtomicU32,
}

impl OptionSpec {
    const fn new(
        name: &'static str,
        words: &'static [&'static str],
        default: u32,
        help: &'static str,
    ) -> Self {
        Self { name, words, help, default, value: AtomicU32::new(default) }
    }

    /// The value in force: the position of the word, or the number.
    #[inline]
    pub fn get(&self) -> u32 {
        self.value.load(Relaxed)
    }

    /// The value when nothing is said.
    pub fn default_value(&self) -> u32 {
        self.default
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

/// After a violation: go on with the damaged pool in quarantine, or abort.
pub static ON_VIOLATION: OptionSpec = OptionSpec::new(
    "on_violation",
    &["continue", "abort"],
    0,
    "after a violation: go on with the pool in quarantine, or abort",
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
    OptionSpec::new("stats_at_exit", &["0", "1"], 0, "print the statistics to stderr at exit");
/// Milliseconds until free pages go back to the system.
pub static DECAY: OptionSpec = OptionSpec::new(
    "decay_ms",
    &[],
    DECAY_MS,
    "milliseconds until free pages go back to the system; 0: at once",
);
/// Says at start that DAM is active.
pub static VERBOSE: OptionSpec =
    OptionSpec::new("verbose", &["0", "1"], 0, "say on stderr at start that DAM is active");

/// What a preloaded DAM does with `dlopen`'s flag `RTLD_DEEPBIND`.
pub static DEEPBIND: OptionSpec = OptionSpec::new(
    "deepbind",
    &["strip", "keep"],
    0,
    "take RTLD_DEEPBIND off dlopen's flags, since it would mix two mallocs, or keep it",
);

/// Every option, in the order messages list them.
pub static OPTIONS: [&OptionSpec; 6] =
    [&ON_VIOLATION, &ZERO_SIZE, &STATS_AT_EXIT, &DECAY, &VERBOSE, &DEEPBIND];

/// Why a piece of `DAM_OPTIONS` was skipped.
pub enum Complaint<'a> {
    /// No option has this name.
    UnknownKey(&'a [u8]),
    /// The option does not take this value.
    BadValue(&'static OptionSpec, &'a [u8]),
}

/// Reads `text` into the table. Later settings win.
pub fn parse(text: &[u8], complain: &mut dyn FnMut(Complaint<'_>)) {
    for piece in text.split(|&byte| byte == b':') {
        if piece.is_empty() {
            continue;
        }
        let cut = piece.iter().position(|&byte| byte == b'=').unwrap_or(piece.len());
        let key = &piece[..cut];
        let value = piece.get(cut + 1..).unwrap_or(&[]);
        match OPTIONS.iter().find(|option| option.name.as_bytes() == key) {
            None => complain(Complaint::UnknownKey(key)),
            Some(option) => match option.parse(value) {
                Some(number) => option.set(number),
                None => complain(Complaint::BadValue(option, value)),
            },
        }
    }
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
        });
        assert_eq!(VERBOSE.get(), 1);
        VERBOSE.set(0);
        assert_eq!(unknown, [b"nonsense".to_vec(), b"".to_vec()]);
        assert_eq!(bad, ["verbose", "decay_ms"]);
    }
}
