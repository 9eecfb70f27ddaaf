//! Random calls through every door, each checked against the shadow.

use core::alloc::{GlobalAlloc, Layout};
use core::ffi::{c_int, c_void};
use core::ptr;

use super::alone::Random;
use super::shadow::{Block, Door, Shadow, tier_of};
use crate::Dam;
use crate::abi::{dam, entry, stats};
use crate::bits::{Kind, PAGE, align_up};
use crate::config::limits::{MIDDLE_MAX, SMALL_MAX};
use crate::heap;
use crate::small::class::{CLASSES, SLOT};

/// What `errno` is before each call: none of the values that calls set.
const UNTOUCHED: c_int = 77;

/// One call. Which block, size and alignment it concerns comes from the numbers.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    pub what: What,
    pub size: usize,
    pub align: usize,
    pub pick: usize,
}

macro_rules! calls {
    ($($name:ident),* $(,)?) => {
        /// The calls there are.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum What { $($name),* }
        /// All of them.
        pub const ALL: &[What] = &[$(What::$name),*];
    };
}

calls! {
    Malloc, DamMalloc, Calloc, DamCalloc, AlignedAlloc, DamAlignedAlloc, Memalign, DamMemalign,
    PosixMemalign, DamPosixMemalign, Valloc, DamValloc, Pvalloc, DamPvalloc, ReallocNull,
    ReallocarrayNull, New, NewArray, NewAligned, NewArrayAligned, RustAlloc, RustZeroed,
    Free, Free2, Free3, Free4, Realloc, Realloc2, Reallocarray, ReallocZero, RustRealloc,
    Refusals, Trim, Queries,
}

impl Call {
    /// A random one.
    pub fn random(random: &mut Random, largest: usize) -> Self {
        let what = ALL[random.below(ALL.len())];
        let size = size(random.below(64), random.next() as usize).min(largest);
        let align =
            1 << (random.below(9) + 4 * random.below(2) + 4 * usize::from(random.below(16) == 0));
        Self { what, size, align, pick: random.next() as usize }
    }
}

/// Sizes are below this: all tiers, and room in the largest for blocks that grow and shrink.
const LARGEST: usize = MIDDLE_MAX + MIDDLE_MAX / 2;

/// A size of every order, with the edges of classes and tiers among them.
pub fn size(shape: usize, number: usize) -> usize {
    match shape {
        0 => 0,
        1..24 => number % 257,
        24..36 => number % 2049,
        36..44 => number % (SMALL_MAX + 200),
        44..54 => (SLOT[number % CLASSES] as usize - 10 + number % 5).max(1),
        54 => SMALL_MAX - 1 + number % 3,
        55 => MIDDLE_MAX - 1 + number % 3,
        56 => number % LARGEST,
        57 => align_up(number % MIDDLE_MAX, PAGE),
        _ => SMALL_MAX + number % 100_000,
    }
}

fn errno() -> &'static mut c_int {
    // SAFETY: SYS-2: this thread's own.
    unsafe { &mut *libc::__errno_location() }
}

/// A block as it comes out of an allocation.
fn made(pointer: *mut c_void, size: usize, align: usize, door: Door, call: &Call) -> Block {
    assert!(!pointer.is_null(), "no memory for {call:?}");
    assert_eq!(*errno(), UNTOUCHED, "errno of {call:?}");
    Block { address: pointer.expose_provenance(), size, align, door, fill: call.pick as u64 }
}

impl Shadow {
    /// Makes the call and checks what it did.
    pub fn apply(&mut self, call: &Call) {
        *errno() = UNTOUCHED;
        use What::*;
        match call.what {
            Free | Free2 | Free3 | Free4 => {
                self.release(call);
            }
            Realloc | Realloc2 | Reallocarray | ReallocZero | RustRealloc => self.resize(call),
            Refusals => refusals(call),
            Trim if call.pick.is_multiple_of(8) => {
                let done = dam::dam_malloc_trim(call.size);
                assert!((0..=1).contains(&done));
            }
            Queries | Trim => queries(),
            _ => {
                let block = allocate(call);
                if matches!(call.what, Calloc | DamCalloc | RustZeroed) {
                    block.verify_zero();
                }
                self.enter(block);
            }
        }
    }

    /// Frees a block by one of the names that its door has.
    pub fn release(&mut self, call: &Call) -> Option<()> {
        let block = self.remove(call.pick)?;
        free(&block, call);
        Some(())
    }

