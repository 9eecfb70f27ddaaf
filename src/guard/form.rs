//! How a report reads: short lines for people, or one line of JSON.

use core::fmt::{self, Write};

use crate::config::options::{ABORT, CONTINUE, ON_VIOLATION, REPORT};
use crate::sys::{self, Line};

use super::Finding;
use super::stack::Stack;

/// Bytes kept free for what follows the stack.
const END: usize = 64;
/// Most of the damaged bytes that are shown.
const SHOWN: usize = 16;

/// Writes the report. Writing to a `Line` cannot fail; what does not fit is left out.
pub fn write<const N: usize>(line: &mut Line<N>, finding: &Finding<'_>, stack: Option<&Stack>) {
    if REPORT.is_on() { json(line, finding, stack) } else { text(line, finding, stack) }
}

/// What becomes of the process.
fn fate() -> &'static str {
    match ON_VIOLATION.get() {
        CONTINUE => "the process goes on",
        ABORT => "the process ends by SIGABRT",
        _ => "the process ends by SIGTRAP",
    }
}

fn text<const N: usize>(line: &mut Line<N>, finding: &Finding<'_>, stack: Option<&Stack>) {
    let (name, operation) = (finding.violation.name(), finding.operation.name());
    let _ = write!(line, "DAM: {name}: {operation} of {:#x}", finding.address);
    if let Some(size) = finding.size {
        let _ = write!(line, ": block of {size} bytes");
    }
    if let Some((offset, bytes)) = finding.damage {
        let bytes = &bytes[..bytes.len().min(SHOWN)];
        let _ = write!(line, ", first damaged byte at offset {offset}, found");
        for byte in bytes {
            let _ = write!(line, " {byte:02x}");
        }
        let _ = write!(line, "\n  as text: {}", bytes.escape_ascii());
    }
    let _ = writeln!(line, "\n  where: {}", finding.place);
    let _ = writeln!(line, "  thread: {} of process {}", sys::thread_id(), sys::process_id());
    for (index, (address, module)) in stack.iter().flat_map(|stack| stack.frames()).enumerate() {
        let before = line.bytes().len();
        let _ = write!(line, "  {}: ", if index == 0 { "caller" } else { "called from" });
        let _ = match module {
            Some((name, offset)) => {
                line.push_printable(name);
                writeln!(line, "+{offset:#x}")
            }
            None => writeln!(line, "{address:#x}, in no file"),
        };
        if line.room() < END {
            line.truncate(before);
            break;
        }
    }
    if stack.is_some_and(|stack| stack.frames().next().is_none()) {
        // A static program has them when it is linked with --eh-frame-hdr.
        let _ = writeln!(line, "  caller: not found, the program has no .eh_frame_hdr");
    }
    let _ = writeln!(line, "  now: {}", fate());
}

