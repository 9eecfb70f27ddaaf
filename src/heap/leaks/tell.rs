//! The report of what is lost.

use core::fmt::Write;

use crate::config::options::REPORT;
use crate::guard::report;
use crate::measure::stats::dam_leaks_t;
use crate::sys::{self, Line, Peek};

use super::list::List;
use super::{Block, State};

/// Blocks that a report names at the most.
const SHOWN: usize = 20;
/// Bytes of each that it shows.
const BYTES: usize = 16;
/// Bytes kept free for the report's end.
const END: usize = 128;

/// How many are lost.
pub fn count(blocks: &[Block], other_threads: u64) -> dam_leaks_t {
    let size = size_of::<dam_leaks_t>() as u64;
    let mut found = dam_leaks_t { size, other_threads, ..Default::default() };
    for block in blocks {
        let len = block.len as u64;
        match block.state {
            State::Leads => (found.blocks, found.bytes) = (found.blocks + 1, found.bytes + len),
            State::Behind => {
                found.blocks_behind += 1;
                found.bytes_behind += len;
            }
            State::Unseen | State::Kept => {}
        }
    }
    found
}

/// Writes the report, if there is something to say. Afterwards the blocks are in its order: the dearest loss first.
pub fn report(blocks: &mut List<Block>, found: &dam_leaks_t, peek: &Peek) {
    if found.blocks == 0 {
        return;
    }
    let loss = |block: &Block| block.len + block.behind_bytes;
    blocks.sort_unstable_by_key(|block| (block.state != State::Leads, usize::MAX - loss(block)));
    let leading = &blocks[..(found.blocks as usize).min(SHOWN)];
    report::tell_other(&mut |line| match REPORT.is_on() {
        true => json(line, leading, found),
        false => text(line, leading, found, peek),
    });
}

/// Writing to a `Line` cannot fail; what does not fit is left out.
fn text<const N: usize>(line: &mut Line<N>, leading: &[Block], found: &dam_leaks_t, peek: &Peek) {
    let dam_leaks_t { blocks, bytes, blocks_behind, bytes_behind, other_threads, .. } = *found;
    let _ =
        write!(line, "DAM: memory-leak: {blocks} blocks of {bytes} bytes to which nothing points");
    if blocks_behind > 0 {
        let _ = write!(line, ", and behind them {blocks_behind} of {bytes_behind} bytes");
    }
    let _ = writeln!(line, "\n  process: {}", sys::process_id());
    if other_threads > 0 {
        let _ = writeln!(
            line,
            "  perhaps: {other_threads} other threads ran, whose registers are not seen"
        );
    }
    for (index, block) in leading.iter().enumerate() {
        let before = line.bytes().len();
        let Block { start, len, behind, behind_bytes, .. } = *block;
        let _ = write!(line, "  block: {start:#x} of {len} bytes by {}", block.door());
        if behind > 0 {
            let _ = write!(line, ", and behind it {behind} of {behind_bytes} bytes");
        }
        contents(line, block, peek);
        if line.room() < END {
            line.truncate(before);
            more(line, found, index);
            return;
        }
    }
    more(line, found, leading.len());
}

/// The first bytes of a block, which often tell what it is.
fn contents<const N: usize>(line: &mut Line<N>, block: &Block, peek: &Peek) {
    let mut bytes = [0; BYTES];
    let bytes = &mut bytes[..block.len.min(BYTES)];
    if !bytes.is_empty() && peek.read(block.start, bytes) {
        let _ = write!(line, ": {}", bytes.escape_ascii());
    }
    let _ = writeln!(line);
}

fn more<const N: usize>(line: &mut Line<N>, found: &dam_leaks_t, shown: usize) {
    let left = found.blocks - shown as u64;
    if left > 0 {
        let _ = writeln!(line, "  and {left} more");
    }
}

fn json<const N: usize>(line: &mut Line<N>, leading: &[Block], found: &dam_leaks_t) {
    let dam_leaks_t { blocks, bytes, blocks_behind, bytes_behind, other_threads, .. } = *found;
    let _ = write!(
        line,
        r#"{{"leak":"memory-leak","blocks":{blocks},"bytes":{bytes},"blocks_behind":{blocks_behind},"bytes_behind":{bytes_behind},"other_threads":{other_threads},"process":{},"largest":["#,
        sys::process_id()
    );
    for (index, block) in leading.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        let Block { start, len, behind, behind_bytes, .. } = *block;
        let _ = write!(
            line,
            r#"{comma}{{"address":"{start:#x}","size":{len},"door":"{}","blocks_behind":{behind},"bytes_behind":{behind_bytes}}}"#,
            block.door()
        );
    }
    let _ = writeln!(line, "]}}");
}
