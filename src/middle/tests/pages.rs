//! Pages: given back, known to be zero, never accessible.

use std::vec::Vec;

use super::*;
use crate::bits::PAGE;
use crate::middle::header::HEADER;
use crate::middle::map::LIMIT;

fn resident_pages(start: *mut u8, len: usize) -> usize {
    let mut pages = std::vec![0u8; len / PAGE];
    // SAFETY: SYS-2: reads nothing but the page tables; `pages` has a byte per page.
    let result = unsafe { libc::mincore(start.cast(), len, pages.as_mut_ptr()) };
    assert_eq!(result, 0);
    pages.iter().filter(|&&page| page & 1 != 0).count()
}

#[test]
fn long_free_pages_go_and_used_ones_stay() {
    let pool = Alone::new();
    let blocks: Vec<_> = (0..4).map(|_| pool.get(400_000)).collect();
    blocks.iter().for_each(|&block| bytes(block, 400_000).fill(0x77));
    let base = blocks[0].wrapping_sub(HEADER);
    let resident = || resident_pages(base, 1 << 21);
    let full = resident();
    pool.free(blocks[1]).unwrap();
    pool.sweep(1, false);
    assert_eq!(resident(), full, "one look is not enough");
    pool.sweep(2, false);
    assert_eq!(resident(), full - 400_000 / PAGE);
    assert!([0, 2, 3].iter().all(|&at| bytes(blocks[at], 400_000).iter().all(|&b| b == 0x77)));
    // Used again between two looks: kept.
    pool.free(blocks[2]).unwrap();
    pool.sweep(3, false);
    let again = pool.get(600_000);
    bytes(again, 600_000).fill(0x66);
    pool.sweep(4, false);
    assert!(bytes(again, 600_000).iter().all(|&byte| byte == 0x66));
    [blocks[0], again, blocks[3]].iter().for_each(|&block| pool.free(block).unwrap());
    pool.sweep(5, true);
    assert_eq!(pool.0.hold().pool.committed, 0, "an empty pool is given up");
    assert_eq!(resident(), 0);
    assert!(!pool.0.dirty.load(Relaxed));
    bytes(pool.allocate(500_000, 16, true).unwrap(), 500_000).fill(1);
}

#[test]
fn under_pressure_long_runs_go_and_the_clock_goes_on_for_the_rest() {
    let pool = Alone::new();
    let blocks: Vec<_> =
        (0..5).map(|at| pool.get(if at == 1 { 900_000 } else { 30_000 })).collect();
    blocks.iter().for_each(|&block| bytes(block, 30_000).fill(1));
    pool.free(blocks[1]).unwrap();
    pool.free(blocks[3]).unwrap();
    pool.sweep(1, false);
    let purged = || pool.0.counters.purged_bytes.get() as usize;
    sweep::look(&pool.0, 2, sweep::Which::Many, sweep::wait);
    assert!((900_000 - 2 * PAGE..900_000).contains(&purged()), "{}", purged());
    pool.sweep(3, false);
    assert!(purged() > 920_000 - 3 * PAGE, "{}", purged());
    assert!(pool.0.hold().pool.dirty.is_empty());
    // An empty pool goes as a whole.
    [0, 2, 4].iter().for_each(|&at| pool.free(blocks[at]).unwrap());
    sweep::look(&pool.0, 4, sweep::Which::Many, sweep::wait);
    assert_eq!(pool.0.hold().pool.committed, 0);
    assert!(!pool.0.dirty.load(Relaxed));
}

#[test]
fn zeroed_blocks_leave_fresh_pages_alone() {
    let pool = Alone::new();
    let block = pool.allocate(MIDDLE_MAX, 16, true).unwrap();
    assert!(resident_pages(block.wrapping_sub(HEADER), MIDDLE_MAX) <= 2);
}

#[test]
fn the_last_page_of_a_pool_and_what_is_in_front_of_it_cannot_be_touched() {
    let pool = Alone::new();
    let base = pool.base();
    while pool.allocate(20_000, 16, false).is_ok() {}
    for at in [base - 1, base + LIMIT, base + MIDDLE_POOL - 1] {
        let mut probe = [0u8; 1];
        let from = libc::iovec { iov_base: at as *mut _, iov_len: 1 };
        let to = libc::iovec { iov_base: probe.as_mut_ptr().cast(), iov_len: 1 };
        // SAFETY: SYS-2: the kernel reads for us, and answers with EFAULT where nothing is.
        let got = unsafe { libc::process_vm_readv(libc::getpid(), &to, 1, &from, 1, 0) };
        assert_eq!(got, -1, "at {at:#x}");
    }
}
