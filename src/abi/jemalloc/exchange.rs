//! Values on their way to the program and from it, with jemalloc's rules: a value that does not fit is given as far as
//! it does, and is an error; a question without a place for the answer is none.

use core::ffi::{CStr, c_void};

use super::Answer;

/// What the program has passed.
pub struct Exchange {
    /// Where the value goes; may be null.
    pub old: *mut c_void,
    /// Bytes there, and then those that were written; may be null.
    pub old_len: *mut usize,
    /// The value to set; null: none.
    pub new: *const c_void,
    /// Its bytes.
    pub new_len: usize,
}

/// A value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// `bool`.
    Bool(bool),
    /// `unsigned`, `uint32_t`.
    Unsigned(u32),
    /// `size_t`, `uint64_t`.
    Word(u64),
    /// `ssize_t`, `int64_t`.
    Signed(i64),
    /// `const char *`.
    Text(&'static CStr),
}

impl Value {
    /// Its bytes, and how many they are.
    fn bytes(self) -> ([u8; 8], usize) {
        match self {
            Self::Bool(value) => (u64::from(value).to_le_bytes(), size_of::<bool>()),
            Self::Unsigned(value) => (u64::from(value).to_le_bytes(), size_of::<u32>()),
            Self::Word(value) => (value.to_le_bytes(), size_of::<u64>()),
            Self::Signed(value) => (value.to_le_bytes(), size_of::<i64>()),
            Self::Text(text) => {
                (text.as_ptr().expose_provenance().to_le_bytes(), size_of::<usize>())
            }
        }
    }
}

impl Exchange {
    /// Gives the program a value, if it wants one.
    pub fn give(&self, value: Value) -> Answer<()> {
        if self.old.is_null() || self.old_len.is_null() {
            return Ok(());
        }
        let (bytes, length) = value.bytes();
        // SAFETY: ABI-1: there are `*old_len` bytes.
        unsafe {
            let room = *self.old_len;
            self.old.cast::<u8>().copy_from_nonoverlapping(bytes.as_ptr(), length.min(room));
            *self.old_len = length.min(room);
            if room == length { Ok(()) } else { Err(libc::EINVAL) }
        }
    }

    /// Gives the program a value that it cannot set.
    pub fn tell(&self, value: Value) -> Answer<()> {
        if !self.new.is_null() || self.new_len != 0 {
            return Err(libc::EPERM);
        }
        self.give(value)
    }

    /// The value of `length` bytes (8 at the most) that the program sets, if it does.
    pub fn taken(&self, length: usize) -> Answer<Option<u64>> {
        if self.new.is_null() {
            return Ok(None);
        }
        if self.new_len != length {
            return Err(libc::EINVAL);
        }
        let mut bytes = [0; 8];
        // SAFETY: ABI-1: there are `new_len` bytes.
        unsafe { bytes.as_mut_ptr().copy_from_nonoverlapping(self.new.cast(), length) };
        Ok(Some(u64::from_le_bytes(bytes)))
    }

    /// The value of `length` bytes that the program has to set, and cannot read.
    pub fn demanded(&self, length: usize) -> Answer<u64> {
        if !self.old.is_null() || !self.old_len.is_null() {
            return Err(libc::EPERM);
        }
        self.taken(length)?.ok_or(libc::EINVAL)
    }

    /// That the program neither reads nor sets anything.
    pub fn nothing(&self) -> Answer<()> {
        let none =
            self.old.is_null() && self.old_len.is_null() && self.new.is_null() && self.new_len == 0;
        if none { Ok(()) } else { Err(libc::EPERM) }
    }

    /// Before something is made whose number the program has to take: that it has a place for it.
    pub fn has_place(&self, length: usize) -> Answer<()> {
        // SAFETY: ABI-1: null or the program's.
        let Some(room) = (unsafe { self.old_len.as_mut() }) else { return Err(libc::EINVAL) };
        if self.old.is_null() || *room != length {
            *room = 0;
            return Err(libc::EINVAL);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::ptr;

    fn reading(old: &mut [u8], length: &mut usize) -> Exchange {
        let (old, old_len) = (old.as_mut_ptr().cast(), ptr::from_mut(length));
        Exchange { old, old_len, new: ptr::null(), new_len: 0 }
    }

    fn writing(new: &[u8]) -> Exchange {
        let new_len = new.len();
        Exchange {
            old: ptr::null_mut(),
            old_len: ptr::null_mut(),
            new: new.as_ptr().cast(),
            new_len,
        }
    }

    #[test]
    fn what_does_not_fit_is_given_as_far_as_it_does() {
        let value = Value::Word(0x0807_0605_0403_0201);
        for (room, given) in [(8, 8), (4, 4), (0, 0), (12, 8)] {
            let (mut old, mut length) = ([0xee; 16], room);
            let wanted = if room == 8 { Ok(()) } else { Err(libc::EINVAL) };
            assert_eq!(reading(&mut old, &mut length).give(value), wanted);
            assert_eq!(length, given);
            assert_eq!(old[..given], [1, 2, 3, 4, 5, 6, 7, 8][..given]);
            assert!(old[given..].iter().all(|&byte| byte == 0xee));
        }
    }

    #[test]
    fn a_value_is_taken_in_its_own_size_alone() {
        assert_eq!(writing(&[1, 0, 0, 0]).taken(4), Ok(Some(1)));
        assert_eq!(writing(&[1, 0, 0, 0]).taken(8), Err(libc::EINVAL));
        assert_eq!(writing(&[1]).demanded(1), Ok(1));
        let (mut old, mut length) = ([0; 8], 8);
        let read = reading(&mut old, &mut length);
        assert_eq!(read.taken(8), Ok(None));
        assert_eq!(read.demanded(8), Err(libc::EPERM));
        assert_eq!(read.nothing(), Err(libc::EPERM));
        assert_eq!(writing(&[1]).tell(Value::Bool(true)), Err(libc::EPERM));
    }

    #[test]
    fn what_is_made_needs_a_place_of_its_size() {
        for (room, left) in [(4, 4), (8, 0), (2, 0)] {
            let (mut old, mut length) = ([0; 8], room);
            let has = reading(&mut old, &mut length).has_place(4);
            assert_eq!(has.is_ok(), room == 4);
            assert_eq!(length, left);
        }
        assert_eq!(writing(&[]).has_place(4), Err(libc::EINVAL));
    }
}
