//! The canary: eight keyed bytes directly behind a block's requested end.
//!
//! The byte expected at address `a` is byte `a % 8` of the key, wherever the canary begins. So two
//! canaries may overlap and agree, and the word in front of a small block, which is the end of the
//! slot before it, can be checked without knowing anything about that slot.
//!
//! With `canaries=address` each aligned word of memory has a key of its own ([`key_of_word`]). The rest is
//! the same: a canary that lies across two words has bytes of both. The key is then 0, which it never
//! is otherwise.
//!
//! Stops: nothing. Finds: every overflow that changes one of the eight bytes behind the request,
//! and every underflow that changes one of the eight in front, when the block is next freed,
//! resized or checked; except an underflow into a free slot that is handed out before that, to a
//! request whose canary lies over the damage. Costs: one store per allocation, two compares per
//! free.

use crate::bits::PAGE;
use crate::config::options::CANARIES;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::clear::first_written;

/// The canary's key. None of its bytes is zero: one NUL too many is the commonest overflow of all.
pub static KEY: AtomicU64 = AtomicU64::new(0);
/// Never handed out, unlike the key, which whoever reads a canary knows.
static SECRET: AtomicU64 = AtomicU64::new(0);

/// Likewise; odd.
static FACTOR: AtomicU64 = AtomicU64::new(1);

/// A secret number for each `purpose`, from random bits drawn once (splitmix64, Steele et al. 2014).
pub fn secret(purpose: u64) -> u64 {
    scramble(SECRET.load(Relaxed).wrapping_add(purpose.wrapping_mul(0x9E37_79B9_7F4A_7C15)))
}

/// The finaliser of splitmix64: every bit of `x` reaches every bit of the result, and there is a way back.
#[inline]
fn scramble(mut x: u64) -> u64 {
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    x ^ (x >> 31)
}

/// Sets all secrets, and the key or the keys of words. Called once, before any block exists (GUARD-1).
pub fn prepare(mut random: impl FnMut() -> u64) {
    SECRET.store(random(), Relaxed);
    if !CANARIES.is_on() {
        return set_key(random());
    }
    FACTOR.store(random() | 1, Relaxed);
    // A secret before a permutation and another one behind it: the way back from a page's secret leads to neither (Even
    // and Mansour 1997).
    let (front, behind) = (SECRET.load(Relaxed), random());
    for (page, entry) in PAGE_SECRETS.iter().enumerate() {
        entry.store(scramble(front ^ page as u64) ^ behind, Relaxed);
    }
}

/// Sets the key from random bits, before any block exists (GUARD-1).
pub fn set_key(random: u64) {
    let bytes = random.to_le_bytes().map(|byte| if byte == 0 { 0xa5 } else { byte });
    KEY.store(u64::from_le_bytes(bytes), Relaxed);
}

/// The word expected at address `at` where the key is one for all.
#[inline(always)]
fn of_process(key: u64, at: usize) -> u64 {
    // The shift is taken modulo 64: only `at % 8` counts.
    key.rotate_right((at as u32) << 3)
}

/// The word expected at address `at`.
#[inline(always)]
pub fn expected(at: usize) -> u64 {
    match KEY.load(Relaxed) {
        0 => of_address(at),
        key => of_process(key, at),
    }
}

/// The word expected at address `at` where each aligned word has a key of its own.
#[inline(never)]
fn of_address(at: usize) -> u64 {
    let (word, shift) = (at & !7, at as u32 % 8 * 8);
    let low = key_of_word(word) >> shift;
    if shift == 0 { low } else { low | key_of_word(word + 8) << (64 - shift) }
}

/// Pages that differ in their secret, if they lie side by side.
const PAGES: usize = 256;

/// A secret for each page of memory; those so many pages apart share one.
static PAGE_SECRETS: [AtomicU64; PAGES] = [const { AtomicU64::new(0) }; PAGES];

