//! Per-thread state: birth, the way into the slow paths, death, fork.
//!
//! ```text
//! this thread's word (sys::arch) ─► EMPTY   no state yet: every bin is empty (at birth)
//!                                ─► BIRTH   a state is being made (a signal may come now)
//!                                ─► a state of the registry
//!                                ─► GONE    the thread has ended; late calls borrow a state
//! ```
//!
//! - THREAD-1: a state is used by one thread at a time, from `registry::acquire` to
//!   `registry::release`. States live for ever.
//! - THREAD-2: `EMPTY`, `BIRTH` and `GONE` are never written: with empty bins the fast paths leave
//!   them alone, and the slow paths replace them first.
//! - THREAD-3: while `busy` is set the thread is inside a slow path; a fork waits for that
//!   ([`gate`]), and a signal handler that comes then is turned away ([`enter`] gives `None`).

pub mod exit;
pub mod gate;
pub mod registry;
pub mod state;

pub use gate::{Session, enter};
pub use state::{State, current, current_bin};
