//! What is found, how it is told, and what becomes of the block.

use super::*;

#[test]
fn double_frees_are_told_in_every_state() {
    let _turn = turn();
    let lines = reports(|| {
        let block = get(2 * MIB);
        assert!(give(block));
        assert!(!give(block)); // warm
        sweep(0, 0, true);
        assert!(!give(block)); // quarantined range
        assert_eq!(size_of_block(block), None);
        // SAFETY: any address may be passed.
        assert_eq!(unsafe { resize(block, 3 * MIB, 0) }, Resize::Refused);
        retire::drop_all();
        assert!(!give(block)); // forgotten
        assert!(give(get(2 * MIB)));
        retire::drop_all();
        assert!(!give(block)); // forgotten while it was warm
        assert_eq!((stats().live, stats().allocations), (0, stats().frees));
    });
    let starts = ["double-free: free", "double-free: free", "invalid-free: malloc_usable_size"];
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(&std::format!("DAM: {start} of 0x")), "{line}");
        assert!(line.ends_with("block of 2097152 bytes; large block, freed before"), "{line}");
    }
    assert!(lines[3].starts_with("DAM: double-free: realloc of 0x"), "{lines:?}");
    assert!(lines[4].ends_with("; no block starts there"), "{lines:?}");
    assert!(lines[5].ends_with("; no block starts there"), "{lines:?}");
    assert_eq!(lines.len(), 6);
}

#[test]
fn pointers_that_are_no_blocks() {
    let _turn = turn();
    let block = get(2 * MIB);
    let lines = reports(|| {
        for bad in [block.wrapping_add(1), block.wrapping_add(PAGE), block.wrapping_sub(16)] {
            assert!(!give(bad));
            assert_eq!(size_of_block(bad), None);
        }
        for bad in [0, 1, 4096, usize::MAX, usize::MAX - 4095, b"static".as_ptr().addr()] {
            assert!(!give(core::ptr::without_provenance_mut(bad)));
        }
    });
    assert_eq!(lines.len(), 12);
    let at = std::format!("large block of 2097152 bytes at {block:p}");
    assert!(lines[0].ends_with(&std::format!("; at offset 1 of the {at}")), "{lines:?}");
    assert!(lines[2].ends_with(&std::format!("; at offset 4096 of the {at}")), "{lines:?}");
    assert!(lines[4].ends_with(&std::format!("; 16 bytes in front of the {at}")), "{lines:?}");
    assert!(lines.iter().all(|line| line.starts_with("DAM: invalid-free: ")), "{lines:?}");
    assert!(lines[6..].iter().all(|line| line.ends_with("no block starts there")), "{lines:?}");
    assert!(give(block), "the block itself is untouched by all that");
}

#[test]
fn an_overflow_of_one_byte_is_found_everywhere() {
    let _turn = turn();
    let size = 2 * MIB + 77;
    let lines = reports(|| {
        let block = get(size);
        set(block, size + 2, 0);
        assert_eq!(check(true), 1);
        assert_eq!(check(false), 1);
        // SAFETY: a live block.
        assert_eq!(unsafe { resize(block, size + 1, 0) }, Resize::Refused);
        assert_eq!(size_of_block(block), Some(size), "still the program's");
        assert!(!give(block));
        assert_eq!((stats().live, stats().live_bytes, stats().cached_bytes), (0, 0, 0));
        assert_eq!(stats().committed_bytes, 0);
        assert!(!give(block));
        assert_eq!(check(true), 0);
        for _ in 0..100 {
            assert_ne!(get(size), block, "a quarantined block was handed out");
        }
    });
    let damage = "block of 2097229 bytes, first damaged byte at offset 2097231, found 00 ";
    for (line, what) in lines.iter().zip(["heap check", "realloc", "free"]) {
        assert!(line.starts_with(&std::format!("DAM: heap-buffer-overflow: {what} of 0x")));
        assert!(line.contains(damage), "{line}");
    }
    assert!(lines[1].ends_with("; large block, left as it is"), "{lines:?}");
    assert!(lines[2].ends_with("; large block, quarantined"), "{lines:?}");
    assert!(lines[3].starts_with("DAM: double-free: free"), "{lines:?}");
    assert_eq!(lines.len(), 4);
    assert_faults("a quarantined block", || {
        let block = get(size);
        set(block, size, 0);
        give(block);
        set(block, 0, 0);
    });
}

#[test]
fn a_wrong_size_is_told() {
    let _turn = turn();
    let lines = reports(|| {
        let block = get(2 * MIB);
        // SAFETY: a live block.
        assert!(!unsafe { free(block, Claim { size: Some(2 * MIB - 1), ..claim() }) });
        assert_eq!(stats().live, 0, "it is freed all the same");
        assert_eq!(stats().cached_bytes as usize, inner_for(2 * MIB).unwrap());
    });
    assert!(lines[0].starts_with("DAM: size-mismatch: free of 0x"), "{lines:?}");
    assert!(lines[0].ends_with("freed as 2097151 bytes; large block"), "{lines:?}");
}

#[test]
fn of_two_threads_that_free_a_block_one_is_told_off() {
    let _turn = turn();
    let lines = reports(|| {
        for _ in 0..100 {
            let block = get(2 * MIB).expose_provenance();
            let both = [0, 1].map(|_| std::thread::spawn(move || give(pointer(block))));
            assert_eq!(both.map(|thread| u32::from(thread.join().unwrap())).iter().sum::<u32>(), 1);
        }
    });
    assert_eq!(lines.len(), 100);
    assert!(lines.iter().all(|line| line.starts_with("DAM: double-free: ")), "{lines:?}");
}

#[test]
fn a_contradiction_in_the_registry_is_found() {
    let _turn = turn();
    let lines = reports(|| {
        let block = get(2 * MIB);
        registry::with(block.addr(), |entry| entry.mapping.inner += 1);
        assert_eq!(check(true), 1);
        registry::with(block.addr(), |entry| entry.mapping.inner -= 1);
        assert!(give(block));
        registry::with(block.addr(), |entry| entry.state = State::Live);
        assert!(check(true) >= 1);
    });
    assert!(lines.iter().all(|line| line.starts_with("DAM: metadata-corruption: ")), "{lines:?}");
}
