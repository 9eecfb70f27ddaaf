//! How threads wait for each other, and the one place that names the atomic types (so that models
//! can replace them).
//!
//! - SYNC-1: what a [`Lock`] protects is touched only between `lock` and the guard's drop.
//! - SYNC-2: all-zero memory is an unlocked lock.
//! - SYNC-3: locks are taken in this order, each at most once: the figures of `heap::answers`, registry of threads, a pool (small or
//!   middle) or a shard of the large registry, a class or the list of middle pools, the warm cache,
//!   the metadata arena.

pub mod atomic;
mod door;
#[cfg(not(any(loom, shuttle)))]
mod leaf;
mod lock;
mod once;
mod pair;

pub use door::Door;
#[cfg(not(any(loom, shuttle)))]
pub use leaf::Leaf;
pub use lock::{Guard, Lock, waits};
pub use once::Once;
pub use pair::Pair;
