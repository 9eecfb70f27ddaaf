//! Tests of the tier, and what they share.

mod hardened;
mod misuse;
mod model;
mod pages;
mod store;
mod whole;

use core::fmt;
use core::sync::atomic::Ordering::Relaxed;
use std::boxed::Box;

use super::cell::PoolCell;
use super::fault::Fault;
use super::pool::{Refusal, Request};
use super::*;
use crate::guard::canary;
use crate::sys;

/// Reproducible random numbers; shown as their seed.
pub struct Random {
    seed: u64,
    state: u64,
}

impl Random {
    /// From `DAM_SEED`, else from the system.
    pub fn new() -> Self {
        let given = std::env::var("DAM_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(sys::random_u64) | 1;
        Self { seed, state: seed }
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        ((u128::from(self.state) * limit as u128) >> 64) as usize
    }
}

impl fmt::Display for Random {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(text, "seed: DAM_SEED={}", self.seed)
    }
}

fn claim() -> Claim {
    Claim { operation: Operation::Free, kind: Some(Kind::Malloc), size: None }
}

/// A pool of its own, apart from the tier's.
struct Alone(Box<PoolCell>);

impl Alone {
    fn new() -> Self {
        if canary::KEY.load(Relaxed) == 0 {
            canary::set_key(1_234_567);
        }
        // SAFETY: MIDDLE-1: all-zero memory is a cell.
        let mut cell: Box<PoolCell> = unsafe { Box::new_zeroed().assume_init() };
        // One page more than a pool on both sides, to see that it stays in its bounds.
        let whole = sys::reserve(MIDDLE_POOL * 2).unwrap().expose_provenance();
        let base = whole.next_multiple_of(MIDDLE_POOL);
        // SAFETY: MIDDLE-1: just reserved.
        unsafe { cell.start(usize::MAX, base) };
        Self(cell)
    }

    fn allocate(&self, size: usize, align: usize, zeroed: bool) -> Result<*mut u8, Refusal> {
        let mut hold = self.0.hold();
        let request = Request { size, align, kind: Kind::Malloc };
        let mut stale = stale::StalePages::NONE;
        let placed = hold.allocate(&request, zeroed.then_some(&mut stale))?;
        assert!(hold.is_sound());
        if zeroed {
            let offset = placed.block.addr() - hold.pool.base;
            // SAFETY: STALE-1: just made.
            unsafe { stale.clear(placed.block, offset, size) };
        }
        Ok(placed.block)
    }

    fn get(&self, size: usize) -> *mut u8 {
        self.allocate(size, 16, false).unwrap()
    }

    fn free(&self, block: *mut u8) -> Result<(), Fault> {
        self.free_as(block, claim())
    }

    fn free_as(&self, block: *mut u8, claim: Claim) -> Result<(), Fault> {
        let mut hold = self.0.hold();
        let user = block.addr().wrapping_sub(hold.pool.base);
        let result = hold.release(user, &claim);
        assert!(hold.is_sound());
        result
    }

    /// `None`: done in place.
    fn resize(&self, block: *mut u8, size: usize) -> Result<Option<usize>, Fault> {
        let mut hold = self.0.hold();
        let user = block.addr() - hold.pool.base;
        let result = hold.resize(user, size);
        assert!(hold.is_sound());
        result
    }

    fn violation(&self, block: *mut u8) -> Violation {
        self.free(block).expect_err("the misuse must be found").violation
    }

    fn sweep(&self, now_ms: u32, all: bool) {
        let which = if all { sweep::Which::All } else { sweep::Which::Idle };
        sweep::look(&self.0, now_ms, which, sweep::wait);
        assert!(self.0.hold().is_sound());
    }

    fn is_quarantined(&self) -> bool {
        self.0.front.quarantined.load(Relaxed)
    }

    fn base(&self) -> usize {
        self.0.hold().pool.base
    }

    fn largest(&self) -> usize {
        self.0.hold().pool.map.largest()
    }
}

fn bytes<'a>(block: *mut u8, len: usize) -> &'a mut [u8] {
    // SAFETY: MIDDLE-4: tests pass live blocks of at least `len` bytes.
    unsafe { core::slice::from_raw_parts_mut(block, len) }
}

/// Whether all bytes are `value`. Compared with themselves one further: fast without optimisation.
fn filled(bytes: &[u8], value: u8) -> bool {
    bytes.first().is_none_or(|&first| first == value) && bytes[1..] == bytes[..bytes.len() - 1]
}

/// Changes a byte for certain, whatever it is: any value may be that of a checksum or canary, but 0
/// is never a canary's.
fn flip(block: *mut u8, offset: isize) {
    // SAFETY: MIDDLE-4: tests damage only committed memory.
    unsafe { *block.offset(offset) ^= 0x5a };
}

fn write(block: *mut u8, offset: isize, value: u8) {
    // SAFETY: MIDDLE-4: tests damage only committed memory.
    unsafe { *block.offset(offset) = value };
}
