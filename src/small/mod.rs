//! Tier 1: blocks of up to `SMALL_MAX` bytes, in slots of one size per window.
//!
//! ```text
//! window of a class:   | pool 0            | pool 1            | … (committed so far) | reserved
//! a pool:              | slot 0 (unusable) | slot 1 | … | last | guard page |
//! a slot in use:       | request …… | canary (8) | slack … |       front word of slot i+1 = the
//!                      ^ block                    last 8 bytes of slot i: canary as well
//! records (elsewhere): a u16 per slot: requested size, and how the block was allocated
//! ```
//!
//! [`cache`] is the fast path: one thread's stock of free slots per class, [`capacity`] its size. [`refill`] fetches slots from
//! pools that [`choose`] finds, [`take`] looks at each, [`flush`] sends them home; [`pool`] keeps the
//! bitmaps, [`list`] links pools, [`window`] grows a class by pools, [`idle`] counts what a class could lend, [`judge`] decides what a bad pointer is, [`damage`] what was written that should not be,
//! [`quarantine`] takes a damaged pool out of use, [`zero`] serves `malloc(0)`; what only the hardened profiles do
//! is in [`hardened`], [`mod@draw`], [`waiting`] and [`mod@patrol`], and once more, shorter, in [`quick`]. Models run all this
//! with a class of two slots a pool (`src/models/small`).
//!
//! - SMALL-1: a slot is in exactly one place: live, in one cache, or free in its pool's bitmap.
//!   Slots of a quarantined pool that are not live are in no place from which they could come back,
//!   except one for each thread that was between reading and writing a record when the pool was
//!   marked: it may remain in use, checked as ever, until a stock that holds it is flushed.
//! - SMALL-2: the record of a slot that is not live has a size part of zero.
//! - SMALL-3: slots below a class's extent are committed memory with committed records, except that
//!   the memory of a pool without live blocks may be given up: such a pool is on a list of its own,
//!   and is committed again before it is on none. Slot 0 of a pool and the slots that reach into
//!   its last page are never handed out.
//! - SMALL-4: the front word of every live block and the word behind its slot hold canary.
//! - SMALL-5: a pool's bitmap and state change only under its lock; list links and shelves only
//!   under the class's lock, which is taken last. Whether a shelf is attached may be read at any time.
//! - SMALL-6: a [`Bin`] is used by one thread at a time: its state's owner. While slots move in or
//!   out of it, that thread's signal handlers find other bins (THREAD-3).

#[cfg_attr(any(loom, shuttle), path = "../models/small/audit.rs")]
mod audit;
pub mod cache;
pub mod capacity;
#[cfg(not(any(loom, shuttle)))]
pub mod check;
pub mod choose;
#[cfg_attr(any(loom, shuttle), path = "../models/small/class.rs")]
pub mod class;
#[cfg_attr(any(loom, shuttle), path = "../models/small/damage.rs")]
pub mod damage;
#[cfg(not(any(loom, shuttle)))]
pub mod draw;
pub mod flush;
#[cfg(not(any(loom, shuttle)))]
pub mod hardened;
pub mod idle;
#[cfg_attr(any(loom, shuttle), path = "../models/small/judge.rs")]
pub mod judge;
pub mod list;
pub mod pages;
#[cfg(not(any(loom, shuttle)))]
pub mod patrol;
pub mod pool;
#[cfg_attr(any(loom, shuttle), path = "../models/small/purge.rs")]
pub mod purge;
pub mod quarantine;
#[cfg(not(any(loom, shuttle)))]
pub mod quick;
pub mod record;
pub mod refill;
#[cfg(not(any(loom, shuttle)))]
pub mod stats;
pub mod take;
pub mod told;
#[cfg(not(any(loom, shuttle)))]
pub mod waiting;
#[cfg_attr(any(loom, shuttle), path = "../models/small/window.rs")]
pub mod window;
#[cfg(not(any(loom, shuttle)))]
pub mod zero;

pub use cache::Bin;
