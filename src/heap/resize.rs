//! `realloc` across all tiers, and `malloc_usable_size`.

use core::ptr::{self, NonNull};

use crate::bits::{Kind, PAGE};
use crate::config::limits::{MIN_ALIGN, SMALL_MAX};
use crate::guard::Operation;
use crate::large;
use crate::middle::{self, store};
use crate::small::{cache, class, judge, zero};
use crate::space::{self, Resize};
use crate::sys::{errno, set_errno};
use crate::thread::{self, Front, Session};

use super::alloc::Request;
use super::failures::{self, Refusal};
use super::{alloc, emergency, free, hardened, init, limits};

/// Resizes a block, keeping its first `min(old, new)` bytes; null, with `errno` `ENOMEM` and the
/// block untouched, when there is no memory or the pointer is bad. `size` is not 0.
///
/// # Safety
/// The program uses the block no more once this returns another address.
pub unsafe fn reallocate(block: *mut u8, size: usize) -> *mut u8 {
    // SAFETY: HEAP-3.
    unsafe { reallocate_aligned(block, size, MIN_ALIGN) }
}

/// Like [`reallocate`], of a block that lies at a multiple of `align`, and will.
///
/// # Safety
/// As for [`reallocate`].
#[inline(always)]
pub unsafe fn reallocate_aligned(block: *mut u8, size: usize, align: usize) -> *mut u8 {
    let owner = space::window_of(block.addr());
    let mut refusal = Refusal::Counted;
    // SAFETY: HEAP-3.
    match unsafe { resize_where_it_is(block, owner, size, align, &mut refusal) } {
        Resize::InPlace => block,
        Resize::Moved(to) => to.as_ptr(),
        // SAFETY: HEAP-3: the tier has found the block live, with `old` bytes.
        Resize::Copy(old) => unsafe { copy(block, old, size, align, refusal) },
        Resize::Refused => alloc::no_memory(),
    }
}

/// What can be done to a block without copying it.
///
/// # Safety
/// HEAP-3; `owner` is the number of the block's window.
#[inline(always)]
unsafe fn resize_where_it_is(
    block: *mut u8,
    owner: usize,
    size: usize,
    align: usize,
    refusal: &mut Refusal,
) -> Resize {
    let mut outcome = None;
    if owner < class::CLASSES {
        let bin = Front::here().bin(owner);
        // SAFETY: THREAD-1, HEAP-1: as in `free`.
        unsafe {
            if let Some(live) = cache::sound(bin, block, Kind::Malloc) {
                if size <= SMALL_MAX && cache::resize(bin, block, &live, size, Kind::Malloc) {
                    return Resize::InPlace;
                }
                outcome = Some(Resize::Copy(live.size));
            }
        }
    }
    if size > isize::MAX as usize {
        failures::at_sight(size);
        return Resize::Refused;
    }
    // SAFETY: HEAP-3.
    outcome.unwrap_or_else(|| unsafe { resize_in_tier(block, owner, size, align, refusal) })
}

/// Resizes a block of the middle tier within its length, where that is all there is to it.
///
/// # Safety
/// HEAP-3; `block` lies in the middle tier's range.
unsafe fn resize_in_store(block: *mut u8, size: usize) -> bool {
    // Far below the middle tier's sizes a block is better copied.
    if size <= SMALL_MAX / 2 || !middle::serves(size, MIN_ALIGN) {
        return false;
    }
    // SAFETY: THREAD-1, THREAD-3: the thread's store is ours and hidden.
    Front::with_store(|store| unsafe { store::resize(store, block, size) })
}

