//! A small request that found its class's stock empty: which slot serves it.
//!
//! In this order: one of its class that has been in use before; one that a slightly larger class can
//! do without; a fresh one. Each class would otherwise keep the memory of its own busiest moment, and
//! the sum of those is far more than all classes need at any one time.

use core::ptr::NonNull;

use crate::small::hardened;
use crate::small::refill::{self, From};
use crate::small::{cache, class, damage, window};
use crate::thread::{self, Session, State};

use super::alloc::Request;
use super::{idle_stocks, upkeep};

/// How often a thread may borrow for a class, each time for a few blocks, before the class is put to
/// use there: what it takes at the least, a page of slots and one of records, would serve as many.
const BEFORE_USE: u8 = 16;
/// Slots fetched at once for a smaller class, and blocks for which the lender's stock then serves before
/// everything is looked at again.
const LENT_AT_ONCE: u8 = 8;

/// A block for a request of `class`.
pub fn allocate(session: &Session, class: usize, request: &Request) -> Option<NonNull<u8>> {
    let state = session.state();
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe {
        let bin = &raw mut (*state).bins[class];
        let in_use = (*bin).is_attached();
        if in_use && thread::is_closed() {
            // Each class keeps some slots to choose from by lot.
            return take_fresh(session, class, request);
        }
        if (in_use || window::of(class).idle.is_any())
            && let Some(block) = take(state, class, request, From::Idle, usize::MAX)
        {
            return Some(block);
        }
        if let Some(block) = borrow(state, class, request, From::Idle) {
            return Some(block);
        }
        if !in_use && (*bin).wanted < BEFORE_USE {
            (*bin).wanted += 1;
            (*state).wanted |= 1 << class;
            if let Some(block) = borrow(state, class, request, From::Any) {
                return Some(block);
            }
        }
        take_fresh(session, class, request)
    }
}

/// A slot of a larger class that this thread uses, for which the request is not much too small: one
/// that lies idle where that class has plenty, or any.
///
/// # Safety
/// `state` is the calling thread's.
unsafe fn borrow(
    state: *mut State,
    class: usize,
    request: &Request,
    from: From,
) -> Option<NonNull<u8>> {
    for lender in lenders(class, request.align) {
        // SAFETY: THREAD-1: the state's bins are ours.
        unsafe {
            let theirs = &raw mut (*state).bins[lender];
            if !(*theirs).is_attached()
                || (from == From::Idle && !window::of(lender).idle.is_plenty())
            {
                continue;
            }
            let bin = &raw mut (*state).bins[class];
            let at_once =
                if from == From::Idle { lent_at_once((*bin).borrowed) } else { LENT_AT_ONCE };
            if let Some(block) = take(state, lender, request, from, usize::from(at_once)) {
                (*bin).lender = lender as u8;
                (*bin).credit = at_once;
                (*bin).borrowed = (*bin).borrowed.saturating_add(1);
                (*state).wanted |= 1 << class;
                return Some(block);
            }
        }
    }
    None
}

/// A class that comes to borrow often within a period (`small::capacity`) gets more at once: up to 16 times as many.
fn lent_at_once(borrowed: u8) -> u8 {
    LENT_AT_ONCE << (borrowed / 4).min(4)
}

/// The classes that may lend to `class`: at most a quarter larger, or 16 bytes.
fn lenders(class: usize, align: usize) -> impl Iterator<Item = usize> {
    let slot = class::SLOT[class];
    let most = slot + (slot / 4).max(16);
    (class + 1..class::CLASSES)
        .take_while(move |&larger| class::SLOT[larger] <= most)
        .filter(move |&larger| class::is_aligned(larger, align))
}

/// A slot of `class`, or, when its window is full, of any larger one with the same alignment.
///
/// # Safety
/// As THREAD-1 says.
unsafe fn take_fresh(session: &Session, class: usize, request: &Request) -> Option<NonNull<u8>> {
    for larger in class..class::CLASSES {
        if !class::is_aligned(larger, request.align) {
            continue;
        }
        // SAFETY: THREAD-1: the session's state is ours.
        let ask = || unsafe { take(session.state(), larger, request, From::Any, usize::MAX) };
        let mut block = ask();
        if block.is_none() && larger == class {
            block = upkeep::regain(session, ask);
        }
        if block.is_some() {
            return block;
        }
    }
    None
}

/// A slot from the stock of `class`, refilled where it is empty.
///
/// # Safety
/// `state` is the calling thread's.
unsafe fn take(
    state: *mut State,
    class: usize,
    request: &Request,
    from: From,
    most: usize,
) -> Option<NonNull<u8>> {
    // SAFETY: THREAD-1: the state's bins are ours.
    unsafe {
        let bin = idle_stocks::bin_in_use(state, class);
        if thread::is_closed() {
            return take_hardened(state, class, request, from, most);
        }
        loop {
            let Some(index) = cache::pop(bin) else {
                let fetched = refill::refill(bin, class, from, most);
                if fetched.grown != 0 {
                    upkeep::make_room(fetched.grown);
                }
                if fetched.slots == 0 {
                    return None;
                }
                continue;
            };
            let block = cache::hand_out(bin, index, request.size, request.kind);
            if let Some(block) = block {
                damage::mark_door(block.as_ptr(), request.size, request.kind);
                (*state).hardened.note_made(&*bin, index);
                return Some(block);
            }
        }
    }
}

/// [`take`] while the fast paths are closed.
///
/// # Safety
/// As for [`take`]; the bin is attached.
unsafe fn take_hardened(
    state: *mut State,
    class: usize,
    request: &Request,
    from: From,
    most: usize,
) -> Option<NonNull<u8>> {
    // SAFETY: THREAD-1: the state is ours.
    unsafe {
        let (bin, own) = (&raw mut (*state).bins[class], &mut (*state).hardened);
        let (block, grown) =
            hardened::take(bin, own, class, (request.size, request.kind), from, most);
        if grown != 0 {
            upkeep::make_room(grown);
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lenders_are_larger_and_waste_at_most_a_quarter_or_sixteen_bytes() {
        for class in 0..class::CLASSES {
            for align in [16, 32, 64, 256] {
                for lender in lenders(class, align) {
                    let (slot, theirs) = (class::SLOT[class], class::SLOT[lender]);
                    assert!(lender > class && theirs > slot);
                    assert!(theirs <= slot + slot / 4 || theirs == slot + 16);
                    assert!((theirs as usize).is_multiple_of(align));
                }
            }
        }
        // 64 bytes and their canary are the commonest: they borrow what 80-byte slots leave.
        assert!(lenders(class::class_of(56), 16).any(|lender| lender == class::class_of(64)));
    }

    #[test]
    fn a_class_that_goes_on_borrowing_gets_more_at_once() {
        assert_eq!(lent_at_once(0), LENT_AT_ONCE);
        assert_eq!((0..=u8::MAX).map(lent_at_once).max(), Some(16 * LENT_AT_ONCE));
    }
}
