//! Everything as JSON, in the shape of jemalloc's: the tree of names as objects, an index as a place in a list. An arena
//! has its figures in an object of its own, by its number; the sum over all is named "merged".
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

use super::arenas::EVERY;
use super::exchange::Value;
use super::names::{self, Index, NAMES, Place};
use super::{LARGE_CLASSES, answer};
use crate::small::class::CLASSES;

/// Writes all of it but what the options leave out.
pub fn write(out: &mut dyn Write, options: &[u8]) -> fmt::Result {
    let mut json = Json { out, begun: false, options };
    json.out.write_str("{")?;
    json.open("jemalloc", "{")?;
    if !options.contains(&b'g') {
        json.members(b"", b"version", [0; 2])?;
        for part in ["config", "opt", "arenas"] {
            json.object(part)?;
        }
    }
    json.object("stats")?;
    json.open("stats.arenas", "{")?;
    for (name, arena, option) in [("0", 0, b'a'), ("merged", EVERY, b'm')] {
        if !options.contains(&option) {
            json.open(name, "{")?;
            json.members(b"stats.arenas.<arena>.", b"", [arena, 0])?;
            json.close("}")?;
        }
    }
    json.close("}}}\n")
}

struct Json<'a> {
    out: &'a mut dyn Write,
    /// Whether a comma is needed before the next member.
    begun: bool,
    options: &'a [u8],
}

impl Json<'_> {
    fn separate(&mut self) -> fmt::Result {
        if core::mem::replace(&mut self.begun, true) { self.out.write_str(",") } else { Ok(()) }
    }

    fn open(&mut self, key: &str, bracket: &str) -> fmt::Result {
        self.separate()?;
        self.begun = false;
        write!(self.out, "\"{key}\":{bracket}")
    }

    fn close(&mut self, brackets: &str) -> fmt::Result {
        self.begun = true;
        self.out.write_str(brackets)
    }

    /// An object with all that is named behind its key.
    fn object(&mut self, key: &str) -> fmt::Result {
        self.open(key, "{")?;
        let behind = |name: usize| {
            names::text(name).strip_prefix(key.as_bytes())?.strip_prefix(b".").map(|_| name)
        };
        if let Some(name) = (0..NAMES).find_map(behind) {
            self.members(&names::text(name)[..=key.len()], b"", [0; 2])?;
        }
        self.close("}")
    }

    /// What is named behind a prefix, and begins with `first`, as members of the object that is open.
    fn members(&mut self, prefix: &'static [u8], first: &[u8], index: [usize; 2]) -> fmt::Result {
        let mut last: &[u8] = &[];
        for name in 0..NAMES {
            let Some(rest) = names::text(name).strip_prefix(prefix) else { continue };
            let (key, behind) = split(rest);
            if key == last || !key.starts_with(first) {
                continue;
            }
            last = key;
            let key_text = core::str::from_utf8(key).unwrap_or("");
            let longer = prefix.len() + key.len() + 1;
            match behind.map(|behind| (behind, Index::of(split(behind).0))) {
                None => self.leaf(key_text, Place { name: names::name(name), index })?,
                Some((behind, Some(kind))) => {
                    let longer = longer + split(behind).0.len() + 1;
                    self.list(key_text, &names::text(name)[..longer], kind, index)?;
                }
                Some((_, None)) => {
                    self.open(key_text, "{")?;
                    self.members(&names::text(name)[..longer], b"", index)?;
                    self.close("}")?;
                }
            }
        }
        Ok(())
    }

    /// A list of what is named behind a prefix that ends with an index.
    fn list(
        &mut self,
        key: &str,
        prefix: &'static [u8],
        kind: Index,
        index: [usize; 2],
    ) -> fmt::Result {
        let (count, option) = match kind {
            // Written apart.
            Index::Arena => return Ok(()),
            Index::Bin => (CLASSES, b'b'),
            Index::Large => (LARGE_CLASSES, b'l'),
        };
        if self.options.contains(&option) {
            return Ok(());
        }
        self.open(key, "[")?;
        for at in 0..count {
            self.separate()?;
            self.begun = false;
            self.out.write_str("{")?;
            let is_of_arena = prefix.starts_with(b"stats.");
            self.members(prefix, b"", if is_of_arena { [index[0], at] } else { [at, 0] })?;
            self.close("}")?;
        }
        self.close("]")
    }

    /// A value, if there is one to show.
    fn leaf(&mut self, key: &str, place: Place) -> fmt::Result {
        let Some(value) = answer::shown(place) else { return Ok(()) };
        self.open(key, "")?;
        self.begun = true;
        show(self.out, value)
    }
}

/// The first component of a name, and what is behind it.
fn split(name: &'static [u8]) -> (&'static [u8], Option<&'static [u8]>) {
    match name.iter().position(|&byte| byte == b'.') {
        Some(point) => (&name[..point], Some(&name[point + 1..])),
        None => (name, None),
    }
}

/// A value as both JSON and people have it.
pub fn show(out: &mut dyn Write, value: Value) -> fmt::Result {
    match value {
        Value::Bool(value) => write!(out, "{value}"),
        Value::Unsigned(value) => write!(out, "{value}"),
        Value::Word(value) => write!(out, "{value}"),
        Value::Signed(value) => write!(out, "{value}"),
        Value::Text(text) => write!(out, "\"{}\"", text.to_str().unwrap_or("")),
    }
}
