//! `sync::Pair`: who reads gets two words that were written together, and what was written last in the end, although writers
//! overtake each other.
//!
//! Planted and seen to fail: a place that is not claimed; a number that is stored relaxed; a reader that does not look at the
//! number again; no fence in `get`, none in `set` (loom).

use std::boxed::Box;
use std::sync::Arc;
use std::vec;

use crate::models::explore::{explore, together};
use crate::sync::Pair;

fn read(pair: &Pair) -> usize {
    let [one, other] = pair.get();
    assert_eq!(other, one * 10);
    one
}

#[test]
fn words_belong_together() {
    explore(3, 20_000, || {
        let pair = Arc::new(Pair::new());
        let (writer, reader) = (pair.clone(), pair.clone());
        together(vec![
            Box::new(move || {
                for one in 1..=3 {
                    writer.set([one, one * 10]);
                }
            }),
            Box::new(move || {
                let first = read(&reader);
                assert!(first <= read(&reader));
            }),
        ]);
        assert_eq!(read(&pair), 3);
    });
}

#[test]
fn one_of_two_writers_is_the_last() {
    explore(3, 20_000, || {
        let pair = Arc::new(Pair::new());
        let (a, b) = (pair.clone(), pair.clone());
        together(vec![
            Box::new(move || a.set([1, 10])),
            Box::new(move || {
                b.set([2, 20]);
                b.set([3, 30]);
            }),
        ]);
        assert!([1, 3].contains(&read(&pair)));
    });
}
