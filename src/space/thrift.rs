//! Whether memory that lies idle may go back to the system before its decay is over.
//!
//! What goes too early costs a fault and the clearing of a page when it is taken again. Whether a program will take
//! it again nobody can know, so the price is watched instead: time earns bytes that may be taken again, what is
//! taken again spends them, and while they are overdrawn nothing goes early. A program that needs again what it
//! frees soon keeps all of it, up to the decay; one that does not gives back as fast as memory falls idle.
#![forbid(unsafe_code)]

use crate::config::limits::{self, IDLE_AGAIN};
use crate::config::options::DECAY;
use crate::sys;

// Counts alone, not part of any protocol: the plain types also where a model checker runs.
use core::sync::atomic::{
    AtomicBool, AtomicI64, AtomicU32, AtomicU64, AtomicUsize, Ordering::Relaxed,
};

/// Bytes earned per millisecond: two pages, each of which costs 1.6 to 2.5 µs to give back and have again, so half
/// a hundredth of the time.
const EARNED_PER_MS: i64 = 8 << 10;
/// Most that is saved up, and what a program begins with: 1,024 pages, about 2 ms.
const SAVED: i64 = 4 << 20;

/// Most that can be owed: after so much, a program that has become quiet gives back early again in 8 seconds.
const OWED: i64 = 64 << 20;

/// For so long a program is taken for one that needs again what it frees: nothing is known of it yet, and many end
/// before it would have cost them anything to keep what they were using a moment ago …
const YOUNG_MS: u32 = 2000;
/// … up to so many bytes.
const UNPROVEN: usize = 24 << 20;

static LEFT: AtomicI64 = AtomicI64::new(SAVED);
/// Up to when time has earned.
static PAID_MS: AtomicU32 = AtomicU32::new(0);
/// When the program first asked whether memory may go; 0: it has not.
static BORN_MS: AtomicU32 = AtomicU32::new(0);
static YOUNG: AtomicBool = AtomicBool::new(true);

/// Whether memory may go early.
pub fn may_go(now_ms: u32) -> bool {
    let paid = PAID_MS.load(Relaxed);
    if sys::has_passed(paid, now_ms, 1)
        && PAID_MS.compare_exchange(paid, now_ms, Relaxed, Relaxed).is_ok()
    {
        let passed = now_ms.wrapping_sub(paid);
        let earned = i64::from(passed) * EARNED_PER_MS;
        forget_peak(passed, DECAY.get());
        let _ = LEFT.fetch_update(Relaxed, Relaxed, |left| Some((left + earned).min(SAVED)));
        MIDDLE.pay(earned as usize);
    }
    LEFT.load(Relaxed) > 0 && !is_young(now_ms)
}

fn is_young(now_ms: u32) -> bool {
    if YOUNG.load(Relaxed) {
        let born = BORN_MS
            .compare_exchange(0, now_ms.max(1), Relaxed, Relaxed)
            .unwrap_or_else(|born| born);
        YOUNG.store(born == 0 || !sys::has_passed(born, now_ms, YOUNG_MS), Relaxed);
    }
    YOUNG.load(Relaxed)
}

/// Memory that had gone back is needed again.
pub fn taken_again(bytes: usize) {
    let more = |left: i64| Some((left - bytes as i64).max(-OWED));
    let _ = LEFT.fetch_update(Relaxed, Relaxed, more);
}

/// What a tier that does not know its pages one by one has given back: of what it grows by, so much it would not
/// have had to ask for.
#[derive(Default)]
pub struct Given(AtomicU64);

impl Given {
    /// Nothing.
    pub const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// The tier has given back some.
    pub fn gave(&self, bytes: usize) {
        self.0.fetch_add(bytes as u64, Relaxed);
    }

    /// The tier has grown; by how many bytes that had gone back.
    pub fn grew(&self, bytes: usize) -> usize {
        let rest = |given: u64| Some(given.saturating_sub(bytes as u64));
        let given = self.0.fetch_update(Relaxed, Relaxed, rest).unwrap_or(0);
        let again = bytes.min(given as usize);
        taken_again(again);
        again
    }
}

/// What a tier holds.
pub struct Tier {
    /// Bytes in use.
    live: AtomicUsize,
    /// Bytes that could be given back.
    spare: AtomicUsize,
    /// Bytes that had gone because too much lay idle and were needed again, less what time has earned since.
    debt: AtomicUsize,
}

/// The small tier.
pub static SMALL: Tier = Tier::new();
/// The middle tier.
pub static MIDDLE: Tier = Tier::new();

