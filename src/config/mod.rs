//! What can be set: limits fixed at build time ([`limits`]) and options read at start
//! ([`options`]).
#![forbid(unsafe_code)]

pub mod limits;
pub mod options;
pub mod text;
