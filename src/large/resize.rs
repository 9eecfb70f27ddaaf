//! `realloc` of large blocks: where they are if possible, else by moving their pages. Bytes are
//! copied where the kernel refuses both, and where a warm block makes copying the cheaper way.

use core::ptr::NonNull;

use crate::bits::{Kind, PAGE, align_down};
use crate::guard::Operation;
use crate::space::Resize;

use super::mapping::{Growth, Mapping, Own, pointer};
use super::table::{Entry, State};
use super::verify::{self, Verdict};
use super::{fence, inner_for, moves, note_fresh, own, registry, retire, reuse, stats};

/// Blocks that shrink to this size are copied to the tiers below: a mapping is too much for them.
/// Larger ones stay, though the middle tier takes such sizes: to give a tail back costs less.
pub(super) const LEAVE_AT: usize = 512 << 10;
/// The least a block grows by, so that growing by a few bytes at a time does not enter the kernel
/// each time; and a tail of this size is given back whatever its share of the block.
const WORTHWHILE: usize = 64 << 10;
/// The least address space a growing block gets to grow into.
const HEADROOM: usize = 1 << 20;

/// What the look at the block says is to be done.
enum Plan {
    /// Nothing more: it fitted.
    Done,
    Copy(usize),
    /// Change the mapping of this block, which is marked as being resized.
    Remap(Entry),
    Refuse(Entry, Verdict),
}

/// Changes the size of the block at `block` to `new_size` bytes: at least 1, at most `isize::MAX`.
///
/// # Safety
/// No other thread uses the block meanwhile; if it moved, nobody uses the old pointer after.
pub unsafe fn resize(block: *mut u8, new_size: usize, _near: u32) -> Resize {
    let address = block.addr();
    let Some(inner) = inner_for(new_size) else { return Resize::Refused };
    let plan = registry::with(address, |entry| {
        // SAFETY: LARGE-3: `with` holds the shard's lock.
        unsafe { plan(entry, new_size, inner) }
    });
    match plan {
        Some(Plan::Done) => Resize::InPlace,
        Some(Plan::Copy(size)) => Resize::Copy(size),
        Some(Plan::Remap(entry)) => remap(entry, new_size, inner),
        Some(Plan::Refuse(entry, verdict)) => {
            verify::report_block(&entry, verdict, Operation::Realloc);
            Resize::Refused
        }
        None => {
            verify::report_unknown(address, Operation::Realloc);
            Resize::Refused
        }
    }
}

/// Decides, and does what needs no system call; for the rest takes the block from the program.
///
/// # Safety
/// The entry's shard is locked.
unsafe fn plan(entry: &mut Entry, new_size: usize, inner: usize) -> Plan {
    // SAFETY: LARGE-3: the caller holds the lock.
    match unsafe { verify::judge(entry, None) } {
        Verdict::Sound => {}
        verdict => return Plan::Refuse(*entry, verdict),
    }
    if entry.kind != Kind::Malloc {
        // The free of the old block tells that it came by another door.
        return Plan::Copy(entry.requested);
    }
    if entry.mapping.own != Own::No {
        if !own::ends_alike(&entry.mapping, new_size) {
            return Plan::Copy(entry.requested);
        }
        set_size(entry, new_size);
        return Plan::Done;
    }
    if new_size <= LEAVE_AT && entry.requested > LEAVE_AT {
        return Plan::Copy(entry.requested);
    }
    let has = entry.mapping.inner;
    // What a growing block has to spare it will use next.
    let gained = if new_size < entry.requested { has.saturating_sub(inner) } else { 0 };
    if inner > has || gained >= WORTHWHILE || (gained > 0 && gained >= has / 8) {
        entry.state = State::Resizing;
        return Plan::Remap(*entry);
    }
    set_size(entry, new_size);
    Plan::Done
}

/// Gives a live block a smaller size and leaves its mapping as it is; false when it is not live.
///
/// # Safety
/// As for [`resize`]; the block has at least `size` bytes.
#[cold]
pub unsafe fn relabel(block: *mut u8, size: usize) -> bool {
    let relabelled = registry::with(block.addr(), |entry| {
        let live = entry.state == State::Live;
        if live {
            set_size(entry, size);
        }
        live
    });
    relabelled == Some(true)
}

