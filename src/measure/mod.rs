//! What is measured, and how it is shown. The figures come from the tiers; `heap::inspect` gathers
//! them.
#![forbid(unsafe_code)]

pub mod health;
pub mod metrics;
pub mod page;
pub mod render;
pub mod stats;
