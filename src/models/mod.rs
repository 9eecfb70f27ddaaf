//! Models: the real code of locks, once, pair, door, pools and marks, run through the orders in which threads
//! can take turns.
//!
//! Loom tries every order (up to a number of preemptions) and every value that the memory model
//! lets a load see; it takes few threads and few steps. Shuttle tries random orders of longer
//! programs, with sequentially consistent memory. Both run the same scenarios:
//!
//! ```text
//! make test-threading
//! RUSTFLAGS="--cfg loom" cargo test --lib --release --target-dir target/loom -- loom
//! RUSTFLAGS="--cfg shuttle" cargo test --lib --release --target-dir target/shuttle -- shuttle
//! ```
//!
//! What stands still in a model: the platform ([`crate::sys`], with futexes that can be slept on for
//! ever, so that a lost wake-up is a deadlock), the canary, and of the small tier the class table
//! (one class, two usable slots a pool), windows, purging and reports (any report is a failure).
//!
//! Each scenario names the faults that were planted to see it fail.

pub mod explore;
#[cfg(loom)]
#[path = "scenarios"]
mod loom {
    mod door;
    mod lock;
    mod marks;
    mod once;
    mod pair;
    mod pools;
}
#[cfg(shuttle)]
#[path = "scenarios"]
mod shuttle {
    mod door;
    mod lock;
    mod marks;
    mod once;
    mod pair;
    mod pools;
}
pub mod world;

pub use world::{slots, window};
