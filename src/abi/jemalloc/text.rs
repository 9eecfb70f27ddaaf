//! Everything as text for people. The line of sums is worded as jemalloc's, which scripts look for.
#![forbid(unsafe_code)]

use core::fmt::{self, Write};

use super::arenas::EVERY;
use super::exchange::Value;
use super::json::show;
use super::names::{self, Index, NAMES, Name, Place};
use super::{LARGE_CLASSES, answer};
use crate::small::class::CLASSES;

/// Writes all of it but what the options leave out.
pub fn write(out: &mut dyn Write, options: &[u8]) -> fmt::Result {
    let lacks = |option: u8| !options.contains(&option);
    writeln!(out, "___ Begin jemalloc statistics, by DAM ___")?;
    if lacks(b'g') {
        general(out)?;
    }
    sums(out)?;
    if lacks(b'a') || lacks(b'm') {
        arena(out)?;
    }
    if lacks(b'b') {
        classes(out)?;
    }
    if lacks(b'l') {
        longer(out)?;
    }
    writeln!(out, "--- End jemalloc statistics ---")
}

/// What never changes, a name on each line.
fn general(out: &mut dyn Write) -> fmt::Result {
    for number in 0..NAMES {
        let text = names::text(number);
        let mut components = text.split(|&byte| byte == b'.');
        let is_general =
            matches!(components.next(), Some(b"version" | b"config" | b"opt" | b"arenas"));
        if !is_general || components.any(|component| Index::of(component).is_some()) {
            continue;
        }
        if let Some(value) = answer::shown(Place { name: names::name(number), index: [0; 2] }) {
            write!(out, "  {}: ", core::str::from_utf8(text).unwrap_or(""))?;
            show(out, value)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

/// A figure, 0 where it cannot be had now.
fn figure(name: Name, index: usize) -> u64 {
    match answer::shown(Place { name, index: [EVERY, index] }) {
        Some(Value::Word(figure)) => figure,
        Some(Value::Unsigned(figure)) => u64::from(figure),
        _ => 0,
    }
}

fn sums(out: &mut dyn Write) -> fmt::Result {
    let sum = |name| figure(name, 0);
    writeln!(
        out,
        "Allocated: {}, active: {}, metadata: {} (n_thp 0), resident: {}, mapped: {}, retained: {}",
        sum(Name::StatsAllocated),
        sum(Name::StatsActive),
        sum(Name::StatsMetadata),
        sum(Name::StatsResident),
        sum(Name::StatsMapped),
        sum(Name::StatsRetained)
    )?;
    writeln!(out, "Background threads: 0")
}

fn arena(out: &mut dyn Write) -> fmt::Result {
    let sum = |name| figure(name, 0);
    writeln!(out, "arena 0, the only one with blocks: assigned threads: {}", sum(Name::Nthreads))?;
    writeln!(
        out,
        "pages: active {}, dirty {}; given back {} in {} sweeps",
        sum(Name::Pactive),
        sum(Name::Pdirty),
        sum(Name::DirtyPurged),
        sum(Name::DirtyNpurge)
    )?;
    writeln!(out, "{:<8}{:>16}{:>16}{:>16}", "", "allocated", "nmalloc", "ndalloc")?;
    let tiers = [
        ("small:", [Name::SmallAllocated, Name::SmallNmalloc, Name::SmallNdalloc]),
        ("large:", [Name::LargeAllocated, Name::LargeNmalloc, Name::LargeNdalloc]),
    ];
    for (title, [allocated, nmalloc, ndalloc]) in tiers {
        writeln!(out, "{title:<8}{:>16}{:>16}{:>16}", sum(allocated), sum(nmalloc), sum(ndalloc))?;
    }
    Ok(())
}

/// The classes that were ever used.
fn classes(out: &mut dyn Write) -> fmt::Result {
    writeln!(
        out,
        "{:<6}{:>8}{:>6}{:>14}{:>14}{:>12}{:>10}{:>6}",
        "bins:", "size", "ind", "nmalloc", "ndalloc", "curregs", "curslabs", "regs"
    )?;
    for class in 0..CLASSES {
        let of = |name| figure(name, class);
        let of_sizes = |name| match answer::shown(Place { name, index: [class, 0] }) {
            Some(Value::Word(figure)) => figure,
            Some(Value::Unsigned(figure)) => u64::from(figure),
            _ => 0,
        };
        if of(Name::BinsNmalloc) == 0 {
            continue;
        }
        writeln!(
            out,
            "{:<6}{:>8}{class:>6}{:>14}{:>14}{:>12}{:>10}{:>6}",
            "",
            of_sizes(Name::BinSize),
            of(Name::BinsNmalloc),
            of(Name::BinsNdalloc),
            of(Name::BinsCurregs),
            of(Name::BinsCurslabs),
            of_sizes(Name::BinNregs)
        )?;
    }
    Ok(())
}

fn longer(out: &mut dyn Write) -> fmt::Result {
    writeln!(
        out,
        "{:<14}{:>6}{:>14}{:>14}{:>14}",
        "large classes:", "ind", "nmalloc", "ndalloc", "curlextents"
    )?;
    for class in 0..LARGE_CLASSES {
        let of = |name| figure(name, class);
        writeln!(
            out,
            "{:<14}{class:>6}{:>14}{:>14}{:>14}",
            "",
            of(Name::LextentsNmalloc),
            of(Name::LextentsNdalloc),
            of(Name::LextentsCurlextents)
        )?;
    }
    Ok(())
}
