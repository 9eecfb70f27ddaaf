//! The figures that the interfaces of other allocators ask for, and the little they want done.
//!
//! Their programs ask often, and for one figure at a time. So the figures are taken together and kept, and whoever
//! asks says whether those of the last time will do ([`totals`]) or not ([`refresh`]). To take them costs a bounded
//! time, unlike [`inspect::statistics`](super::inspect::statistics): see [`sizes`](super::sizes).
//!
//! Pages are told apart as `active` (something on them is live, or in a thread's stock or store), `dirty` (free, with
//! memory behind them) and `bare` (kept for blocks, without memory behind them).

use crate::bits::{PAGE, align_up};
use crate::config::options::DECAY;
use crate::guard::Operation;
use crate::middle;
use crate::small::class::{self, CLASSES};
use crate::small::stats::{self as small, Counts};
use crate::small::{judge, purge, window, zero};
use crate::space;
use crate::sync::Lock;
use crate::sync::atomic::Ordering::Relaxed;
use crate::thread::{self, registry};
use crate::{large, sys};

use super::counted::Counted;
use super::figures;
use super::sizes::Sizes;
use super::{alloc, detail, emergency, free, hardened, init, walk};

/// No block is larger.
pub const LARGE_MAX: usize = alloc::MOST;

/// Blocks of one kind. Bytes are bytes, counts are since the start; `allocations - frees` are live.
#[derive(Clone, Copy, Debug, Default)]
pub struct Blocks {
    /// Handed out.
    pub allocations: u64,
    /// Taken back.
    pub frees: u64,
    /// Bytes that live blocks take up: slots, whole blocks, mappings.
    pub occupied: u64,
    /// Bytes that live blocks were asked for.
    pub requested: u64,
    /// Bytes of freed blocks in threads' stocks and stores, and of large ones kept ready.
    pub cached: u64,
}

impl Blocks {
    /// How many are live.
    pub fn live(&self) -> u64 {
        self.allocations - self.frees
    }
}

/// The figures of one moment, in bytes where nothing else is said.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Blocks of the small tier.
    pub small: Blocks,
    /// Blocks of the middle tier, and those of signal handlers.
    pub middle: Blocks,
    /// Blocks of the large tier.
    pub large: Blocks,
    /// Pages in use.
    pub active: u64,
    /// Free pages with memory behind them, …
    pub dirty: u64,
    /// … and pages without, kept for blocks.
    pub bare: u64,
    /// Addresses of freed large blocks that nobody can use for a while.
    pub away: u64,
    /// Free slots beside live blocks, on active pages.
    pub pinned: u64,
    /// The allocator's own data.
    pub metadata: u64,
    /// Threads that have allocated and are not finished.
    pub threads: u64,
    /// How often pages were given back, and their bytes.
    pub purges: u64,
    /// See `purges`.
    pub purged: u64,
    /// The most of [`heap`](Self::heap), of `large.occupied` and of live large blocks that was seen so far: at the times
    /// when somebody asked.
    pub most: [u64; 3],
}

impl Totals {
    /// Bytes that live blocks were asked for.
    pub fn requested(&self) -> u64 {
        self.small.requested + self.middle.requested + self.large.requested
    }

    /// Readable and writable bytes for blocks.
    pub fn committed(&self) -> u64 {
        self.active + self.dirty + self.bare
    }

    /// The same without live large blocks.
    pub fn heap(&self) -> u64 {
        self.committed().saturating_sub(self.large.occupied)
    }

    /// Bytes of freed blocks in threads' stocks and stores.
    pub fn cached_by_threads(&self) -> u64 {
        self.small.cached + self.middle.cached
    }
}

/// A class of the small tier.
#[derive(Clone, Copy, Debug, Default)]
pub struct Class {
    /// Blocks handed out since the start.
    pub allocations: u64,
    /// Live blocks.
    pub live: u64,
    /// Free slots in stocks.
    pub cached: u64,
    /// Free slots in pools, with memory behind them.
    pub idle: u64,
    /// Pools.
    pub pools: u64,
}

