//! What a page says.

use std::mem::offset_of;
use std::time::Duration;

use dam::config::options::PROFILE;
use dam::guard::Violation;
use dam::measure::metrics;
use dam::measure::page::{
    Answers, Event, LAYOUT, MAGIC, MAX_CLASSES, MAX_EVENTS, MAX_OPTIONS, MAX_POOLS, Page, Part,
    Parts,
};
use dam::measure::stats::{dam_stats_class_t, dam_stats_pool_t, dam_stats_t};

use super::decode::{Decode, decode_at};

/// Bytes of a page that are looked at, at the most: a newer DAM's may be longer than ours.
pub const LONGEST: usize = 4 * size_of::<Page>();
/// Bytes in front of the parts: they say where those are.
pub const HEAD: usize = offset_of!(Page, stats);
/// Where the word is that is odd while the page is being written.
pub const SEQUENCE: usize = offset_of!(Page, sequence);

/// What a page said at a moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The process by its own count.
    pub process: u32,
    /// The library's version.
    pub version: String,
    /// When the page was written, in nanoseconds of `CLOCK_MONOTONIC`.
    pub written_ns: u64,
    /// The figures.
    pub stats: dam_stats_t,
    /// The classes.
    pub classes: Vec<dam_stats_class_t>,
    /// The values of the options.
    pub options: Vec<u32>,
    /// The last violations, the oldest first.
    pub events: Vec<Event>,
    /// The pools, as of `answers.pools_ns`.
    pub pools: Vec<dam_stats_pool_t>,
    /// How many there were, told or not.
    pub all_pools: u64,
    /// What became of wishes.
    pub answers: Answers,
}

/// Why bytes are no snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// They are no page.
    NotAPage,
    /// They are one of another layout.
    Layout(u32),
}

impl Snapshot {
    /// Reads a page. Any bytes are one or are none; entries that lie outside them are left out.
    pub fn of_bytes(bytes: &[u8]) -> Result<Self, Unreadable> {
        let parts = parts_of(bytes)?;
        let version: [u8; 16] =
            bytes[offset_of!(Page, version)..].first_chunk().copied().unwrap_or_default();
        let mut events: Vec<Event> = entries(bytes, parts.events, MAX_EVENTS);
        events.retain(|event| event.number != 0);
        events.sort_by_key(|event| event.number);
        Ok(Self {
            process: decode_at(bytes, offset_of!(Page, process)),
            version: plain_text(version.split(|&byte| byte == 0).next().unwrap_or_default()),
            written_ns: decode_at(bytes, offset_of!(Page, written_ns)),
            stats: entries(bytes, parts.stats, 1).pop().unwrap_or_default(),
            classes: entries(bytes, parts.classes, MAX_CLASSES),
            options: entries(bytes, parts.options, MAX_OPTIONS),
            events,
            pools: entries(bytes, parts.pools, MAX_POOLS),
            all_pools: parts.all_pools,
            answers: decode_at(bytes, offset_of!(Page, answers)),
        })
    }

    /// How long ago the page had been written when it was `now_ns`.
    pub fn age(&self, now_ns: u64) -> Duration {
        Duration::from_nanos(now_ns.saturating_sub(self.written_ns))
    }

    /// The name of the profile in force.
    pub fn profile(&self) -> &'static str {
        let value = self.options.first().copied().unwrap_or(u32::MAX);
        PROFILE.words.get(value as usize).copied().unwrap_or("?")
    }

    /// A figure by its name.
    pub fn figure(&self, name: &str) -> f64 {
        let metric = metrics::find(name.as_bytes());
        metric.map_or(0.0, |metric| metric.of(&self.stats).to_f64())
    }
}

/// The parts of a page of our layout.
fn parts_of(head: &[u8]) -> Result<Parts, Unreadable> {
    if head.len() < HEAD || decode_at::<u64>(head, offset_of!(Page, magic)) != MAGIC {
        return Err(Unreadable::NotAPage);
    }
    match decode_at(head, offset_of!(Page, layout)) {
        LAYOUT => Ok(decode_at(head, offset_of!(Page, parts))),
        other => Err(Unreadable::Layout(other)),
    }
}

/// How many bytes of a page its parts take, by its head.
pub fn length_of(head: &[u8]) -> Result<usize, Unreadable> {
    let parts = parts_of(head)?;
    let end = |part: Part, most: usize| {
        let entries = u64::from(part.entry).saturating_mul(part.count.min(most as u64));
        u64::from(part.offset).saturating_add(entries)
    };
    let ends = [
        end(parts.stats, 1),
        end(parts.classes, MAX_CLASSES),
        end(parts.options, MAX_OPTIONS),
        end(parts.events, MAX_EVENTS),
        end(parts.pools, MAX_POOLS),
    ];
    let longest = ends.into_iter().filter(|&end| end <= LONGEST as u64).max().unwrap_or(0);
    Ok(HEAD.max(longest as usize))
}

/// The entries of a part, as far as they lie within the bytes; at most `most`.
fn entries<T: Decode>(bytes: &[u8], part: Part, most: usize) -> Vec<T> {
    let (offset, len) = (part.offset as usize, part.entry as usize);
    if len == 0 {
        return Vec::new();
    }
    let count = part.count.min(most as u64) as usize;
    let pieces = bytes.get(offset..).unwrap_or_default().chunks_exact(len);
    pieces.take(count).map(T::decode).collect()
}

/// A foreign text without what a terminal would take for a command.
pub fn plain_text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().map(|c| if c.is_control() { '?' } else { c }).collect()
}

/// The stable name of an event's violation.
pub fn violation_name(event: &Event) -> &'static str {
    let violation = usize::try_from(event.violation).ok().and_then(|at| Violation::ALL.get(at));
    violation.map_or("unknown", |violation| violation.name())
}
