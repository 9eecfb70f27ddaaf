//! What is measured, and how it is shown. The figures come from the tiers; `heap::inspect` gathers
//! them.
#![forbid(unsafe_code)]

pub mod health;
pub mod json;
pub mod metrics;
pub mod page;
pub mod prometheus;
pub mod render;
pub mod stats;
