//! Pages as they should be, and as they should not. Whatever a page says, reading it ends, and takes no more memory than the
//! largest page does.

mod page_bytes;

use std::mem::offset_of;

use dam::measure::page::{LAYOUT, MAX_CLASSES, MAX_EVENTS, MAX_OPTIONS, MAX_POOLS, Page, Parts};
use dam::measure::stats::{dam_stats_class_t, dam_stats_pool_t, dam_stats_t};
use proptest::prelude::*;

pub use page_bytes::{PageBytes, no_wishes};

use super::snapshot::{HEAD, LONGEST, Unreadable, length_of};
use super::{Snapshot, violation_name};

/// What the example says.
pub fn example(process: u32) -> Snapshot {
    Snapshot::of_bytes(&PageBytes::example(process).0).unwrap()
}

#[test]
fn a_page_is_read() {
    let snapshot = example(7);
    assert_eq!(
        (snapshot.process, snapshot.version.as_str(), snapshot.profile()),
        (7, "0.1.0", "default")
    );
    assert_eq!((snapshot.stats.live_bytes, snapshot.figure("page_fragmentation")), (3 << 20, 0.25));
    assert_eq!((snapshot.classes.len(), snapshot.classes[1].live), (74, 2048));
    assert_eq!((snapshot.events.len(), violation_name(&snapshot.events[0])), (1, "double-free"));
    assert_eq!(snapshot.pools.len(), 0);
}

#[test]
fn events_come_in_the_order_of_their_numbers() {
    let page = PageBytes::empty(1).event(0, &[17, 0, 0, 0, 0]).event(1, &[2, 0, u64::MAX, 0, 0]);
    let snapshot = Snapshot::of_bytes(&page.event(5, &[6, 0, 0, 0, 0]).0).unwrap();
    assert_eq!(snapshot.events.iter().map(|event| event.number).collect::<Vec<_>>(), [2, 6, 17]);
    assert_eq!(violation_name(&snapshot.events[0]), "unknown");
}

#[test]
fn other_layouts_and_other_files_are_told_apart() {
    let of = |page: &[u8]| Snapshot::of_bytes(page).err();
    assert_eq!(
        of(&PageBytes::example(1).layout(LAYOUT + 1).0),
        Some(Unreadable::Layout(LAYOUT + 1))
    );
    assert_eq!(of(&[]), Some(Unreadable::NotAPage));
    assert_eq!(of(&vec![0; size_of::<Page>()]), Some(Unreadable::NotAPage));
    assert_eq!(of(&PageBytes::example(1).0[..HEAD - 1]), Some(Unreadable::NotAPage));
}

#[test]
fn pools_are_read_where_there_are_any() {
    let page = PageBytes::example(1).pools(MAX_POOLS);
    assert_eq!(length_of(&page.0), Ok(size_of::<Page>()));
    let snapshot = Snapshot::of_bytes(&page.0).unwrap();
    assert_eq!((snapshot.pools.len(), snapshot.pools[MAX_POOLS - 1].bytes), (MAX_POOLS, 65_536));
    let without = length_of(&PageBytes::example(1).0).unwrap();
    assert!(without <= offset_of!(Page, pools), "pools that are not told are not copied");
}

/// Entries of an older DAM's page are shorter, those of a newer one's longer and elsewhere.
#[test]
fn entries_of_other_lengths_are_read_as_far_as_they_are_known() {
    let mut page = PageBytes::example(1);
    let mut parts = Parts::new(74, 30);
    parts.stats.entry = (offset_of!(dam_stats_t, requested_bytes)) as u32;
    page.parts(parts);
    let stats = Snapshot::of_bytes(&page.0).unwrap().stats;
    assert_eq!((stats.live_bytes, stats.requested_bytes, stats.violations), (3 << 20, 0, 0));

    let mut page = PageBytes::example(1);
    let longer = size_of::<dam_stats_class_t>() + 64;
    (parts.classes.offset, parts.classes.entry, parts.classes.count) =
        (page.0.len() as u32, longer as u32, 2);
    page.0.resize(page.0.len() + 2 * longer, 9);
    page.parts(parts);
    assert_eq!(length_of(&page.0), Ok(page.0.len()));
    let classes = Snapshot::of_bytes(&page.0).unwrap().classes;
    assert_eq!((classes.len(), classes[1].live), (2, u64::from_ne_bytes([9; 8])));
}

