//! What must be true of a heap, kept beside it: every live block with its size, alignment, door and
//! contents.

use std::collections::BTreeMap;
use std::vec::Vec;

use crate::config::limits::CANARY;
use crate::measure::stats::dam_stats_t;
use crate::small::{class, zero};
use crate::{abi, heap, space};

/// By which door a block must leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Malloc,
    New,
    NewArray,
    Rust,
}

/// A live block.
#[derive(Clone, Copy, Debug)]
pub struct Block {
    pub address: usize,
    pub size: usize,
    pub align: usize,
    pub door: Door,
    /// What its bytes are made from.
    pub fill: u64,
}

/// Blocks up to this size are filled and compared whole; of longer ones, both ends and a word a
/// page.
const WHOLE: usize = 256 << 10;
const END: usize = 4096;

impl Block {
    pub fn pointer(&self) -> *mut u8 {
        core::ptr::with_exposed_provenance_mut(self.address)
    }

    /// The byte at `at`, of eight at once.
    fn word(&self, at: usize) -> u64 {
        (self.fill ^ at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Calls `visit(offset, length)` for the pieces of eight bytes or less that are looked at.
    fn pieces(&self, len: usize, visit: &mut dyn FnMut(usize, usize)) {
        let mut at = 0;
        while at < len {
            visit(at, (len - at).min(8));
            let inside = self.size > WHOLE && at >= END && at + 2 * END < self.size;
            at += if inside { END } else { 8 };
        }
    }

    /// Writes the block's contents. Nothing of it is read.
    pub fn write(&self) {
        self.pieces(self.size, &mut |at, len| {
            let word = self.word(at).to_le_bytes();
            // SAFETY: ABI-1: within a live block that the test owns.
            unsafe { core::ptr::copy_nonoverlapping(word.as_ptr(), self.pointer().add(at), len) };
        });
    }

    /// Compares the first `len` bytes.
    pub fn verify(&self, len: usize) {
        self.pieces(len, &mut |at, len| {
            let (mut found, expected) = ([0; 8], self.word(at).to_le_bytes());
            // SAFETY: ABI-1: within a live block that the test owns.
            unsafe {
                core::ptr::copy_nonoverlapping(self.pointer().add(at), found.as_mut_ptr(), len)
            };
            assert_eq!(found[..len], expected[..len], "contents of {self:x?} at {at:#x}");
        });
    }

    /// Checks that every byte looked at is zero.
    pub fn verify_zero(&self) {
        self.pieces(self.size, &mut |at, len| {
            let mut found = [0; 8];
            // SAFETY: ABI-1: within a live block that the test owns.
            unsafe {
                core::ptr::copy_nonoverlapping(self.pointer().add(at), found.as_mut_ptr(), len)
            };
            assert_eq!(found, [0; 8], "zeroed block {self:x?} at {at:#x}");
        });
    }
}

/// Where a block lives: an index into [`Counts`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tier {
    Small,
    Middle,
    Large,
    Zero,
}

/// The tier an address belongs to (HEAP-1).
pub fn tier_of(address: usize) -> Tier {
    let window = space::window_of(address);
    if window < class::CLASSES {
        Tier::Small
    } else if window == zero::WINDOW {
        Tier::Zero
    } else if heap::free::in_middle(core::ptr::without_provenance_mut(address)) {
        Tier::Middle
    } else {
        Tier::Large
    }
}

/// Blocks handed out and live, by tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub allocations: [u64; 4],
    pub live: [u64; 4],
    pub requested: u64,
}

impl Counts {
    pub fn add(&mut self, other: &Counts) {
        for tier in 0..4 {
            self.allocations[tier] = self.allocations[tier].wrapping_add(other.allocations[tier]);
            self.live[tier] = self.live[tier].wrapping_add(other.live[tier]);
        }
        self.requested = self.requested.wrapping_add(other.requested);
    }

    /// A run that left a tier out has not tested it.
    pub fn all_tiers(&self) {
        assert!(self.allocations.iter().all(|&count| count > 20), "{self:?}");
    }

