//! Address space and pages.

use core::num::NonZeroI32;
use core::ptr;

use crate::bits::PAGE;

use super::arch::syscall6;

/// A kernel error number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub NonZeroI32);

impl Errno {
    /// What the kernel answers when memory or address space is used up.
    pub const NO_MEMORY: Self = Self(NonZeroI32::new(libc::ENOMEM).unwrap());

    /// Whether the kernel refused for lack of memory, address space or mappings.
    pub fn is_exhaustion(self) -> bool {
        matches!(self.0.get(), libc::ENOMEM | libc::EAGAIN)
    }
}

pub(super) fn answer(result: isize) -> Result<usize, Errno> {
    match NonZeroI32::new((result as i32).wrapping_neg()) {
        Some(errno) if (-4095..0).contains(&result) => Err(Errno(errno)),
        _ => Ok(result as usize),
    }
}

fn mmap(at: usize, len: usize, protection: i32, flags: i32) -> Result<*mut u8, Errno> {
    let flags = flags | libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let args = [at, len, protection as usize, flags as usize, usize::MAX, 0];
    // SAFETY: SYS-1: a new private mapping; MAP_FIXED is only passed for ranges the caller owns.
    let result = unsafe { syscall6(libc::SYS_mmap as usize, args) };
    answer(result).map(ptr::with_exposed_provenance_mut)
}

fn call3(number: i64, a: usize, b: usize, c: usize) -> Result<usize, Errno> {
    // SAFETY: SYS-2: callers in this module pass ranges they own.
    answer(unsafe { syscall6(number as usize, [a, b, c, 0, 0, 0]) })
}

/// Keeps a reservation out of core dumps: a debugger's `gcore` writes zeros even for what nobody can
/// read. What is [`commit`]ted comes back in. Without effect where the kernel refuses.
fn hide_from_dumps(at: *mut u8, len: usize) {
    let _ = call3(libc::SYS_madvise, at.addr(), len, libc::MADV_DONTDUMP as usize);
}

/// Address space nobody can touch yet: no memory, no commit charge.
pub fn reserve(len: usize) -> Result<*mut u8, Errno> {
    mmap(0, len, libc::PROT_NONE, libc::MAP_NORESERVE).inspect(|&at| hide_from_dumps(at, len))
}

/// Like [`reserve`], but what is committed in it is held against the system's rule for overcommit:
/// a commit of more than memory and swap can ever hold is refused, not granted and then killed.
pub fn reserve_counted(len: usize) -> Result<*mut u8, Errno> {
    mmap(0, len, libc::PROT_NONE, 0)
}

/// Like [`reserve_counted`], at `at` if nothing is mapped there.
pub fn reserve_near(at: usize, len: usize) -> Result<*mut u8, Errno> {
    mmap(at, len, libc::PROT_NONE, 0)
}

/// Reserves exactly `[at, at + len)`, if nothing is mapped there.
pub fn reserve_at(at: *mut u8, len: usize) -> Result<(), Errno> {
    mmap_at(at, len, libc::PROT_NONE)
}

/// Maps exactly `[at, at + len)` as zeroed read-write memory, if nothing is mapped there; to the
/// system's accounts it is what [`reserve`] and [`commit`] make.
pub fn map_at(at: *mut u8, len: usize) -> Result<(), Errno> {
    mmap_at(at, len, libc::PROT_READ | libc::PROT_WRITE)
}

fn mmap_at(at: *mut u8, len: usize, protection: i32) -> Result<(), Errno> {
    let flags = libc::MAP_NORESERVE | libc::MAP_FIXED_NOREPLACE;
    let got = mmap(at.addr(), len, protection, flags)?;
    if got == at {
        return Ok(());
    }
    // Linux before 4.17 takes the address as a wish only.
    // SAFETY: SYS-1: just mapped, and nobody knows of it.
    unsafe { unmap(got, len)? };
    Err(Errno(const { NonZeroI32::new(libc::EEXIST).unwrap() }))
}

