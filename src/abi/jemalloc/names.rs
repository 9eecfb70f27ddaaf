//! The tree of names: `stats.arenas.0.bins.3.nmalloc` to what it stands for, and back from a "management information
//! base" (MIB), the same path as numbers, which a program may keep and change the indices of.
//!
//! All names stand in one text, those that begin alike side by side. The number of a component is that of the first
//! name that begins with it and with all in front of it; that of an index is the index itself.
#![forbid(unsafe_code)]

use super::{Answer, LARGE_CLASSES, arenas};
use crate::small::class::CLASSES;

/// Indices in a path, at the most.
pub const INDICES: usize = 2;

macro_rules! names {
    ($($name:ident $text:literal)*) => {
        /// What a name stands for.
        #[allow(missing_docs)]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        pub enum Name { $($name),* }

        /// All of them.
        const ALL: &[Name] = &[$(Name::$name),*];
        const TEXT: &[u8] = concat!($($text, "\n"),*).as_bytes();
    };
}

names! {
    Version "version"
    Epoch "epoch"
    BackgroundThread "background_thread"
    MaxBackgroundThreads "max_background_threads"
    ConfigCacheOblivious "config.cache_oblivious"
    ConfigDebug "config.debug"
    ConfigFill "config.fill"
    ConfigLazyLock "config.lazy_lock"
    ConfigMallocConf "config.malloc_conf"
    ConfigProf "config.prof"
    ConfigProfLibgcc "config.prof_libgcc"
    ConfigProfLibunwind "config.prof_libunwind"
    ConfigStats "config.stats"
    ConfigUtrace "config.utrace"
    ConfigXmalloc "config.xmalloc"
    OptAbort "opt.abort"
    OptAbortConf "opt.abort_conf"
    OptConfirmConf "opt.confirm_conf"
    OptCacheOblivious "opt.cache_oblivious"
    OptMetadataThp "opt.metadata_thp"
    OptTrustMadvise "opt.trust_madvise"
    OptRetain "opt.retain"
    OptDss "opt.dss"
    OptNarenas "opt.narenas"
    OptPercpuArena "opt.percpu_arena"
    OptBackgroundThread "opt.background_thread"
    OptMaxBackgroundThreads "opt.max_background_threads"
    OptDirtyDecay "opt.dirty_decay_ms"
    OptMuzzyDecay "opt.muzzy_decay_ms"
    OptStatsPrint "opt.stats_print"
    OptStatsPrintOpts "opt.stats_print_opts"
    OptStatsInterval "opt.stats_interval"
    OptStatsIntervalOpts "opt.stats_interval_opts"
    OptTcache "opt.tcache"
    OptTcacheMax "opt.tcache_max"
    OptThp "opt.thp"
    OptZeroRealloc "opt.zero_realloc"
    ThreadArena "thread.arena"
    ThreadTcacheEnabled "thread.tcache.enabled"
    ThreadTcacheFlush "thread.tcache.flush"
    ThreadIdle "thread.idle"
    TcacheCreate "tcache.create"
    TcacheFlush "tcache.flush"
    TcacheDestroy "tcache.destroy"
    ArenaInitialized "arena.<arena>.initialized"
    ArenaDecay "arena.<arena>.decay"
    ArenaPurge "arena.<arena>.purge"
    ArenaReset "arena.<arena>.reset"
    ArenaDestroy "arena.<arena>.destroy"
    ArenaDirtyDecay "arena.<arena>.dirty_decay_ms"
    ArenaMuzzyDecay "arena.<arena>.muzzy_decay_ms"
    Narenas "arenas.narenas"
    ArenasDirtyDecay "arenas.dirty_decay_ms"
    ArenasMuzzyDecay "arenas.muzzy_decay_ms"
    Quantum "arenas.quantum"
    PageSize "arenas.page"
    TcacheMax "arenas.tcache_max"
    Nbins "arenas.nbins"
    Nhbins "arenas.nhbins"
    BinSize "arenas.bin.<bin>.size"
    BinNregs "arenas.bin.<bin>.nregs"
    BinSlabSize "arenas.bin.<bin>.slab_size"
    Nlextents "arenas.nlextents"
    LextentSize "arenas.lextent.<large>.size"
    ArenasCreate "arenas.create"
    ArenasLookup "arenas.lookup"
    StatsAllocated "stats.allocated"
    StatsActive "stats.active"
    StatsMetadata "stats.metadata"
    StatsMetadataThp "stats.metadata_thp"
    StatsResident "stats.resident"
    StatsMapped "stats.mapped"
    StatsRetained "stats.retained"
    StatsThreads "stats.background_thread.num_threads"
    StatsThreadRuns "stats.background_thread.num_runs"
    StatsThreadInterval "stats.background_thread.run_interval"
    Nthreads "stats.arenas.<arena>.nthreads"
    Dss "stats.arenas.<arena>.dss"
    DirtyDecay "stats.arenas.<arena>.dirty_decay_ms"
    MuzzyDecay "stats.arenas.<arena>.muzzy_decay_ms"
    Pactive "stats.arenas.<arena>.pactive"
    Pdirty "stats.arenas.<arena>.pdirty"
    Pmuzzy "stats.arenas.<arena>.pmuzzy"
    DirtyNpurge "stats.arenas.<arena>.dirty_npurge"
    DirtyNmadvise "stats.arenas.<arena>.dirty_nmadvise"
    DirtyPurged "stats.arenas.<arena>.dirty_purged"
    MuzzyNpurge "stats.arenas.<arena>.muzzy_npurge"
    MuzzyNmadvise "stats.arenas.<arena>.muzzy_nmadvise"
    MuzzyPurged "stats.arenas.<arena>.muzzy_purged"
    SmallAllocated "stats.arenas.<arena>.small.allocated"
    SmallNmalloc "stats.arenas.<arena>.small.nmalloc"
    SmallNdalloc "stats.arenas.<arena>.small.ndalloc"
    SmallNrequests "stats.arenas.<arena>.small.nrequests"
    LargeAllocated "stats.arenas.<arena>.large.allocated"
    LargeNmalloc "stats.arenas.<arena>.large.nmalloc"
    LargeNdalloc "stats.arenas.<arena>.large.ndalloc"
    LargeNrequests "stats.arenas.<arena>.large.nrequests"
    Mapped "stats.arenas.<arena>.mapped"
    Retained "stats.arenas.<arena>.retained"
    Base "stats.arenas.<arena>.base"
    Internal "stats.arenas.<arena>.internal"
    MetadataThp "stats.arenas.<arena>.metadata_thp"
    Resident "stats.arenas.<arena>.resident"
    BinsNmalloc "stats.arenas.<arena>.bins.<bin>.nmalloc"
    BinsNdalloc "stats.arenas.<arena>.bins.<bin>.ndalloc"
    BinsNrequests "stats.arenas.<arena>.bins.<bin>.nrequests"
    BinsCurregs "stats.arenas.<arena>.bins.<bin>.curregs"
    BinsNslabs "stats.arenas.<arena>.bins.<bin>.nslabs"
    BinsCurslabs "stats.arenas.<arena>.bins.<bin>.curslabs"
    LextentsNmalloc "stats.arenas.<arena>.lextents.<large>.nmalloc"
    LextentsNdalloc "stats.arenas.<arena>.lextents.<large>.ndalloc"
    LextentsNrequests "stats.arenas.<arena>.lextents.<large>.nrequests"
    LextentsCurlextents "stats.arenas.<arena>.lextents.<large>.curlextents"
}

