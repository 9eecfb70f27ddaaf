//! The page of statistics that other processes of the same user read, and the wishes they have (`measure::page`).
//!
//! The page is written in slow paths, by one thread at a time: about once a second, more often while somebody watches, and
//! whenever the heap has grown by an eighth. A process that does nothing writes nothing.
//!
//! - ATTACH-1: the page and the wishes are mappings of this process alone to write and to read, made before the second
//!   thread begins or in the child of a fork, and never given up. Who writes holds the [`Claim`] to the
//!   figures. A child in which no fork handler ran would write to its parent's page: a word that the kernel wipes tells
//!   it, and memory of its own takes the page's place.
//! - ATTACH-2: what is read of the wishes is a number that anybody may have written.

use core::ptr;
use core::sync::atomic::fence;

use crate::config::options::{ATTACH, OPTIONS};
use crate::guard::recent;
use crate::measure::page::{
    Answers, Event, LAYOUT, MAGIC, MAX_CLASSES, MAX_EVENTS, MAX_OPTIONS, MAX_POOLS, Page, Parts,
    SHORTEST_MS, UNWATCHED_MS, Wishes,
};
use crate::small::class::CLASSES;
use crate::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release, SeqCst},
};
use crate::sys::{self, shared};
use crate::thread::Session;

use super::counted::ByClass;
use super::figures::{self, Requested};
use super::snapshot::{self, Claim, Figures};
use super::{detail, inspect, rates};

const _: () = assert!(CLASSES <= MAX_CLASSES && OPTIONS.len() <= MAX_OPTIONS);
const _: () = assert!(MAX_EVENTS == recent::KEPT);

const PAGE_BYTES: usize = size_of::<Page>().next_multiple_of(crate::bits::PAGE);
const WISHES_BYTES: usize = crate::bits::PAGE;

static PAGE: AtomicPtr<Page> = AtomicPtr::new(ptr::null_mut());
static WISHES: AtomicPtr<Wishes> = AtomicPtr::new(ptr::null_mut());
/// The descriptors of both, …
static FILES: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];
/// … and which files they stood for: the program may have closed them, and have others of these numbers.
static KNOWN: [AtomicU64; 2] = [const { AtomicU64::new(0) }; 2];
/// Not zero, but in the child of a fork.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
/// When the page was last written (coarse milliseconds), and the bytes in use by then.
static WRITTEN_MS: AtomicU32 = AtomicU32::new(0);
static WRITTEN_USED: AtomicU64 = AtomicU64::new(0);
/// The heap has grown by a part since, …
static GROWN: AtomicBool = AtomicBool::new(false);
/// … or to twice what it was: that is told at once, as the program may do nothing more for long.
static DOUBLED: AtomicBool = AtomicBool::new(false);

/// Makes the page, if it is wanted. Called once.
pub fn prepare() {
    // A process with other rights than its user's is nobody's to look at.
    if !ATTACH.is_on() || sys::auxv(libc::AT_SECURE) != 0 {
        return;
    }
    let Some(mark) = shared::wiped_page() else { return };
    MARK.store(mark.cast(), Relaxed);
    // SAFETY: ATTACH-1: nothing is mapped over.
    let made = unsafe { make(ptr::null_mut(), ptr::null_mut()) };
    if let Some((page, wishes)) = made {
        start(page, wishes);
    }
}

/// The two files and their descriptors: new ones, or over the old mappings.
///
/// # Safety
/// Each is null, or a mapping of this module's that nobody uses meanwhile.
unsafe fn make(page: *mut u8, wishes: *mut u8) -> Option<(*mut Page, *mut Wishes)> {
    // SAFETY: ATTACH-1, as the caller says.
    unsafe {
        let page = shared::share(c"dam-stats", PAGE_BYTES, shared::Writers::Nobody, page).ok()?;
        remember(0, page.file);
        let wishes =
            shared::share(c"dam-wishes", WISHES_BYTES, shared::Writers::SameUser, wishes).ok()?;
        remember(1, wishes.file);
        Some((page.at.cast(), wishes.at.cast()))
    }
}

fn remember(which: usize, file: i32) {
    FILES[which].store(file as u32, Relaxed);
    KNOWN[which].store(identity(file), Relaxed);
}

/// What a descriptor stands for, in a number; 0: nothing.
fn identity(file: i32) -> u64 {
    let (device, inode) = sys::file::Identity::of(file).map_or((0, 0), |known| known.short());
    u64::from(device) << 32 | u64::from(inode)
}