/// What the tier of a block that is not in this thread's easy reach says.
///
/// # Safety
/// HEAP-3.
#[inline(never)]
unsafe fn resize_in_tier(
    block: *mut u8,
    owner: usize,
    size: usize,
    align: usize,
    refusal: &mut Refusal,
) -> Resize {
    let operation = Operation::Realloc;
    let copy_or_refuse = |old: Option<usize>| old.map_or(Resize::Refused, Resize::Copy);
    if emergency::owns(owner) {
        return copy_or_refuse(emergency::usable_size(block, operation));
    }
    // SAFETY: HEAP-3.
    if free::in_middle(block) && unsafe { resize_in_store(block, size) } {
        return Resize::InPlace;
    }
    if owner < class::CLASSES
        && hardened::is_quick()
        // SAFETY: HEAP-3, and HEAP-1 for the class.
        && let Some(outcome) = unsafe { hardened::resize_quickly(owner, block, size) }
    {
        return outcome;
    }
    let Some(session) = thread::enter() else {
        // Copied to where handlers get their blocks; the old one waits for its free.
        return copy_or_refuse(size_at_sight(block, owner));
    };
    init::ensure();
    let is_long = owner >= class::CLASSES && owner != zero::WINDOW;
    let before = || size_at_sight(block, owner);
    let session = match is_long {
        true => limits::let_grow(session, size, before, refusal),
        false => Some(session),
    };
    let Some(session) = session else { return Resize::Refused };
    // SAFETY: HEAP-3, HEAP-2.
    unsafe { resize_inside(&session, block, owner, size, align) }
}

/// [`resize_in_tier`] inside the gate.
///
/// # Safety
/// HEAP-3.
unsafe fn resize_inside(
    session: &Session,
    block: *mut u8,
    owner: usize,
    size: usize,
    align: usize,
) -> Resize {
    let operation = Operation::Realloc;
    let copy_or_refuse = |old: Option<usize>| old.map_or(Resize::Refused, Resize::Copy);
    // SAFETY: HEAP-1, HEAP-2.
    unsafe {
        if owner < class::CLASSES && thread::is_closed() {
            hardened::resize(owner, block, size)
        } else if owner < class::CLASSES || owner == zero::WINDOW {
            copy_or_refuse(examine(owner, block, operation))
        } else if free::in_middle(block) {
            middle::resize(block, size, (*session.state()).id)
        } else if align <= PAGE {
            large::resize(block, size, (*session.state()).id)
        } else {
            // Its pages might be moved to where the alignment is another.
            copy_or_refuse(large::usable_size(block, operation))
        }
    }
}

/// A block that has to be copied at this size (bytes) while it grows will grow again: it goes to the
/// large tier at once, which from then on moves pages, not bytes.
const GROWING: usize = 1 << 20;

/// # Safety
/// The block is live and has `old` bytes; HEAP-3.
unsafe fn copy(block: *mut u8, old: usize, size: usize, align: usize, refusal: Refusal) -> *mut u8 {
    // Shrinking needs no memory: where there is none the block stays where it is.
    let errno_before = if size <= old { errno() } else { 0 };
    let to = match align {
        _ if refusal == Refusal::Silent => allocate_once_more(size, align),
        ..=MIN_ALIGN if size >= GROWING && size > old => alloc::allocate_growing(size),
        ..=MIN_ALIGN => alloc::allocate(size, Kind::Malloc),
        _ => alloc::allocate_aligned(size, align, Kind::Malloc),
    };
    // SAFETY: HEAP-1: both blocks are live, distinct and hold that many bytes.
    unsafe {
        if to.is_null() {
            if size > old || !relabel(block, size) {
                return to;
            }
            set_errno(errno_before);
            return block;
        }
        ptr::copy_nonoverlapping(block, to, old.min(size));
        // A free, if by another name: this is the block's end whatever is found.
        free::free(block, Kind::Malloc, None);
    }
    to
}

/// A block for growth that was refused once, and for which the program may have freed something.
#[cold]
fn allocate_once_more(size: usize, align: usize) -> *mut u8 {
    let (kind, align) = (Kind::Malloc, align.max(MIN_ALIGN));
    let class = alloc::class_for(size, align, kind);
    let request = Request { size, align, kind, zeroed: false, class };
    alloc::serve_request(&request, Refusal::Silent).map_or_else(alloc::no_memory, NonNull::as_ptr)
}

