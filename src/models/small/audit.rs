//! The scenarios check everything at their end.

use crate::small::cache::Bin;
use crate::small::pool::Inner;

/// See the real one.
pub fn pool(_: &Inner) {}

/// See the real one.
pub fn bin(_: &Bin, _class: usize) {}
