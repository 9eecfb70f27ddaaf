//! Allocation: a size finds its tier.

use core::ptr::{self, NonNull};

use crate::bits::{Kind, PAGE, checked_align_up};
use crate::config::limits::{MAX_ALIGN, MIDDLE_MAX, MIN_ALIGN, SMALL_MAX};
use crate::config::options::{OWN_PAGES, ZERO_SIZE};
use crate::large;
use crate::middle::{self, store};
use crate::small::damage::{DOOR_ROOM, needs_door};
use crate::small::{Bin, cache, class, zero};
use crate::space;
use crate::sys::set_errno;
use crate::thread::{self, Front, Session, Shared};

use super::failures::{self, Refusal};
use super::{emergency, hardened, init, lifetimes, limits, small, upkeep};

/// A block of at least `size` bytes, aligned to 16; null, with `errno` `ENOMEM`, when there is no
/// memory.
#[inline(always)]
pub fn allocate(size: usize, kind: Kind) -> *mut u8 {
    match allocate_fast(size, kind) {
        Some(block) => block.as_ptr(),
        None => allocate_slow(size, MIN_ALIGN, kind, false),
    }
}

/// Like [`allocate`], at a multiple of `align`, a power of two. No memory where `align` is larger than
/// `MAX_ALIGN`.
#[inline(always)]
pub fn allocate_aligned(size: usize, align: usize, kind: Kind) -> *mut u8 {
    match allocate_aligned_fast(size, align, kind) {
        Some(block) => block.as_ptr(),
        None => allocate_slow(size, align, kind, false),
    }
}

/// The class that serves a request of this door.
pub fn class_for(size: usize, align: usize, kind: Kind) -> Option<usize> {
    match needs_door(kind) && size != 0 {
        true => class::class_of_aligned(size.checked_add(DOOR_ROOM)?, align),
        false => class::class_of_aligned(size, align),
    }
}

/// A block from the calling thread's stock; `None` when only a slow path can tell.
#[inline(always)]
pub fn allocate_fast(size: usize, kind: Kind) -> Option<NonNull<u8>> {
    if size > SMALL_MAX {
        return None;
    }
    let (front, shared) = (Front::here(), Shared::get());
    // The bin of a class that holds `size`, or the empty one for 0.
    take(front, shared, front.bin_for(size, shared), size, kind)
}

/// Like [`allocate_fast`], at a multiple of `align`, a power of two.
#[inline(always)]
pub fn allocate_aligned_fast(size: usize, align: usize, kind: Kind) -> Option<NonNull<u8>> {
    if size > SMALL_MAX || align > PAGE || needs_door(kind) {
        return None;
    }
    let (front, shared) = (Front::here(), Shared::get());
    take(front, shared, front.bin(class::bin_of_aligned(size, align)), size, kind)
}

/// A block from one of the thread's bins.
#[inline(always)]
fn take(
    front: Front,
    shared: &'static Shared,
    bin: *mut Bin,
    size: usize,
    kind: Kind,
) -> Option<NonNull<u8>> {
    front.hide(shared);
    // SAFETY: THREAD-1, THREAD-3: the thread's bins are ours and hidden (the special states' are
    // empty); the caller vouches for the class.
    unsafe {
        let Some(index) = cache::pop(bin) else {
            front.show();
            return None;
        };
        front.show();
        cache::hand_out(bin, index, size, kind)
    }
}

/// [`allocate_aligned`] for a request for which the thread's stock has nothing. Where `zeroed` is set, blocks of the
/// middle and the large tier come with every byte zero.
#[cold]
#[inline(never)]
pub extern "C" fn allocate_slow(size: usize, align: usize, kind: Kind, zeroed: bool) -> *mut u8 {
    if hardened::is_quick()
        && let Some(block) = hardened::allocate(size, align, kind)
    {
        return block.as_ptr();
    }
    let class = class_for(size, align, kind);
    let request = Request { size, align: align.max(MIN_ALIGN), kind, zeroed, class };
    let at_hand = match class {
        Some(_) if needs_door(kind) => None,
        Some(class) => from_lender(class, &request),
        None => from_store(&request),
    };
    if let Some(block) = at_hand {
        return block.as_ptr();
    }
    if class.is_none() && is_null_wanted(size, kind) {
        return ptr::null_mut();
    }
    serve_request(&request, Refusal::Counted)
        .or_else(|| serve_once_more(&request))
        .map_or_else(no_memory, NonNull::as_ptr)
}

/// A request that was refused, where that may help.
#[cold]
#[inline(never)]
fn serve_once_more(request: &Request) -> Option<NonNull<u8>> {
    (failures::may_be_mended() && is_possible(request))
        .then(|| serve_request(request, Refusal::Silent))?
}

/// What who is refused gets.
pub fn no_memory() -> *mut u8 {
    set_errno(libc::ENOMEM);
    ptr::null_mut()
}

