//! Models give no pages back.

use crate::small::pool::Inner;

/// See the real one.
pub fn taken(_: &mut Inner, _: &[u32]) -> usize {
    0
}
