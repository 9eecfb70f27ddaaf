//! The matrix as a table for people.

use super::cell::{Cell, Outcome, PROFILES, TIERS};
use super::row::Row;
use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::Arc;

const BEGIN: &str = "<!-- matrix: begin (written by `make matrix`) -->\n";
const END: &str = "<!-- matrix: end -->\n";

/// The page with the table between its marks.
pub fn put(page: &str, table: &str) -> Result<String, String> {
    let missing = || format!("the marks {} and {} are missing", BEGIN.trim(), END.trim());
    let (before, rest) = page.split_once(BEGIN).ok_or_else(missing)?;
    let (_, after) = rest.split_once(END).ok_or_else(missing)?;
    Ok(format!("{before}{BEGIN}{table}{END}{after}"))
}

/// Why some cells are as they are, each reason once.
#[derive(Default)]
struct Footnotes(Vec<String>);

impl Footnotes {
    fn number(&mut self, why: &str) -> usize {
        let at = self.0.iter().position(|known| known == why).unwrap_or_else(|| {
            self.0.push(why.into());
            self.0.len() - 1
        });
        at + 1
    }
}

/// Every row, by part.
pub fn render(rows: &[Arc<Row>]) -> String {
    let mut notes = Footnotes::default();
    let mut text = String::from("| | small | | | | middle | | | | large | | | |\n|---");
    text += &"|---".repeat(TIERS.len() * PROFILES.len());
    text += "|\n| ";
    for _ in TIERS {
        for profile in PROFILES {
            let _ = write!(text, "| {profile} ");
        }
    }
    text += "|\n";
    for part in PARTS {
        let _ = writeln!(text, "| **{part}** {}|", "| ".repeat(TIERS.len() * PROFILES.len()));
        for row in rows.iter().filter(|row| row.part == part) {
            let _ = write!(text, "| {} ", row.title);
            for (tier, profile) in TIERS.iter().flat_map(|t| PROFILES.map(|p| (*t, p))) {
                let _ = write!(text, "| {} ", entry(row, tier, profile, &mut notes));
            }
            text += "|\n";
        }
    }
    text.push('\n');
    for (at, why) in notes.0.iter().enumerate() {
        let _ = writeln!(text, "{}. {why}", at + 1);
    }
    text
}

/// What a row does in one tier and profile: each outcome it has there, with its reasons.
fn entry(row: &Row, tier: &str, profile: &str, notes: &mut Footnotes) -> String {
    let cells = row.cells(profile);
    let here = cells.iter().filter(|cell| row.is_sizeless() || cell.tier == tier);
    // Where chance decides, the reason is why nobody may notice.
    let found: BTreeSet<(Outcome, &str)> = here
        .map(|cell: &Cell| row.expected(cell))
        .flat_map(|(outcomes, why)| {
            let is_why = |o| o == Outcome::Not || !outcomes.contains(&Outcome::Not);
            outcomes.iter().map(move |&o| (o, if is_why(o) { why } else { "" }))
        })
        .collect();
    let mut entries: Vec<(Outcome, Vec<usize>)> = Vec::new();
    for (outcome, why) in found {
        if entries.last().is_none_or(|(last, _)| *last != outcome) {
            entries.push((outcome, Vec::new()));
        }
        if let Some((_, numbers)) = entries.last_mut().filter(|_| !why.is_empty()) {
            numbers.push(notes.number(why));
        }
    }
    let show = |(outcome, numbers): &(Outcome, Vec<usize>)| {
        let name = if *outcome == Outcome::Not { "–" } else { outcome.name() };
        let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
        if numbers.is_empty() {
            name.into()
        } else {
            format!("{name} <sup>{}</sup>", numbers.join(","))
        }
    };
    entries.iter().map(show).collect::<Vec<_>>().join(", ")
}

/// In the order of the table.
pub const PARTS: [&str; 9] = [
    "Overflow",
    "Underflow",
    "Double free",
    "Invalid pointer",
    "Size and door",
    "Blocks of zero bytes",
    "Use after free",
    "Metadata",
    "More",
];
