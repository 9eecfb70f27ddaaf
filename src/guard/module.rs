//! Programs and libraries in memory: which one an address lies in, and where its tables for unwinding are.

use crate::bits::PAGE;
use crate::sys::maps::{self, Mapping, NAME_MOST};
use crate::sys::{self, Peek};

/// One of them.
pub struct Module {
    /// The mapping of its code that was asked for.
    code: (usize, usize),
    /// Where its file's header is; 0: not known.
    header: usize,
    /// What to add to an address in its file to have the one in memory.
    bias: usize,
    /// Where `.eh_frame_hdr` is; 0: it has none.
    tables: usize,
    name: [u8; NAME_MOST],
    name_len: usize,
}

impl Module {
    /// None.
    pub const fn new() -> Self {
        Self { code: (0, 0), header: 0, bias: 0, tables: 0, name: [0; NAME_MOST], name_len: 0 }
    }

    /// Finds the one that `address` is in; false: there is none.
    pub fn find(&mut self, peek: &Peek, address: usize, buffer: &mut [u8]) -> bool {
        (self.header, self.bias, self.tables) = (0, 0, 0);
        let Some(header) = self.find_mapping(address, buffer) else { return false };
        self.header = header;
        if header != 0 {
            self.read_header(peek, header);
        }
        true
    }

    /// Whether an address is in the mapping of code that was asked for.
    pub fn holds(&self, address: usize) -> bool {
        (self.code.0..self.code.1).contains(&address)
    }

    /// Whether it is the program itself.
    pub fn is_program(&self) -> bool {
        // The kernel tells where the program's table of segments is: on its first page.
        self.header != 0 && sys::auxv(libc::AT_PHDR).wrapping_sub(self.header) < PAGE
    }

    /// Its file's name.
    pub fn name(&self) -> &[u8] {
        &self.name[..self.name_len]
    }

    /// The address as it is in the file.
    pub fn offset_of(&self, address: usize) -> usize {
        address.wrapping_sub(self.bias)
    }

    /// Where `.eh_frame_hdr` is.
    pub fn tables(&self) -> Option<usize> {
        (self.tables != 0).then_some(self.tables)
    }

    /// Notes name and code of the mapping with `address`; where the file's header is, 0 for nowhere.
    fn find_mapping(&mut self, address: usize, buffer: &mut [u8]) -> Option<usize> {
        let mut first = First { start: 0, file: [0; 32], file_len: 0 };
        let mut header = None;
        maps::visit(buffer, &mut |mapping| {
            let goes_on = mapping.is_file() && first.is_same(mapping);
            if mapping.offset == 0 && !goes_on {
                first = First::new(mapping);
            }
            if !mapping.holds(address) {
                return mapping.start > address;
            }
            self.code = (mapping.start, mapping.end);
            self.name_len = mapping.name.len().min(NAME_MOST);
            self.name[..self.name_len].copy_from_slice(&mapping.name[..self.name_len]);
            let is_of_file = first.is_same(mapping) && !mapping.name.is_empty();
            header = Some(if is_of_file { first.start } else { 0 });
            true
        });
        header
    }

    /// Reads the ELF header at `header`: where the program would like to lie, and where its tables are.
    fn read_header(&mut self, peek: &Peek, header: usize) {
        const MAGIC: usize = u32::from_le_bytes(*b"\x7fELF") as usize;
        if peek.word(header).is_none_or(|word| word & 0xffff_ffff != MAGIC) {
            return;
        }
        let word = |at: usize| peek.word(header.wrapping_add(at)).unwrap_or(0);
        // e_phoff, and e_phentsize and e_phnum out of the words they lie in.
        let (table, size, count) = (word(32), word(48) >> 48, word(56) & 0xffff);
        // PT_GNU_EH_FRAME, kept until the bias is known.
        let (mut tables, mut bias) = (None, None);
        for index in 0..count.min(64) {
            let entry = table.wrapping_add(index * size);
            let address = word(entry.wrapping_add(16));
            match word(entry) as u32 {
                libc::PT_LOAD if word(entry.wrapping_add(8)) == 0 => {
                    bias = Some(header.wrapping_sub(address));
                }
                libc::PT_GNU_EH_FRAME => tables = Some(address),
                _ => {}
            }
        }
        self.bias = bias.unwrap_or(0);
        self.tables = tables.map_or(0, |address| address.wrapping_add(self.bias));
    }
}

/// The first mapping of a file.
struct First {
    start: usize,
    file: [u8; 32],
    file_len: usize,
}

impl First {
    fn new(mapping: &Mapping<'_>) -> Self {
        let file_len = mapping.file.len().min(32);
        let mut file = [0; 32];
        file[..file_len].copy_from_slice(&mapping.file[..file_len]);
        Self { start: mapping.start, file, file_len }
    }

    fn is_same(&self, mapping: &Mapping<'_>) -> bool {
        self.file_len != 0 && self.file[..self.file_len] == *mapping.file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_is_found() {
        let here = this_program_is_found as fn() as usize;
        let (mut module, mut buffer) = (Module::new(), [0; 700]);
        let peek = Peek::new();
        assert!(module.find(&peek, here, &mut buffer));
        let own = std::env::current_exe().unwrap();
        assert_eq!(module.name(), own.as_os_str().as_encoded_bytes());
        assert!(module.holds(here) && module.offset_of(here) < here);
        let at = module.tables().unwrap();
        let version = peek.half(at).unwrap().to_ne_bytes()[0];
        assert_eq!(version, 1, "the version of .eh_frame_hdr at {at:#x}");
        assert!(!module.find(&peek, 8, &mut buffer) && module.tables().is_none());
    }
}
