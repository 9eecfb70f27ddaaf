//! The two forms of a report, as `dam::guard::form` writes them.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;

use serde_json::Value;

/// A place in a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The module's file.
    pub module: PathBuf,
    /// The address as it is in the file.
    pub offset: u64,
}

/// A line of a report, and the place in it.
pub type Line = (String, Option<Place>);

/// The place of a line of a text: `  caller: /usr/bin/program+0x1234`. What a log puts in front of its lines may be there.
pub fn place(line: &str) -> Option<Place> {
    let at = ["caller: ", "called from: "]
        .iter()
        .find_map(|name| Some(line.find(name)? + name.len()))?;
    let (module, offset) = line[at..].trim_end().rsplit_once("+0x")?;
    let offset = u64::from_str_radix(offset, 16).ok()?;
    (!module.is_empty()).then(|| Place { module: module.into(), offset })
}

/// A report that is one line of JSON, as the lines of a text, the last one apart. `None`: it is something else.
pub fn of_json(line: &str) -> Option<(Vec<Line>, String)> {
    let line = line.trim();
    if !line.starts_with('{') {
        return None;
    }
    let report: Value = serde_json::from_str(line).ok()?;
    let word = |name: &str| report[name].as_str().map(printable);
    let violation = word("violation")?;
    let stack = report["stack"].as_array()?;
    let mut head = format!("DAM: {violation}: {} of {}", word("operation")?, word("address")?);
    if let Some(size) = report["size"].as_u64() {
        head += &format!(": block of {size} bytes");
    }
    if let (Some(offset), Some(found)) = (report["offset"].as_i64(), word("found")) {
        let bytes: Vec<&str> =
            found.as_bytes().chunks(2).filter_map(|byte| std::str::from_utf8(byte).ok()).collect();
        head += &format!(", first damaged byte at offset {offset}, found {}", bytes.join(" "));
    }
    let mut lines = vec![(head, None)];
    if let Some(text) = report["text"].as_str() {
        lines.push((format!("  as text: {}", bytes_of(text).escape_ascii()), None));
    }
    lines.push((format!("  where: {}", word("where").unwrap_or_default()), None));
    lines.push((format!("  thread: {} of process {}", report["thread"], report["process"]), None));
    lines.extend(stack.iter().enumerate().map(|(index, frame)| frame_of_json(index, frame)));
    Some((lines, format!("  now: {}", word("now").unwrap_or_default())))
}

fn frame_of_json(index: usize, frame: &Value) -> Line {
    let name = if index == 0 { "caller" } else { "called from" };
    let offset = frame["offset"].as_str().and_then(|text| text.strip_prefix("0x"));
    let offset = offset.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    match (frame["module"].as_str(), offset) {
        (Some(module), Some(offset)) => {
            let line = format!("  {name}: {}+{offset:#x}", printable(module));
            let module = OsString::from_vec(bytes_of(module)).into();
            (line, Some(Place { module, offset }))
        }
        (_, Some(address)) => (format!("  {name}: {address:#x}, in no file"), None),
        _ => (format!("  {name}: not known"), None),
    }
}

/// The bytes that a string of a report stands for: each character is the byte of its number.
fn bytes_of(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for symbol in text.chars() {
        match u8::try_from(symbol as u32) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend(symbol.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

/// Text for a terminal: what would command it is a question mark.
pub fn printable(text: &str) -> String {
    text.chars().map(|symbol| if symbol.is_control() { '?' } else { symbol }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn some(module: &str, offset: u64) -> Option<Place> {
        Some(Place { module: module.into(), offset })
    }

    #[test]
    fn places_are_found_wherever_a_log_puts_them() {
        assert_eq!(place("  caller: /usr/bin/a+0x12f"), some("/usr/bin/a", 0x12f));
        assert_eq!(place("  called from: /a b/c+0x1+0xff\r"), some("/a b/c+0x1", 0xff));
        assert_eq!(place("Nov 29 host prog[7]:   caller: /bin/x+0x1"), some("/bin/x", 1));
        assert_eq!(place("  called from: [vdso]+0x9b2"), some("[vdso]", 0x9b2));
        for other in [
            "",
            "caller: ",
            "  caller: 0x1234, in no file",
            "  caller: /a+0x",
            "  caller: +0x1",
            "  where: /a+0x1",
        ] {
            assert_eq!(place(other), None, "{other}");
        }
        assert_eq!(place("  caller: /a+0x10000000000000000"), None);
    }

    #[test]
    fn json_becomes_the_text_that_the_library_writes() {
        let json = r#"{"violation":"heap-buffer-overflow","operation":"free","address":"0x1000","size":40,"offset":40,"found":"41000a225cff","text":"A\u0000\u000a\"\\\u00ff","where":"small slot 48","thread":5,"process":7,"stack":[{"module":"/a\u00e4","offset":"0x12"},{"module":null,"offset":"0x99"}],"now":"the process goes on"}"#;
        let (lines, last) = of_json(json).unwrap();
        let text: Vec<&str> = lines.iter().map(|line| line.0.as_str()).collect();
        assert_eq!(
            text,
            [
                "DAM: heap-buffer-overflow: free of 0x1000: block of 40 bytes, first damaged byte at offset 40, found 41 00 0a 22 5c ff",
                r#"  as text: A\x00\n\"\\\xff"#,
                "  where: small slot 48",
                "  thread: 5 of process 7",
                "  caller: /aä+0x12",
                "  called from: 0x99, in no file",
            ]
        );
        assert_eq!(last, "  now: the process goes on");
        let module = OsString::from_vec(vec![b'/', b'a', 0xe4]).into();
        assert_eq!(lines[4].1, Some(Place { module, offset: 0x12 }));
    }

    #[test]
    fn other_json_is_passed_on() {
        for line in
            ["{", "{}", r#"{"violation":1,"stack":[]}"#, r#"{"violation":"x","stack":5}"#, "[1]"]
        {
            assert!(of_json(line).is_none(), "{line}");
        }
        // A report of a later version may lack what this one has, and have what it has not.
        let json = r#"{"violation":"x","operation":"y","address":"0x1","stack":[{},7],"more":1}"#;
        assert_eq!(of_json(json).unwrap().0.len(), 5);
    }
}
