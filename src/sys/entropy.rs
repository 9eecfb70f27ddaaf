//! Secrets.

use super::arch::syscall6;
use super::env::auxv;

/// 64 bits nobody can guess. Where `getrandom` is refused or not yet seeded, the random bytes
/// that the kernel gave the process at exec (`AT_RANDOM`) and addresses are mixed instead.
pub fn random_u64() -> u64 {
    const NONBLOCK: usize = 1;
    let mut value = 0u64;
    let args = [(&raw mut value).addr(), 8, NONBLOCK, 0, 0, 0];
    // SAFETY: SYS-2: getrandom writes the 8 bytes of `value`.
    let got = unsafe { syscall6(libc::SYS_getrandom as usize, args) };
    if got == 8 { value } else { fallback((&raw const value).addr()) }
}

fn fallback(stack: usize) -> u64 {
    let mut seed = (stack as u64).rotate_left(23) ^ u64::from(super::now_ms());
    let at = auxv(libc::AT_RANDOM);
    if at != 0 {
        let bytes: *const [u64; 2] = core::ptr::with_exposed_provenance(at);
        // SAFETY: SYS-2: AT_RANDOM points to 16 readable bytes for the life of the process.
        let bytes = unsafe { bytes.read_unaligned() };
        seed ^= bytes[0].wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ bytes[1].rotate_left(31);
    }
    seed ^= seed >> 29;
    seed.wrapping_mul(0xBF58_476D_1CE4_E5B9) ^ (seed >> 32)
}
