//! Nothing in a model is misused: any report is a fault of ours.

use crate::small::damage::Fault;
use crate::small::pool::Inner;

/// See the real one.
pub fn overflow_in_front(inner: &mut Inner, slot: usize) -> Fault {
    panic!("the word in front of slot {slot} of pool {} is damaged", inner.index);
}

/// See the real one.
pub fn returned_twice(_class: usize, index: u32) {
    panic!("slot {index} is in two places");
}