/// How many names there are.
pub const NAMES: usize = ALL.len();

/// Where each name begins in the text, and where the last one ends.
static STARTS: [u16; NAMES + 1] = {
    let mut starts = [0; NAMES + 1];
    let (mut at, mut name) = (0, 0);
    while at < TEXT.len() {
        at += 1;
        if TEXT[at - 1] == b'\n' {
            name += 1;
            starts[name] = at as u16;
        }
    }
    starts
};

/// A name, and the indices in its path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name.
    pub name: Name,
    /// Its indices, in order.
    pub index: [usize; INDICES],
}

/// The text of a name, markers in the place of indices.
pub fn text(name: usize) -> &'static [u8] {
    &TEXT[usize::from(STARTS[name])..usize::from(STARTS[name + 1]) - 1]
}

/// The name of this number.
pub fn name(number: usize) -> Name {
    ALL[number]
}

/// What an index in a name tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// An arena.
    Arena,
    /// A class of small blocks.
    Bin,
    /// A class of large blocks.
    Large,
}

impl Index {
    /// What a component of a name is the marker of, if it is one.
    pub fn of(component: &[u8]) -> Option<Self> {
        match component {
            b"<arena>" => Some(Self::Arena),
            b"<bin>" => Some(Self::Bin),
            b"<large>" => Some(Self::Large),
            _ => None,
        }
    }

