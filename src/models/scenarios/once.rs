//! `sync::Once`, which makes the heap ready: done by one, seen by all.
//!
//! Planted and seen to fail: relaxed instead of release when it is done (loom); `DONE` stored before
//! the body (both); a thread that does not wait for one under way (both).

use std::boxed::Box;
use std::sync::Arc;
use std::vec;

use crate::models::explore::{Plain, explore, together};
use crate::sync::Once;

#[test]
fn one_does_it_and_all_see_it() {
    explore(5, 4_000, || {
        let (once, number) = (Arc::new(Once::new()), Plain::new());
        let body = || {
            let (once, number) = (once.clone(), number.clone());
            Box::new(move || {
                if !once.is_done() {
                    once.run(|| number.increment());
                }
                assert_eq!(number.get(), 1);
            }) as Box<dyn FnOnce() + Send>
        };
        // Loom would let two that wait yield to each other for ever.
        together(if cfg!(loom) { vec![body(), body()] } else { vec![body(), body(), body()] });
        assert_eq!(number.get(), 1);
    });
}