/// A block from this thread's stock of the class that lends to `class` for the time being
/// ([`small::allocate`] says which).
#[inline]
fn from_lender(class: usize, request: &Request) -> Option<NonNull<u8>> {
    let front = Front::here();
    let bin = front.bin(class);
    // SAFETY: THREAD-1: the bin is ours, or one of a special state, which has no credit and is not
    // written to. Where there is credit there is a lender: nothing ever takes it away.
    let lender = unsafe {
        (*bin).credit = (*bin).credit.checked_sub(1)?;
        (*bin).lender as usize
    };
    // It may have gone out of use since, in a signal handler at the latest; then its stock is empty.
    debug_assert!(lender > class);
    let Request { size, align, kind, .. } = *request;
    let block = || take(front, Shared::get(), front.bin(lender), size, kind);
    class::is_aligned(lender, align).then(block).flatten()
}

/// A block that this thread freed a while ago, of a size that only the middle tier has.
#[inline]
fn from_store(request: &Request) -> Option<NonNull<u8>> {
    let Request { size, align, kind, .. } = *request;
    if size == 0 || !store::serves(size, align) {
        return None;
    }
    // SAFETY: THREAD-1, THREAD-3: the thread's store is ours and hidden.
    let block = Front::with_store(|store| unsafe { store::take(store, size, align, kind) })?;
    if request.zeroed {
        // SAFETY: HEAP-1: a block of `size` bytes that nobody else knows of.
        unsafe { block.write_bytes(0, size) };
    }
    Some(block)
}

/// Like [`allocate`], with every byte zero.
#[inline(always)]
pub fn allocate_zeroed(size: usize) -> *mut u8 {
    if size.wrapping_sub(1) >= SMALL_MAX {
        return allocate_slow(size, MIN_ALIGN, Kind::Malloc, true);
    }
    match allocate_fast(size, Kind::Malloc) {
        Some(block) => clear(block.as_ptr(), size),
        None => allocate_zeroed_slow(size),
    }
}

/// [`allocate_zeroed`] of a small block for which the thread's stock has nothing.
#[cold]
#[inline(never)]
fn allocate_zeroed_slow(size: usize) -> *mut u8 {
    let block = allocate_slow(size, MIN_ALIGN, Kind::Malloc, false);
    if hardened::is_zero_when_new(block) { block } else { clear(block, size) }
}

/// A new block of `size` bytes, or null, with every byte zero.
#[inline(always)]
fn clear(block: *mut u8, size: usize) -> *mut u8 {
    if !block.is_null() {
        // SAFETY: HEAP-1: a block of `size` bytes that nobody else knows of.
        unsafe { ptr::write_bytes(block, 0, size) };
    }
    block
}

/// Like [`allocate_aligned`], with every byte zero.
pub fn allocate_aligned_zeroed(size: usize, align: usize) -> *mut u8 {
    if class::class_of_aligned(size, align).is_none() {
        return allocate_slow(size, align, Kind::Malloc, true);
    }
    clear(allocate_aligned(size, align, Kind::Malloc), size)
}

/// A block of the large tier, whatever its size, for contents that go on growing; from another
/// tier where the large one refuses.
pub fn allocate_growing(size: usize) -> *mut u8 {
    if OWN_PAGES.is_on() {
        return allocate(size, Kind::Malloc);
    }
    let block = thread::enter().and_then(|session| {
        upkeep::tend(&session);
        if !limits::allows(&session, size, false, Refusal::Silent) {
            return None;
        }
        // SAFETY: HEAP-2; `size` is one that `reallocate` has accepted.
        unsafe { large::allocate_growing(size, Kind::Malloc) }
    });
    block.map_or_else(|| allocate(size, Kind::Malloc), NonNull::as_ptr)
}

/// Requests beyond this many bytes are refused at sight: more than the address space of x86_64 and
/// aarch64 processes, so that nothing is given up in vain.
pub const MOST: usize = 1 << 47;

/// What is asked of a slow path.
pub struct Request {
    /// Bytes.
    pub size: usize,
    /// A power of two of at least 16.
    pub align: usize,
    /// By which door.
    pub kind: Kind,
    /// Whether a block of another tier has to be zero.
    pub zeroed: bool,
    /// The class that serves it; `None` where there is none or no byte is asked for.
    pub class: Option<usize>,
}

/// Whether NULL is the answer to such a request, and no failure: C allows it for no bytes (option
/// `zero_size`); C++'s `new` must give a pointer.
pub fn is_null_wanted(size: usize, kind: Kind) -> bool {
    size == 0 && kind == Kind::Malloc && ZERO_SIZE.get() == 1
}

/// Whether there can be such a block.
fn is_possible(request: &Request) -> bool {
    request.class.is_some() || (request.size <= MOST && request.align <= MAX_ALIGN)
}

/// A block from the slow path's beginning on; `refusal`: what becomes of it where there is none.
pub fn serve_request(request: &Request, refusal: Refusal) -> Option<NonNull<u8>> {
    if !is_possible(request) {
        failures::at_sight(request.size);
        return None;
    }
    let Some(session) = thread::enter() else {
        return emergency::allocate(request.size, request.align);
    };
    init::ensure();
    upkeep::tend(&session);
    hardened::patrol(&session);
    if !limits::allows(&session, request.size, request.class.is_some(), refusal) {
        return None;
    }
    sampled(&session, request)
        .or_else(|| on_own_pages(&session, request))
        .or_else(|| ask_tiers(&session, request))
        .or_else(|| ask_again(&session, request, refusal))
}

