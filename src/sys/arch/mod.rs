//! What differs between processors: system calls, the pause hint, thread-local storage.

#[cfg(target_arch = "aarch64")]
mod aarch64;
#[cfg(target_arch = "x86_64")]
mod x86_64;

#[cfg(target_arch = "aarch64")]
pub use aarch64::{set_thread_word, syscall6, thread_word};
#[cfg(target_arch = "x86_64")]
pub use x86_64::{set_thread_word, syscall6, thread_word};

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
compile_error!("DAM knows x86_64 and aarch64");
