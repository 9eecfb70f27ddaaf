//! What a process is asked for. It reads its wishes when one of its threads passes a slow path of the allocator.
//!
//! Several commands may wish at once, so each number is written by itself and none is put back. Numbers of checks and trims
//! are times of the monotonic clock: an answer to a later number than ours is one to ours.

use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::time::{Duration, Instant};

use dam::measure::page::{Answers, LAYOUT, MAGIC, SHORTEST_MS, UNWATCHED_MS, Wishes};

use super::decode::decode_at;
use super::{Snapshot, State, Target, Trouble, now_ns};

/// What can be asked for once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A heap check.
    Check,
    /// Giving memory back.
    Trim,
}

impl Wish {
    fn offset(self) -> usize {
        match self {
            Self::Check => offset_of!(Wishes, check),
            Self::Trim => offset_of!(Wishes, trim),
        }
    }

    fn met(self, answers: &Answers) -> u64 {
        match self {
            Self::Check => answers.check,
            Self::Trim => answers.trim,
        }
    }
}

/// How long a watch goes on without being renewed.
const HOLD: Duration = Duration::from_secs(3);
/// The pace for somebody who waits for an answer.
const SOON: Duration = Duration::from_millis(SHORTEST_MS as u64);
/// How long a process at work may take to write its page once it is watched.
const FRESH_WITHIN: Duration = Duration::from_millis(150);

impl Target {
    /// Asks for pages that are new each time for who reads so often; until a few seconds after the next such call is due.
    pub fn watch(&self, every: Duration) -> Result<(), Trouble> {
        // At the same pace, some would be read twice, and nothing would seem to have happened in between.
        self.watch_for(every / 2, every + HOLD)
    }

    fn watch_for(&self, every: Duration, hold: Duration) -> Result<(), Trouble> {
        let shortest = Duration::from_millis(SHORTEST_MS.into());
        let longest = Duration::from_millis(UNWATCHED_MS.into());
        let every_ms = every.clamp(shortest, longest).as_millis() as u32;
        self.write_wish(offset_of!(Wishes, every_ms), &every_ms.to_ne_bytes())?;
        let field = offset_of!(Wishes, watched_until_ns);
        self.extend(field, hold)
    }

    /// Asks for the pools as well, for so long from now on.
    pub fn watch_pools(&self, hold: Duration) -> Result<(), Trouble> {
        self.extend(offset_of!(Wishes, pools_until_ns), hold)
    }

    /// Puts a time off, unless somebody else has put it off for longer.
    fn extend(&self, field: usize, hold: Duration) -> Result<(), Trouble> {
        let until = now_ns().saturating_add(hold.as_nanos() as u64);
        let now: u64 = decode_at(&self.read_wishes()?, field);
        if now < until { self.write_wish(field, &until.to_ne_bytes()) } else { Ok(()) }
    }

    /// The newest figures that are to be had without waiting for long.
    pub fn fresh(&self) -> Result<Snapshot, Trouble> {
        let mut last = self.read()?;
        let before = last.written_ns;
        // A process at work writes a page at once; one that is not has nothing new to say.
        if self.watch_for(SOON, FRESH_WITHIN).is_ok() {
            let start = Instant::now();
            while last.written_ns == before && start.elapsed() < FRESH_WITHIN {
                std::thread::sleep(Duration::from_millis(2));
                last = self.read()?;
            }
        }
        Ok(last)
    }

    /// Asks for something and waits for the answer; `None`: no thread has come by so far.
    pub fn ask(&self, wish: Wish, timeout: Duration) -> Result<Option<Answers>, Trouble> {
        let number = now_ns();
        self.watch_for(SOON, timeout)?;
        self.write_wish(wish.offset(), &number.to_ne_bytes())?;
        let start = Instant::now();
        loop {
            let answers = self.read()?.answers;
            if (number..=now_ns()).contains(&wish.met(&answers)) {
                return Ok(Some(answers));
            }
            match self.state() {
                State::Ended => return Err(Trouble::Ended(self.pid)),
                State::Changed => return Err(Trouble::Closed(self.pid)),
                State::There if start.elapsed() >= timeout => return Ok(None),
                State::There => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }

    /// The wishes as they are, if they are any of our layout.
    fn read_wishes(&self) -> Result<[u8; size_of::<Wishes>()], Trouble> {
        let refused = || Trouble::NotAskable(self.pid);
        let mut bytes = [0; size_of::<Wishes>()];
        let file = &self.wishes.as_ref().ok_or_else(refused)?.file;
        file.read_exact_at(&mut bytes, 0).map_err(|_| refused())?;
        let magic: u64 = decode_at(&bytes, offset_of!(Wishes, magic));
        let layout: u32 = decode_at(&bytes, offset_of!(Wishes, layout));
        if magic == MAGIC && layout == LAYOUT { Ok(bytes) } else { Err(refused()) }
    }

    fn write_wish(&self, field: usize, value: &[u8]) -> Result<(), Trouble> {
        // Nothing is written to what is not a file of wishes.
        self.read_wishes()?;
        let refused = || Trouble::NotAskable(self.pid);
        let file = &self.wishes.as_ref().ok_or_else(refused)?.file;
        file.write_all_at(value, field as u64).map_err(|_| refused())
    }
}
