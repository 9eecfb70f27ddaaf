//! Who owns which address.
//!
//! One range of addresses is cut into windows of equal length, a power of two:
//!
//! ```text
//! BASE   window 0      window 1             window Z-1     window Z      Z+1 …            Z+16
//!   |    class 0   |   class 1    |  …  |  last class  |  zero-size |  middle tier's pools  |
//! ```
//!
//! so `(address - BASE) >> SHIFT` tells the owner. Any other address is a large block or foreign.
//! The range is reserved; under a limit on address space it is only chosen, and [`commit`] maps.
//!
//! - SPACE-1: `BASE` and `SHIFT` are written once, before the first block is handed out; the
//!   reservation is never unmapped. Before that `BASE` is 0 and no address maps to a window.
//! - SPACE-2: what is committed of a window is used by its owner alone. Where the range is only
//!   chosen, a foreign mapping may lie in what is not committed: it is never replaced or unmapped.
//! - SPACE-3: memory from [`meta::allocate`] is zeroed, lives for ever and is used by its caller
//!   alone. No block of the program lies near it.

mod block;
pub mod guards;
mod layout;
pub mod lots;
pub mod meta;
mod seen;
pub mod thrift;

pub use block::{Claim, Resize};
pub use guards::{guard_count, guard_page};
pub use layout::{
    Layout, addresses, base, commit, decommit, forget_refusal, init, is_reserved, middle_range,
    reserved_bytes, second_eighth, shift, window_of,
};
pub use seen::{Held, Live};