/// Like [`reserve`], but readable as zeros.
pub fn reserve_readable(len: usize) -> Result<*mut u8, Errno> {
    mmap(0, len, libc::PROT_READ, libc::MAP_NORESERVE)
}

/// Zeroed read-write memory.
pub fn map(len: usize) -> Result<*mut u8, Errno> {
    mmap(0, len, libc::PROT_READ | libc::PROT_WRITE, 0)
}

/// Like [`map`], at `at` if nothing is mapped there.
pub fn map_near(at: usize, len: usize) -> Result<*mut u8, Errno> {
    mmap(at, len, libc::PROT_READ | libc::PROT_WRITE, 0)
}

/// Makes a part of a reservation readable and writable.
pub fn commit(at: *mut u8, len: usize) -> Result<(), Errno> {
    make_writable(at, len)?;
    show_in_dumps(at, len);
    Ok(())
}

/// Makes pages readable and writable that have been so before.
pub fn make_writable(at: *mut u8, len: usize) -> Result<(), Errno> {
    let protection = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    call3(libc::SYS_mprotect, at.addr(), len, protection).map(drop)
}

/// Whether the pages are memory of this process alone, none a file's or shared; `None` where the kernel can't tell. A child
/// gets a copy of them from now on, whatever the program had asked for.
pub fn claim_private(at: *mut u8, len: usize) -> Option<bool> {
    let advise = |at: *mut u8, len, advice: i32| {
        call3(libc::SYS_madvise, at.addr(), len, advice as usize).map(drop)
    };
    // It wipes no others in children.
    let private = match advise(at, len, libc::MADV_WIPEONFORK) {
        Ok(()) => Some(true),
        Err(errno) if errno.is_exhaustion() => None,
        // Or it does not know how (Linux before 4.14, some sandboxes).
        Err(_) => map(PAGE).ok().and_then(|page| {
            let known = advise(page, PAGE, libc::MADV_WIPEONFORK).is_ok();
            // SAFETY: SYS-1: it was just made, and nobody knows it.
            let _ = unsafe { unmap(page, PAGE) };
            known.then_some(false)
        }),
    };
    for advice in [libc::MADV_KEEPONFORK, libc::MADV_DOFORK] {
        let _ = advise(at, len, advice);
    }
    private
}

/// A child process gets zeros instead of a copy. Without effect where the kernel refuses.
pub fn wipe_in_children(at: *mut u8, len: usize) {
    let _ = call3(libc::SYS_madvise, at.addr(), len, libc::MADV_WIPEONFORK as usize);
}

/// The pages are part of core dumps again, whatever the program had asked for.
pub fn show_in_dumps(at: *mut u8, len: usize) {
    let _ = call3(libc::SYS_madvise, at.addr(), len, libc::MADV_DODUMP as usize);
}

/// Turns memory back into a reservation: pages and commit charge are gone.
///
/// # Safety
/// `[at, at + len)` belongs to the caller and holds nothing live.
pub unsafe fn decommit(at: *mut u8, len: usize) -> Result<(), Errno> {
    mmap(at.addr(), len, libc::PROT_NONE, libc::MAP_NORESERVE | libc::MAP_FIXED)?;
    hide_from_dumps(at, len);
    Ok(())
}

/// Turns memory back into what [`reserve_counted`] makes, so that it is one mapping with such a
/// neighbour.
///
/// # Safety
/// `[at, at + len)` belongs to the caller and holds nothing live.
pub unsafe fn seal(at: *mut u8, len: usize) -> Result<(), Errno> {
    mmap(at.addr(), len, libc::PROT_NONE, libc::MAP_FIXED).map(drop)
}

/// Makes pages inaccessible, keeping their mapping (two more entries in the process's map).
///
/// # Safety
/// The range belongs to the caller and holds nothing live.
pub unsafe fn protect_none(at: *mut u8, len: usize) -> Result<(), Errno> {
    call3(libc::SYS_mprotect, at.addr(), len, libc::PROT_NONE as usize).map(drop)
}

