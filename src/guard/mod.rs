//! Defence shared by the tiers: the canary, and what happens when misuse is found.
//!
//! - GUARD-1: the secrets are written once, before the first block is handed out, and only read
//!   afterwards.
//! - GUARD-2: a report allocates nothing, takes no lock that it could wait on for ever, and uses
//!   less than 2 KiB of stack.

pub mod canary;
pub mod violation;

pub use violation::{Finding, Operation, Violation};