#[test]
fn texts_have_nothing_that_commands_a_terminal() {
    let mut page = PageBytes::empty(1);
    page.put(offset_of!(Page, version), b"\x1b]0;x\x07\xff\0\x1b");
    assert_eq!(Snapshot::of_bytes(&page.0).unwrap().version, "?]0;x?\u{fffd}");
}

fn is_bounded(snapshot: &Snapshot) -> bool {
    snapshot.classes.len() <= MAX_CLASSES
        && snapshot.options.len() <= MAX_OPTIONS
        && snapshot.events.len() <= MAX_EVENTS
        && snapshot.pools.len() <= MAX_POOLS
}

/// Everything that is done with a snapshot to show it.
fn use_it(snapshot: &Snapshot) {
    let _ = (snapshot.profile(), snapshot.age(u64::MAX), snapshot.figure("overhead"));
    snapshot.events.iter().for_each(|event| assert!(!violation_name(event).is_empty()));
}

proptest! {
    #[test]
    fn flipped_bits_are_no_fault(
        // Most of them where they matter: in front of the figures.
        changes in prop::collection::vec((prop_oneof![0..HEAD, 0..size_of::<Page>()], 0..8u8), 0..64),
        pools in 0usize..20,
        length in prop_oneof![Just(usize::MAX), 0..size_of::<Page>()],
    ) {
        let mut page = PageBytes::example(1).pools(pools);
        changes.iter().for_each(|&(at, bit)| page.0[at] ^= 1 << bit);
        page.0.truncate(length);
        if let Ok(length) = length_of(&page.0) {
            prop_assert!((HEAD..=LONGEST).contains(&length));
        }
        if let Ok(snapshot) = Snapshot::of_bytes(&page.0) {
            prop_assert!(is_bounded(&snapshot));
            use_it(&snapshot);
        }
    }

    #[test]
    fn random_parts_are_no_fault(words in prop::collection::vec(any::<u32>(), 5 * 4), seed in any::<u8>()) {
        let mut page = PageBytes::example(1);
        page.0[HEAD..].iter_mut().enumerate().for_each(|(at, byte)| *byte = (at as u8).wrapping_mul(seed));
        for (part, words) in words.chunks_exact(4).enumerate() {
            let offset = offset_of!(Page, parts) + part * size_of::<dam::measure::page::Part>();
            let entry = words[1] % if words[3] & 1 == 0 { 64 } else { u32::MAX };
            page.put(offset, &(words[0] % if words[3] & 2 == 0 { 1 << 19 } else { u32::MAX }).to_ne_bytes());
            page.put(offset + 4, &entry.to_ne_bytes());
            page.put(offset + 8, &(u64::from(words[2]) << (words[3] & 31)).to_ne_bytes());
        }
        let length = length_of(&page.0).unwrap();
        prop_assert!((HEAD..=LONGEST).contains(&length));
        let snapshot = Snapshot::of_bytes(&page.0).unwrap();
        prop_assert!(is_bounded(&snapshot));
        use_it(&snapshot);
    }

    #[test]
    fn random_bytes_are_no_fault(mut bytes in prop::collection::vec(any::<u8>(), 0..4096), is_page in any::<bool>()) {
        if is_page && bytes.len() >= HEAD {
            let head = PageBytes::empty(1).0;
            bytes[..12].copy_from_slice(&head[..12]);
        }
        if let Ok(snapshot) = Snapshot::of_bytes(&bytes) {
            prop_assert!(is_bounded(&snapshot));
            use_it(&snapshot);
        }
    }
}

#[test]
fn pool_entries_have_the_length_that_is_told() {
    let mut parts = Parts::new(74, 30);
    (parts.pools.entry, parts.pools.count) = (size_of::<dam_stats_pool_t>() as u32 - 8, 3);
    let mut page = PageBytes::example(1).pools(3);
    page.parts(parts);
    assert_eq!(Snapshot::of_bytes(&page.0).unwrap().pools.len(), 3);
}