/// Makes pages inaccessible and gives them back, without a mapping of their own (Linux 6.13; `EINVAL`
/// before, and where the pages are locked).
///
/// # Safety
/// The range belongs to the caller and holds nothing live.
pub unsafe fn guard(at: *mut u8, len: usize) -> Result<(), Errno> {
    const MADV_GUARD_INSTALL: usize = 102;
    call3(libc::SYS_madvise, at.addr(), len, MADV_GUARD_INSTALL).map(drop)
}

/// Takes away what [`guard`] has installed: fresh zero pages come where it was.
///
/// # Safety
/// The range belongs to the caller and holds nothing live.
pub unsafe fn unguard(at: *mut u8, len: usize) -> Result<(), Errno> {
    const MADV_GUARD_REMOVE: usize = 103;
    call3(libc::SYS_madvise, at.addr(), len, MADV_GUARD_REMOVE).map(drop)
}

/// Gives the pages back; they read as zeros when next touched.
///
/// # Safety
/// The range belongs to the caller and its contents are no longer needed.
pub unsafe fn purge(at: *mut u8, len: usize) -> Result<(), Errno> {
    call3(libc::SYS_madvise, at.addr(), len, libc::MADV_DONTNEED as usize).map(drop)
}

/// Removes a mapping.
///
/// # Safety
/// The range belongs to the caller, who never uses it again.
pub unsafe fn unmap(at: *mut u8, len: usize) -> Result<(), Errno> {
    call3(libc::SYS_munmap, at.addr(), len, 0).map(drop)
}

/// Moves the pages of `[from, from + old)` to the reservation `[to, to + new)`, where they are
/// followed by fresh zero pages. The old range is unmapped.
///
/// # Safety
/// Both ranges belong to the caller, and `to` holds nothing live.
pub unsafe fn move_pages(from: *mut u8, old: usize, to: *mut u8, new: usize) -> Result<(), Errno> {
    let flags = (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED) as usize;
    let args = [from.addr(), old, new, flags, to.addr(), 0];
    // SAFETY: SYS-1: the caller owns both ranges.
    answer(unsafe { syscall6(libc::SYS_mremap as usize, args) }).map(drop)
}

/// Moves the pages of `[from, from + len)` to the reservation at `to`. They leave a mapping behind, as it is before its
/// first use (Linux 5.7; `EINVAL` before). The range must be one mapping, and no file's.
///
/// # Safety
/// Both ranges belong to the caller, and `to` holds nothing live.
pub unsafe fn lift_pages(from: *mut u8, len: usize, to: *mut u8) -> Result<(), Errno> {
    let flags = (libc::MREMAP_MAYMOVE | libc::MREMAP_FIXED | libc::MREMAP_DONTUNMAP) as usize;
    let args = [from.addr(), len, len, flags, to.addr(), 0];
    // SAFETY: SYS-1: the caller owns both ranges.
    answer(unsafe { syscall6(libc::SYS_mremap as usize, args) }).map(drop)
}

/// Whether `[at, at + len)` is one mapping of the kernel's.
///
/// # Safety
/// The range and the page behind it belong to the caller, and that is mapped too. (Else the range may be longer after.)
pub unsafe fn is_one_mapping(at: *mut u8, len: usize) -> bool {
    // SAFETY: SYS-1: the caller owns the range; it stays as it is for want of room.
    unsafe { extend(at, len, len + PAGE) }.is_err_and(Errno::is_exhaustion)
}

/// Lets the mapping of `[at, at + old)` grow to `new` bytes where it is. Fails, changing nothing,
/// when something is mapped behind it ([`Errno::is_exhaustion`]) or when the range is not one
/// mapping.
///
/// # Safety
/// The range belongs to the caller.
pub unsafe fn extend(at: *mut u8, old: usize, new: usize) -> Result<(), Errno> {
    // SAFETY: SYS-1: the caller owns the range; without MREMAP_MAYMOVE it stays where it is.
    answer(unsafe { syscall6(libc::SYS_mremap as usize, [at.addr(), old, new, 0, 0, 0]) }).map(drop)
}