    fn resize(&mut self, call: &Call) {
        // Long blocks are rare among all, and what their tiers do with them is not.
        let pick = if call.what == What::Realloc2 { self.longest(call.pick) } else { call.pick };
        let Some(old) = self.remove(pick) else { return };
        let near = call.pick / 3 % 12 * (old.size / 8);
        let size = if call.pick.is_multiple_of(3) { near.min(2 * LARGEST) } else { call.size };
        let call = &Call { size, ..*call };
        let rust = old.door == Door::Rust;
        if (!rust && old.door != Door::Malloc) || (rust && call.size == 0) {
            return self.admit(old);
        }
        // SAFETY: ABI-1: a live block, given up with the call.
        let to = unsafe { resize_by(&old, call) };
        if to.is_null() {
            assert!(call.size == 0 || call.what == What::ReallocZero, "no memory for {call:?}");
            assert_eq!(*errno(), UNTOUCHED, "errno of {call:?}");
            return;
        }
        let align = if rust { old.align } else { 16 };
        let new = made(to, call.size, align, old.door, call);
        Block { fill: old.fill, size: old.size, ..new }.verify(old.size.min(new.size));
        self.admit(new);
        if new.address != old.address {
            self.counts.allocations[tier_of(new.address) as usize] += 1;
        }
        new.write();
    }
}

/// # Safety
/// ABI-1.
unsafe fn resize_by(old: &Block, call: &Call) -> *mut c_void {
    let (pointer, size) = (old.pointer().cast::<c_void>(), call.size);
    let factor = if size.is_multiple_of(6) { 6 } else { 1 };
    // SAFETY: ABI-1.
    unsafe {
        match call.what {
            _ if old.door == Door::Rust => Dam.realloc(pointer.cast(), layout(old), size).cast(),
            What::ReallocZero => entry::realloc(pointer, 0),
            What::Realloc2 => dam::dam_realloc(pointer, size),
            What::Reallocarray if call.pick.is_multiple_of(2) => {
                entry::reallocarray(pointer, size / factor, factor)
            }
            What::Reallocarray => dam::dam_reallocarray(pointer, factor, size / factor),
            _ => entry::realloc(pointer, size),
        }
    }
}

fn layout(block: &Block) -> Layout {
    Layout::from_size_align(block.size, block.align).expect("a layout that was allocated")
}

fn allocate(call: &Call) -> Block {
    use What::*;
    match call.what {
        New | NewArray | NewAligned | NewArrayAligned => by_new(call),
        RustAlloc | RustZeroed => by_rust(call),
        _ => by_malloc(call),
    }
}

/// As C++'s operators do it; their names exist in the library alone.
fn by_new(call: &Call) -> Block {
    let (kind, door) = match call.what {
        What::New | What::NewAligned => (Kind::New, Door::New),
        _ => (Kind::NewArray, Door::NewArray),
    };
    let plain = matches!(call.what, What::New | What::NewArray);
    let align = if plain { 16 } else { call.align.max(16) };
    let block = match plain {
        true => heap::allocate(call.size, kind),
        false => heap::allocate_aligned(call.size, align, kind),
    };
    made(block.cast(), call.size, align, door, call)
}

fn by_rust(call: &Call) -> Block {
    let layout = Layout::from_size_align(call.size.max(1), call.align).expect("a sound layout");
    // SAFETY: ABI-1: the layout is not empty.
    let block = unsafe {
        match call.what {
            What::RustAlloc => Dam.alloc(layout),
            _ => Dam.alloc_zeroed(layout),
        }
    };
    made(block.cast(), layout.size(), layout.align(), Door::Rust, call)
}

fn by_malloc(call: &Call) -> Block {
    use What::*;
    let Call { size, align, pick, .. } = *call;
    let (power, rounded) = (align.max(16), align_up(size, PAGE));
    let malloc = |pointer, align| made(pointer, size, align, Door::Malloc, call);
    let whole = |pointer| made(pointer, rounded, PAGE, Door::Malloc, call);
    let factor = if size.is_multiple_of(3) { 3 } else { 1 };
    // A power of two's neighbour, which memalign rounds up.
    let uneven = align + pick % 3 - usize::from(align > 1);
    // SAFETY: ABI-1: nothing is passed that was freed.
    unsafe {
        match call.what {
            DamMalloc => malloc(dam::dam_malloc(size), 16),
            Calloc => malloc(entry::calloc(size / factor, factor), 16),
            DamCalloc => malloc(dam::dam_calloc(factor, size / factor), 16),
            AlignedAlloc => malloc(entry::aligned_alloc(align, size), power),
            DamAlignedAlloc => malloc(dam::dam_aligned_alloc(align, size), power),
            Memalign => malloc(entry::memalign(uneven, size), uneven.max(16).next_power_of_two()),
            DamMemalign => malloc(dam::dam_memalign(align, size), power),
            PosixMemalign => malloc(posix(entry::posix_memalign, power, size), power),
            DamPosixMemalign => {
                malloc(posix(|o, a, s| dam::dam_posix_memalign(o, a, s), power, size), power)
            }
            Valloc => malloc(entry::valloc(size), PAGE),
            DamValloc => malloc(dam::dam_valloc(size), PAGE),
            Pvalloc => whole(entry::pvalloc(size)),
            DamPvalloc => whole(dam::dam_pvalloc(size)),
            ReallocNull => malloc(dam::dam_realloc(ptr::null_mut(), size), 16),
            ReallocarrayNull => {
                malloc(entry::reallocarray(ptr::null_mut(), factor, size / factor), 16)
            }
            _ => malloc(entry::malloc(size), 16),
        }
    }
}

