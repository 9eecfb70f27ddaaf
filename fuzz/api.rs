//! Sequences of calls, made from libFuzzer's bytes, against the shadow heap of the tests. The calls
//! are legal ones: a report of a violation is a failure.
#![no_main]
#![allow(dead_code)]

// The tests' files name their crate's modules: here these are dam's.
use dam::{Dam, abi, bits, config, heap, measure, small, space, sys};
use libfuzzer_sys::fuzz_target;

#[path = "../src/tests/alone.rs"]
mod alone;
#[path = "../src/tests/calls.rs"]
mod calls;
#[path = "../src/tests/shadow.rs"]
mod shadow;

use calls::{ALL, Call, What};
use shadow::{Shadow, statistics};

/// Bytes of input for a call.
const CALL: usize = 8;
/// Most bytes that are live at a time.
const MOST: usize = 48 << 20;

/// A call from its bytes: what, the size's kind, the alignment, which block, the size's number.
fn decode(bytes: &[u8]) -> Call {
    let number = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes"));
    Call {
        what: ALL[usize::from(bytes[0]) % ALL.len()],
        size: calls::size(usize::from(bytes[1]) % 64, number as usize),
        align: 1 << (bytes[2] % 17),
        pick: usize::from(bytes[3]),
    }
}

fn free_all(shadow: &mut Shadow) {
    let mut pick = 0;
    while shadow.release(&Call { what: What::Free, size: 0, align: 1, pick }).is_some() {
        pick += 1;
    }
}

fuzz_target!(|data: &[u8]| {
    let mut shadow = Shadow::default();
    for bytes in data.chunks_exact(CALL) {
        let mut call = decode(bytes);
        if shadow.bytes + call.size + 2 * call.align > MOST {
            call.what = What::Free;
        }
        shadow.apply(&call);
    }
    assert_eq!(abi::dam::dam_check_heap(), 0);
    shadow.verify();
    free_all(&mut shadow);
    let stats = statistics();
    assert_eq!((stats.live_blocks, stats.requested_bytes, stats.violations), (0, 0, 0));
});
