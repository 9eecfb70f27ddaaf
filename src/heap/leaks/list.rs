//! A list of bounded length in a mapping of its own.

use core::ops::{Deref, DerefMut};
use core::ptr::NonNull;
use core::slice;

use crate::bits::{PAGE, align_up};
use crate::sys;

use super::Refusal;

/// Up to as many values as it was made for.
pub struct List<T: Copy> {
    at: NonNull<T>,
    len: usize,
    room: usize,
}

impl<T: Copy> List<T> {
    /// An empty one.
    pub fn with_room(room: usize) -> Result<Self, Refusal> {
        Self::map(room).ok_or(Refusal::NoMemory)
    }

    fn map(room: usize) -> Option<Self> {
        let bytes = Self::bytes(room)?;
        let at = sys::map(bytes).ok()?;
        // A child of a fork in the middle of this has it for ever, and would find every block's address there.
        sys::wipe_in_children(at, bytes);
        Some(Self { at: NonNull::new(at)?.cast(), len: 0, room })
    }

    fn bytes(room: usize) -> Option<usize> {
        let bytes = room.checked_mul(size_of::<T>())?.max(1);
        (bytes <= isize::MAX as usize - PAGE).then(|| align_up(bytes, PAGE))
    }

    /// Whether there is no room for another.
    pub fn is_full(&self) -> bool {
        self.len == self.room
    }

    /// Adds a value; false: there is no room, and it is not in the list.
    pub fn push(&mut self, value: T) -> bool {
        if self.is_full() {
            return false;
        }
        // SAFETY: LEAKS-1, SYS-1: our mapping has room for `room` values.
        unsafe { self.at.add(self.len).write(value) };
        self.len += 1;
        true
    }

    /// Takes the last value away.
    pub fn pop(&mut self) -> Option<T> {
        let value = self.last().copied()?;
        self.len -= 1;
        Some(value)
    }

    /// First byte and length of the mapping.
    pub fn range(&self) -> (usize, usize) {
        (self.at.addr().get(), Self::bytes(self.room).unwrap_or(0))
    }
}

impl<T: Copy + Default> List<T> {
    /// One of `len` zeros, for numbers.
    pub fn zeroed(len: usize) -> Result<Self, Refusal> {
        const { assert!(size_of::<T>() == 8) };
        let mut list = Self::with_room(len)?;
        // LEAKS-1, SYS-1: as they are mapped; the kernel fills in what is touched.
        list.len = len;
        Ok(list)
    }
}

impl<T: Copy> Deref for List<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        // SAFETY: LEAKS-1, SYS-1: the first `len` values were written.
        unsafe { slice::from_raw_parts(self.at.as_ptr(), self.len) }
    }
}

impl<T: Copy> DerefMut for List<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: LEAKS-1, SYS-1: the first `len` values were written, and the list is borrowed.
        unsafe { slice::from_raw_parts_mut(self.at.as_ptr(), self.len) }
    }
}

impl<T: Copy> Drop for List<T> {
    fn drop(&mut self) {
        // SAFETY: LEAKS-1, SYS-1: our mapping, which nobody sees any more.
        let _ = unsafe { sys::unmap(self.at.as_ptr().cast(), Self::bytes(self.room).unwrap_or(0)) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_takes_what_it_has_room_for() {
        let mut list = List::with_room(3).unwrap();
        assert!(list.pop().is_none());
        for value in [3u32, 1, 2] {
            assert!(list.push(value));
        }
        assert!(!list.push(4));
        list.sort_unstable();
        assert_eq!(list[..], [1, 2, 3]);
        assert_eq!((list.pop(), list.len()), (Some(3), 2));
        assert_eq!(list.range(), (list.as_ptr().addr(), PAGE));
        assert!(List::<u64>::with_room(usize::MAX).is_err());
        assert_eq!(List::<u64>::zeroed(2).unwrap()[..], [0, 0]);
    }
}