    /// Compares with the heap's own figures, in a process where nobody else allocates.
    ///
    /// A large block that moves is not counted as a new one by the heap, but its address changes:
    /// of large allocations only the balance is exact.
    pub fn compare(&self, stats: &dam_stats_t) {
        let s = stats;
        let of = |tier: Tier| (self.allocations[tier as usize], self.live[tier as usize]);
        assert_eq!((s.small_allocations, s.small_live), of(Tier::Small), "small: {s:?}");
        assert_eq!((s.middle_allocations, s.middle_live), of(Tier::Middle), "middle: {s:?}");
        assert_eq!((s.zero_allocations, s.zero_live), of(Tier::Zero), "zero: {s:?}");
        assert_eq!(s.large_live, self.live[Tier::Large as usize], "large: {s:?}");
        assert_eq!(s.small_allocations - s.small_frees, s.small_live);
        assert_eq!(s.middle_allocations - s.middle_frees, s.middle_live);
        assert_eq!(s.large_allocations - s.large_frees, s.large_live);
        assert_eq!(s.zero_allocations - s.zero_frees, s.zero_live);
        assert_eq!(s.live_blocks, self.live.iter().sum::<u64>());
        assert_eq!(s.requested_bytes, self.requested);
        assert!(s.live_bytes >= s.requested_bytes);
        assert_eq!((s.violations, s.pools_quarantined, s.dealloc_mismatches), (0, 0, 0));
    }
}

/// The heap's figures.
pub fn statistics() -> dam_stats_t {
    let mut stats = dam_stats_t::default();
    // SAFETY: ABI-1: the structure has that many bytes.
    assert_eq!(unsafe { abi::stats::dam_get_stats(&mut stats, size_of::<dam_stats_t>()) }, 0);
    stats
}

/// All live blocks of one owner, by address.
#[derive(Default)]
pub struct Shadow {
    live: BTreeMap<usize, Block>,
    order: Vec<usize>,
    pub bytes: usize,
    pub counts: Counts,
}

impl Shadow {
    /// Enters a block that an allocation returned: checks place and size, and fills it.
    pub fn enter(&mut self, block: Block) {
        self.admit(block);
        block.write();
        self.counts.allocations[tier_of(block.address) as usize] += 1;
    }

    /// Enters a block that lived before.
    pub fn admit(&mut self, block: Block) {
        let Block { address, size, align, .. } = block;
        assert!(address != 0 && address.is_multiple_of(align.max(16)), "alignment of {block:x?}");
        let end = address + size + CANARY;
        if let Some((_, other)) = self.live.range(..end).next_back() {
            assert!(other.address + other.size + CANARY <= address, "{other:x?} and {block:x?}");
        }
        // SAFETY: ABI-1: a live block.
        let usable = unsafe { abi::entry::malloc_usable_size(block.pointer().cast()) };
        assert_eq!(usable, size, "usable size of {block:x?}");
        let tier = tier_of(address) as usize;
        self.counts.live[tier] = self.counts.live[tier].wrapping_add(1);
        self.counts.requested = self.counts.requested.wrapping_add(size as u64);
        self.bytes += size;
        assert!(self.live.insert(address, block).is_none());
        self.order.push(address);
    }

    /// The number, for [`Shadow::remove`], of the longest of some blocks from the `nth` on.
    pub fn longest(&self, nth: usize) -> usize {
        let some = nth % 1024..nth % 1024 + 64;
        let size = |nth: &usize| {
            let address = self.order.get(nth.checked_rem(self.order.len())?)?;
            Some(self.live[address].size)
        };
        some.max_by_key(size).unwrap_or(nth)
    }

    /// Takes the `nth` block (modulo their number) out, its contents checked. It still lives.
    pub fn remove(&mut self, nth: usize) -> Option<Block> {
        let nth = nth.checked_rem(self.order.len())?;
        let address = self.order.swap_remove(nth);
        let block = self.live.remove(&address)?;
        block.verify(block.size);
        let tier = tier_of(address) as usize;
        self.counts.live[tier] = self.counts.live[tier].wrapping_sub(1);
        self.counts.requested = self.counts.requested.wrapping_sub(block.size as u64);
        self.bytes -= block.size;
        Some(block)
    }

    /// Checks the contents of every block.
    pub fn verify(&self) {
        self.live.values().for_each(|block| block.verify(block.size));
    }

    pub fn len(&self) -> usize {
        self.live.len()
    }
}
