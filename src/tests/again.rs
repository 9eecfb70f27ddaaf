//! Slots whose pages were given back, taken again.

use std::vec::Vec;

use crate::bits::Kind;
use crate::bits::PAGE;
use crate::guard::canary;
use crate::heap::{self, inspect};
use crate::small::pages::Pages;
use crate::small::pool::{Inner, State};
use crate::small::refill::From;
use crate::small::{class, take, window};
#[cfg(not(feature = "audit"))]
use crate::small::{purge, record};
use crate::space;
#[cfg(not(feature = "audit"))]
use crate::sync::atomic::Ordering::Relaxed;

use super::alone::{Random, alone, seed};

/// Runs of blocks are freed among others that stay, and what is free goes back to the system.
fn scatter(size: usize, random: &mut Random) -> usize {
    let blocks: Vec<*mut u8> = (0..3000).map(|_| heap::allocate(size, Kind::Malloc)).collect();
    let (mut at, mut stays) = (0, false);
    while at < blocks.len() {
        let run = 1 + random.below(if stays { 4 } else { 200 + 8000 / size });
        for &block in blocks[at..].iter().take(run) {
            // SAFETY: ABI-1: a live block, of which all bytes are ours.
            unsafe {
                block.write_bytes(1, size);
                if !stays {
                    heap::free(block, Kind::Malloc, None);
                }
            }
        }
        (at, stays) = (at + run, !stays);
    }
    inspect::trim();
    space::window_of(blocks[0].addr())
}

/// Takes some slots and looks at them: canaries around them, and what is said about pages.
fn take_some(inner: &mut Inner, class: usize, most: usize) -> usize {
    let (window, bytes) = (window::of(class), class::SLOT[class] as usize);
    let start = window.base() + inner.first_slot() as usize * bytes;
    let (mut out, mut gone) = (std::vec![0; most], inner.gone);
    let taken = take::some(inner, &mut out, From::Idle);
    assert!(taken.fault.is_none());
    let mut again = 0;
    for index in &out[most - taken.slots..] {
        let block = window.base() + *index as usize * bytes;
        for word in [block - 8, block + bytes - 8] {
            // SAFETY: SMALL-3: committed; SMALL-4 is what is tested.
            assert!(unsafe { canary::intact(word as *const u8) }, "slot {index} of {bytes}");
        }
        let pages = (block - 8 - start) / PAGE..(block + bytes - start).div_ceil(PAGE);
        again += pages.map(|page| gone.remove(page..page + 1)).sum::<usize>();
    }
    assert_eq!((inner.gone, taken.refaulted), (gone, again * PAGE), "slots of {bytes}");
    taken.slots
}

/// Compares what may be given back with the rule for each page.
fn check_purgeable(inner: &Inner, class: usize) {
    let (bytes, pages) = (class::SLOT[class] as usize, inner.purgeable());
    if usize::from(inner.idle) * bytes < PAGE / 2 {
        return assert!(pages.is_empty());
    }
    let reach = usize::from(inner.reach).min(class::usable_end(class));
    let end = (reach * bytes).div_ceil(PAGE).min(class::pool_bytes(class) / PAGE - 1);
    let mut expected = Pages::NONE;
    for page in (bytes - 8) / PAGE..end {
        let behind = ((page + 1) * PAGE + 7) / bytes + 1;
        if ((page * PAGE / bytes).max(1)..behind.min(reach)).all(|slot| inner.is_free(slot)) {
            expected.insert(page..page + 1);
        }
    }
    expected.remove_all(&inner.gone);
    assert_eq!(pages, expected, "slots of {bytes}");
}

#[test]
fn pages_come_back_with_the_first_slot_on_them() {
    alone("tests::again::pages_come_back_with_the_first_slot_on_them", || {
        let mut random = Random(seed());
        for size in [8, 24, 100, 500, 1000, 3000, 5000, 16_000] {
            let class = scatter(size, &mut random);
            let mut were_gone = 0;
            for number in 0..window::of(class).pools(class) {
                let pool = window::of(class).pool(class, number);
                // SAFETY: SMALL-5: descriptors live for ever.
                let mut inner = unsafe { pool.as_ref() }.inner.lock();
                were_gone += inner.gone.len();
                let reach = usize::from(inner.reach);
                while inner.lowest(reach).is_some() {
                    let most = 1 + random.below(60);
                    assert!(take_some(&mut inner, class, most) > 0);
                    check_purgeable(&inner, class);
                }
                assert_ne!(inner.state, State::Quarantined);
            }
            assert!(were_gone > 0, "{size}");
        }
    });
}

// An audit would not wait until the pages are looked at.
#[cfg(not(feature = "audit"))]
#[test]
fn a_block_that_is_also_free_keeps_its_pages() {
    alone("tests::again::a_block_that_is_also_free_keeps_its_pages", || {
        for size in [24, 1000, 3000, 16_000] {
            let free = |block| {
                // SAFETY: ABI-1: a live block.
                unsafe { heap::free(block, Kind::Malloc, None) }
            };
            let blocks: Vec<*mut u8> =
                (0..1000).map(|_| heap::allocate(size, Kind::Malloc)).collect();
            // SAFETY: ABI-1: a live block, of which all bytes are ours.
            blocks.iter().for_each(|block| unsafe { block.write_bytes(7, size) });
            let kept = blocks[500];
            let class = space::window_of(kept.addr());
            let index = (kept.addr() - window::of(class).base()) / class::SLOT[class] as usize;
            let record = window::of(class).record(index as u32);
            blocks.into_iter().for_each(free);
            // As where two threads have freed it at the same moment, and one of them was given it again.
            record.store(record::live(size, Kind::Malloc), Relaxed);
            let gone = purge::PURGED_BYTES.load(Relaxed);
            inspect::trim();
            assert!(purge::PURGED_BYTES.load(Relaxed) > gone, "{size}");
            // SAFETY: SMALL-3: committed.
            let bytes = unsafe { core::slice::from_raw_parts(kept, size) };
            assert!(bytes.iter().all(|&byte| byte == 7), "{size}");
            assert_eq!(record.swap(0, Relaxed), record::live(size, Kind::Malloc), "{size}");
        }
    });
}
