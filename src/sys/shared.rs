//! Memory that other processes can read, or write, by way of `/proc/PID/fd`: files without a name, in memory.

use core::ffi::CStr;
use core::ptr;

use super::arch::syscall6;
use super::memory::{self, Errno, answer};

/// Descriptors from here on: those below are the program's, which may count on numbers. (A table of descriptors grows at
/// 64, 256, 1024 of them; shells use some around 10 and 255.)
const FIRST_DESCRIPTOR: usize = 192;

/// Who may write to the file beside its maker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Writers {
    /// Nobody: sealed against everything but the mapping that is made here.
    Nobody,
    /// Processes of the same user. The length stays as it is.
    SameUser,
}

/// A mapped file. Neither is ever given up.
#[derive(Clone, Copy)]
pub struct Shared {
    /// Where it is mapped.
    pub at: *mut u8,
    /// Its descriptor.
    pub file: i32,
}

fn call(number: i64, args: [usize; 6]) -> Result<usize, Errno> {
    // SAFETY: SYS-2: callers in this module pass descriptors and ranges of their own.
    answer(unsafe { syscall6(number as usize, args) })
}

fn control(file: usize, command: i32, value: usize) -> Result<usize, Errno> {
    call(libc::SYS_fcntl, [file, command as usize, value, 0, 0, 0])
}

/// Makes a file of `len` bytes, all zero, and maps it: anywhere, or over what is mapped at `over`.
///
/// # Safety
/// `over` is null, or `len` bytes there are the caller's and hold nothing live.
pub unsafe fn share(
    name: &CStr,
    len: usize,
    writers: Writers,
    over: *mut u8,
) -> Result<Shared, Errno> {
    let low = make(name)?;
    // SAFETY: SYS-1, as the caller says.
    let made = unsafe { fill_in(low, len, writers, over) };
    let made = made.and_then(|at| {
        let file = control(low, libc::F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)?;
        Ok(Shared { at, file: file as i32 })
    });
    super::file::close(low);
    made
}

/// An empty file that is nobody's program.
fn make(name: &CStr) -> Result<usize, Errno> {
    const NOEXEC_SEAL: u32 = 8;
    let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
    let with = |flags: u32| {
        call(libc::SYS_memfd_create, [name.as_ptr().addr(), flags as usize, 0, 0, 0, 0])
    };
    // Kernels before 6.3 know nothing of the flag.
    with(flags | NOEXEC_SEAL).or_else(|_| with(flags))
}

/// # Safety
/// As for [`share`].
unsafe fn fill_in(
    file: usize,
    len: usize,
    writers: Writers,
    over: *mut u8,
) -> Result<*mut u8, Errno> {
    call(libc::SYS_ftruncate, [file, len, 0, 0, 0, 0])?;
    let protection = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let flags = libc::MAP_SHARED | if over.is_null() { 0 } else { libc::MAP_FIXED };
    let args = [over.addr(), len, protection, flags as usize, file, 0];
    let at = call(libc::SYS_mmap, args)?;
    let length = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW;
    const FUTURE_WRITE: i32 = 0x10;
    let seals = match writers {
        Writers::Nobody => length | FUTURE_WRITE | libc::F_SEAL_SEAL,
        Writers::SameUser => length | libc::F_SEAL_SEAL,
    };
    let mode = if writers == Writers::Nobody { 0o400 } else { 0o600 };
    let sealed = control(file, libc::F_ADD_SEALS, seals as usize);
    let owned = call(libc::SYS_fchmod, [file, mode, 0, 0, 0, 0]);
    match sealed.and(owned) {
        Ok(_) => Ok(ptr::with_exposed_provenance_mut(at)),
        Err(error) => {
            // What cannot be sealed is not shown: memory of this process alone takes its place.
            // SAFETY: SYS-1: just mapped, or the caller's.
            let _ = unsafe { hide(ptr::with_exposed_provenance_mut(at), len) };
            Err(error)
        }
    }
}

/// Puts memory of this process alone in the place of a mapping; it holds zeros.
///
/// # Safety
/// The `len` bytes at `at` are the caller's and hold nothing live.
pub unsafe fn hide(at: *mut u8, len: usize) -> Result<(), Errno> {
    let protection = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    call(libc::SYS_mmap, [at.addr(), len, protection, flags as usize, usize::MAX, 0]).map(drop)
}

/// A page that holds zeros again in the child of any fork, whether handlers run there or not; `None` where the kernel
/// knows no such thing.
pub fn wiped_page() -> Option<*mut u8> {
    let page = memory::map(crate::bits::PAGE).ok()?;
    let args = [page.addr(), crate::bits::PAGE, libc::MADV_WIPEONFORK as usize, 0, 0, 0];
    call(libc::SYS_madvise, args).ok().map(|_| page)
}