/// What was seen last.
struct Seen {
    totals: Totals,
    classes: [Class; CLASSES],
    /// What it comes from: not on the stack, which a signal handler may have little of.
    counted: Counted,
    sizes: Sizes,
    taken: bool,
}

const NO_CLASS: Class = Class { allocations: 0, live: 0, cached: 0, idle: 0, pools: 0 };
const NO_BLOCKS: Blocks = Blocks { allocations: 0, frees: 0, occupied: 0, requested: 0, cached: 0 };
const NOTHING: Totals = Totals {
    small: NO_BLOCKS,
    middle: NO_BLOCKS,
    large: NO_BLOCKS,
    active: 0,
    dirty: 0,
    bare: 0,
    away: 0,
    pinned: 0,
    metadata: 0,
    threads: 0,
    purges: 0,
    purged: 0,
    most: [0; 3],
};

static SEEN: Lock<Seen> = Lock::new(Seen {
    totals: NOTHING,
    classes: [NO_CLASS; CLASSES],
    counted: Counted::NOTHING,
    sizes: Sizes::new(),
    taken: false,
});

/// The figures now. `None`: this is a signal handler that interrupted the allocator in its own thread.
pub fn refresh() -> Option<Totals> {
    let _session = thread::enter()?;
    init::ensure();
    let mut seen = SEEN.lock();
    seen.look();
    Some(seen.totals)
}

/// The figures of the last time that somebody wanted them fresh, or now, if nobody did.
pub fn totals() -> Option<Totals> {
    with_seen(|seen| seen.totals)
}

/// A class's figures, of the same moment.
pub fn class(class: usize) -> Option<Class> {
    with_seen(|seen| seen.classes[class])
}

fn with_seen<T>(read: impl FnOnce(&Seen) -> T) -> Option<T> {
    let _session = thread::enter()?;
    init::ensure();
    let mut seen = SEEN.lock();
    if !seen.taken {
        seen.look();
    }
    Some(read(&seen))
}

impl Seen {
    fn look(&mut self) {
        self.taken = true;
        let most = self.totals.most;
        self.totals = Totals { most, ..NOTHING };
        self.look_at_classes();
        self.look_at_longer();
        self.look_at_pages();
        let totals = &mut self.totals;
        totals.metadata = space::meta::used_bytes() as u64;
        totals.threads = u64::from(registry::THREADS.load(Relaxed));
        let now = [totals.heap(), totals.large.occupied, totals.large.live()];
        totals.most = core::array::from_fn(|at| most[at].max(now[at]));
    }

    fn look_at_classes(&mut self) {
        self.counted.count();
        let how = self.sizes.look();
        let small = &mut self.totals.small;
        for (class, seen) in self.classes.iter_mut().enumerate() {
            let (window, slot) = (window::of(class), u64::from(class::SLOT[class]));
            let Counts { allocations, frees, cached } = self.counted.classes[class];
            let live = allocations - frees;
            let (idle, pools) = (window.idle.idle() as u64, u64::from(window.pools(class)));
            *seen = Class { allocations, live, cached, idle, pools };
            small.allocations += allocations;
            small.frees += frees;
            small.requested += figures::requested(class, live, how);
            small.occupied += live * slot;
            small.cached += cached * slot;
        }
    }

    fn look_at_longer(&mut self) {
        let Totals { middle, large, purges, purged, away, .. } = &mut self.totals;
        let seen = &self.counted.middle;
        let handlers = emergency::stats();
        *middle = Blocks {
            allocations: seen.allocations + handlers.live,
            frees: seen.frees,
            occupied: seen.live_bytes + handlers.live_bytes,
            requested: seen.requested_bytes + handlers.requested_bytes,
            cached: seen.cached_bytes,
        };
        let own = large::stats();
        *large = Blocks {
            allocations: own.allocations,
            frees: own.frees.min(own.allocations),
            occupied: own.live_bytes,
            requested: own.requested_bytes,
            cached: own.cached_bytes,
        };
        *away = own.quarantined_bytes;
        *purges = purge::PURGES.load(Relaxed) + seen.purges + own.purges;
        *purged = purge::PURGED_BYTES.load(Relaxed) + seen.purged_bytes + own.purged_bytes;
    }