/// # Safety
/// `by` is a form of `posix_memalign`.
unsafe fn posix(
    by: unsafe fn(*mut *mut c_void, usize, usize) -> c_int,
    align: usize,
    size: usize,
) -> *mut c_void {
    let mut pointer = ptr::null_mut();
    // SAFETY: ABI-1: `pointer` is writable.
    assert_eq!(unsafe { by(&mut pointer, align, size) }, 0);
    pointer
}

/// Frees a block by one of the names that its door has.
pub fn free(block: &Block, call: &Call) {
    *errno() = UNTOUCHED;
    let (pointer, size) = (block.pointer().cast::<c_void>(), block.size);
    let claim = call.pick.is_multiple_of(2).then_some(size);
    // SAFETY: ABI-1: a live block, given up.
    unsafe {
        match (block.door, call.pick % 7) {
            (Door::Malloc, 0) => entry::free_sized(pointer, size),
            (Door::Malloc, 1) => dam::dam_free(pointer),
            (Door::Malloc, 2) => dam::dam_free_sized(pointer, size),
            (Door::Malloc, 3) => dam::dam_free_aligned_sized(pointer, block.align, size),
            (Door::Malloc, _) => entry::free(pointer),
            (Door::New, _) => heap::free(pointer.cast(), Kind::New, claim),
            (Door::NewArray, _) => heap::free(pointer.cast(), Kind::NewArray, claim),
            (Door::Rust, _) => Dam.dealloc(pointer.cast(), layout(block)),
        }
    }
    assert_eq!(*errno(), UNTOUCHED, "errno after freeing {block:x?}");
}

/// Calls that must fail, and how.
fn refusals(call: &Call) {
    let huge = isize::MAX as usize + 1 + call.size;
    let refused = |pointer: *mut c_void, code: c_int| {
        assert!(pointer.is_null());
        assert_eq!(core::mem::replace(errno(), UNTOUCHED), code);
    };
    refused(entry::malloc(huge), libc::ENOMEM);
    refused(dam::dam_calloc(huge, 2 + call.align), libc::ENOMEM);
    refused(entry::calloc(1, huge), libc::ENOMEM);
    refused(entry::aligned_alloc(align_up(call.align, 4) * 3, call.size), libc::EINVAL);
    refused(entry::aligned_alloc(0, call.size), libc::EINVAL);
    refused(entry::memalign(1 << 31, call.size), libc::EINVAL);
    refused(entry::memalign(usize::MAX, call.size), libc::EINVAL);
    refused(entry::pvalloc(usize::MAX - call.size % PAGE), libc::ENOMEM);
    let kept: *mut c_void = ptr::without_provenance_mut(0x5eed);
    let mut out = kept;
    // SAFETY: ABI-1: NULL may be passed; `out` is writable.
    unsafe {
        refused(entry::realloc(ptr::null_mut(), huge), libc::ENOMEM);
        refused(entry::reallocarray(ptr::null_mut(), huge, 2), libc::ENOMEM);
        assert_eq!(entry::posix_memalign(&mut out, 24, call.size), libc::EINVAL);
        assert_eq!(entry::posix_memalign(&mut out, 4, call.size), libc::EINVAL);
        assert_eq!(entry::posix_memalign(&mut out, 16, huge), libc::ENOMEM);
        entry::free(ptr::null_mut());
        dam::dam_free_sized(ptr::null_mut(), call.size);
        assert_eq!(entry::malloc_usable_size(ptr::null_mut()), 0);
    }
    assert_eq!((out, *errno()), (kept, UNTOUCHED), "posix_memalign leaves both alone");
}

fn queries() {
    dam::dam_init();
    let mut short = [u64::MAX; 8];
    // SAFETY: ABI-1: that many bytes are there.
    unsafe {
        assert_eq!(stats::dam_get_stats(short.as_mut_ptr().cast(), 24), 0);
        assert_eq!(stats::dam_get_stats(short.as_mut_ptr().cast(), 0), libc::EINVAL);
    }
    assert_eq!((short[0], short[1], short[3]), (24, 1, u64::MAX));
}
