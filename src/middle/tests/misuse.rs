//! What a program should not do.

use std::vec::Vec;

use super::*;
use crate::middle::fault::Detail;
use crate::middle::header::HEADER;
use crate::middle::map::LIMIT;

#[test]
fn an_overflow_by_one_zero_byte_is_found() {
    for size in [16_377, 20_000, 65_536, 99_999] {
        let pool = Alone::new();
        let (block, other) = (pool.get(size), pool.get(size));
        write(block, size as isize, 0);
        let fault = pool.free(block).unwrap_err();
        assert_eq!(fault.violation, Violation::HeapBufferOverflow);
        assert_eq!((fault.address, fault.size), (block.addr(), Some(size)));
        assert_eq!(fault.damage.unwrap().offset, size);
        assert!(pool.is_quarantined());
        pool.free(other).unwrap();
    }
}

#[test]
fn damaged_headers_are_found_and_told_apart() {
    let pool = Alone::new();
    let (front, block) = (pool.get(20_000), pool.get(20_000));
    flip(block, -1);
    assert_eq!(pool.violation(block), Violation::HeapBufferUnderflow);
    assert!(pool.is_quarantined());
    pool.free(front).unwrap();

    let pool = Alone::new();
    let (front, block) = (pool.get(20_000), pool.get(20_000));
    (20_000..20_040).for_each(|offset| write(front, offset, 0x41));
    let fault = pool.free(block).unwrap_err();
    assert_eq!(fault.violation, Violation::HeapBufferOverflow);
    assert_eq!((fault.address, fault.size), (front.addr(), Some(20_000)));
    assert_eq!(pool.violation(front), Violation::HeapBufferOverflow);
    let fault = pool.free(block).unwrap_err();
    assert_eq!(fault.violation, Violation::HeapBufferOverflow);
    assert_eq!(fault.address, front.addr(), "its culprit is known after it was freed, too");
}

#[test]
fn a_damaged_block_that_is_freed_is_gone_and_reported_once() {
    let pool = Alone::new();
    let blocks: Vec<_> = (0..4).map(|_| pool.get(30_000)).collect();
    pool.free(blocks[0]).unwrap();
    write(blocks[1], 30_000, 0);
    assert!(pool.0.hold().examine(0).is_some());
    let wrong_size = Claim { size: Some(29_999), ..claim() };
    let fault = pool.free_as(blocks[1], wrong_size).unwrap_err();
    assert_eq!(fault.violation, Violation::HeapBufferOverflow);
    let counters = &pool.0.counters;
    assert_eq!((counters.allocations.get(), counters.frees.get()), (4, 2));
    assert_eq!(counters.requested_bytes.get(), 60_000);
    assert!(pool.0.hold().examine(0).is_none());
    assert_eq!(counters.coalesces.get(), 0, "a quarantined pool does not coalesce");
    assert_eq!(pool.violation(blocks[1]), Violation::DoubleFree);
    pool.sweep(1, true);
    assert_eq!(pool.violation(blocks[1]), Violation::DoubleFree);
    assert_eq!(pool.resize(blocks[1], 40_000).unwrap_err().violation, Violation::DoubleFree);
    // With a damaged header nothing is known of a block, and it stays.
    flip(blocks[3], -1);
    assert_eq!(pool.violation(blocks[3]), Violation::HeapBufferUnderflow);
    assert_eq!(pool.violation(blocks[3]), Violation::HeapBufferUnderflow);
    assert_eq!(counters.frees.get(), 2);
}

