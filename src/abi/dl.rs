//! `dlopen` without `RTLD_DEEPBIND`.
//!
//! A library loaded with that flag binds `malloc` and `free` to libc's, not to ours, and the first
//! block that crosses between it and the rest of the program ends the process. So the flag is taken
//! off on the way (option `deepbind=keep` leaves it). libc looks at its caller's return address for
//! the caller's search path, so the call is passed on by a jump. Only in the preloaded library: a
//! static program has no second `malloc`.

use core::ffi::{CStr, c_char, c_int, c_void};

use crate::config::options::DEEPBIND;
use crate::sync::atomic::{AtomicPtr, Ordering::Relaxed};

unsafe extern "C" {
    fn dlsym(handle: *mut c_void, symbol: *const c_char) -> *mut c_void;
}

/// The flags to pass on, and the function to pass them to (0: there is none).
#[repr(C)]
struct Next {
    flags: usize,
    function: usize,
}

/// libc's `dlopen`, null when there is none.
fn real_dlopen() -> *mut c_void {
    static DLOPEN: AtomicPtr<c_void> = AtomicPtr::new(core::ptr::null_mut());
    let mut function = DLOPEN.load(Relaxed);
    if function.is_null() {
        // SAFETY: ABI-1: the linker's own lookup, behind this library.
        function = unsafe { dlsym(libc::RTLD_NEXT, c"dlopen".as_ptr()) };
        DLOPEN.store(function, Relaxed);
    }
    function
}

/// The address of `symbol` in a library that is loaded already; null otherwise.
pub fn find(library: &CStr, symbol: &CStr) -> *mut c_void {
    type Dlopen = extern "C" fn(*const c_char, c_int) -> *mut c_void;
    let dlopen = real_dlopen();
    if dlopen.is_null() {
        return dlopen;
    }
    // SAFETY: ABI-1: libc's function of this type.
    let dlopen = unsafe { core::mem::transmute::<*mut c_void, Dlopen>(dlopen) };
    let handle = dlopen(library.as_ptr(), libc::RTLD_NOLOAD | libc::RTLD_LAZY);
    if handle.is_null() {
        return handle;
    }
    // SAFETY: ABI-1: an open library.
    unsafe { dlsym(handle, symbol.as_ptr()) }
}

extern "C" fn next(flags: c_int) -> Next {
    let function = real_dlopen().addr();
    let strip = if DEEPBIND.get() == 0 { libc::RTLD_DEEPBIND } else { 0 };
    Next { flags: (flags & !strip) as u32 as usize, function }
}

/// glibc's `dlopen`; see the module's documentation.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn dlopen(_path: *const c_char, _flags: c_int) -> *mut c_void {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rdi",
        ".cfi_adjust_cfa_offset 8",
        "mov edi, esi",
        "call {next}",
        "pop rdi",
        ".cfi_adjust_cfa_offset -8",
        "test rdx, rdx",
        "je 2f",
        "mov esi, eax",
        "jmp rdx",
        "2:",
        "xor eax, eax",
        "ret",
        ".cfi_endproc",
        next = sym next,
    )
}

/// glibc's `dlopen`; see the module's documentation.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
#[unsafe(no_mangle)]
pub extern "C" fn dlopen(_path: *const c_char, _flags: c_int) -> *mut c_void {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "stp x0, x30, [sp, #-16]!",
        ".cfi_adjust_cfa_offset 16",
        ".cfi_rel_offset x30, 8",
        "mov w0, w1",
        "bl {next}",
        "mov x2, x1",
        "mov x1, x0",
        "ldp x0, x30, [sp], #16",
        ".cfi_adjust_cfa_offset -16",
        "cbz x2, 2f",
        "br x2",
        "2:",
        "mov x0, #0",
        "ret",
        ".cfi_endproc",
        next = sym next,
    )
}