/// Gives a live block its new size and canary.
fn set_size(entry: &mut Entry, new_size: usize) {
    stats::REQUESTED.change(entry.requested, new_size);
    let before = core::mem::replace(&mut entry.requested, new_size);
    // SAFETY: LARGE-4: every caller made sure that size and canary fit the accessible bytes.
    unsafe {
        fence::wipe(&entry.mapping, before, new_size);
        fence::draw(&entry.mapping, new_size);
    }
}

/// Changes the mapping of a block that is marked as being resized, so that this thread owns it.
fn remap(mut entry: Entry, new_size: usize, inner: usize) -> Resize {
    let mut old = entry.mapping;
    if inner < old.inner {
        // SAFETY: LARGE-2: we own the block, and the program wants only `new_size` bytes of it.
        if unsafe { entry.mapping.shrink(inner) } {
            stats::note_purge(old.inner - inner);
        }
        return finish(entry, old, new_size);
    }
    if reuse::join_behind(&mut entry.mapping, inner) {
        if inner <= entry.mapping.inner {
            return finish(entry, old, new_size);
        }
        stats::LIVE_BYTES.change(old.inner, entry.mapping.inner);
        old = entry.mapping;
    }
    if let Some(block) = copy_to_warm(&entry, new_size, inner) {
        return Resize::Moved(block);
    }
    let at_least = inner.max(old.inner + WORTHWHILE);
    // SAFETY: LARGE-2: we own the block.
    let growth = unsafe { entry.mapping.grow(at_least) };
    if growth == Growth::Done {
        note_fresh(at_least - old.inner);
        return finish(entry, old, new_size);
    }
    let mut moved = None;
    if growth == Growth::NoRoom {
        moved =
            relocate(&entry, new_size, at_least).or_else(|| stretch(&mut entry, new_size, inner));
    }
    match moved {
        Some(block) => Resize::Moved(block),
        None => {
            let size = entry.requested;
            finish(entry, old, size);
            Resize::Copy(size)
        }
    }
}

/// Copies the block to a warm one, if there is one with half more room: where growth goes on, that costs
/// less than to fault in the pages it will grow by. One page fault costs as much as two copied pages at
/// the least, in virtual machines as ten.
fn copy_to_warm(entry: &Entry, new_size: usize, inner: usize) -> Option<NonNull<u8>> {
    let old = entry.mapping;
    let least = inner.max(old.inner + old.inner / 2);
    let to = reuse::take_for_growth(least, inner)?;
    // SAFETY: LARGE-2, LARGE-4: we own both, and the new one is larger.
    unsafe { pointer(old.address).copy_to_nonoverlapping(pointer(to.address), entry.requested) };
    finish(Entry { mapping: to, ..*entry }, old, new_size);
    registry::with(old.address, |known| {
        *known = Entry { mapping: old, state: State::Freed, ..*known };
    });
    retire::put(old);
    NonNull::new(pointer(to.address))
}

/// Moves the block's pages to a larger range. `None` leaves the block as it is.
fn relocate(entry: &Entry, new_size: usize, inner: usize) -> Option<NonNull<u8>> {
    // Room to go on where addresses are plenty.
    let to = moves::relocate(entry, inner, align_down(inner / 2, PAGE).max(HEADROOM))?;
    stats::MOVES.add(1);
    note_fresh(inner - entry.mapping.inner);
    finish(Entry { mapping: to, ..*entry }, entry.mapping, new_size);
    NonNull::new(pointer(to.address))
}

/// The block is the program's again, with the mapping and size it has now.
fn finish(entry: Entry, old: Mapping, new_size: usize) -> Resize {
    stats::LIVE_BYTES.change(old.inner, entry.mapping.inner);
    registry::with(entry.mapping.address, |known| {
        *known = entry;
        set_size(known, new_size);
        known.state = State::Live;
    });
    Resize::InPlace
}

/// Lets the block grow at the price of its guard pages, for when the addresses for a move are not to
/// be had. `None` leaves it as it is, but for those perhaps.
fn stretch(entry: &mut Entry, new_size: usize, inner: usize) -> Option<NonNull<u8>> {
    let old = entry.mapping;
    if !registry::keep_place_anywhere() {
        return None;
    }
    registry::remove(old.address);
    // SAFETY: LARGE-2, LARGE-3: we own the block, and the registry has forgotten it.
    let done = unsafe { entry.mapping.stretch(inner) }.is_ok();
    registry::settle(*entry);
    if !done {
        return None;
    }
    let moved = entry.mapping.address != old.address;
    stats::MOVES.add(usize::from(moved));
    finish(*entry, old, new_size);
    NonNull::new(pointer(entry.mapping.address))
}