/// The key of the aligned word at `at`, by a product of two secrets and the address (multiply and shift, Dietzfelbinger et al.
/// 1997): one key tells nothing about another. Whoever reads several on one page may compute both secrets, and then
/// needs one of each other page. The lowest bit of each byte is set: none is zero.
#[inline(always)]
fn key_of_word(at: usize) -> u64 {
    let page = PAGE_SECRETS[at / PAGE % PAGES].load(Relaxed);
    let product = (at as u64 ^ page).wrapping_mul(FACTOR.load(Relaxed));
    // The lower half alone would depend on the lower bits of the address alone.
    (product ^ (product >> 32)) | 0x0101_0101_0101_0101
}

/// Writes the canary at `at`.
///
/// # Safety
/// The eight bytes at `at` belong to the allocator.
#[inline(always)]
pub unsafe fn write(at: *mut u8) {
    // SAFETY: GUARD-1, and the caller owns the bytes.
    unsafe { at.cast::<u64>().write_unaligned(expected(at.addr())) };
}

/// Writes canary over the `len` bytes at `at`.
///
/// # Safety
/// They belong to the allocator.
#[inline(always)]
pub unsafe fn fill(at: *mut u8, len: usize) {
    let (mut offset, end) = (8 - at.addr() % 8, at.addr() + len);
    // SAFETY: GUARD-1, and the caller owns the bytes. Words that overlap agree.
    unsafe {
        if len < 8 {
            return (0..len).for_each(|one| at.add(one).write(expected(at.addr() + one) as u8));
        }
        write(at);
        while offset + 8 <= len {
            at.add(offset).cast::<u64>().write(expected_aligned(at.addr() + offset));
            offset += 8;
        }
        if !end.is_multiple_of(8) {
            write(at.add(len - 8));
        }
    }
}

/// The first of the `len` bytes at `at` that is not canary, as an offset from `at`.
///
/// # Safety
/// They are readable.
pub unsafe fn first_damage_of(at: *const u8, len: usize) -> Option<usize> {
    let (start, end) = (at.addr(), at.addr() + len);
    let mut word = start & !7;
    while word < end {
        // SAFETY: GUARD-1, and the caller vouches for the bytes; the others of a word lie on the same page as one of them.
        let found = unsafe { at.offset(word as isize - start as isize).cast::<u64>().read() };
        let mut differs = found ^ expected_aligned(word);
        if word < start {
            differs = differs >> ((start - word) * 8) << ((start - word) * 8);
        }
        if end - word < 8 {
            differs &= (1 << ((end - word) * 8)) - 1;
        }
        if differs != 0 {
            return Some(word + differs.trailing_zeros() as usize / 8 - start);
        }
        word += 8;
    }
    None
}

/// Bytes of canary at the most where much has to be filled: beyond, zeros do, which are quicker written and looked at.
const LONGEST: usize = 256;

/// How many of the `len` bytes at `at` are canary; what follows begins at a multiple of eight.
fn canary_of_slack(at: *const u8, len: usize) -> usize {
    len.min(LONGEST - at.addr() % 8)
}

/// Fills the `len` bytes at `at`, whose end is a multiple of eight, from offset `from` on: with canary and, if they are
/// many, zeros behind.
///
/// # Safety
/// They belong to the allocator.
pub unsafe fn fill_slack(at: *mut u8, from: usize, len: usize) {
    let first = canary_of_slack(at, len).max(from);
    // SAFETY: GUARD-1, and the caller owns the bytes.
    unsafe {
        if from < first {
            fill(at.add(from), first - from);
        }
        at.add(first).write_bytes(0, len - first);
    }
}

/// The first of the `len` bytes at `at` that is not as [`fill_slack`] left it, as an offset from `at`.
///
/// # Safety
/// They are readable; their end is a multiple of eight, or there are fewer than 249.
pub unsafe fn first_damage_of_slack(at: *const u8, len: usize) -> Option<usize> {
    let first = canary_of_slack(at, len);
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe {
        first_damage_of(at, first)
            .or_else(|| first_written(at.add(first), len - first).map(|offset| first + offset))
    }
}