    /// Whether there is such a thing, in a name that begins with `first`.
    fn has(self, index: usize, first: &[u8]) -> bool {
        match self {
            Self::Arena if first == b"arena" => arenas::is_number(index),
            Self::Arena => arenas::has_figures(index),
            Self::Bin => index < CLASSES,
            Self::Large => index < LARGE_CLASSES,
        }
    }
}

/// The place that a name in full stands for.
pub fn find(path: &[u8]) -> Answer<Place> {
    let mut walk = Walk::begin();
    for component in path.split(|&byte| byte == b'.') {
        walk.step(component)?;
    }
    walk.end()
}

/// Writes the numbers of a name's components, which may be fewer than a name in full has, until `mib` is full; how many.
pub fn to_mib(path: &[u8], mib: &mut [usize]) -> Answer<usize> {
    let mut walk = Walk::begin();
    let mut count = 0;
    for (number, component) in mib.iter_mut().zip(path.split(|&byte| byte == b'.')) {
        *number = walk.step(component)?;
        count += 1;
    }
    Ok(count)
}

/// The place that the numbers of all components of a name stand for.
pub fn from_mib(mib: &[usize]) -> Answer<Place> {
    let name = *mib.last().filter(|&&name| name < NAMES).ok_or(libc::ENOENT)?;
    let mut walk = Walk { name, ..Walk::begin() };
    for &number in mib {
        let component = walk.component(name).ok_or(libc::ENOENT)?;
        match Index::of(component) {
            Some(kind) => walk.note_index(kind, number)?,
            None if walk.is_first(number, component) => {}
            None => return Err(libc::ENOENT),
        }
        walk.taken += component.len() + 1;
    }
    walk.end()
}

/// On the way down the tree.
struct Walk {
    /// A name that begins with the components so far, the first one on the way from a text,
    name: usize,
    /// how many bytes of it those are, with the points behind them,
    taken: usize,
    /// and the indices among them.
    index: [usize; INDICES],
    indices: usize,
}

impl Walk {
    fn begin() -> Self {
        Self { name: 0, taken: 0, index: [0; INDICES], indices: 0 }
    }

    /// The next component of a name, if it begins with the components so far and goes on.
    fn component(&self, name: usize) -> Option<&'static [u8]> {
        let (so_far, text) = (text(self.name).get(..self.taken)?, text(name));
        let rest = text.strip_prefix(so_far)?;
        rest.split(|&byte| byte == b'.').next()
    }

    /// Whether a name is the first one that goes on with this component.
    fn is_first(&self, name: usize, component: &[u8]) -> bool {
        let goes_on = |name| self.component(name) == Some(component);
        name < NAMES && goes_on(name) && !name.checked_sub(1).is_some_and(goes_on)
    }

    /// Goes on by a component; its number.
    fn step(&mut self, wanted: &[u8]) -> Answer<usize> {
        for name in self.name..NAMES {
            let known = self.component(name).ok_or(libc::ENOENT)?;
            let mut number = name;
            if let Some(kind) = Index::of(known) {
                number = parse(wanted).ok_or(libc::ENOENT)?;
                self.note_index(kind, number)?;
            } else if known != wanted {
                continue;
            }
            (self.name, self.taken) = (name, self.taken + known.len() + 1);
            return Ok(number);
        }
        Err(libc::ENOENT)
    }

    fn note_index(&mut self, kind: Index, index: usize) -> Answer<()> {
        let first = text(self.name).split(|&byte| byte == b'.').next().unwrap_or(&[]);
        let place = self.index.get_mut(self.indices).ok_or(libc::ENOENT)?;
        if !kind.has(index, first) {
            return Err(libc::ENOENT);
        }
        *place = index;
        self.indices += 1;
        Ok(())
    }

    /// The place, if this is a name's end.
    fn end(self) -> Answer<Place> {
        match self.taken > text(self.name).len() {
            true => Ok(Place { name: ALL[self.name], index: self.index }),
            false => Err(libc::ENOENT),
        }
    }
}