/// Fills in what does not change, and lets threads write.
fn start(page: *mut Page, wishes: *mut Wishes) {
    let mut version = [0; 16];
    let text = env!("CARGO_PKG_VERSION").as_bytes();
    version[..text.len()].copy_from_slice(text);
    // SAFETY: ATTACH-1: mappings of so many bytes, and nobody writes yet.
    unsafe {
        (&raw mut (*page).version).write(version);
        (&raw mut (*page).layout).write(LAYOUT);
        (&raw mut (*page).process).write(sys::process_id());
        (&raw mut (*page).started_ns).write(rates::started_ns());
        (&raw mut (*page).parts).write(Parts::new(CLASSES, OPTIONS.len()));
        (&raw mut (*page).magic).write(MAGIC);
        wishes.write(Wishes { magic: MAGIC, layout: LAYOUT, ..Wishes::default() });
        if let Some(mark) = MARK.load(Relaxed).as_ref() {
            mark.store(1, Relaxed);
        }
    }
    WISHES.store(wishes, Release);
    PAGE.store(page, Release);
}

/// In the child of a fork: a page of its own.
pub fn after_fork() {
    let (page, wishes) = (PAGE.load(Relaxed), WISHES.load(Relaxed));
    if page.is_null() {
        return;
    }
    PAGE.store(ptr::null_mut(), Relaxed);
    // Nothing has been written to the new one.
    WRITTEN_MS.store(0, Relaxed);
    EXACT_NS.store(0, Relaxed);
    EXACT_TOOK_NS.store(0, Relaxed);
    let old = [0, 1].map(|at| (FILES[at].load(Relaxed), KNOWN[at].load(Relaxed)));
    // SAFETY: ATTACH-1: ours is the only thread.
    let made = unsafe { make(page.cast(), wishes.cast()) };
    for (file, known) in old {
        if known != 0 && identity(file as i32) == known {
            sys::file::close(file as usize);
        }
    }
    match made {
        Some((page, wishes)) => start(page, wishes),
        // SAFETY: as above.
        None => unsafe { part(page, wishes) },
    }
}

/// Takes this process off its parent's page.
///
/// # Safety
/// ATTACH-1: the mappings are this module's, and nobody uses them.
unsafe fn part(page: *mut Page, wishes: *mut Wishes) {
    PAGE.store(ptr::null_mut(), Relaxed);
    // SAFETY: as the caller says. Where the kernel refuses, nothing is written there any more all the same.
    unsafe {
        let _ = shared::hide(page.cast(), PAGE_BYTES);
        let _ = shared::hide(wishes.cast(), WISHES_BYTES);
    }
}

/// The heap has grown, to `used` bytes.
pub fn note_growth(used: u64) {
    let written = WRITTEN_USED.load(Relaxed);
    if used > written + written / 8 + (64 << 10) {
        GROWN.store(true, Relaxed);
    }
    if used > 2 * written + (1 << 20) {
        DOUBLED.store(true, Relaxed);
    }
}

/// Writes the page, if it is time, and meets wishes.
#[inline]
pub fn write_if_due(session: &Session, now_ms: u32) {
    if !PAGE.load(Relaxed).is_null() && is_due(now_ms) {
        write(session, now_ms);
    }
}

fn is_due(now_ms: u32) -> bool {
    /// When it was last asked: the coarse clock has ticked since, or the answer is the same.
    static ASKED_MS: AtomicU32 = AtomicU32::new(0);
    let written = WRITTEN_MS.load(Relaxed);
    if written == 0 || DOUBLED.load(Relaxed) {
        return true;
    }
    if !sys::has_passed(written, now_ms, SHORTEST_MS) {
        return false;
    }
    if ASKED_MS.load(Relaxed) == now_ms {
        return false;
    }
    ASKED_MS.store(now_ms, Relaxed);
    // Not every tier tells.
    figures::note_growth();
    GROWN.load(Relaxed)
        || sys::has_passed(written, now_ms, UNWATCHED_MS)
        || sys::has_passed(written, now_ms, wishes().map_or(UNWATCHED_MS, |wishes| wishes.every_ms))
}

/// What is wished now; `None`: nothing can be.
fn wishes() -> Option<Wishes> {
    let wishes = WISHES.load(Acquire);
    if wishes.is_null() {
        return None;
    }
    // SAFETY: ATTACH-1, ATTACH-2: numbers, whatever they are.
    let mut wishes = unsafe { wishes.read_volatile() };
    let now = sys::now_ns();
    if wishes.watched_until_ns <= now {
        wishes.every_ms = UNWATCHED_MS;
    }
    wishes.every_ms = wishes.every_ms.clamp(SHORTEST_MS, UNWATCHED_MS);
    Some(wishes)
}

/// Writes the page at the process's end.
pub fn write_last(session: &Session) {
    if !PAGE.load(Relaxed).is_null() {
        write(session, sys::now_ms());
    }
}

#[cold]
#[inline(never)]
fn write(session: &Session, now_ms: u32) {
    let Some(mut claim) = snapshot::claim() else { return };
    let (page, list) = (PAGE.load(Acquire), WISHES.load(Acquire));
    // SAFETY: ATTACH-1: the claim is ours, so nobody else uses the page.
    unsafe {
        if MARK.load(Relaxed).as_ref().is_some_and(|mark| mark.load(Relaxed) == 0) {
            part(page, list);
        } else {
            GROWN.store(false, Relaxed);
            DOUBLED.store(false, Relaxed);
            WRITTEN_MS.store(now_ms, Relaxed);
            let wishes = wishes().unwrap_or_default();
            let answers = meet(session, &wishes, (*page).answers);
            fill(page, answers, &wishes, &mut claim);
        }
    }
}

