//! The door: the names that programs call. Bodies of a few lines; the work is in `heap`.
//!
//! [`c`] is the standard malloc family, [`glibc`] glibc's additions, [`cxx`] C++'s operators,
//! [`jemalloc`] and [`gperftools`] what programs built for those ask, [`dam`] and [`stats`] DAM's own functions, [`rust`]
//! the `GlobalAlloc`, [`runtime`] what a library without
//! std needs; [`mod@text`] writes into a program's room.
//!
//! - ABI-1: pointers come from the program. What it passes to free or resize it has given up, as
//!   the C standard demands; whether it is a block at all is checked by the tiers, not assumed.

#[cfg(all(feature = "interpose", panic = "abort", not(test)))]
pub mod c;
#[cfg(all(feature = "interpose", panic = "abort", not(test)))]
pub mod cxx;
#[cfg(any(test, fuzzing, all(feature = "exports", panic = "abort")))]
pub mod dam;
#[cfg(all(feature = "preload", panic = "abort", not(test)))]
pub mod dl;
#[cfg(any(test, fuzzing, all(feature = "exports", panic = "abort")))]
pub mod entry;
#[cfg(all(feature = "interpose", panic = "abort", not(test)))]
pub mod glibc;
#[cfg(any(test, all(feature = "interpose", panic = "abort")))]
pub mod gperftools;
#[cfg(any(test, all(feature = "interpose", panic = "abort")))]
pub mod jemalloc;
#[cfg(all(feature = "exports", panic = "abort", not(test)))]
pub mod runtime;
pub mod rust;
#[cfg(any(test, fuzzing, all(feature = "exports", panic = "abort")))]
pub mod stats;
#[cfg(any(test, fuzzing, all(feature = "exports", panic = "abort")))]
mod text;