/// A block whose life is followed, if one is due.
#[inline]
fn sampled(session: &Session, request: &Request) -> Option<NonNull<u8>> {
    // With pages of their own blocks fault where they end: those of the sample would not.
    request.class.filter(|_| request.size != 0 && !OWN_PAGES.is_on())?;
    // SAFETY: HEAP-2; `size` and `align` are within the tier's contract (checked by `serve_request`). THREAD-1: the
    // session's state is ours.
    lifetimes::sample(|| unsafe { from_middle(session, request, (*session.state()).id) })
}

/// A block with pages of its own, where every one is to have them and there are mappings for it.
fn on_own_pages(session: &Session, request: &Request) -> Option<NonNull<u8>> {
    let Request { size, align, kind, zeroed, .. } = *request;
    if !OWN_PAGES.is_on() || size == 0 {
        return None;
    }
    // SAFETY: HEAP-2; `size` and `align` are within the tier's contract (checked by `serve_request`).
    let block = unsafe { large::allocate_own(size, align, kind, zeroed) };
    block.inspect(|&block| hardened::note_made(session, block))
}

/// Where the large tier refuses it has tried everything; for smaller blocks the slots that this thread
/// holds and the pages that nobody uses are worth another try.
#[cold]
#[inline(never)]
fn ask_again(session: &Session, request: &Request, refusal: Refusal) -> Option<NonNull<u8>> {
    let mut block = None;
    if request.size <= MIDDLE_MAX || !space::is_reserved() {
        upkeep::trim(session);
        block = ask_tiers(session, request);
    }
    if block.is_none() && refusal == Refusal::Counted {
        failures::count_want(session, request.size);
    }
    block
}

#[inline]
fn ask_tiers(session: &Session, request: &Request) -> Option<NonNull<u8>> {
    let class = match request.kind.is_aligned() {
        // The first request of all has come here before the options were known.
        true => class_for(request.size, request.align, request.kind),
        false => request.class,
    };
    let small = class.and_then(|class| small::allocate(session, class, request));
    small.or_else(|| ask_others(session, request))
}

#[inline(never)]
fn ask_others(session: &Session, request: &Request) -> Option<NonNull<u8>> {
    // When their addresses run out, an ordinary block of no bytes does.
    if request.size == 0
        && let Some(block) = zero::allocate(request.align)
    {
        return Some(block);
    }
    // SAFETY: HEAP-2; `size` and `align` are within the tiers' contract (checked by `serve_request`).
    // THREAD-1: the session's state is ours.
    let block = unsafe { from_longer_tiers(session, request, (*session.state()).id) };
    block.inspect(|&block| hardened::note_made(session, block))
}

/// # Safety
/// As for [`middle::allocate`] and [`large::allocate`].
unsafe fn from_longer_tiers(
    session: &Session,
    request: &Request,
    near: u32,
) -> Option<NonNull<u8>> {
    // SAFETY: HEAP-2, and the caller's word for the sizes.
    let middle = || unsafe { from_middle(session, request, near) };
    if room(request) <= hardened::middle_max()
        && let Some(block) = middle()
    {
        return Some(block);
    }
    // SAFETY: HEAP-2, and the caller's word for the sizes.
    let large = unsafe { from_large(request, near) };
    // Where there are no more mappings or addresses for it, a longer block of the middle tier will do.
    large.or_else(|| thread::is_closed().then(middle).flatten())
}

/// Bytes that a request may take up by its size and alignment.
fn room(request: &Request) -> usize {
    checked_align_up(request.size.max(1), request.align).unwrap_or(usize::MAX)
}

/// # Safety
/// As for [`middle::allocate`].
unsafe fn from_middle(session: &Session, request: &Request, near: u32) -> Option<NonNull<u8>> {
    let Request { size, align, kind, zeroed, .. } = *request;
    if room(request) > MIDDLE_MAX || align > MIDDLE_MAX {
        return None;
    }
    // SAFETY: THREAD-1: the session's state is ours; HEAP-2, and the caller's word for the sizes.
    unsafe {
        if store::serves(size, align) {
            (*session.state()).asked_store = true;
            store::miss(&raw mut (*session.state()).middle);
        }
        match zeroed {
            true => middle::allocate_zeroed(size, align, kind, near),
            false => middle::allocate(size, align, kind, near),
        }
    }
}

/// # Safety
/// As for [`large::allocate`].
unsafe fn from_large(request: &Request, near: u32) -> Option<NonNull<u8>> {
    let Request { size, align, kind, zeroed, .. } = *request;
    let before = large::fresh_bytes();
    // SAFETY: HEAP-2, and the caller's word for the sizes.
    let block = unsafe {
        match zeroed {
            true => large::allocate_zeroed(size, align, kind, near),
            false => large::allocate(size, align, kind, near),
        }
    };
    let grown = large::fresh_bytes().wrapping_sub(before);
    if grown != 0 {
        upkeep::make_room(grown);
    }
    block
}
