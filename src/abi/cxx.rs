//! C++'s `operator new` and `operator delete`, in all forms, without linking libstdc++.
//!
//! A failing throwing form calls the new-handler until there is memory or no handler, and then
//! throws `std::bad_alloc`. Exceptions must not pass through Rust frames, so that part is a few
//! instructions of assembly ([`new_slow`]), and the fast halves reach it by a jump.

use core::ffi::{CStr, c_void};

use crate::bits::Kind;
use crate::heap;

/// What the throwing forms do when the fast path has nothing: attempt, handler, attempt, …, throw.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
extern "C" fn new_slow(_size: usize, _align: usize, _kind: usize) -> *mut c_void {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "push rbx",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset rbx, 0",
        "push r12",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset r12, 0",
        "push r13",
        ".cfi_adjust_cfa_offset 8",
        ".cfi_rel_offset r13, 0",
        "mov rbx, rdi",
        "mov r12, rsi",
        "mov r13, rdx",
        "2:",
        "mov rdi, rbx",
        "mov rsi, r12",
        "mov rdx, r13",
        "call {attempt}",
        "test rax, rax",
        "jne 4f",
        "mov rdi, r12",
        "call {handler}",
        "test rax, rax",
        "je 3f",
        "call rax",
        "jmp 2b",
        // No handler: throw. Never returns, so the saved registers stay where the unwinder finds them.
        "3:",
        "call {thrower}",
        "call rax",
        "ud2",
        "4:",
        "pop r13",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore r13",
        "pop r12",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore r12",
        "pop rbx",
        ".cfi_adjust_cfa_offset -8",
        ".cfi_restore rbx",
        "ret",
        ".cfi_endproc",
        attempt = sym attempt,
        handler = sym new_handler,
        thrower = sym thrower,
    )
}

/// See the x86_64 version.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
extern "C" fn new_slow(_size: usize, _align: usize, _kind: usize) -> *mut c_void {
    core::arch::naked_asm!(
        ".cfi_startproc",
        "stp x29, x30, [sp, #-48]!",
        ".cfi_adjust_cfa_offset 48",
        ".cfi_rel_offset x29, 0",
        ".cfi_rel_offset x30, 8",
        "stp x19, x20, [sp, #16]",
        ".cfi_rel_offset x19, 16",
        ".cfi_rel_offset x20, 24",
        "str x21, [sp, #32]",
        ".cfi_rel_offset x21, 32",
        "mov x19, x0",
        "mov x20, x1",
        "mov x21, x2",
        "2:",
        "mov x0, x19",
        "mov x1, x20",
        "mov x2, x21",
        "bl {attempt}",
        "cbnz x0, 4f",
        "mov x0, x20",
        "bl {handler}",
        "cbz x0, 3f",
        "blr x0",
        "b 2b",
        "3:",
        "bl {thrower}",
        "blr x0",
        "brk #1",
        "4:",
        "ldr x21, [sp, #32]",
        "ldp x19, x20, [sp, #16]",
        "ldp x29, x30, [sp], #48",
        "ret",
        ".cfi_endproc",
        attempt = sym attempt,
        handler = sym new_handler,
        thrower = sym thrower,
    )
}

/// What is left when the fast path has nothing, for a size, an alignment and a kind.
type Slow = extern "C" fn(usize, usize, usize) -> *mut c_void;

/// A block, or null; an alignment that is no power of two fails.
extern "C" fn attempt(size: usize, align: usize, kind: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        return core::ptr::null_mut();
    }
    heap::allocate_slow(size, align, Kind::from_number(kind as u8), false).cast()
}

/// The program's new-handler: null when there is none, or no C++ library, or no such alignment.
extern "C" fn new_handler(align: usize) -> *mut c_void {
    if !align.is_power_of_two() {
        return core::ptr::null_mut();
    }
    let get = or_late(get_new_handler(), c"_ZSt15get_new_handlerv");
    if get.is_null() {
        return get;
    }
    // SAFETY: ABI-1: the C++ library's `std::get_new_handler`, which takes nothing and returns a
    // function pointer.
    unsafe { core::mem::transmute::<*mut c_void, extern "C" fn() -> *mut c_void>(get)() }
}

