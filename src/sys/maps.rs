//! What is mapped where, as the kernel tells it in `/proc/self/maps`: read piece by piece, without the
//! dynamic linker, whose list of modules has a lock.

use super::file::{close, open, read};

/// Most bytes of a module's name.
pub const NAME_MOST: usize = 255;

/// A line of the list.
#[derive(Clone, Copy)]
pub struct Mapping<'a> {
    /// Its first address.
    pub start: usize,
    /// The one behind its last.
    pub end: usize,
    /// What may be done with it, as the kernel writes it: `rw-p`.
    pub rights: &'a [u8],
    /// Where in the file it begins.
    pub offset: usize,
    /// The file's device and inode, in the kernel's words.
    pub file: &'a [u8],
    /// The file's name, or the kernel's for it in brackets; as much of it as fits the buffer.
    pub name: &'a [u8],
}

impl Mapping<'_> {
    /// Whether it is a file's.
    pub fn is_file(&self) -> bool {
        !self.file.ends_with(b" 0")
    }

    /// Whether it is the one with this address.
    pub fn holds(&self, address: usize) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// Shows every mapping, by rising address, to `visit` until that says that it has seen enough. `buffer`
/// is for the text: a few hundred bytes at least. False where the list cannot be read.
pub fn visit(buffer: &mut [u8], visit: &mut dyn FnMut(&Mapping<'_>) -> bool) -> bool {
    let Some(file) = open(c"/proc/self/maps") else { return false };
    let mut seen = 0;
    let (mut held, mut skipping) = (0, false);
    'reading: loop {
        let got = read(file, &mut buffer[held..]);
        held += got;
        let mut from = 0;
        while let Some(length) = buffer[from..held].iter().position(|&byte| byte == b'\n') {
            let line = &buffer[from..from + length];
            seen += 1;
            if !skipping && parse(line).is_some_and(|mapping| visit(&mapping)) {
                break 'reading;
            }
            skipping = false;
            from += length + 1;
        }
        if got == 0 {
            break;
        }
        buffer.copy_within(from..held, 0);
        held -= from;
        if held == buffer.len() {
            // A name too long for the buffer: as much of the line as there is, and then the next.
            if !skipping && parse(buffer).is_some_and(|mapping| visit(&mapping)) {
                break;
            }
            (skipping, held) = (true, 0);
        }
    }
    close(file);
    seen > 0
}

fn parse(line: &[u8]) -> Option<Mapping<'_>> {
    let (start, rest) = hexadecimal(line)?;
    let (end, rest) = hexadecimal(rest.strip_prefix(b"-")?)?;
    let (rights, rest) = rest.strip_prefix(b" ")?.split_at_checked(4)?;
    let (offset, rest) = hexadecimal(rest.strip_prefix(b" ")?)?;
    let rest = rest.strip_prefix(b" ")?;
    let device = rest.iter().position(|&byte| byte == b' ')?;
    let inode = rest[device + 1..].iter().position(|&byte| byte == b' ');
    let file_end = inode.map_or(rest.len(), |length| device + 1 + length);
    Some(Mapping {
        start,
        end,
        rights,
        offset,
        file: &rest[..file_end],
        name: rest[file_end..].trim_ascii_start(),
    })
}

/// The number a text begins with, and the rest.
fn hexadecimal(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_hexdigit()).count();
    let number = core::str::from_utf8(&text[..digits]).ok()?;
    Some((usize::from_str_radix(number, 16).ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_understood() {
        let line = b"7f00a000-7f00b000 r-xp 00002000 fd:01 1234      /usr/lib/a b.so (deleted)";
        let mapping = parse(line).unwrap();
        assert_eq!(
            (mapping.start, mapping.end, mapping.offset, mapping.rights),
            (0x7f00_a000, 0x7f00_b000, 0x2000, &b"r-xp"[..])
        );
        assert!(mapping.holds(0x7f00_afff) && !mapping.holds(0x7f00_b000));
        assert_eq!(
            (mapping.file, mapping.name),
            (&b"fd:01 1234"[..], &b"/usr/lib/a b.so (deleted)"[..])
        );
        assert!(parse(b"10-20 ---p 0 00:00 0").is_some_and(|none| none.name.is_empty()));
        for cut in 0..25 {
            let _ = parse(&line[..cut]);
        }
    }

    #[test]
    fn small_buffers_miss_no_mapping() {
        let here = small_buffers_miss_no_mapping as fn() as usize;
        let mut counts = [0usize; 2];
        for (count, length) in counts.iter_mut().zip([200, 4096]) {
            let (mut buffer, mut seen) = (std::vec![0; length], false);
            visit(&mut buffer, &mut |mapping| {
                *count += 1;
                seen |= mapping.holds(here);
                false
            });
            assert!(seen);
        }
        assert!(counts[0] > 10 && counts[0].abs_diff(counts[1]) < 50, "{counts:?}");
    }
}
