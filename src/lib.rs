//! DAM — Defensive And Measurable: a memory allocator that replaces `malloc` in existing programs.
//!
//! # Words
//!
//! - **block**: what a caller gets. **slot**: the fixed-size place of a small block. **class**: the
//!   slots of one size.
//! - **window**: the reserved address range of one class. **pool**: a run of whole pages inside a
//!   window (small) or of the middle range (middle), with one lock and one state.
//! - **stock**: one thread's free slots, a **bin** per class. **store**: its freed middle blocks.
//! - **record**: the out-of-band entry of a small block: its requested size, 0 when it is not live.
//! - **canary**: the keyed bytes right behind a block's requested end.
//! - **violation**: a detected misuse. **quarantine** (of a pool): no block of it is handed out any
//!   more, live ones stay usable.
//! - **tier**: small, middle, large.
//!
//! # One `malloc`
//!
//! ```text
//! abi::c::malloc → abi::entry::malloc → heap::alloc::allocate
//!   │ 1 … 16376 bytes: small::cache::pop, hand_out — write record and canary       ── hit: done
//!   │ to 256 KiB: middle::store::take — write header and canary                     ── hit: done
//!   └ heap::alloc::allocate_slow → thread::enter (gate) → heap::init, heap::upkeep → ask_tiers
//!       ├ small  heap::small::allocate → a used slot, one that is lent, or a fresh one
//!       │          └ small::refill::refill → small::take::some; no pool: small::window::grow
//!       ├ middle middle::allocate → first fit → split → header and canary     (to 8 MiB)
//!       └ large  large::allocate → guard | pages | guard, registry            (beyond)
//! ```
//!
//! # One `free`
//!
//! ```text
//! abi::c::free → heap::free::free ─ space::window_of(address)
//!   │ a class's window: small::cache::put — slot, record, canaries right: push     ── hit: done
//!   │ the middle range: middle::store::put — mark, header, canary right: keep it     ── hit: done
//!   └ heap::free::free_slow → thread::enter (gate) → to_tier
//!       ├ small  small::judge::examine → sound: small::flush::flush, push, or home to another thread's
//!       │          pool: small::flush::to_neighbour │ else guard::violation
//!       ├ middle middle::free → header, canary → coalesce
//!       └ large  large::free → registry → kept warm, quarantined, unmapped
//! ```
//!
//! # Layers
//!
//! `bits < config < sys < sync < {guard, measure} < space < {small, middle, large} < thread < heap
//! < abi`: a module uses only what stands left of it. Each module's documentation begins with its
//! numbered invariants; every `unsafe` block names the ones it rests on.
#![no_std]

// The process's own allocator cannot use std, which allocates. Tests, and Rust programs that use
// DAM through `GlobalAlloc`, have std anyway.
#[cfg(any(test, loom, shuttle, not(all(feature = "exports", panic = "abort"))))]
extern crate std;

#[cfg(not(any(loom, shuttle)))]
pub mod abi;
pub mod bits;
pub mod config;
#[cfg_attr(any(loom, shuttle), path = "models/guard.rs")]
pub mod guard;
#[cfg(not(any(loom, shuttle)))]
pub mod heap;
#[cfg(not(any(loom, shuttle)))]
pub mod large;
pub mod measure;
#[cfg_attr(any(loom, shuttle), path = "models/middle.rs")]
pub mod middle;
pub mod small;
#[cfg(not(any(loom, shuttle)))]
pub mod space;
pub mod sync;
#[cfg_attr(any(loom, shuttle), path = "models/sys.rs")]
pub mod sys;
#[cfg(not(any(loom, shuttle)))]
pub mod thread;

#[cfg(any(loom, shuttle))]
mod models;
#[cfg(all(test, not(any(loom, shuttle))))]
mod tests;

#[cfg(not(any(loom, shuttle)))]
pub use abi::rust::Dam;
