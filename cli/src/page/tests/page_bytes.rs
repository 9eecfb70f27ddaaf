//! The bytes of a page, as a process would have written them.

use std::mem::offset_of;

use dam::measure::page::{Answers, Event, LAYOUT, MAGIC, Page, Part, Parts, Wishes};
use dam::measure::stats::{dam_stats_class_t, dam_stats_pool_t, dam_stats_t};

/// See the module.
#[derive(Clone)]
pub struct PageBytes(pub Vec<u8>);

impl PageBytes {
    /// A page of process `process`, with some figures, two classes and a violation.
    pub fn example(process: u32) -> Self {
        let mut page = Self::empty(process);
        page.stat(offset_of!(dam_stats_t, live_bytes), 3 << 20)
            .stat(offset_of!(dam_stats_t, used_bytes), 4 << 20)
            .stat(offset_of!(dam_stats_t, requested_bytes), 2 << 20)
            .stat(offset_of!(dam_stats_t, allocation_rate), 12_345)
            .stat(offset_of!(dam_stats_t, violations), 1);
        for (class, slot, live) in [(0, 32, 1000), (1, 64, 2048)] {
            page.class(class, offset_of!(dam_stats_class_t, slot_bytes), slot)
                .class(class, offset_of!(dam_stats_class_t, live), live)
                .class(class, offset_of!(dam_stats_class_t, pools), 1)
                .class(class, offset_of!(dam_stats_class_t, committed_bytes), 131_072);
        }
        page.event(0, &[17, 1_000, 2, 0x7000_1000, 24])
    }

    /// A page without figures.
    pub fn empty(process: u32) -> Self {
        let mut page = Self(vec![0; size_of::<Page>()]);
        page.put(offset_of!(Page, magic), &MAGIC.to_ne_bytes());
        page.put(offset_of!(Page, layout), &LAYOUT.to_ne_bytes());
        page.put(offset_of!(Page, process), &process.to_ne_bytes());
        page.put(offset_of!(Page, version), b"0.1.0");
        page.put(offset_of!(Page, options), &1u32.to_ne_bytes());
        page.parts(Parts::new(74, 30));
        page
    }

    /// Says where parts are.
    pub fn parts(&mut self, parts: Parts) {
        let places = [
            (offset_of!(Parts, stats), parts.stats),
            (offset_of!(Parts, classes), parts.classes),
            (offset_of!(Parts, options), parts.options),
            (offset_of!(Parts, events), parts.events),
            (offset_of!(Parts, pools), parts.pools),
        ];
        for (offset, part) in places {
            let offset = offset_of!(Page, parts) + offset;
            self.put(offset + offset_of!(Part, offset), &part.offset.to_ne_bytes());
            self.put(offset + offset_of!(Part, entry), &part.entry.to_ne_bytes());
            self.put(offset + offset_of!(Part, count), &part.count.to_ne_bytes());
        }
    }

    /// Bytes at an offset.
    pub fn put(&mut self, offset: usize, bytes: &[u8]) {
        self.0[offset..][..bytes.len()].copy_from_slice(bytes);
    }

    /// A field of `dam_stats_t`.
    pub fn stat(&mut self, field: usize, value: u64) -> &mut Self {
        self.put(offset_of!(Page, stats) + field, &value.to_ne_bytes());
        self
    }

    /// A field of a class.
    pub fn class(&mut self, class: usize, field: usize, value: u64) -> &mut Self {
        let class = offset_of!(Page, classes) + class * size_of::<dam_stats_class_t>();
        self.put(class + field, &value.to_ne_bytes());
        self
    }

    /// An event: number, time, violation, address, size.
    pub fn event(mut self, place: usize, words: &[u64; 5]) -> Self {
        let event = offset_of!(Page, events) + place * size_of::<Event>();
        words
            .iter()
            .enumerate()
            .for_each(|(at, word)| self.put(event + at * 8, &word.to_ne_bytes()));
        self
    }

    /// So many pools, all alike.
    pub fn pools(mut self, count: usize) -> Self {
        let mut parts = Parts::new(74, 30);
        parts.pools.count = count as u64;
        self.parts(parts);
        for pool in 0..count {
            let pool = offset_of!(Page, pools) + pool * size_of::<dam_stats_pool_t>();
            self.put(pool + offset_of!(dam_stats_pool_t, bytes), &65_536u64.to_ne_bytes());
        }
        self
    }

    /// The word that is odd while the page is being written.
    pub fn sequence(mut self, sequence: u64) -> Self {
        self.put(offset_of!(Page, sequence), &sequence.to_ne_bytes());
        self
    }

    /// Another layout.
    pub fn layout(mut self, layout: u32) -> Self {
        self.put(offset_of!(Page, layout), &layout.to_ne_bytes());
        self
    }

    /// The answer to a heap check.
    pub fn checked(mut self, number: u64, faults: u64) -> Self {
        let answers = offset_of!(Page, answers);
        self.put(answers + offset_of!(Answers, check), &number.to_ne_bytes());
        self.put(answers + offset_of!(Answers, check_faults), &faults.to_ne_bytes());
        self
    }
}

/// The bytes of a file of wishes nobody has wished anything in.
pub fn no_wishes() -> Vec<u8> {
    let mut bytes = vec![0; size_of::<Wishes>()];
    bytes[offset_of!(Wishes, magic)..][..8].copy_from_slice(&MAGIC.to_ne_bytes());
    bytes[offset_of!(Wishes, layout)..][..4].copy_from_slice(&LAYOUT.to_ne_bytes());
    bytes
}
