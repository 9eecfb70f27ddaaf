//! What differs between processors: system calls, the pause hint, thread-local storage.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::{ThreadWords, load_wide, opaque, syscall6};
#[cfg(target_arch = "x86_64")]
pub use x86_64::{ThreadWords, load_wide, opaque, syscall6};

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("DAM knows x86_64 and aarch64");
