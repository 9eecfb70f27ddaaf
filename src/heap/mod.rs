//! The junction: from a size to a tier, from a pointer to its tier.
//!
//! [`allocate`] and [`free`] try the small tier's stock and leave everything else to their slow
//! halves, which enter the gate (`thread::enter`), see to the heap's upkeep ([`upkeep`]) and ask
//! the tiers in turn; which class serves a small request that has to wait is said in `small`.
//!
//! - HEAP-1: a block is freed, resized and asked about by the tier whose range its address is in.
//! - HEAP-2: every path that takes a lock or moves slots is inside a `Session`.
//! - HEAP-3: a pointer to free or resize is given up by the program, as the C standard demands;
//!   nothing behind it is touched before a tier has found a live block there.

pub mod alloc;
pub mod answers;
pub mod attach;
mod counted;
pub mod deferred;
pub mod detail;
pub mod emergency;
mod failures;
pub mod figures;
pub mod free;
mod hardened;
pub mod idle_stocks;
mod init;
pub mod inspect;
pub mod leaks;
pub mod lifetimes;
pub mod limits;
mod page_faults;
mod rates;
pub mod resize;
mod sample;
mod sizes;
mod small;
mod snapshot;
mod strain;
pub mod upkeep;
pub mod walk;

pub use alloc::{
    allocate, allocate_aligned, allocate_aligned_fast, allocate_aligned_zeroed, allocate_fast,
    allocate_slow, allocate_zeroed, is_null_wanted,
};
pub use free::free;
pub use resize::{known_size, reallocate, reallocate_aligned, resize_in_place, usable_size};