/// Writes the canary behind `size` bytes at `block`, a multiple of eight, where the key is one for all.
///
/// # Safety
/// The eight bytes there belong to the allocator.
#[inline(always)]
pub unsafe fn write_behind(block: *mut u8, size: usize) {
    debug_assert!(block.addr().is_multiple_of(8));
    // SAFETY: GUARD-1, and the caller owns the bytes. The block's address adds nothing modulo 8.
    unsafe { block.add(size).cast::<u64>().write_unaligned(of_process(KEY.load(Relaxed), size)) };
}

/// Whether the words in front of `block`, a multiple of eight, and behind its `size` bytes are
/// intact, where the key is one for all.
///
/// # Safety
/// The eight bytes at both places are readable.
#[inline(always)]
pub unsafe fn intact_around(block: *const u8, size: usize) -> bool {
    debug_assert!(block.addr().is_multiple_of(8));
    let key = KEY.load(Relaxed);
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    // The block's address adds nothing modulo 8.
    unsafe {
        block.sub(8).cast::<u64>().read() == key
            && block.add(size).cast::<u64>().read_unaligned() == of_process(key, size)
    }
}

/// Whether a slot's canaries are intact where each word has its own key: in front of the block, and from its `size` bytes
/// to the slot's end.
///
/// # Safety
/// The words are readable; `block` and `slot` are multiples of eight.
#[inline(always)]
pub unsafe fn intact_slot(block: *const u8, size: usize, slot: usize) -> bool {
    let into = size % 8;
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe {
        let mut word = block.add(size - into).cast::<u64>();
        let end = block.add(slot).cast::<u64>();
        let mut differs = block.sub(8).cast::<u64>().read() ^ key_of_word(block.addr() - 8);
        // What lies in front of the end is the block's.
        differs |= (word.read() ^ key_of_word(word.addr())) >> (8 * into);
        while word.add(1) < end {
            word = word.add(1);
            differs |= word.read() ^ key_of_word(word.addr());
        }
        differs == 0
    }
}

/// Writes canary behind `size` bytes at `block`, up to the slot's last word, which has it already, where each word has its
/// own key and the rest of the slot is zero. The first word with canary.
///
/// # Safety
/// The words belong to the allocator; `block` and `slot` are multiples of eight.
#[inline(always)]
pub unsafe fn fill_slot(block: *mut u8, size: usize, slot: usize) -> *const u64 {
    let into = size % 8;
    // SAFETY: GUARD-1, and the caller owns the bytes.
    unsafe {
        let first = block.add(size - into).cast::<u64>();
        let last = block.add(slot - 8).cast::<u64>();
        let mut word = first;
        if word < last {
            // The block's own bytes stay zero.
            word.write(key_of_word(word.addr()) & (!0 << (8 * into)));
            word = word.add(1);
        }
        while word < last {
            word.write(key_of_word(word.addr()));
            word = word.add(1);
        }
        first
    }
}

/// Writes canary over the bytes from `start` to `end` of a block that gets shorter, where each word has its own key and there
/// is canary behind.
///
/// # Safety
/// The words that `start` and `end` lie in are readable; the bytes from `start` on belong to the allocator.
#[inline(always)]
pub unsafe fn lengthen_slot_canary(start: *mut u8, end: *const u8) {
    let into = start.addr() % 8;
    let own = !(!0u64 << (8 * into));
    // SAFETY: GUARD-1, and the caller owns the bytes.
    unsafe {
        let mut word = start.sub(into).cast::<u64>();
        word.write(word.read() & own | key_of_word(word.addr()) & !own);
        loop {
            word = word.add(1);
            if word.addr() >= end.addr() {
                return;
            }
            word.write(key_of_word(word.addr()));
        }
    }
}

/// Whether the words in front of a slot and at its offset `end`, both multiples of eight, are intact.
///
/// # Safety
/// The eight bytes at both places are readable.
#[inline(always)]
pub unsafe fn intact_before_and_after(slot: *const u8, end: usize) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe {
        match KEY.load(Relaxed) {
            0 => intact_aligned(slot.sub(8)) && intact_aligned(slot.add(end)),
            key => {
                slot.sub(8).cast::<u64>().read() == key && slot.add(end).cast::<u64>().read() == key
            }
        }
    }
}