/// Lets the mapping of `[at, at + old)` grow to `new` bytes, where it is if there is room, else
/// elsewhere; where it is now. Fails, changing nothing, when the range is not one mapping.
///
/// # Safety
/// The range belongs to the caller, who no longer uses the old place when it has moved.
pub unsafe fn extend_anywhere(at: *mut u8, old: usize, new: usize) -> Result<*mut u8, Errno> {
    let args = [at.addr(), old, new, libc::MREMAP_MAYMOVE as usize, 0, 0];
    // SAFETY: SYS-1: the caller owns the range, and the kernel moves it to free addresses only.
    let result = unsafe { syscall6(libc::SYS_mremap as usize, args) };
    answer(result).map(ptr::with_exposed_provenance_mut)
}

/// The limit of the process's address space or of its data in bytes, whichever is tighter, if there
/// is one: both count what is mapped to be written, used or not.
pub fn address_limit() -> Option<usize> {
    let limits = [libc::RLIMIT_AS, libc::RLIMIT_DATA].map(|resource| {
        let mut limit = [0u64; 2];
        let args = [0, resource as usize, 0, (&raw mut limit).addr(), 0, 0];
        // SAFETY: SYS-2: prlimit64(self, resource, no new limit, &limit) writes `limit`'s words.
        let result = unsafe { syscall6(libc::SYS_prlimit64 as usize, args) };
        if result == 0 { limit[0] } else { libc::RLIM_INFINITY }
    });
    let tightest = limits[0].min(limits[1]);
    (tightest != libc::RLIM_INFINITY).then_some(tightest as usize)
}

/// Whether the process can have another mapping of so many bytes: one without access takes no memory.
pub fn can_map(len: usize) -> bool {
    let len = len.next_multiple_of(PAGE);
    let Ok(mapping) = reserve(len) else { return false };
    // SAFETY: SYS-1: it was just made, and nobody knows it.
    let _ = unsafe { unmap(mapping, len) };
    true
}

/// How many mappings a process may have.
pub fn map_count_limit() -> usize {
    const STOCK: usize = 65_530;
    let mut buffer = [0u8; 24];
    let text = super::env::read_file(c"/proc/sys/vm/max_map_count", &mut buffer);
    super::env::leading_number(text).unwrap_or(STOCK)
}

/// How many processors this process may run on; 1 where that cannot be found out.
pub fn cpu_count() -> usize {
    let mut mask = [0u64; 128];
    let args = [0, size_of_val(&mask), (&raw mut mask).addr(), 0, 0, 0];
    // SAFETY: SYS-2: sched_getaffinity(self, size, mask) writes at most the size of `mask`.
    unsafe { syscall6(libc::SYS_sched_getaffinity as usize, args) };
    mask.iter().map(|word| word.count_ones() as usize).sum::<usize>().max(1)
}

/// Resident bytes of the process, from `/proc/self/statm`; 0 where that cannot be read.
pub fn resident_bytes() -> usize {
    let mut buffer = [0u8; 128];
    let text = super::env::read_file(c"/proc/self/statm", &mut buffer);
    let second = text.split(|&byte| byte == b' ').nth(1).unwrap_or(&[]);
    super::env::leading_number(second).unwrap_or(0) * PAGE
}

/// Page faults of the process so far, minor and major ones.
pub fn page_faults() -> u64 {
    let [minor, major] = of_process([7, 9]);
    minor + major
}

/// Threads of the process.
pub fn thread_count() -> u64 {
    let [threads] = of_process([17]);
    threads
}

/// Numbers from `/proc/self/stat`, by their places behind the command's name; 0 where that cannot be read. (There is also
/// `getrusage`: this is a call less for a sandbox to allow.)
fn of_process<const N: usize>(places: [usize; N]) -> [u64; N] {
    let mut buffer = [0u8; 512];
    let text = super::env::read_file(c"/proc/self/stat", &mut buffer);
    // The name may have spaces.
    let behind = text.iter().rposition(|&byte| byte == b')').map_or(0, |at| at + 2);
    let numbers = &text[behind.min(text.len())..];
    places.map(|place| {
        let number = numbers.split(|&byte| byte == b' ').nth(place);
        number.and_then(super::env::leading_number).unwrap_or(0) as u64
    })
}
