//! Defence shared by the tiers: the canary, and what happens when misuse is found.
//!
//! - GUARD-1: the secrets are written once, before the first block is handed out, and only read
//!   afterwards.
//! - GUARD-2: a report allocates nothing, takes no lock that it could wait on for ever, and uses
//!   less than 2 KiB of stack. Who reports holds no lock that other threads may need for a request:
//!   standard error may be a pipe whose reader is one of them. What needs more room is static, and
//!   used by one thread at a time ([`report`]); who waits for that in vain does without.
//! - GUARD-3: of the program's memory, its stack and its modules, a report reads copies that the kernel makes (`sys::Peek`): what
//!   is gone, or goes away meanwhile, is an error and no fault.
//! - GUARD-4: the function that is told of events is null or the program's, which vouches for it.
//! - GUARD-5: memory that is looked at for bytes that should be zero is readable; nothing else is supposed of it.

pub mod canary;
pub mod clear;
pub mod events;
mod form;
mod module;
pub mod recent;
pub mod report;
pub mod sink;
mod stack;
mod tables;
mod told;
pub mod violation;

pub use violation::{Doors, Finding, Operation, Violation};

/// In the child of a fork, which has one thread.
pub fn after_fork() {
    report::after_fork();
    told::after_fork();
    events::after_fork();
}