#[test]
fn double_frees_are_found() {
    let pool = Alone::new();
    let blocks: Vec<_> = (0..4).map(|_| pool.get(30_000)).collect();
    pool.free(blocks[1]).unwrap();
    assert_eq!(pool.violation(blocks[1]), Violation::DoubleFree);

    // Joined with the block in front: its start is inside a free block.
    let pool = Alone::new();
    let blocks: Vec<_> = (0..4).map(|_| pool.get(30_000)).collect();
    pool.free(blocks[2]).unwrap();
    pool.free(blocks[1]).unwrap();
    let fault = pool.free(blocks[2]).unwrap_err();
    assert_eq!((fault.violation, fault.size), (Violation::DoubleFree, Some(30_000)));

    // Given back to the system meanwhile.
    let pool = Alone::new();
    let blocks: Vec<_> = (0..4).map(|_| pool.get(30_000)).collect();
    pool.free(blocks[2]).unwrap();
    pool.sweep(1, true);
    assert_eq!(pool.violation(blocks[2]), Violation::DoubleFree);
}

#[test]
fn stray_pointers_are_found_and_harm_nothing() {
    let pool = Alone::new();
    let block = pool.get(50_000);
    let wild = |at: usize| core::ptr::with_exposed_provenance_mut(pool.base() + at);
    for offset in [8, 16, 4096, 49_984, 50_000] {
        let fault = pool.free(block.wrapping_add(offset)).unwrap_err();
        assert_eq!(fault.violation, Violation::InvalidFree, "offset {offset}");
        assert_eq!(fault.detail, Detail::Inside(offset, block.addr()));
    }
    for at in [0, 1, 8, 300_000, LIMIT, MIDDLE_POOL - 16, MIDDLE_POOL - 1] {
        assert_eq!(pool.violation(wild(at)), Violation::InvalidFree, "at {at}");
    }
    let (size, taken) = (Claim { size: Some(49_999), ..claim() }, Some(50_000));
    let fault = pool.free_as(block, size).unwrap_err();
    assert_eq!((fault.violation, fault.size), (Violation::SizeMismatch, taken));
    assert!(!pool.is_quarantined());
    assert_eq!(pool.violation(block), Violation::DoubleFree, "it was freed all the same");
    let pool = Alone::new();
    let block = pool.get(50_000);
    pool.free_as(block, Claim { size: taken, kind: Some(Kind::New), ..claim() }).unwrap();
    assert_eq!(pool.0.counters.mismatches.get(), 1);
}

#[test]
fn a_header_in_the_programs_own_bytes_is_not_taken_for_one() {
    let pool = Alone::new();
    let old = [pool.get(30_000), pool.get(30_000)];
    let mut header = [0u8; HEADER];
    header.copy_from_slice(bytes(old[1].wrapping_sub(HEADER), HEADER));
    old.iter().for_each(|&block| pool.free(block).unwrap());
    // A live header, put back where it was, is now inside another block.
    let block = pool.get(60_000);
    assert!(block < old[1] && old[1].addr() < block.addr() + 60_000);
    bytes(old[1].wrapping_sub(HEADER), HEADER).copy_from_slice(&header);
    assert_eq!(pool.violation(old[1]), Violation::InvalidFree);
    pool.free(block).unwrap();
}

#[test]
fn a_quarantined_pool_hands_out_nothing_and_takes_back_everything() {
    let pool = Alone::new();
    let blocks: Vec<_> = (0..8).map(|_| pool.get(30_000)).collect();
    pool.free(blocks[3]).unwrap();
    write(blocks[5], 30_000, 0);
    assert_eq!(pool.violation(blocks[5]), Violation::HeapBufferOverflow);
    assert_eq!(pool.allocate(20_000, 16, false), Err(Refusal::NoRoom));
    assert_eq!(pool.resize(blocks[2], 60_000).unwrap(), Some(30_000), "no growth");
    assert_eq!(pool.resize(blocks[2], 12_000).unwrap(), None, "no change of its place");
    for at in [0, 1, 2, 4, 6, 7] {
        pool.free(blocks[at]).unwrap();
        assert_eq!(pool.violation(blocks[at]), Violation::DoubleFree);
    }
    assert_eq!(pool.violation(blocks[5]), Violation::DoubleFree);
    assert_eq!(pool.0.counters.frees.get(), 8);
    assert_eq!(pool.allocate(20_000, 16, false), Err(Refusal::NoRoom));
    pool.sweep(1, true);
}
