//! What stands behind each name.

use super::arenas::{self, Decay};
use super::exchange::{Exchange, Value};
use super::names::{Name, Place};
use super::{Answer, LARGE_CLASSES, stats};
use crate::bits::PAGE;
use crate::config::limits::{CANARY, MIN_ALIGN, SMALL_MAX, STORE_PAGES};
use crate::config::options::{CONTINUE, ON_VIOLATION, STATS_AT_EXIT};
use crate::heap::{answers, inspect};
use crate::small::class::{self, CLASSES};
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// The interface that is followed, and who answers.
const VERSION: &core::ffi::CStr = {
    const TEXT: &str = concat!("5.3.0-dam-", env!("CARGO_PKG_VERSION"), "\0");
    match core::ffi::CStr::from_bytes_with_nul(TEXT.as_bytes()) {
        Ok(text) => text,
        Err(_) => c"",
    }
};

/// The largest block that a thread keeps at hand.
const MOST_KEPT: u64 = ((STORE_PAGES - 1) * PAGE) as u64;

/// How often the figures were taken on demand.
static EPOCH: AtomicU64 = AtomicU64::new(1);

/// Takes the figures anew; false where that cannot be now.
pub fn refresh() -> bool {
    let fresh = answers::refresh().is_some();
    EPOCH.fetch_add(u64::from(fresh), Relaxed);
    fresh
}

/// Reads, sets or does what a name stands for.
pub fn answer(place: Place, exchange: &Exchange) -> Answer<()> {
    match value(place) {
        Some(value) => exchange.tell(value?),
        None => act(place, exchange),
    }
}

/// The value behind a name that is only read; `None` for the others.
pub fn value(place: Place) -> Option<Answer<Value>> {
    if let Some(value) =
        of_build(place.name).or_else(|| of_start(place.name)).or_else(|| of_sizes(place))
    {
        return Some(Ok(value));
    }
    stats::value(place)
}

/// The value behind a name, for a list of all of them.
pub fn shown(place: Place) -> Option<Value> {
    match place.name {
        Name::ArenasDirtyDecay => Some(Value::Signed(arenas::decay(Decay::Dirty, None))),
        Name::ArenasMuzzyDecay => Some(Value::Signed(arenas::decay(Decay::Muzzy, None))),
        _ => value(place)?.ok(),
    }
}

/// What jemalloc's build decides.
fn of_build(name: Name) -> Option<Value> {
    Some(match name {
        Name::Version => Value::Text(VERSION),
        Name::ConfigStats => Value::Bool(true),
        Name::ConfigMallocConf => Value::Text(c""),
        Name::ConfigCacheOblivious
        | Name::ConfigDebug
        | Name::ConfigFill
        | Name::ConfigLazyLock
        | Name::ConfigProf
        | Name::ConfigProfLibgcc
        | Name::ConfigProfLibunwind
        | Name::ConfigUtrace
        | Name::ConfigXmalloc => Value::Bool(false),
        _ => return None,
    })
}

/// What its options decide. (DAM's own are other ones: `MALLOC_CONF` is not read.)
fn of_start(name: Name) -> Option<Value> {
    Some(match name {
        Name::OptAbort => Value::Bool(ON_VIOLATION.get() != CONTINUE),
        Name::OptStatsPrint => Value::Bool(STATS_AT_EXIT.is_on()),
        Name::OptRetain | Name::OptTcache => Value::Bool(true),
        Name::OptAbortConf
        | Name::OptConfirmConf
        | Name::OptCacheOblivious
        | Name::OptTrustMadvise
        | Name::OptBackgroundThread => Value::Bool(false),
        Name::OptMetadataThp | Name::OptDss | Name::OptPercpuArena => Value::Text(c"disabled"),
        Name::OptThp => Value::Text(c"default"),
        Name::OptZeroRealloc => Value::Text(c"free"),
        Name::OptStatsPrintOpts | Name::OptStatsIntervalOpts => Value::Text(c""),
        Name::OptNarenas => Value::Unsigned(1),
        Name::OptMaxBackgroundThreads => Value::Word(0),
        Name::OptDirtyDecay => Value::Signed(arenas::decay(Decay::Dirty, Some(0))),
        Name::OptMuzzyDecay => Value::Signed(0),
        Name::OptStatsInterval => Value::Signed(-1),
        Name::OptTcacheMax => Value::Word(MOST_KEPT),
        _ => return None,
    })
}

