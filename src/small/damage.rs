//! Damage around a small block: which canary, which bytes, and whose slot it is.

use crate::bits::Kind;
use crate::config::limits::CANARY;
use crate::config::options::{FILL_SLACK, MISMATCH};
use crate::guard::{Finding, Operation, Violation, canary, violation};

use super::class;
use super::window;

/// Room that a block needs whose canary says that it came by an aligned door.
pub const DOOR_ROOM: usize = CANARY;

/// Whether a small block of this door is to be marked: where mismatches are reported, those of the doors that records
/// cannot tell from the plain ones.
#[inline(always)]
pub fn needs_door(kind: Kind) -> bool {
    kind.is_aligned() && MISMATCH.is_on()
}

/// Marks a block of `size` bytes, behind which there is a canary, where its door [needs](needs_door) it: its canary
/// is another one then.
///
/// # Safety
/// The slot is the caller's, and has [`DOOR_ROOM`] more than a block to be marked and a canary need.
pub unsafe fn mark_door(block: *mut u8, size: usize, kind: Kind) {
    if needs_door(kind) {
        // SAFETY: SMALL-4, and the caller's word.
        unsafe { canary::write_door(block.add(size)) };
    }
}

/// Whether a live block came by an aligned door.
///
/// # Safety
/// The block is live (SMALL-4).
pub unsafe fn is_of_aligned_door(block: *const u8, size: usize) -> bool {
    // SAFETY: SMALL-4, and the caller's word.
    unsafe { canary::is_door(block.add(size)) }
}

/// Writes the canary behind the `size` bytes of a block, or over all the rest of its slot.
///
/// # Safety
/// The slot is the caller's, and has room for `size` bytes and a canary.
#[inline(always)]
pub unsafe fn mark_end(block: *mut u8, size: usize, slot: usize) {
    // SAFETY: SMALL-4, and the caller's word.
    unsafe {
        match FILL_SLACK.is_on() {
            true => canary::fill(block.add(size), slot - size),
            false => canary::write(block.add(size)),
        }
    }
}

/// A damaged canary, as it was found.
#[derive(Clone, Copy)]
pub struct Damage {
    violation: Violation,
    /// The block's requested size, while it is live.
    size: Option<usize>,
    /// Where `found` begins, counted from the block.
    offset: isize,
    found: [u8; 8],
    /// The first changed one of these bytes.
    first: usize,
}

impl Damage {
    /// Looks at the canary at `offset` of a block of `size` bytes.
    ///
    /// # Safety
    /// The eight bytes there are readable.
    pub unsafe fn look(
        block: *const u8,
        size: usize,
        offset: isize,
        violation: Violation,
    ) -> Option<Self> {
        // SAFETY: SMALL-4, for which the caller vouches.
        let (first, found) = unsafe {
            let at = block.offset(offset);
            (canary::first_damage(at)?, at.cast::<[u8; 8]>().read())
        };
        Some(Self { violation, size: Some(size), offset, found, first })
    }

    /// What was written at `offset`, a multiple of eight, of a block that is not live any more and was zero.
    ///
    /// # Safety
    /// The eight bytes there are readable.
    pub unsafe fn after_free(block: *const u8, offset: usize) -> Self {
        // SAFETY: SMALL-3, for which the caller vouches.
        let found = unsafe { block.add(offset).cast::<[u8; 8]>().read() };
        let first = found.iter().position(|&byte| byte != 0).unwrap_or(0);
        Self {
            violation: Violation::UseAfterFree,
            size: None,
            offset: offset as isize,
            found,
            first,
        }
    }
}

/// Which canary of a live block in a slot of `slot` bytes is damaged.
///
/// # Safety
/// The block is live (SMALL-4).
pub unsafe fn find_damage(block: *const u8, size: usize, slot: usize) -> Option<Damage> {
    // SAFETY: SMALL-4, as the caller says.
    unsafe { if is_intact(block, size, slot) { None } else { describe_damage(block, size, slot) } }
}

/// Whether all canaries of a live block in a slot of `slot` bytes are as they were written.
///
/// # Safety
/// As for [`find_damage`].
#[inline(always)]
pub unsafe fn is_intact(block: *const u8, size: usize, slot: usize) -> bool {
    // SAFETY: SMALL-4: the words belong to the allocator and are committed.
    unsafe {
        let is_end_intact = match FILL_SLACK.is_on() {
            true => canary::first_damage_of(block.add(size), slot - size).is_none(),
            false => canary::intact(block.add(size)),
        };
        let is_door_intact = || {
            is_of_aligned_door(block, size)
                && (!FILL_SLACK.is_on() || find_damaged_slack(block, size, slot).is_none())
        };
        canary::intact_aligned(block.sub(CANARY)) && (is_end_intact || is_door_intact())
    }
}

/// What damage there is.
///
/// # Safety
/// As for [`find_damage`].
#[cold]
unsafe fn describe_damage(block: *const u8, size: usize, slot: usize) -> Option<Damage> {
    // SAFETY: SMALL-4, as the caller says.
    unsafe {
        let behind = match is_of_aligned_door(block, size) {
            true => None,
            false => Damage::look(block, size, size as isize, Violation::HeapBufferOverflow),
        };
        behind
            .or_else(|| Damage::look(block, size, -8, Violation::HeapBufferUnderflow))
            .or_else(|| find_damaged_slack(block, size, slot))
    }
}

/// What is damaged of the canary that fills a slot (`fill_slack`).
///
/// # Safety
/// As for [`find_damage`].
unsafe fn find_damaged_slack(block: *const u8, size: usize, slot: usize) -> Option<Damage> {
    if !FILL_SLACK.is_on() {
        return None;
    }
    // SAFETY: SMALL-4: the rest of the slot belongs to the allocator.
    unsafe {
        let start = if is_of_aligned_door(block, size) { size + CANARY } else { size };
        let at = start + canary::first_damage_of(block.add(start), slot - start)?;
        Damage::look(block, size, at.min(slot - 8) as isize, Violation::HeapBufferOverflow)
    }
}

/// A damaged slot. What is found with a pool's lock held is kept in this form until the lock is
/// free: standard error may be a pipe that a thread reads which needs that pool first (GUARD-2).
pub struct Fault {
    /// Its class.
    pub class: usize,
    /// Its index.
    pub index: u32,
    /// What is damaged; `None`: the end of a slot without a live block.
    pub damage: Option<Damage>,
}

impl Fault {
    /// Reports it. No lock is held.
    #[cold]
    pub fn report(&self, operation: Operation) {
        let Self { class, index, damage } = self;
        let slot = class::SLOT[*class] as usize;
        let address = window::of(*class).block(*class, *index).addr();
        let number = index >> class::POOL_LOG2[*class];
        match damage {
            Some(damage) => violation::report(&Finding {
                violation: damage.violation,
                operation,
                address,
                size: damage.size,
                damage: Some((
                    damage.offset + damage.first as isize,
                    &damage.found[damage.first..],
                )),
                place: format_args!(
                    "small slot {slot}, pool {number} of class {class} quarantined"
                ),
            }),
            None => violation::report(&Finding {
                violation: Violation::HeapBufferOverflow,
                operation,
                address,
                size: None,
                damage: None,
                place: format_args!(
                    "the end of a free small slot of {slot} was written; pool quarantined"
                ),
            }),
        }
    }
}
