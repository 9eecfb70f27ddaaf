//! A report as a row expects it: text, with words that stand for what differs from run to run.
//!
//! `SIZE`: what was asked for; `BLOCK`: the address the program named; both also as `SIZE+1`, `BLOCK-8`. `NUM`: some number;
//! `HEX`: some digits, or bytes, in hex; `{a|b}`: one of these; `…`: anything. What follows the last word may follow.

use std::fmt;

pub struct Pattern {
    text: String,
    parts: Vec<Part>,
}

enum Part {
    Text(String),
    OneOf(Vec<String>),
    Size(isize),
    Block(isize),
    Number,
    Hex,
    Anything,
}

/// What is known of a run.
pub struct Facts {
    pub size: usize,
    pub block: usize,
}

impl Pattern {
    pub fn new(text: &str) -> Result<Pattern, String> {
        let (mut parts, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let (part, length) = first_part(rest)?;
            parts.push(part);
            rest = &rest[length..];
        }
        Ok(Pattern { text: text.into(), parts })
    }

    pub fn matches(&self, line: &str, facts: &Facts) -> bool {
        matches(&self.parts, line, facts)
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// The first part of a text and how long it is there.
fn first_part(text: &str) -> Result<(Part, usize), String> {
    if let Some(inside) = text.strip_prefix('{') {
        let end = inside.find('}').ok_or(format!("{text}: no closing brace"))?;
        let choices = inside[..end].split('|').map(String::from).collect();
        return Ok((Part::OneOf(choices), end + 2));
    }
    for (word, part) in [("NUM", Part::Number), ("HEX", Part::Hex), ("…", Part::Anything)] {
        if text.starts_with(word) {
            return Ok((part, word.len()));
        }
    }
    for (word, part) in [("SIZE", Part::Size as fn(isize) -> Part), ("BLOCK", Part::Block)] {
        if let Some(rest) = text.strip_prefix(word) {
            let digits = rest.get(1..).unwrap_or("").find(|c: char| !c.is_ascii_digit());
            let digits = digits.map_or(rest.len(), |end| end + 1);
            let more = rest[..digits].parse().unwrap_or(0);
            return Ok((part(more), word.len() + if more == 0 { 0 } else { digits }));
        }
    }
    let words = ["{", "NUM", "HEX", "…", "SIZE", "BLOCK"];
    let end = words.iter().filter_map(|word| text.find(word)).min().unwrap_or(text.len());
    Ok((Part::Text(text[..end].into()), end))
}

fn matches(parts: &[Part], line: &str, facts: &Facts) -> bool {
    let Some((part, parts)) = parts.split_first() else { return true };
    let goes_on =
        |text: &str| line.strip_prefix(text).is_some_and(|rest| matches(parts, rest, facts));
    let run = |of: &dyn Fn(char) -> bool| {
        let end = line.find(|c| !of(c)).unwrap_or(line.len());
        end > 0 && matches(parts, &line[end..], facts)
    };
    match part {
        Part::Text(text) => goes_on(text),
        Part::OneOf(choices) => choices.iter().any(|choice| goes_on(choice)),
        Part::Size(more) => goes_on(&facts.size.wrapping_add_signed(*more).to_string()),
        Part::Block(more) => goes_on(&format!("{:#x}", facts.block.wrapping_add_signed(*more))),
        Part::Number => run(&|c| c.is_ascii_digit()),
        Part::Hex => run(&|c| c.is_ascii_hexdigit() || c == 'x' || c == ' '),
        Part::Anything => {
            line.char_indices().any(|(at, _)| matches(parts, &line[at..], facts))
                || matches(parts, "", facts)
        }
    }
}

/// Whether patterns tell reports apart.
pub fn try_out() -> Result<(), String> {
    let facts = Facts { size: 40, block: 0x1000 };
    let tries = [
        ("double-free: free of BLOCK", "double-free: free of 0x1000", true),
        ("double-free: free of BLOCK", "double-free: free of 0x1008: block", false),
        ("invalid-free: free of BLOCK+8", "invalid-free: free of 0x1008: no block", true),
        ("invalid-free: free of BLOCK-8", "invalid-free: free of 0x1000", false),
        ("x: {free|heap check} of HEX: block", "x: heap check of 0x7f12: block", true),
        ("x: {free|heap check} of HEX: block", "x: reuse of 0x7f12: block", false),
        ("SIZE bytes, at offset SIZE+1, found HEX", "40 bytes, at offset 41, found 41 0a", true),
        ("SIZE bytes, at offset SIZE+1", "40 bytes, at offset 40", false),
        ("SIZE bytes", "400 bytes", false),
        ("offset -NUM", "offset -8, found", true),
        ("offset -NUM", "offset 8, found", false),
        ("free of … offset", "free of 0x1000: first damaged byte at offset", true),
        ("free of … offset", "free of 0x1000", false),
    ];
    let wrong = tries.iter().find(|(text, line, wanted)| {
        Pattern::new(text).is_ok_and(|pattern| pattern.matches(line, &facts)) != *wanted
    });
    wrong.map_or(Ok(()), |(text, line, _)| Err(format!("\"{text}\" and \"{line}\"")))
}
