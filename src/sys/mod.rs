//! The platform: the only place that talks to the kernel and to libc.
//!
//! Contract: lengths and addresses are multiples of the page unless said otherwise; failures come
//! back as [`Errno`] and leave the caller's `errno` alone, because calls are made directly and not
//! through libc's wrappers (which another preloaded library may have replaced).
//!
//! - SYS-1: memory returned by [`reserve`], [`map`] is private, anonymous and unaliased, and
//!   belongs to the caller until it unmaps it.
//! - SYS-2: functions here touch no memory of the process except through the arguments they get.
//! - SYS-3: the thread pointer of this thread's TLS block stays the same for the thread's life,
//!   and `dam_tls` is at a fixed offset from it.
#![allow(missing_docs)]

pub mod arch;
mod cancel;
pub mod cgroup;
mod clock;
mod entropy;
mod env;
pub mod file;
mod futex;
mod libc_glue;
pub mod maps;
mod memory;
pub mod pagemap;
mod peek;
pub mod prefetch;
pub mod probes;
mod registers;
pub mod shared;
mod write;

pub use cancel::Uncancelled;
pub use clock::{has_passed, now_ms, now_ns};
pub use entropy::random_u64;
pub use env::{auxv, visit_options};
pub use futex::{futex_wait, futex_wake, nap, sched_yield, sleep_ms};
pub use libc_glue::{
    abort, errno, fork_hooks, membarrier, process_id, set_errno, thread_id, thread_mark, trap,
    with_thread_exit,
};
pub use memory::{
    Errno, address_limit, can_map, claim_private, commit, cpu_count, decommit, extend,
    extend_anywhere, guard, is_one_mapping, lift_pages, make_writable, map, map_at,
    map_count_limit, map_near, move_pages, page_faults, protect_none, purge, reserve, reserve_at,
    reserve_counted, reserve_near, reserve_readable, resident_bytes, seal, show_in_dumps,
    thread_count, unguard, unmap, wipe_in_children,
};
pub use peek::Peek;
pub use registers::{Registers, is_on_signal_stack, own_code};
pub use write::{Line, write_all};