/// What throws `std::bad_alloc`; where there is no C++ library, what ends the process.
extern "C" fn thrower() -> *mut c_void {
    let throw = or_late(throw_bad_alloc(), c"_ZSt17__throw_bad_allocv");
    if throw.is_null() { crate::sys::abort as *mut c_void } else { throw }
}

/// `address`, or, where the C++ library was loaded after us (with an extension of an interpreter,
/// say), what it is now.
fn or_late(address: *mut c_void, name: &CStr) -> *mut c_void {
    #[cfg(feature = "preload")]
    if address.is_null() {
        let libraries = [c"libstdc++.so.6", c"libc++abi.so.1", c"libc++.so.1"];
        let mut found = libraries.iter().map(|library| super::dl::find(library, name));
        return found.find(|found| !found.is_null()).unwrap_or(address);
    }
    let _ = name;
    address
}

/// The address of a C++ library's function, null when no library had it when we were loaded.
macro_rules! weak_address {
    ($name:ident, $symbol:literal) => {
        #[cfg(target_arch = "x86_64")]
        #[unsafe(naked)]
        extern "C" fn $name() -> *mut c_void {
            core::arch::naked_asm!(
                concat!(".weak ", $symbol),
                concat!("mov rax, qword ptr [rip + ", $symbol, "@GOTPCREL]"),
                "ret",
            )
        }

        #[cfg(target_arch = "aarch64")]
        #[unsafe(naked)]
        extern "C" fn $name() -> *mut c_void {
            core::arch::naked_asm!(
                concat!(".weak ", $symbol),
                concat!("adrp x0, :got:", $symbol),
                concat!("ldr x0, [x0, :got_lo12:", $symbol, "]"),
                "ret",
            )
        }
    };
}

weak_address!(get_new_handler, "_ZSt15get_new_handlerv");
weak_address!(throw_bad_alloc, "_ZSt17__throw_bad_allocv");

/// A throwing form without alignment: the fast path, or a jump to [`new_slow`].
#[inline(always)]
fn new(size: usize, kind: Kind) -> *mut c_void {
    match heap::allocate_fast(size, kind) {
        Some(block) => block.as_ptr().cast(),
        None => new_slow(size, 16, kind as usize),
    }
}

/// A form with alignment; one that is no power of two is for `slow` to refuse.
#[inline(always)]
fn new_at(size: usize, align: usize, kind: Kind, slow: Slow) -> *mut c_void {
    let fast = || heap::allocate_aligned_fast(size, align, kind);
    match align.is_power_of_two().then(fast).flatten() {
        Some(block) => block.as_ptr().cast(),
        None => slow(size, align, kind as usize),
    }
}

/// A nothrow form. Its handler, as the standard has it, may throw; what it throws would have to end
/// here, so it is not called: an exhausted program gets its null.
#[inline(always)]
fn new_or_null(size: usize, kind: Kind) -> *mut c_void {
    heap::allocate(size, kind).cast()
}

/// # Safety
/// ABI-1.
#[inline(always)]
unsafe fn delete(block: *mut c_void, kind: Kind, size: Option<usize>) {
    // SAFETY: ABI-1.
    unsafe { heap::free(block.cast(), kind, size) }
}

/// `operator new(size)`
#[unsafe(export_name = "_Znwm")]
pub extern "C" fn new_plain(size: usize) -> *mut c_void {
    new(size, Kind::New)
}

/// `operator new(size, align)`
#[unsafe(export_name = "_ZnwmSt11align_val_t")]
pub extern "C" fn new_aligned(size: usize, align: usize) -> *mut c_void {
    new_at(size, align, Kind::AlignedNew, new_slow)
}

/// `operator new(size, nothrow)`
#[unsafe(export_name = "_ZnwmRKSt9nothrow_t")]
pub extern "C" fn new_nothrow(size: usize, _: *const c_void) -> *mut c_void {
    new_or_null(size, Kind::New)
}

