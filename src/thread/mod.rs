//! Per-thread state: birth, the way into the slow paths, death, fork.
//!
//! A thread has two words (`sys::arch`). One is its state, null while it has none. The other is what
//! its fast paths see:
//!
//! ```text
//!   EMPTY   no state yet: every bin is empty (at birth)
//!   BUSY    the thread is in the middle of something, and this is a signal handler
//!   own     its state, one of the registry's
//!   GONE    the thread has ended; late calls borrow a state
//! ```
//!
//! - THREAD-1: a state is used by one thread at a time, from `registry::acquire` or `borrow` to
//!   `registry::release`. States live for ever.
//! - THREAD-2: `EMPTY`, `BUSY` and `GONE` are never written: with empty bins the fast paths leave
//!   them alone, and the slow paths replace them first.
//! - THREAD-3: while slots of a thread's bins are on their way, in a fast path or a slow one, the
//!   thread shows `BUSY`. A signal handler that comes then finds no bins. Where it interrupted a fast
//!   path, which holds no lock, it works with a borrowed state; where a slow path (`busy` is set
//!   too), it is turned away ([`enter`] gives `None`).
//! - THREAD-4: a thread is inside a slow path, and holds locks, only while the `busy` of its state is
//!   set, or while it makes or releases a state; a fork waits for that ([`gate`], [`fork`]).
//! - THREAD-5: the table of which bin serves a request is written once, before any bin is put to use.
//!   Until then it names the first bin, which is empty like all others.

pub mod exit;
pub mod fork;
pub mod gate;
pub mod registry;
pub mod state;

pub use gate::{Session, enter};
pub use state::{Front, Shared, State, close_fast_paths, is_closed, own, prepare, with_own};
