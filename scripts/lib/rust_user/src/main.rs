//! Collections, threads and large buffers on DAM; C's malloc in the same process stays the
//! system's.

use std::collections::{BTreeMap, HashMap};
use std::ffi::c_void;

#[global_allocator]
static HEAP: dam::Dam = dam::Dam;

unsafe extern "C" {
    fn malloc(size: usize) -> *mut c_void;
    fn malloc_usable_size(block: *mut c_void) -> usize;
    fn free(block: *mut c_void);
}

#[repr(align(4096))]
struct Page([u8; 4096]);

fn collections(seed: u64) -> u64 {
    let mut words = HashMap::new();
    let mut sorted = BTreeMap::new();
    for n in 0..20_000u64 {
        let key = n.wrapping_mul(seed | 1) % 5_000;
        words.entry(key.to_string()).or_insert_with(Vec::new).push(n);
        sorted.insert(n ^ seed, vec![n as u8; (n % 300) as usize]);
        sorted.remove(&((n / 2) ^ seed));
    }
    let listed: usize = words.values().map(Vec::len).sum();
    assert_eq!(listed, 20_000);
    sorted.values().flatten().map(|&byte| u64::from(byte)).sum()
}

fn main() {
    let expected = collections(7);
    let live = || dam::heap::inspect::statistics().live_blocks;

    let before = live();
    let boxed = Box::new(expected);
    assert_eq!(live(), before + 1, "Rust's blocks are DAM's");
    drop(boxed);
    assert_eq!(live(), before);

    // SAFETY: a block of 1001 bytes, given back once.
    let usable = unsafe {
        let block = malloc(1001);
        let usable = malloc_usable_size(block);
        free(block);
        usable
    };
    assert_ne!(usable, 1001, "C's malloc is the system's, which rounds up");

    let threads: Vec<_> = (0..4).map(|_| std::thread::spawn(|| collections(7))).collect();
    for thread in threads {
        assert_eq!(thread.join().expect("no thread fails"), expected);
    }

    let mut long = vec![1u8; 3 << 20];
    long.resize(20 << 20, 2);
    assert!(long[..3 << 20].iter().all(|&byte| byte == 1));
    assert!(long[3 << 20..].iter().all(|&byte| byte == 2));
    assert!(vec![0u64; 1 << 20].iter().all(|&word| word == 0));

    let page = Box::new(Page([3; 4096]));
    assert!((&raw const *page).addr().is_multiple_of(4096) && page.0[4095] == 3);
    drop((page, long));

    let end = dam::heap::inspect::statistics();
    assert_eq!(end.violations, 0);
    assert_eq!(dam::heap::inspect::check_heap(), Some(0));
    println!("{expected}");
}