/// `operator new(size, align, nothrow)`
#[unsafe(export_name = "_ZnwmSt11align_val_tRKSt9nothrow_t")]
pub extern "C" fn new_aligned_nothrow(size: usize, align: usize, _: *const c_void) -> *mut c_void {
    new_at(size, align, Kind::AlignedNew, attempt)
}

/// `operator new[](size)`
#[unsafe(export_name = "_Znam")]
pub extern "C" fn new_array_plain(size: usize) -> *mut c_void {
    new(size, Kind::NewArray)
}

/// `operator new[](size, align)`
#[unsafe(export_name = "_ZnamSt11align_val_t")]
pub extern "C" fn new_array_aligned(size: usize, align: usize) -> *mut c_void {
    new_at(size, align, Kind::AlignedNewArray, new_slow)
}

/// `operator new[](size, nothrow)`
#[unsafe(export_name = "_ZnamRKSt9nothrow_t")]
pub extern "C" fn new_array_nothrow(size: usize, _: *const c_void) -> *mut c_void {
    new_or_null(size, Kind::NewArray)
}

/// `operator new[](size, align, nothrow)`
#[unsafe(export_name = "_ZnamSt11align_val_tRKSt9nothrow_t")]
pub extern "C" fn new_array_aligned_nothrow(
    size: usize,
    align: usize,
    _: *const c_void,
) -> *mut c_void {
    new_at(size, align, Kind::AlignedNewArray, attempt)
}

/// `operator delete(block)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdlPv")]
pub unsafe extern "C" fn delete_plain(block: *mut c_void) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::New, None) }
}

/// `operator delete(block, size)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdlPvm")]
pub unsafe extern "C" fn delete_sized(block: *mut c_void, size: usize) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::New, Some(size)) }
}

/// `operator delete(block, align)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdlPvSt11align_val_t")]
pub unsafe extern "C" fn delete_aligned(block: *mut c_void, _align: usize) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::AlignedNew, None) }
}

/// `operator delete(block, size, align)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdlPvmSt11align_val_t")]
pub unsafe extern "C" fn delete_sized_aligned(block: *mut c_void, size: usize, _align: usize) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::AlignedNew, Some(size)) }
}

/// `operator delete(block, nothrow)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdlPvRKSt9nothrow_t")]
pub unsafe extern "C" fn delete_nothrow(block: *mut c_void, _: *const c_void) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::New, None) }
}

/// `operator delete(block, align, nothrow)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdlPvSt11align_val_tRKSt9nothrow_t")]
pub unsafe extern "C" fn delete_aligned_nothrow(
    block: *mut c_void,
    _align: usize,
    _: *const c_void,
) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::AlignedNew, None) }
}

/// `operator delete[](block)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdaPv")]
pub unsafe extern "C" fn delete_array_plain(block: *mut c_void) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::NewArray, None) }
}

/// `operator delete[](block, size)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdaPvm")]
pub unsafe extern "C" fn delete_array_sized(block: *mut c_void, size: usize) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::NewArray, Some(size)) }
}

/// `operator delete[](block, align)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdaPvSt11align_val_t")]
pub unsafe extern "C" fn delete_array_aligned(block: *mut c_void, _align: usize) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::AlignedNewArray, None) }
}

/// `operator delete[](block, size, align)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdaPvmSt11align_val_t")]
pub unsafe extern "C" fn delete_array_sized_aligned(
    block: *mut c_void,
    size: usize,
    _align: usize,
) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::AlignedNewArray, Some(size)) }
}

/// `operator delete[](block, nothrow)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdaPvRKSt9nothrow_t")]
pub unsafe extern "C" fn delete_array_nothrow(block: *mut c_void, _: *const c_void) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::NewArray, None) }
}

/// `operator delete[](block, align, nothrow)`
///
/// # Safety
/// ABI-1.
#[unsafe(export_name = "_ZdaPvSt11align_val_tRKSt9nothrow_t")]
pub unsafe extern "C" fn delete_array_aligned_nothrow(
    block: *mut c_void,
    _align: usize,
    _: *const c_void,
) {
    // SAFETY: ABI-1.
    unsafe { delete(block, Kind::AlignedNewArray, None) }
}
