//! One thread against the shadow: sequences that proptest makes, and shortens when they fail; and a
//! long random run with exact figures at its end.

use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::eprintln;

use super::alone::{self, Random, alone};
use super::calls::{self, ALL, Call};
use super::shadow::{Shadow, statistics};
use crate::abi::dam;
use crate::config::limits::MIDDLE_MAX;

/// Most bytes that a shadow holds live: some blocks of the largest tier among them.
const MOST: usize = (32 << 20) + 4 * MIDDLE_MAX;

fn any_call() -> impl Strategy<Value = Call> {
    let what = prop::sample::select(ALL);
    let size = (0usize..64, any::<usize>()).prop_map(|(shape, number)| calls::size(shape, number));
    let align = (0u32..17).prop_map(|shift| 1 << shift);
    (what, size, align, any::<usize>()).prop_map(|(what, size, align, pick)| Call {
        what,
        size,
        align,
        pick,
    })
}

/// Frees everything and checks that the heap is as it was.
fn finish(mut shadow: Shadow) {
    shadow.verify();
    let mut random = Random(shadow.len() as u64);
    loop {
        let pick = random.next() as usize;
        let last = Call { what: calls::What::Free, size: 0, align: 1, pick };
        if shadow.release(&last).is_none() {
            break;
        }
    }
    assert_eq!((shadow.bytes, shadow.counts.live, shadow.counts.requested), (0, [0; 4], 0));
    assert_eq!(dam::dam_check_heap(), 0);
}

#[test]
fn sequences_of_calls_agree_with_the_shadow() {
    alone("tests::model::sequences_of_calls_agree_with_the_shadow", || {
        let seed = alone::seed();
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut config = Config { failure_persistence: None, ..Config::default() };
        if std::env::var_os("PROPTEST_CASES").is_none() {
            config.cases = if cfg!(debug_assertions) { 80 } else { 400 };
        }
        let mut runner = TestRunner::new_with_rng(config, rng);
        let sequences = prop::collection::vec(any_call(), 1..200);
        let outcome = runner.run(&sequences, |sequence| {
            let mut shadow = Shadow::default();
            for call in &sequence {
                shadow.apply(call);
            }
            finish(shadow);
            let stats = statistics();
            prop_assert_eq!((stats.live_blocks, stats.requested_bytes), (0, 0));
            Ok(())
        });
        if let Err(failure) = outcome {
            panic!("{failure}");
        }
    });
}

#[test]
fn a_long_run_ends_with_exact_figures() {
    alone("tests::model::a_long_run_ends_with_exact_figures", || {
        let mut random = Random(alone::seed());
        let mut shadow = Shadow::default();
        let rounds = if cfg!(debug_assertions) { 30_000 } else { 200_000 };
        for round in 0..rounds {
            let room = MOST.saturating_sub(shadow.bytes);
            let mut call = Call::random(&mut random, usize::MAX);
            // Tides: the heap fills and empties again.
            let ebb = round / 4000 % 2 == 1 && round % 3 != 0;
            if ebb || call.size + 2 * call.align > room {
                call.what = calls::What::Free;
            }
            shadow.apply(&call);
            if round % 4000 == 0 {
                shadow.verify();
                shadow.counts.compare(&statistics());
                assert_eq!(dam::dam_check_heap(), 0);
                eprintln!("round {round}: {} blocks, {} bytes", shadow.len(), shadow.bytes);
            }
        }
        shadow.counts.compare(&statistics());
        shadow.counts.all_tiers();
        finish(shadow);
    });
}
