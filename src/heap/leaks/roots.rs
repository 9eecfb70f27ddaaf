//! Where a program may keep the address of a block, other than in a block: whatever it can write, or could before it was
//! closed to writing, and the allocator has not made for itself.

use crate::bits::{PAGE, align_down};
use crate::large;
use crate::small::class::CLASSES;
use crate::space::{self, meta};
use crate::sys::maps::{self, Mapping};
use crate::sys::pagemap::Which;
use crate::sys::{self, Registers};
use crate::thread;

use super::list::List;
use super::{Refusal, Tools};

/// First byte and length of what the allocator has for itself.
pub type Range = (usize, usize);
/// Nothing.
pub const NONE: Range = (0, 0);

/// Bytes below the searching thread's stack pointer that the search itself may use.
const OWN_FRAMES: usize = 16 << 10;

/// What is read, and who is shown its words.
struct Reader<'a> {
    tools: &'a Tools,
    own: List<Range>,
    buffer: List<u64>,
    visit: &'a mut dyn FnMut(usize),
}

/// Shows every word to `visit`. `lists` are those of this search.
pub fn visit(
    here: &Registers,
    tools: &Tools,
    lists: &[Range],
    visit: &mut dyn FnMut(usize),
) -> Result<(), Refusal> {
    here.values.iter().for_each(|&word| visit(word));
    let buffer = List::zeroed(PAGE / 8)?;
    let own = own(lists, buffer.range())?;
    let mut reader = Reader { tools, own, buffer, visit };
    let is_signal_stack = sys::is_on_signal_stack();
    let stack = align_down(here.values[Registers::SP], 8);
    let mut text = [0; 512];
    let is_read = maps::visit(&mut text, &mut |mapping| {
        if is_root(mapping) {
            let which = if mapping.rights.starts_with(b"rw") { Which::All } else { Which::Private };
            if mapping.holds(stack) {
                // What frames that have returned left below is nobody's; but only of a stack that is nothing else it is known
                // where it begins.
                if mapping.name != b"[stack]" || is_signal_stack {
                    let end = stack.saturating_sub(OWN_FRAMES).max(mapping.start);
                    reader.mapping(mapping.start, end, which);
                }
                reader.mapping(stack, mapping.end, which);
            } else {
                reader.mapping(mapping.start, mapping.end, which);
            }
        }
        false
    });
    if is_read { Ok(()) } else { Err(Refusal::NoMappings) }
}

/// Whether it is to be read. Not a device, for which to be read may mean something; nor what only others can write.
fn is_root(mapping: &Mapping<'_>) -> bool {
    let plain: [&[u8]; 3] = [b"/dev/shm/", b"/dev/zero", b"/dev/hugepages/"];
    let is_plain = plain.iter().any(|start| mapping.name.starts_with(start));
    let is_device = mapping.name.starts_with(b"/dev/") && !is_plain;
    let is_ours = mapping.rights.starts_with(b"rw") || mapping.rights.ends_with(b"p");
    mapping.rights.starts_with(b"r") && is_ours && !mapping.name.starts_with(b"[v") && !is_device
}

/// The allocator's ranges, by their addresses: blocks are read as blocks, what was freed is nobody's, and its own data knows
/// every block.
fn own(lists: &[Range], buffer: Range) -> Result<List<Range>, Refusal> {
    let mut count = lists.len() + 2;
    visit_own(&mut |_, _| count += 1)?;
    let mut own = List::with_room(count + count / 8 + 64)?;
    let itself = own.range();
    for &range in lists.iter().chain([&buffer, &itself]) {
        own.push(range);
    }
    visit_own(&mut |start, len| _ = own.push((start, len)))?;
    own.sort_unstable();
    Ok(own)
}

/// In a session, for locks are taken.
fn visit_own(visit: &mut dyn FnMut(usize, usize)) -> Result<(), Refusal> {
    let _session = thread::enter().ok_or(Refusal::Busy)?;
    visit(space::base(), CLASSES << space::shift());
    let (middle, len) = space::middle_range();
    visit(middle, len);
    meta::visit(visit);
    large::walk::visit_ranges(visit);
    Ok(())
}

impl Reader<'_> {
    /// Shows the words between two addresses, on such pages.
    fn mapping(&mut self, from: usize, end: usize, which: Which) {
        self.tools.presence.visit(from, end, which, &mut |from, end| self.page(from, end));
    }

    fn page(&mut self, from: usize, end: usize) {
        let count = (end - from) / 8;
        if !self.is_own(from) && self.tools.peek.words(from, &mut self.buffer[..count]) {
            self.buffer[..count].iter().for_each(|&word| (self.visit)(word as usize));
        }
    }

    fn is_own(&self, address: usize) -> bool {
        let behind = self.own.partition_point(|&(start, _)| start <= address);
        let is_in = |&(start, len): &Range| address - start < len;
        self.own[..behind].last().is_some_and(is_in)
    }
}
