//! Defence shared by the tiers: the canary, and what happens when misuse is found.
//!
//! - GUARD-1: the secrets are written once, before the first block is handed out, and only read
//!   afterwards.
//! - GUARD-2: a report allocates nothing, takes no lock that it could wait on for ever, and uses
//!   less than 2 KiB of stack. Who reports holds no lock that other threads may need for a request:
//!   standard error may be a pipe whose reader is one of them.

pub mod canary;
pub mod violation;

pub use violation::{Finding, Operation, Violation};
