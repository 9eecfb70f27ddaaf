//! Models give no pages back.

/// See the real one.
pub fn taken(_: usize) -> usize {
    0
}
