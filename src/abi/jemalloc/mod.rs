//! jemalloc's own functions, for programs that were built for it: beside a preloaded DAM its library would answer for a
//! heap that nobody uses, and blocks of the two would mix.
//!
//! [`names`] is the tree of names, [`answer`] what stands behind each, [`stats`] the figures among them, [`arenas`] the
//! arenas and caches that a program may ask for and that are but numbers here. [`exchange`] moves values to and from
//! the program; [`print`], [`text`] and [`json`] write all of it; [`blocks`] are the allocation functions. What each
//! figure means here is in docs/compatibility.md.
//!
//! Nothing here allocates, and no lock is held while the program's own function writes.

use core::ffi::{CStr, c_char, c_int, c_void};

pub mod answer;
pub mod arenas;
pub mod blocks;
pub mod exchange;
mod json;
pub mod names;
mod numbers;
pub mod print;
pub mod stats;
mod text;

use exchange::Exchange;
use print::{Out, Write};

/// A value, or the number of an error.
pub type Answer<T> = Result<T, c_int>;

/// Two classes beyond the small ones: the middle and the large tier.
pub const LARGE_CLASSES: usize = 2;

/// Components of the longest name.
const MOST_COMPONENTS: usize = 8;

/// The function that text for people goes to when none is named; NULL: standard error. Named as jemalloc's.
#[allow(non_upper_case_globals)]
#[unsafe(no_mangle)]
pub static malloc_message: print::Message = print::Message::new(core::ptr::null_mut());

/// Reads, writes or does what `name` stands for. 0, or: `ENOENT` no such name, `EPERM` it cannot be read or written,
/// `EINVAL` a value of another size, `EAGAIN` in a signal handler that interrupted the allocator in its own thread,
/// `EFAULT` it cannot be done.
///
/// # Safety
/// `name` is a string. `old_len` is NULL or points to the number of bytes that `old` has; `new` is NULL or has `new_len`
/// bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mallctl(
    name: *const c_char,
    old: *mut c_void,
    old_len: *mut usize,
    new: *const c_void,
    new_len: usize,
) -> c_int {
    // SAFETY: ABI-1.
    let name = unsafe { CStr::from_ptr(name) };
    let exchange = Exchange { old, old_len, new, new_len };
    number(names::find(name.to_bytes()).and_then(|place| answer::answer(place, &exchange)))
}

/// The numbers of a name's components, as many as `*length` says, for [`mallctlbymib`]. 0, or `ENOENT`.
///
/// # Safety
/// `name` is a string, `mib` has `*length` places.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mallctlnametomib(
    name: *const c_char,
    mib: *mut usize,
    length: *mut usize,
) -> c_int {
    let mut numbers = [0; MOST_COMPONENTS];
    // SAFETY: ABI-1.
    unsafe {
        let most = (*length).min(MOST_COMPONENTS);
        number(names::to_mib(CStr::from_ptr(name).to_bytes(), &mut numbers[..most]).map(|count| {
            mib.copy_from_nonoverlapping(numbers.as_ptr(), count);
            *length = count;
        }))
    }
}

/// [`mallctl`] by numbers.
///
/// # Safety
/// `mib` has `length` places; for the others see [`mallctl`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn mallctlbymib(
    mib: *const usize,
    length: usize,
    old: *mut c_void,
    old_len: *mut usize,
    new: *const c_void,
    new_len: usize,
) -> c_int {
    if mib.is_null() || length == 0 || length > MOST_COMPONENTS {
        return libc::ENOENT;
    }
    // SAFETY: ABI-1.
    let mib = unsafe { core::slice::from_raw_parts(mib, length) };
    let exchange = Exchange { old, old_len, new, new_len };
    number(names::from_mib(mib).and_then(|place| answer::answer(place, &exchange)))
}

/// Writes everything, by `write` or, if that is NULL, by [`malloc_message`]: as text for people, or, with a `J` among
/// the options, as JSON. Other options leave parts out: `g` what never changes, `a` the arena, `m` the sum over all
/// arenas, `b` and `l` the classes of small and of large blocks. `write` may allocate.
///
/// # Safety
/// `write` takes `context` and a string; `options` is NULL or a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn malloc_stats_print(
    write: Option<Write>,
    context: *mut c_void,
    options: *const c_char,
) {
    let options = match options.is_null() {
        true => &[],
        // SAFETY: ABI-1.
        false => unsafe { CStr::from_ptr(options) }.to_bytes(),
    };
    let mut out = Out::new(write, context);
    answer::refresh();
    // Cannot fail: `Out` takes everything.
    let _ = match options.contains(&b'J') {
        true => json::write(&mut out, options),
        false => text::write(&mut out, options),
    };
    out.flush();
}

fn number(answer: Answer<()>) -> c_int {
    answer.err().unwrap_or(0)
}