/// The most that has been in use of late, in both.
static PEAK: AtomicUsize = AtomicUsize::new(0);

fn live() -> usize {
    SMALL.live.load(Relaxed) + MIDDLE.live.load(Relaxed)
}

impl Tier {
    const fn new() -> Self {
        Self { live: AtomicUsize::new(0), spare: AtomicUsize::new(0), debt: AtomicUsize::new(0) }
    }

    /// What was needed again would be needed again: so much more may lie idle, until time has paid for it. (Not in the
    /// small tier, where sizes that drift would fill one class after the other.)
    pub fn owe(&self, bytes: usize) {
        let more = |debt: usize| Some((debt + bytes).min(IDLE_AGAIN));
        let _ = self.debt.fetch_update(Relaxed, Relaxed, more);
    }

    /// Nothing is left of it that could be given back.
    pub fn has_given(&self) {
        self.spare.store(0, Relaxed);
    }

    fn pay(&self, bytes: usize) {
        let less = |debt: usize| Some(debt.saturating_sub(bytes));
        let _ = self.debt.fetch_update(Relaxed, Relaxed, less);
    }

    /// Tells what it holds; how much of it has to go at once, however fresh it is, because more lies idle than may be
    /// held back: a share of what is in use, and, while memory is overdrawn, what is in use less than of late. That was
    /// needed without any allocator's doing, so keeping it makes no process larger.
    pub fn excess(&self, live: usize, spare: usize) -> usize {
        self.live.store(live, Relaxed);
        self.spare.store(spare, Relaxed);
        let (live, idle) = (self::live(), SMALL.spare.load(Relaxed) + MIDDLE.spare.load(Relaxed));
        let peak = PEAK.fetch_max(live, Relaxed).max(live);
        let (left, debt) = (LEFT.load(Relaxed), self.debt.load(Relaxed));
        let again = needed_again(left, YOUNG.load(Relaxed), peak - live, debt);
        beyond(limits::held_back(live), again, idle, spare)
    }
}

/// How much may lie idle because it would be needed again: what is in use `less` than of late, while no more is `left`,
/// and what the tier was seen to need, its `debt`; of the former some, while the program is young.
fn needed_again(left: i64, is_young: bool, less: usize, debt: usize) -> usize {
    match left {
        ..=0 => less + debt,
        _ if is_young => less.min(UNPROVEN),
        _ => 0,
    }
}

/// How much of the `spare` bytes of a tier goes, of the `idle` ones of both, where a `share` may be held back and
/// what is needed `again` besides. The tier that holds more gives: what little the other one has would go, and be
/// needed again, all the time, without ever being enough.
fn beyond(share: usize, again: usize, idle: usize, spare: usize) -> usize {
    if idle <= share + again || spare < idle / 2 {
        return 0;
    }
    spare.min(idle - again - share / 2)
}

/// What was in use is forgotten within about a decay.
fn forget_peak(passed_ms: u32, decay_ms: u32) {
    let live = live();
    let part = |peak: usize| {
        let more = peak.saturating_sub(live);
        let parts = u64::from(passed_ms.min(decay_ms));
        Some(peak - (more as u64 * parts / u64::from(decay_ms.max(1))) as usize)
    };
    let _ = PEAK.fetch_update(Relaxed, Relaxed, part);
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn what_would_be_needed_again_is_proven_by_debt_and_presumed_of_a_young_program() {
        assert_eq!(needed_again(0, false, 100 << 20, 7), (100 << 20) + 7);
        assert_eq!(needed_again(1, true, 100 << 20, 7), UNPROVEN);
        assert_eq!(needed_again(1, true, 1 << 20, 7), 1 << 20);
        assert_eq!(needed_again(1, false, 1 << 20, 7), 0);
    }

    #[test]
    fn the_tier_that_holds_more_gives_down_to_half_of_the_share() {
        assert_eq!(beyond(100, 50, 150, 150), 0);
        assert_eq!(beyond(100, 50, 151, 151), 51);
        assert_eq!(beyond(100, 50, 200, 120), 100);
        assert_eq!(beyond(100, 0, 1000, 600), 600, "no more than it has");
        assert_eq!(beyond(100, 0, 1000, 400), 0, "the other one gives");
    }

    #[test]
    fn of_growth_only_what_had_been_given_back_counts() {
        let given = Given::new();
        given.gave(100);
        given.grew(30);
        assert_eq!(given.0.load(Relaxed), 70);
        given.grew(100);
        assert_eq!(given.0.load(Relaxed), 0);
    }
}