/// When all records were last read, for requested bytes and their sizes, and how long it took: that takes no more than a
/// thousandth of the time, a hundredth while somebody watches.
static EXACT_NS: AtomicU64 = AtomicU64::new(0);
static EXACT_TOOK_NS: AtomicU64 = AtomicU64::new(0);
const LONGEST_NS: u64 = 100_000_000;

fn is_exact_due(now_ns: u64, is_watched: bool) -> bool {
    let pause = EXACT_TOOK_NS.load(Relaxed).saturating_mul(if is_watched { 100 } else { 1000 });
    now_ns >= EXACT_NS.load(Relaxed).saturating_add(pause)
}

/// Writes everything.
///
/// # Safety
/// The page is the caller's to write (ATTACH-1).
unsafe fn fill(page: *mut Page, mut answers: Answers, wishes: &Wishes, claim: &mut Claim) {
    let began = sys::now_ns();
    let how = match is_exact_due(began, wishes.every_ms < UNWATCHED_MS) {
        true => Requested::Exact,
        false => Requested::AsLast,
    };
    if how == Requested::Exact {
        figures::unusable_free(0);
    }
    let Figures { counted, stats } = claim.gather(how);
    WRITTEN_USED.store(stats.used_bytes, Relaxed);
    // SAFETY: as the caller says. Readers look at the sequence before and after.
    unsafe {
        let sequence = &*(&raw const (*page).sequence).cast::<AtomicU64>();
        sequence.store(sequence.load(Relaxed) | 1, Relaxed);
        fence(SeqCst);
        (&raw mut (*page).stats).write(*stats);
        write_classes(page, &counted.classes, how);
        write_lists(page);
        if wishes.pools_until_ns > began {
            write_pools(page);
            answers.pools_ns = began;
        }
        (&raw mut (*page).answers).write(answers);
        (&raw mut (*page).written_ns).write(began);
        fence(SeqCst);
        sequence.store(sequence.load(Relaxed).wrapping_add(1), Release);
    }
    if how == Requested::Exact {
        EXACT_NS.store(began, Relaxed);
        // A process that was stopped meanwhile did not work.
        let took = sys::now_ns().saturating_sub(began).min(LONGEST_NS);
        EXACT_TOOK_NS.store(took, Relaxed);
    }
}

/// # Safety
/// As for [`fill`].
unsafe fn write_classes(page: *mut Page, classes: &ByClass, how: Requested) {
    for class in 0..CLASSES {
        let mut news = detail::class(class, classes, how);
        // SAFETY: ATTACH-1, as the caller says.
        unsafe {
            let entry = &raw mut (*page).classes[class];
            if how == Requested::AsLast {
                (news.requests, news.pools_quarantined) =
                    ((*entry).requests, (*entry).pools_quarantined);
            }
            entry.write(news);
        }
    }
}

/// # Safety
/// As for [`fill`].
unsafe fn write_lists(page: *mut Page) {
    // SAFETY: ATTACH-1, as the caller says.
    let (options, events) = unsafe { (&mut (*page).options, &mut (*page).events) };
    for (place, option) in options.iter_mut().zip(OPTIONS) {
        *place = option.get();
    }
    for (place, event) in events.iter_mut().zip(recent::all()) {
        let recent::Recent { number, at_ns, violation, address, block_size } = event;
        *place = Event { number, at_ns, violation, address, block_size };
    }
}

/// # Safety
/// As for [`fill`].
unsafe fn write_pools(page: *mut Page) {
    let (mut told, mut all) = (0, 0u64);
    detail::for_each_pool(&mut |pool| {
        all += 1;
        if told < MAX_POOLS {
            // SAFETY: ATTACH-1, as the caller says.
            unsafe { (&raw mut (*page).pools[told]).write(pool) };
            told += 1;
        }
        true
    });
    // SAFETY: ATTACH-1, as the caller says.
    unsafe {
        (*page).parts.pools.count = told as u64;
        (*page).parts.all_pools = all;
    }
}

/// Does what is wished and was not done yet.
fn meet(session: &Session, wishes: &Wishes, mut answers: Answers) -> Answers {
    let began = sys::now_ns();
    if wishes.check != answers.check {
        answers.check_faults = inspect::check_all(session) as u64;
        answers.check_us = sys::now_ns().saturating_sub(began) / 1000;
        answers.check = wishes.check;
    }
    if wishes.trim != answers.trim {
        answers.trim_bytes = inspect::trim_all(session);
        answers.trim = wishes.trim;
    }
    answers
}