    fn look_at_pages(&mut self) {
        let (small, middle) = (small::held(), middle::held());
        let handlers = emergency::stats().committed_bytes;
        let totals = &mut self.totals;
        let (in_use, kept) = (totals.large.occupied, totals.large.cached);
        let active = small.active + middle.active + in_use + handlers;
        // Other threads go on between one look and the next.
        totals.active = align_up(active.max(totals.requested()) as usize, PAGE) as u64;
        totals.dirty = align_up((small.dirty + middle.dirty + kept) as usize, PAGE) as u64;
        let committed = small.committed + middle.committed + in_use + kept + handlers;
        totals.bare = committed.saturating_sub(totals.active + totals.dirty);
        totals.pinned = purge::pinned_bytes() as u64;
    }
}

/// The largest block that the middle tier is asked for first.
pub fn middle_max() -> usize {
    hardened::middle_max()
}

/// Whether a live block begins at an address, which may be any; nothing is reported. `None`: this is a signal handler that
/// interrupted the allocator in its own thread.
pub fn is_live(block: *mut u8) -> Option<bool> {
    let _session = thread::enter()?;
    init::ensure();
    let owner = space::window_of(block.addr());
    Some(if owner < CLASSES {
        judge::size_at_sight(owner, block).is_some()
    } else if owner == zero::WINDOW {
        zero::is_live(block)
    } else if emergency::owns(owner) {
        emergency::is_live(block)
    } else if free::in_middle(block) {
        middle::is_live(block)
    } else {
        large::is_live(block)
    })
}

/// Verifies one block, whose address may be any; false, after a report, where there is none or it is damaged. Nothing is
/// found in a signal handler that interrupted the allocator in its own thread.
// Nothing is read before a tier has found a block there.
#[allow(clippy::not_unsafe_ptr_arg_deref)]
pub fn check_block(block: *mut u8) -> bool {
    let Some(_session) = thread::enter() else { return true };
    init::ensure();
    let owner = space::window_of(block.addr());
    if owner < CLASSES {
        // SAFETY: HEAP-1: the block lies in the window of this class.
        unsafe { judge::examine(owner, block, Operation::Check) }.is_some()
    } else if owner == zero::WINDOW {
        zero::examine(block, Operation::Check)
    } else if emergency::owns(owner) {
        emergency::usable_size(block, Operation::Check).is_some()
    } else if free::in_middle(block) {
        middle::check_block(block)
    } else {
        large::check_block(block)
    }
}

/// Sends what the calling thread has at hand home. False in a signal handler that interrupted the allocator in its own
/// thread.
pub fn empty_own_stocks() -> bool {
    let Some(session) = thread::enter() else { return false };
    init::ensure();
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { registry::empty(session.state()) };
    true
}

/// Bytes of what the calling thread has at hand.
pub fn own_stocks() -> u64 {
    let Some(session) = thread::enter() else { return 0 };
    // SAFETY: THREAD-1: the session's state is ours.
    unsafe { detail::of_thread(session.state()) }.cached_bytes
}

/// Gives back the pages whose time has come.
pub fn decay() {
    let Some(_session) = thread::enter() else { return };
    init::ensure();
    let (now, decay) = (sys::now_ms(), DECAY.get());
    purge::look_around(now, decay, usize::MAX);
    middle::look_around(now, decay);
    large::sweep(now, decay, false);
}

/// Calls `visit`, outside the gate, with the requested size of every live block that has bytes, but for those of signal
/// handlers. Reads every record, whatever that takes. False in a signal handler that interrupted the allocator in its own
/// thread.
pub fn for_each_live(visit: &mut dyn FnMut(usize)) -> bool {
    if thread::enter().is_none() {
        return false;
    }
    walk::blocks(&mut |block| {
        visit(block.requested as usize);
        true
    })
}