fn json<const N: usize>(line: &mut Line<N>, finding: &Finding<'_>, stack: Option<&Stack>) {
    let (name, operation) = (finding.violation.name(), finding.operation.name());
    let _ = write!(line, r#"{{"violation":"{name}","operation":"{operation}""#);
    let _ = write!(line, r#","address":"{:#x}","size":"#, finding.address);
    let _ = match finding.size {
        Some(size) => write!(line, "{size}"),
        None => write!(line, "null"),
    };
    if let Some((offset, bytes)) = finding.damage {
        let bytes = &bytes[..bytes.len().min(SHOWN)];
        let _ = write!(line, r#","offset":{offset},"found":""#);
        for byte in bytes {
            let _ = write!(line, "{byte:02x}");
        }
        let _ = write!(line, r#"","text":""#);
        escape(line, bytes);
        let _ = write!(line, "\"");
    }
    let _ = write!(line, r#","where":""#);
    let _ = Escaped(line).write_fmt(finding.place);
    let (thread, process) = (sys::thread_id(), sys::process_id());
    let _ = write!(line, r#"","thread":{thread},"process":{process},"stack":["#);
    for (index, (address, module)) in stack.iter().flat_map(|stack| stack.frames()).enumerate() {
        let before = line.bytes().len();
        let comma = if index == 0 { "" } else { "," };
        let _ = match module {
            Some((name, offset)) => {
                let _ = write!(line, r#"{comma}{{"module":""#);
                escape(line, name);
                write!(line, r#"","offset":"{offset:#x}"}}"#)
            }
            None => write!(line, r#"{comma}{{"module":null,"offset":"{address:#x}"}}"#),
        };
        if line.room() < END {
            line.truncate(before);
            break;
        }
    }
    let _ = writeln!(line, r#"],"now":"{}"}}"#, fate());
}

/// Appends bytes as the inside of a JSON string; each that is not plain ASCII as the character of its
/// number.
fn escape<const N: usize>(line: &mut Line<N>, bytes: &[u8]) {
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => line.push(&[b'\\', byte]),
            b' '..=b'~' => line.push(&[byte]),
            _ => _ = write!(line, "\\u{byte:04x}"),
        }
    }
}

/// Text on its way into a JSON string.
struct Escaped<'a, const N: usize>(&'a mut Line<N>);

impl<const N: usize> Write for Escaped<'_, N> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(self.0, text.as_bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Operation, Violation};
    use std::string::String;

    fn finding<'a>(damage: &'a [u8], place: fmt::Arguments<'a>) -> Finding<'a> {
        Finding {
            violation: Violation::HeapBufferOverflow,
            operation: Operation::Free,
            address: 0x1000,
            size: Some(40),
            damage: Some((40, damage)),
            place,
        }
    }

    fn shown<const N: usize>(form: impl FnOnce(&mut Line<N>)) -> String {
        let mut line = Line::new();
        form(&mut line);
        String::from_utf8(line.bytes().to_vec()).unwrap()
    }

    #[test]
    fn a_text_reads_as_documented() {
        let seen = shown::<700>(|line| {
            text(line, &finding(b"A\0\n\"\xff", format_args!("small slot {}", 48)), None);
        });
        let start = "DAM: heap-buffer-overflow: free of 0x1000: block of 40 bytes, \
                     first damaged byte at offset 40, found 41 00 0a 22 ff\n  \
                     as text: A\\x00\\n\\\"\\xff\n  where: small slot 48\n  thread: ";
        assert!(seen.starts_with(start), "{seen}");
        assert!(seen.ends_with("\n  now: the process goes on\n"), "{seen}");
    }

    #[test]
    fn json_holds_hostile_bytes() {
        let seen = shown::<700>(|line| {
            json(line, &finding(b"A\0\n\"\\\xff", format_args!("a \"place\"\n")), None);
        });
        let start = r#"{"violation":"heap-buffer-overflow","operation":"free","address":"0x1000","size":40,"offset":40,"found":"41000a225cff","text":"A\u0000\u000a\"\\\u00ff","where":"a \"place\"\u000a","thread":"#;
        assert!(seen.starts_with(start), "{seen}");
        assert!(seen.ends_with("\"stack\":[],\"now\":\"the process goes on\"}\n"), "{seen}");
    }

    #[test]
    fn a_stack_that_does_not_fit_is_cut_between_two_frames() {
        let mut stack = Stack::new();
        stack.walk(&sys::Registers::here());
        assert!(stack.frames().count() > 3);
        let whole =
            shown::<4096>(|line| text(line, &finding(b"A", format_args!("")), Some(&stack)));
        let most = whole.lines().filter(|line| line.contains("called from: ")).count();
        let seen = shown::<500>(|line| text(line, &finding(b"A", format_args!("")), Some(&stack)));
        let frames = seen.lines().filter(|line| line.contains("called from: "));
        assert!(
            seen.ends_with("\n  now: the process goes on\n") && frames.count() < most,
            "{seen}"
        );
        let seen = shown::<600>(|line| json(line, &finding(b"A", format_args!("")), Some(&stack)));
        assert!(seen.ends_with("\"}],\"now\":\"the process goes on\"}\n"), "{seen}");
    }
}
