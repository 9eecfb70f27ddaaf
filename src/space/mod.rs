//! Who owns which address.
//!
//! One reservation is cut into windows of equal length, a power of two:
//!
//! ```text
//! BASE   window 0      window 1             window Z-1     window Z      Z+1 …            Z+16
//!   |    class 0   |   class 1    |  …  |  last class  |  zero-size |  middle tier's pools  |
//! ```
//!
//! so `(address - BASE) >> SHIFT` tells the owner. Any other address is a large block or foreign.
//!
//! - SPACE-1: `BASE` and `SHIFT` are written once, before the first block is handed out; the
//!   reservation is never unmapped. Before that `BASE` is 0 and no address maps to a window.
//! - SPACE-2: a window's address range is used by its owner alone.
//! - SPACE-3: memory from [`meta::allocate`] is zeroed, lives for ever and is used by its caller
//!   alone. No block of the program lies near it.

mod block;
mod guards;
mod layout;
pub mod meta;

pub use block::{Claim, Resize};
pub use guards::{guard_count, guard_page};
pub use layout::{
    Layout, base, init, middle_range, note_reserved, reserved_bytes, shift, window_of,
};