/// Makes a block smaller where it is: only its size and its canary change. False where that cannot
/// be now.
///
/// # Safety
/// The block is live and has at least `size` bytes; HEAP-3.
unsafe fn relabel(block: *mut u8, size: usize) -> bool {
    let owner = space::window_of(block.addr());
    if emergency::owns(owner) {
        return emergency::relabel(block, size);
    }
    // SAFETY: HEAP-1, HEAP-2.
    unsafe {
        if owner < class::CLASSES {
            return judge::relabel(owner, block, size);
        }
        let Some(_session) = thread::enter() else { return false };
        match free::in_middle(block) {
            true => middle::relabel(block, size),
            false => large::relabel(block, size),
        }
    }
}

/// The requested size of a block; 0, after a report, when it is not one.
///
/// # Safety
/// None beyond the pointer being the program's own affair: any address may be asked about.
pub unsafe fn usable_size(block: *mut u8) -> usize {
    // SAFETY: HEAP-1: the caller's word.
    unsafe { known_size(block) }.unwrap_or(0)
}

/// The requested size of a block; `None`, after a report, when it is not one.
///
/// # Safety
/// As for [`usable_size`].
#[inline(always)]
pub unsafe fn known_size(block: *mut u8) -> Option<usize> {
    let owner = space::window_of(block.addr());
    let operation = Operation::UsableSize;
    // SAFETY: HEAP-1, THREAD-1: as in `free`; HEAP-2 for the tiers.
    unsafe {
        if owner < class::CLASSES
            && let Some(size) = quick_size(owner, block)
        {
            return Some(size);
        }
        if emergency::owns(owner) {
            return emergency::usable_size(block, operation);
        }
        if let Some(size) = store::size_of_live(block) {
            return Some(size);
        }
        let Some(_session) = thread::enter() else {
            return size_at_sight(block, owner);
        };
        init::ensure();
        if owner < class::CLASSES || owner == zero::WINDOW {
            examine(owner, block, operation)
        } else if free::in_middle(block) {
            middle::usable_size(block, operation)
        } else {
            large::usable_size(block, operation)
        }
    }
}

/// Resizes a block without moving it; false, and nothing has changed, where that cannot be, or, after a report, where
/// there is no such block. `size` is not 0. One that becomes smaller always stays, with the memory it has.
///
/// # Safety
/// HEAP-3 for the bytes behind `size`.
pub unsafe fn resize_in_place(block: *mut u8, size: usize) -> bool {
    // The large tier moves pages only where an alignment is none of its concern.
    const STAYS: usize = PAGE * 2;
    let owner = space::window_of(block.addr());
    // SAFETY: HEAP-3.
    match unsafe { resize_where_it_is(block, owner, size, STAYS, &mut Refusal::Counted) } {
        Resize::InPlace => true,
        // SAFETY: HEAP-3: the tier has found the block live, with `old` bytes.
        Resize::Copy(old) => size <= old && unsafe { relabel(block, size) },
        Resize::Moved(_) | Resize::Refused => false,
    }
}

/// The requested size of a live block for a signal handler that interrupted its own thread in a slow path, which may hold any
/// lock: nothing is waited for, checked or reported. `None` also for a large block whose lock is taken just now.
fn size_at_sight(block: *mut u8, owner: usize) -> Option<usize> {
    if owner < class::CLASSES {
        judge::size_at_sight(owner, block)
    } else if owner == zero::WINDOW {
        Some(0)
    } else if free::in_middle(block) {
        store::size_of_live(block)
    } else {
        large::size_at_sight(block)
    }
}

/// The size of a block of the small tier that the fast path's checks accept.
///
/// # Safety
/// `owner` is the number of the block's window.
unsafe fn quick_size(owner: usize, block: *mut u8) -> Option<usize> {
    // SAFETY: THREAD-1, HEAP-1: as in `free`.
    unsafe { cache::sound(Front::here().bin(owner), block, Kind::Malloc) }.map(|live| live.size)
}

/// # Safety
/// `owner` is the number of the block's window.
unsafe fn examine(owner: usize, block: *mut u8, operation: Operation) -> Option<usize> {
    if owner == zero::WINDOW {
        return zero::examine(block, operation).then_some(0);
    }
    // SAFETY: HEAP-1: `owner` is the class of the block's window.
    unsafe { judge::examine(owner, block, operation) }.map(|sound| sound.size)
}