/// Whether the canary at `at` is intact.
///
/// # Safety
/// The eight bytes at `at` are readable.
#[inline(always)]
pub unsafe fn intact(at: *const u8) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe { at.cast::<u64>().read_unaligned() == expected(at.addr()) }
}

/// The word expected at address `at`, a multiple of eight.
#[inline(always)]
fn expected_aligned(at: usize) -> u64 {
    match KEY.load(Relaxed) {
        0 => key_of_word(at),
        key => key,
    }
}

/// Whether the canary at `at`, a multiple of eight, is intact.
///
/// # Safety
/// The eight bytes at `at` are readable.
#[inline(always)]
pub unsafe fn intact_aligned(at: *const u8) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes and the alignment.
    unsafe { at.cast::<u64>().read() == expected_aligned(at.addr()) }
}

/// What the canary of a block that came by another door than its record says differs by: no byte of it becomes zero.
const DOOR: u64 = 0x1010_1010_1010_1010;

/// Makes the canary at `at`, which is intact, one of a block that came by another door than its record says.
///
/// # Safety
/// The eight bytes at `at` belong to the allocator.
pub unsafe fn write_door(at: *mut u8) {
    // SAFETY: GUARD-1, and the caller owns the bytes.
    unsafe { at.cast::<u64>().write_unaligned(expected(at.addr()) ^ DOOR) };
}

/// Whether [`write_door`] has been here.
///
/// # Safety
/// The eight bytes at `at` are readable.
pub unsafe fn is_door(at: *const u8) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes.
    unsafe { at.cast::<u64>().read_unaligned() == expected(at.addr()) ^ DOOR }
}

/// Whether the canary at `at`, a multiple of eight, is intact where each word has its own key.
///
/// # Safety
/// The eight bytes at `at` are readable.
#[inline(always)]
pub unsafe fn intact_word(at: *const u8) -> bool {
    // SAFETY: GUARD-1, and the caller vouches for the bytes and the alignment.
    unsafe { at.cast::<u64>().read() == key_of_word(at.addr()) }
}

/// The first damaged byte of the canary at `at`, as an offset from `at`; `None` when intact.
///
/// # Safety
/// The eight bytes at `at` are readable.
pub unsafe fn first_damage(at: *const u8) -> Option<usize> {
    // SAFETY: the caller vouches for the bytes (GUARD-1 for the key).
    let found = unsafe { at.cast::<u64>().read_unaligned() };
    let differs = found ^ expected(at.addr());
    (differs != 0).then(|| differs.trailing_zeros() as usize / 8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlapping_canaries_agree() {
        let key = 0x0123_4567_89ab_cdefu64;
        let mut bytes = [0u8; 64];
        let base = bytes.as_ptr().addr();
        for start in 0..48 {
            bytes[start..start + 8].copy_from_slice(&of_process(key, base + start).to_le_bytes());
            for earlier in start.saturating_sub(7)..=start {
                let word = u64::from_le_bytes(bytes[earlier..earlier + 8].try_into().unwrap());
                if start >= earlier && start - earlier < 8 && earlier + 8 <= start + 8 && start >= 8
                {
                    assert_eq!(word, of_process(key, base + earlier), "at {earlier} of {start}");
                }
            }
        }
    }

    #[test]
    fn every_single_byte_change_is_found() {
        let mut bytes = [0u8; 24];
        for start in 0..8 {
            let at = bytes[start..].as_mut_ptr();
            for victim in 0..8 {
                // SAFETY: GUARD-1 does not matter here: any key will do. In bounds: 7 + 8 <= 24.
                unsafe {
                    write(at);
                    assert!(intact(at));
                    *at.add(victim) ^= 1;
                    assert_eq!(first_damage(at), Some(victim));
                    assert!(!intact(at));
                }
            }
        }
    }
}
