//! A freed block for a request: as it is, cut, or grown.
//!
//! A page that has to be faulted in and zeroed costs ten times what copying it costs and forty times what
//! writing to it does. So any freed block that is there is made to fit: what is too long is cut, and
//! its rest stays warm; what is too short moves its pages to a longer range.

use crate::bits::{Kind, PAGE, align_down};
use crate::config::limits::CANARY;
use crate::sys;

use super::mapping::{Growth, Mapping, pointer};
use super::table::{Entry, State};
use super::warm::Item;
use super::{moves, note_fresh, registry, renew, retire, stats, warm};

/// A freed block with at least `inner` accessible bytes, at most a quarter more, at a multiple of
/// `align`; if `zeroed`, holding zeros.
pub fn take(inner: usize, align: usize, zeroed: bool) -> Option<Mapping> {
    // One that has to be moved would lose its alignment.
    let least = if align <= PAGE { 0 } else { inner };
    let Item { mut mapping, since } = take_warm(least, inner, align)?;
    if mapping.inner > inner + inner / 4 {
        cut(&mut mapping, inner, since);
    }
    // Where it has no guard pages, a neighbour's overflow may have come here.
    let is_clear = renew::is_on() && mapping.guarded;
    if zeroed && !is_clear {
        // SAFETY: LARGE-2: the cache gave it to us.
        unsafe { mapping.clear(mapping.inner.min(inner)) };
    }
    if mapping.inner < inner { extend(mapping, inner) } else { Some(mapping) }
}

/// A freed block with at least `least` accessible bytes, for contents that go on growing beyond `inner`.
pub fn take_for_growth(least: usize, inner: usize) -> Option<Mapping> {
    let Item { mut mapping, since } = take_warm(least, most_for_growth(inner), PAGE)?;
    trim_for_growth(&mut mapping, inner, since);
    Some(mapping)
}

/// See [`warm::take`].
fn take_warm(least: usize, wanted: usize, align: usize) -> Option<Item> {
    let item = warm::take(least, wanted, align)?;
    take_back(item.mapping)?;
    Some(item)
}

/// Half more: pages beyond that may never be used, and would be held as long as the block lives.
fn most_for_growth(inner: usize) -> usize {
    align_down(inner.saturating_add(inner / 2), PAGE)
}

fn trim_for_growth(mapping: &mut Mapping, inner: usize, since: u32) {
    let most = most_for_growth(inner);
    if mapping.inner > most + PIECE {
        cut(mapping, most, since);
    }
}

/// The least that is cut off.
const PIECE: usize = 256 << 10;

/// Cuts a block of ours, freed `since` then, to `inner` bytes. The rest stays warm where that is possible.
fn cut(mapping: &mut Mapping, inner: usize, since: u32) {
    let had = mapping.inner;
    // SAFETY: LARGE-2: the block is freed, and we own it.
    let Some(tail) = (unsafe { mapping.cut(inner) }) else {
        // SAFETY: LARGE-2, as above.
        if unsafe { mapping.shrink(inner) } {
            stats::note_purge(had - inner);
        }
        return;
    };
    registry::with(mapping.address, |entry| {
        let requested = entry.requested.min(inner - CANARY);
        *entry = Entry { mapping: *mapping, requested, ..*entry };
    });
    if registry::insert(freed(tail)) {
        retire::keep(Item { mapping: tail, since });
    } else {
        // SAFETY: LARGE-2, LARGE-3: ours, and the registry does not know it.
        unsafe { tail.discard() };
    }
}

/// A freed block of ours with what it was cut from, as far as that is warm.
pub fn join_around(mut item: Item) -> Item {
    while let Some(front) = warm::take_neighbour(&item.mapping, true) {
        let Some(joined) = join(front, item) else { return front };
        item = joined;
    }
    while let Some(rest) = warm::take_neighbour(&item.mapping, false) {
        let Some(joined) = join(item, rest) else { break };
        item = joined;
    }
    item
}

/// Joins two freed pieces of ours, and dates the whole by the larger; where that cannot be the second is given
/// back.
fn join(front: Item, rest: Item) -> Option<Item> {
    let since = if rest.mapping.inner > front.mapping.inner { rest.since } else { front.since };
    let mut mapping = front.mapping;
    if !take_in(&mut mapping, &rest.mapping) {
        return None;
    }
    registry::with(mapping.address, |entry| entry.mapping = mapping);
    Some(Item { mapping, since })
}

/// Gives a block that this thread owns, and that is to have `inner` bytes and will go on growing, what
/// it was once cut from, if that is warm. Whether it has become longer.
pub fn join_behind(mapping: &mut Mapping, inner: usize) -> bool {
    let Some(Item { mapping: rest, since }) = warm::take_neighbour(mapping, false) else {
        return false;
    };
    let joined = take_back(rest).is_some_and(|rest| take_in(mapping, &rest));
    if joined {
        trim_for_growth(mapping, inner, since);
    }
    joined
}

/// Joins `rest` to what it was cut from, both of them ours; where that cannot be, it is given back. Its
/// address is then no block's start any more, and another free of it found as one inside a block.
fn take_in(mapping: &mut Mapping, rest: &Mapping) -> bool {
    // SAFETY: LARGE-2: we own both.
    let joined = unsafe { mapping.join(rest) };
    if joined {
        registry::remove(rest.address);
    } else {
        retire::cool(*rest);
    }
    joined
}

/// Lets a freed block of ours grow to `inner` bytes, where it is or elsewhere.
fn extend(mut mapping: Mapping, inner: usize) -> Option<Mapping> {
    let had = mapping.inner;
    // What the program had asked for its own block must not come over the new pages. (Pages that it locked and never
    // unlocked stay so: a sandbox may end a process that calls `munlock`.)
    sys::show_in_dumps(pointer(mapping.address), had);
    // SAFETY: LARGE-2: the block is freed, and we own it.
    let growth = unsafe { mapping.grow(inner) };
    let grown = match growth {
        Growth::Done => Some(mapping),
        Growth::NoRoom => moves::relocate(&freed(mapping), inner, 0),
        Growth::Refused => None,
    };
    match grown {
        Some(_) => note_fresh(inner - had),
        None => {
            // It may have lost its guard page.
            registry::insert(freed(mapping));
            // Else it would be found here again by the next request, and refused again.
            retire::cool(mapping);
        }
    }
    grown
}

/// The entry of a freed block.
fn freed(mapping: Mapping) -> Entry {
    Entry { mapping, requested: 0, kind: Kind::Malloc, state: State::Freed }
}

/// A warm block as it was made: the program may have taken away the right to write to its pages while they were its own.
/// Costs next to nothing where it has not.
fn take_back(mapping: Mapping) -> Option<Mapping> {
    let writable = sys::make_writable(pointer(mapping.address), mapping.inner).is_ok();
    if !writable {
        retire::lock_away(mapping);
    }
    writable.then_some(mapping)
}
