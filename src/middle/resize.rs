//! Resizing a block where it is. See [`super`] for the invariants cited here.
#![forbid(unsafe_code)]

use crate::bits::{Kind, PAGE, align_up};
use crate::config::limits::{MIN_ALIGN, SMALL_MAX};

use super::fault::Fault;
use super::map::{Block, MIN_BLOCK};
use super::pool::{Live, Pool, block_size};

/// What a resize did.
pub enum Resized {
    /// In place.
    InPlace(Change),
    /// Nothing; the block is sound and has this many requested bytes.
    Not(usize),
}

/// A block's requested size and its bytes before and after a resize, and what that took.
pub struct Change {
    pub requested_before: usize,
    pub bytes_before: usize,
    pub bytes_after: usize,
    pub splits: u64,
    pub coalesced: u64,
}

impl Pool {
    /// Resizes a block where it is, if that is possible and sensible.
    pub fn resize(&mut self, user: usize, new_size: usize) -> Result<Resized, Fault> {
        let Live { block, header } = self.verify(user)?;
        let before = header.requested as usize;
        // Far below this tier's sizes the block is better copied: it would keep a whole cell. So is one that did
        // not come by `malloc`: the free of the old one tells.
        if header.kind != Kind::Malloc
            || new_size <= SMALL_MAX / 2
            || !super::serves(new_size, MIN_ALIGN)
        {
            return Ok(Resized::Not(before));
        }
        let mut change = Change {
            requested_before: before,
            bytes_before: block.end - block.start,
            bytes_after: block.end - block.start,
            splits: 0,
            coalesced: 0,
        };
        let mut end = block.start + block_size(new_size);
        if end > block.end {
            if !self.extend(block, end, &mut change) {
                return Ok(Resized::Not(before));
            }
            end = block.start + change.bytes_after;
        } else if block.end - end >= MIN_BLOCK && !self.quarantined {
            self.wipe_tail(end, block.end);
            change.splits = 1;
            change.coalesced = self.make_free(end, block.end);
            change.bytes_after = end - block.start;
        } else {
            end = block.end;
        }
        self.wipe_gain(user + before, user + new_size);
        self.inscribe(block.start, end, new_size, header.kind);
        Ok(Resized::InPlace(change))
    }

    /// Gives a block a smaller size and leaves its end where it is; the size before.
    pub fn relabel(&mut self, user: usize, size: usize) -> Result<usize, Fault> {
        let Live { block, header } = self.verify(user)?;
        self.inscribe(block.start, block.end, size, header.kind);
        Ok(header.requested as usize)
    }

    /// Moves a used block's end to `end` or, when too little would be left, behind it, into the
    /// free block that follows.
    fn extend(&mut self, block: Block, end: usize, change: &mut Change) -> bool {
        let Some(next) = self.map.free_next(block.end).filter(|next| next.end >= end) else {
            return false;
        };
        // Growth seldom comes alone: up to the end of the page it costs nothing.
        let end = align_up(end, PAGE);
        let end = if next.end < end + MIN_BLOCK { next.end } else { end };
        // What is free is looked at only when a new block is made of it.
        if self.quarantined || self.rules.any || !self.commit_to(end) {
            return false;
        }
        self.map.remove(next.start);
        change.coalesced = 1;
        if end < next.end {
            self.map.insert_free(end, next.end);
            change.splits = 1;
        }
        self.occupy(block.end, end);
        change.bytes_after = end - block.start;
        true
    }
}
