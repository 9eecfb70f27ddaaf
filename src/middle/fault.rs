//! A misuse that was found under a pool's lock, kept until it can be reported without the lock.
#![forbid(unsafe_code)]

use core::fmt;

use crate::bits::Kind;
use crate::config::limits::CANARY;
use crate::guard::violation::report;
use crate::guard::{Doors, Finding, Operation, Violation};

/// What more there is to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// Nothing.
    None,
    /// The doors that the block came by and goes by.
    Doors(Kind, Kind),
    /// The program claimed this size.
    Claimed(usize),
    /// The header in front of the block is damaged.
    HeaderDamaged,
    /// The address lies this far inside the live block at this address.
    Inside(usize, usize),
    /// The address does not lie in a live block.
    NotAllocated,
    /// The map of the pool contradicts itself.
    Map,
}

/// Bytes of the allocator's that somebody has written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The first of them, counted from the block.
    pub offset: usize,
    /// A few bytes there,
    pub bytes: [u8; CANARY],
    /// and how many of these lie in front of the first.
    pub skip: usize,
}

/// What was found.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// The kind of misuse.
    pub violation: Violation,
    /// The pointer passed, or the damaged block.
    pub address: usize,
    /// The block's requested size, if known.
    pub size: Option<usize>,
    /// Which bytes are not as they should be.
    pub damage: Option<Damage>,
    /// More.
    pub detail: Detail,
}

impl Fault {
    /// A fault without damaged bytes.
    pub fn new(violation: Violation, address: usize, size: Option<usize>, detail: Detail) -> Self {
        Self { violation, address, size, damage: None, detail }
    }

    /// Whether the pool is quarantined for it. A stray pointer, a wrong size or door says nothing about
    /// the memory of the pool; damage does, and so does a double free: somebody uses an address
    /// that may be another block's by now.
    pub fn taints_pool(&self) -> bool {
        use Violation::{DeallocMismatch, InvalidFree, SizeMismatch};
        !matches!(self.violation, InvalidFree | SizeMismatch | DeallocMismatch)
    }

    /// Reports it; `pool` is the number of the pool, if there is one.
    #[cold]
    pub fn report(&self, operation: Operation, pool: Option<usize>) {
        let place = Place { detail: self.detail, pool, quarantined: self.taints_pool() };
        let damage = self.damage.as_ref().and_then(|damage| {
            damage.bytes.get(damage.skip..).map(|found| (damage.offset as isize, found))
        });
        report(&Finding {
            violation: self.violation,
            operation,
            address: self.address,
            size: self.size,
            damage,
            place: format_args!("{place}"),
        });
    }
}

/// The end of a report, in words.
struct Place {
    detail: Detail,
    pool: Option<usize>,
    quarantined: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, text: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.detail {
            Detail::None => {}
            Detail::Doors(came, goes) => write!(text, "{}; ", Doors(came, goes))?,
            Detail::Claimed(size) => write!(text, "freed as {size} bytes; ")?,
            Detail::HeaderDamaged => text.write_str("its header is damaged; ")?,
            Detail::Inside(offset, block) => {
                write!(text, "not a block's start: {offset} bytes into the one at {block:#x}; ")?;
            }
            Detail::NotAllocated => text.write_str("no block is there; ")?,
            Detail::Map => text.write_str("the map of its blocks contradicts itself; ")?,
        }
        match self.pool {
            None => text.write_str("middle range, no pool"),
            Some(pool) if self.quarantined => write!(text, "middle pool {pool} quarantined"),
            Some(pool) => write!(text, "middle pool {pool}"),
        }
    }
}
