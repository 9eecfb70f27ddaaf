//! What a pool does beside its work while the fast paths are closed (`heap::hardened`).
//!
//! - RULES-1: a pool's rules are those of the options when it was opened, and never change: what holds of
//!   its free memory holds from its first block on.
#![forbid(unsafe_code)]

use crate::config::options::{DELAY_KIB, FILL_SLACK, RANDOM_SLOTS, ZERO_ON_FREE};

/// Which defences are on. All-zero memory: none.
#[derive(Clone, Copy, Default)]
#[repr(C)]
pub struct Rules {
    /// Any of them.
    pub any: bool,
    /// Free memory is zero, except for tombstones (`zero_on_free`).
    pub zero: bool,
    /// A block's canary reaches to its end (`fill_slack`).
    pub fill: bool,
    /// Where a block lies is drawn by lot (`random_slots`).
    pub lots: bool,
    /// Freed blocks wait (`delay_kib`).
    pub delay: bool,
}

impl Rules {
    /// Those that the options ask for. Unit tests, which share the options, say themselves what they want.
    pub fn wanted() -> Self {
        if cfg!(test) {
            return Self::default();
        }
        Self {
            any: false,
            zero: ZERO_ON_FREE.is_on(),
            fill: FILL_SLACK.is_on(),
            lots: RANDOM_SLOTS.is_on(),
            delay: DELAY_KIB.is_on(),
        }
        .complete()
    }

    /// Says whether there are any.
    pub fn complete(self) -> Self {
        let Self { zero, fill, lots, delay, .. } = self;
        Self { any: zero || fill || lots || delay, ..self }
    }
}
