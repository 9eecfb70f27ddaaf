//! Files by system calls of our own.

use core::ffi::CStr;
use core::num::NonZeroI32;

use super::arch::syscall6;
use super::memory::Errno;

/// Opens a file for reading.
pub fn open(path: &CStr) -> Option<usize> {
    open_with(path, libc::O_RDONLY, 0).ok()
}

/// Opens a file to add to its end, for its user alone; makes it where there is none. Neither a link's
/// target nor a pipe that nobody reads.
pub fn open_for_adding(path: &CStr) -> Result<usize, Errno> {
    let safely = libc::O_NOFOLLOW | libc::O_NOCTTY | libc::O_NONBLOCK;
    open_with(path, libc::O_WRONLY | libc::O_APPEND | libc::O_CREAT | safely, 0o600)
}

fn open_with(path: &CStr, flags: i32, mode: usize) -> Result<usize, Errno> {
    let flags = (flags | libc::O_CLOEXEC) as usize;
    let args = [libc::AT_FDCWD as usize, path.as_ptr().addr(), flags, mode, 0, 0];
    // SAFETY: SYS-2: the path is a C string.
    let file = unsafe { syscall6(libc::SYS_openat as usize, args) };
    usize::try_from(file)
        .map_err(|_| Errno(NonZeroI32::new(-file as i32).unwrap_or(NonZeroI32::MIN)))
}

/// Reads what fits the buffer; how much that was, 0 at the end and for errors.
pub fn read(file: usize, buffer: &mut [u8]) -> usize {
    let args = [file, buffer.as_mut_ptr().addr(), buffer.len(), 0, 0, 0];
    // SAFETY: SYS-2: the kernel writes at most the buffer's length.
    let got = unsafe { syscall6(libc::SYS_read as usize, args) };
    usize::try_from(got).unwrap_or(0)
}

/// Reads from a place in a file; how much that was, 0 at the end and for errors.
pub fn read_at(file: usize, offset: usize, buffer: &mut [u8]) -> usize {
    let args = [file, buffer.as_mut_ptr().expose_provenance(), buffer.len(), offset, 0, 0];
    // SAFETY: SYS-2: the kernel writes at most the buffer's length.
    let got = unsafe { syscall6(libc::SYS_pread64 as usize, args) };
    usize::try_from(got).unwrap_or(0)
}

/// Gives a descriptor back.
pub fn close(file: usize) {
    // SAFETY: SYS-2: the descriptor is ours.
    unsafe { syscall6(libc::SYS_close as usize, [file, 0, 0, 0, 0, 0]) };
}

/// What a descriptor stands for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    device: u64,
    inode: u64,
    mode: u32,
}

impl Identity {
    /// That of a descriptor; `None`: it is closed.
    pub fn of(file: i32) -> Option<Self> {
        let mut stat = core::mem::MaybeUninit::<libc::stat>::zeroed();
        let args = [file as usize, stat.as_mut_ptr().addr(), 0, 0, 0, 0];
        // SAFETY: SYS-2: the kernel fills in `stat`, in which all zeroes are valid as well.
        let (result, stat) = unsafe {
            let result = syscall6(libc::SYS_fstat as usize, args);
            (result, stat.assume_init())
        };
        let known = Self { device: stat.st_dev, inode: stat.st_ino, mode: stat.st_mode };
        (result == 0).then_some(known)
    }

    /// Two numbers that hardly any other has.
    pub fn short(&self) -> (u32, u32) {
        (self.device as u32, self.inode as u32 ^ (self.inode >> 32) as u32)
    }

    /// Whether it is a connection, or a file that is read from as well.
    pub fn may_be_data(&self, file: i32) -> bool {
        match self.mode & libc::S_IFMT {
            libc::S_IFSOCK => true,
            libc::S_IFREG => {
                let args = [file as usize, libc::F_GETFL as usize, 0, 0, 0, 0];
                // SAFETY: SYS-2: no memory is passed.
                let flags = unsafe { syscall6(libc::SYS_fcntl as usize, args) };
                flags as i32 & libc::O_ACCMODE != libc::O_WRONLY
            }
            _ => false,
        }
    }
}
