//! The figures. All of them are those of arena 0 and of the sum over all arenas; other arenas have none.

use super::Answer;
use super::arenas::{self, Decay};
use super::exchange::Value;
use super::names::{self, Name, Place};
use crate::bits::PAGE;
use crate::heap::answers::{self, Blocks, Class, Totals};

/// The figure behind a name; `None` where that is none. `EAGAIN`: it cannot be had now.
pub fn value(place: Place) -> Option<Answer<Value>> {
    names::text(place.name as usize).starts_with(b"stats.").then(|| figure(place))
}

fn figure(place: Place) -> Answer<Value> {
    let Place { name, index: [arena, index] } = place;
    let heap = arenas::is_heap(arena);
    match name {
        Name::Dss => return Ok(Value::Text(c"disabled")),
        Name::DirtyDecay => return Ok(Value::Signed(arenas::decay(Decay::Dirty, Some(arena)))),
        Name::MuzzyDecay => return Ok(Value::Signed(arenas::decay(Decay::Muzzy, Some(arena)))),
        Name::Nthreads if !heap => return Ok(Value::Unsigned(0)),
        _ if !heap => return Ok(Value::Word(0)),
        _ => {}
    }
    let totals = answers::totals().ok_or(libc::EAGAIN)?;
    if name == Name::Nthreads {
        return Ok(Value::Unsigned(totals.threads as u32));
    }
    let known = of_pages(name, &totals)
        .or_else(|| of_blocks(name, &totals))
        .or_else(|| of_longer(name, [&totals.middle, &totals.large].get(index)?));
    if let Some(figure) = known {
        return Ok(Value::Word(figure));
    }
    let class = answers::class(index).ok_or(libc::EAGAIN)?;
    of_class(name, &class).map(Value::Word).ok_or(libc::ENOENT)
}

/// Of memory, whosever it is.
fn of_pages(name: Name, totals: &Totals) -> Option<u64> {
    let page = PAGE as u64;
    Some(match name {
        Name::StatsAllocated => totals.requested(),
        Name::StatsActive => totals.active,
        Name::StatsMetadata | Name::Base => totals.metadata,
        Name::StatsResident | Name::Resident => totals.active + totals.dirty + totals.metadata,
        Name::StatsMapped | Name::Mapped => totals.active + totals.metadata,
        Name::StatsRetained | Name::Retained => totals.bare + totals.away,
        Name::Pactive => totals.active / page,
        Name::Pdirty => totals.dirty / page,
        Name::DirtyNpurge | Name::DirtyNmadvise => totals.purges,
        Name::DirtyPurged => totals.purged / page,
        // No page is left to the system to take when it likes; no huge page is asked for; there are no threads of
        // the allocator's own.
        Name::Pmuzzy
        | Name::MuzzyNpurge
        | Name::MuzzyNmadvise
        | Name::MuzzyPurged
        | Name::Internal
        | Name::MetadataThp
        | Name::StatsMetadataThp
        | Name::StatsThreads
        | Name::StatsThreadRuns
        | Name::StatsThreadInterval => 0,
        _ => return None,
    })
}

/// Of small blocks, and of all longer ones.
fn of_blocks(name: Name, totals: &Totals) -> Option<u64> {
    let Totals { small, middle, large, .. } = totals;
    Some(match name {
        Name::SmallAllocated => small.requested,
        Name::SmallNmalloc | Name::SmallNrequests => small.allocations,
        Name::SmallNdalloc => small.frees,
        Name::LargeAllocated => middle.requested + large.requested,
        Name::LargeNmalloc | Name::LargeNrequests => middle.allocations + large.allocations,
        Name::LargeNdalloc => middle.frees + large.frees,
        _ => return None,
    })
}

/// Of the blocks of a longer tier.
fn of_longer(name: Name, blocks: &Blocks) -> Option<u64> {
    Some(match name {
        Name::LextentsNmalloc | Name::LextentsNrequests => blocks.allocations,
        Name::LextentsNdalloc => blocks.frees,
        Name::LextentsCurlextents => blocks.live(),
        _ => return None,
    })
}

/// Of the blocks of a class.
fn of_class(name: Name, class: &Class) -> Option<u64> {
    Some(match name {
        Name::BinsNmalloc | Name::BinsNrequests => class.allocations,
        Name::BinsNdalloc => class.allocations - class.live,
        Name::BinsCurregs => class.live,
        Name::BinsNslabs | Name::BinsCurslabs => class.pools,
        _ => return None,
    })
}