/// A decimal number.
fn parse(text: &[u8]) -> Option<usize> {
    if text.is_empty() {
        return None;
    }
    text.iter().try_fold(0usize, |number, &byte| {
        let digit = byte.is_ascii_digit().then(|| usize::from(byte - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn paths() -> Vec<String> {
        let texts = (0..NAMES).map(|name| String::from_utf8(text(name).to_vec()).unwrap());
        texts
            .map(|text| {
                text.replace("<arena>", "4096").replace("<bin>", "7").replace("<large>", "1")
            })
            .collect()
    }

    #[test]
    fn every_name_is_found_by_text_and_by_numbers() {
        for (number, path) in paths().iter().enumerate() {
            let place = find(path.as_bytes()).unwrap();
            assert_eq!(place.name, ALL[number], "{path}");
            let mut mib = [usize::MAX; 9];
            let depth = to_mib(path.as_bytes(), &mut mib).unwrap();
            assert_eq!(depth, path.split('.').count());
            assert_eq!(from_mib(&mib[..depth]), Ok(place), "{path}");
            for shorter in 0..depth {
                let mut part = [usize::MAX; 9];
                assert_eq!(to_mib(path.as_bytes(), &mut part[..shorter]), Ok(shorter));
                assert_eq!(part[..shorter], mib[..shorter]);
                assert_eq!(from_mib(&mib[..shorter]), Err(libc::ENOENT));
            }
        }
    }

    #[test]
    fn names_that_begin_alike_stand_side_by_side() {
        for (number, path) in paths().iter().enumerate() {
            let mut mib = [0; 9];
            let depth = to_mib(path.as_bytes(), &mut mib).unwrap();
            for (at, part) in path.split('.').enumerate().take(depth) {
                let begins = path.split('.').take(at + 1).collect::<Vec<_>>().join(".") + ".";
                let first =
                    paths().iter().position(|other| (other.clone() + ".").starts_with(&begins));
                if !part.bytes().all(|byte| byte.is_ascii_digit()) {
                    assert_eq!(Some(mib[at]), first, "{path} {number}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_name_is_not_found() {
        let strange = [
            "",
            ".",
            "epoc",
            "epochs",
            "epoch.",
            ".epoch",
            "epoch.x",
            "arenas",
            "arenas.",
            "arenas.bin.74.size",
            "arenas.bin.-1.size",
            "arenas.bin.+1.size",
            "arenas.bin. 1.size",
            "arenas.bin.0x1.size",
            "arenas.bin..size",
            "arenas.bin.1a.size",
            "arenas.bin.<bin>.size",
            "arenas.bin.99999999999999999999.size",
            "arenas.bin.0",
            "arenas.lextent.2.size",
            "stats.arenas.4098.pactive",
            "stats.arenas.0.bins.0",
            "arena.4098.purge",
            "prof.active",
            "opt.prof",
            "arenas.bin.0.size.x",
        ];
        for path in strange {
            assert_eq!(find(path.as_bytes()), Err(libc::ENOENT), "{path}");
        }
    }

    #[test]
    fn numbers_of_other_places_are_refused() {
        let mut mib = [0; 6];
        assert_eq!(to_mib(b"stats.arenas.0.bins.3.nmalloc", &mut mib), Ok(6));
        for (at, wrong) in
            [(0, 0), (0, NAMES), (1, 0), (2, 4098), (3, mib[1]), (4, CLASSES), (5, NAMES), (5, 0)]
        {
            let mut other = mib;
            other[at] = wrong;
            assert_eq!(from_mib(&other), Err(libc::ENOENT), "{at} {wrong}");
        }
        mib[4] = 5;
        assert_eq!(from_mib(&mib).unwrap().index, [0, 5]);
        assert_eq!(from_mib(&[]), Err(libc::ENOENT));
    }
}