/// How large blocks may be, and what they come in.
fn of_sizes(place: Place) -> Option<Value> {
    let bin = place.index[0];
    Some(match place.name {
        Name::Narenas => Value::Unsigned(arenas::count() as u32),
        Name::Quantum => Value::Word(MIN_ALIGN as u64),
        Name::PageSize => Value::Word(PAGE as u64),
        Name::TcacheMax => Value::Word(MOST_KEPT),
        Name::Nbins => Value::Unsigned(CLASSES as u32),
        Name::Nhbins => Value::Unsigned((CLASSES + STORE_PAGES) as u32),
        Name::BinSize => Value::Word((class::SLOT[bin] as usize - CANARY).min(SMALL_MAX) as u64),
        Name::BinNregs => Value::Unsigned(class::usable_end(bin) as u32 - 1),
        Name::BinSlabSize => Value::Word(class::pool_bytes(bin) as u64),
        Name::Nlextents => Value::Unsigned(LARGE_CLASSES as u32),
        Name::LextentSize if bin == 0 => Value::Word(answers::middle_max() as u64),
        Name::LextentSize => Value::Word(answers::LARGE_MAX as u64),
        _ => return None,
    })
}

/// What is more than read.
fn act(place: Place, exchange: &Exchange) -> Answer<()> {
    let arena = place.index[0];
    match place.name {
        Name::Epoch => epoch(exchange),
        Name::BackgroundThread => background_thread(exchange),
        Name::MaxBackgroundThreads => most_background_threads(exchange),
        Name::ThreadArena => arenas::of_thread(exchange),
        Name::ThreadTcacheEnabled => tcache_enabled(exchange),
        Name::ThreadTcacheFlush | Name::ThreadIdle => {
            exchange.nothing()?;
            if answers::empty_own_stocks() { Ok(()) } else { Err(libc::EAGAIN) }
        }
        Name::TcacheCreate => arenas::create_cache(exchange),
        Name::TcacheFlush => arenas::flush_cache(exchange),
        Name::TcacheDestroy => arenas::destroy_cache(exchange),
        Name::ArenaInitialized => exchange.tell(Value::Bool(arenas::is_initialized(arena))),
        Name::ArenaDecay => on_heap(arena, exchange, answers::decay),
        Name::ArenaPurge => on_heap(arena, exchange, || _ = inspect::trim()),
        Name::ArenaReset => exchange.nothing().and(Err(libc::EFAULT)),
        Name::ArenaDestroy => exchange.nothing().and_then(|()| arenas::destroy(arena)),
        Name::ArenaDirtyDecay => arenas::exchange_decay(Decay::Dirty, Some(arena), exchange),
        Name::ArenaMuzzyDecay => arenas::exchange_decay(Decay::Muzzy, Some(arena), exchange),
        Name::ArenasDirtyDecay => arenas::exchange_decay(Decay::Dirty, None, exchange),
        Name::ArenasMuzzyDecay => arenas::exchange_decay(Decay::Muzzy, None, exchange),
        Name::ArenasCreate => arenas::create(exchange),
        Name::ArenasLookup => lookup(exchange),
        _ => Err(libc::ENOENT),
    }
}

/// Does something to the heap, if that is what is behind the index.
fn on_heap(arena: usize, exchange: &Exchange, act: impl FnOnce()) -> Answer<()> {
    exchange.nothing()?;
    if arenas::is_heap(arena) {
        act();
    }
    Ok(())
}

fn epoch(exchange: &Exchange) -> Answer<()> {
    if exchange.taken(size_of::<u64>())?.is_some() && !refresh() {
        return Err(libc::EAGAIN);
    }
    exchange.give(Value::Word(EPOCH.load(Relaxed)))
}

/// There are none: pages are given back by the program's own threads.
fn background_thread(exchange: &Exchange) -> Answer<()> {
    let wanted = exchange.taken(size_of::<bool>())?;
    exchange.give(Value::Bool(false))?;
    if wanted.unwrap_or(0) == 0 { Ok(()) } else { Err(libc::EFAULT) }
}

fn most_background_threads(exchange: &Exchange) -> Answer<()> {
    let wanted = exchange.taken(size_of::<usize>())?;
    exchange.give(Value::Word(0))?;
    if wanted.unwrap_or(0) == 0 { Ok(()) } else { Err(libc::EINVAL) }
}

/// A thread always has its stocks. To switch them off sends home what they hold.
fn tcache_enabled(exchange: &Exchange) -> Answer<()> {
    let wanted = exchange.taken(size_of::<bool>())?;
    exchange.give(Value::Bool(true))?;
    if wanted == Some(0) && !answers::empty_own_stocks() {
        return Err(libc::EAGAIN);
    }
    Ok(())
}

/// The arena of a block: 0.
fn lookup(exchange: &Exchange) -> Answer<()> {
    let block = exchange.taken(size_of::<usize>())?.ok_or(libc::EINVAL)?;
    match answers::is_live(core::ptr::with_exposed_provenance_mut(block as usize)) {
        Some(true) => exchange.give(Value::Unsigned(0)),
        Some(false) => Err(libc::EINVAL),
        None => Err(libc::EAGAIN),
    }
}
