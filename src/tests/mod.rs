//! Tests of the whole heap through its doors: random calls against a shadow of what must be true.
//!
//! `DAM_TEST_SEED=n` repeats a run, `PROPTEST_CASES=n` sets how many sequences the model tries. The
//! seed of a failing run is in its output.

mod again;
mod alone;
mod calls;
mod figures;
mod misuse;
mod model;
mod shadow;
mod spare;
mod threads;
