//! The canary as the small tier uses it, with a fixed key. Damage is not what the models are about.

pub mod canary {
    //! See `guard::canary`.

    const KEY: u64 = 0x5a5a_5a5a_5a5a_5a5a;

    /// # Safety
    /// The eight bytes at `at` belong to the allocator.
    pub unsafe fn write(at: *mut u8) {
        // SAFETY: the caller's.
        unsafe { at.cast::<u64>().write_unaligned(KEY) };
    }

    /// # Safety
    /// The eight bytes behind `size` bytes at `block` belong to the allocator.
    pub unsafe fn write_behind(block: *mut u8, size: usize) {
        // SAFETY: the caller's.
        unsafe { write(block.add(size)) };
    }

    /// # Safety
    /// The eight bytes at both places are readable.
    pub unsafe fn intact_around(block: *const u8, size: usize) -> bool {
        // SAFETY: the caller's.
        unsafe { intact_aligned(block.sub(8)) && intact_aligned(block.add(size)) }
    }

    /// # Safety
    /// The eight bytes at both places are readable.
    pub unsafe fn intact_before_and_after(slot: *const u8, end: usize) -> bool {
        // SAFETY: the caller's.
        unsafe { intact_aligned(slot.sub(8)) && intact_aligned(slot.add(end)) }
    }

    /// # Safety
    /// The eight bytes at `at` are readable.
    pub unsafe fn intact_aligned(at: *const u8) -> bool {
        // SAFETY: the caller's.
        unsafe { at.cast::<u64>().read_unaligned() == KEY }
    }
}

/// See `guard::Operation`.
pub enum Operation {
    /// A slot was about to be used again.
    Reuse,
}

pub mod events {
    //! See `guard::events`.

    /// Nobody listens in the models.
    pub fn note_quarantine(_: usize) {}
}
