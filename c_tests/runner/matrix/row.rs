//! The first comment of a program of the matrix: a sentence, then lines `key: value`.
//!
//! | directive | meaning |
//! |---|---|
//! | `part: Overflow` · `title: by 1 byte` | where the row stands in the table, and its name there |
//! | `sizes: 16 24` | the sizes it runs with; `none`: it needs no size; default: both ends of each tier and some between |
//! | `threads: same other ended` | which thread makes the block: the one that misuses it (default), another one, one that has ended |
//! | `ways: loop memcpy` | ways to do it, a run for each |
//! | `caught WORDS: free, WHY` | when it is caught where the words apply; the last line that applies counts; `free\|reuse`: as chance will have it |
//! | `report WORDS: TEXT` | the first line of the report, as far as it is said (`pattern.rs`); likewise |
//!
//! Words are profiles, tiers, sizes, threads, ways and outcomes. Those of one sort are alternatives, and one of each sort
//! that is named must apply: `caught default hardened small: reuse`.

use super::cell::{Cell, Outcome, PROFILES, TIERS};
use super::pattern::Pattern;
use super::table::PARTS;
use std::path::Path;

const SIZES: &[usize] =
    &[1, 8, 16, 24, 40, 500, 4096, 16376, 16377, 100_000, 8_388_608, 8_388_609, 12_000_000];
const THREADS: [&str; 3] = ["same", "other", "ended"];

/// A program and what it expects.
#[derive(Default)]
pub struct Row {
    pub name: String,
    pub part: String,
    pub title: String,
    sizes: Vec<usize>,
    threads: Vec<String>,
    ways: Vec<String>,
    caught: Vec<Rule<(Vec<Outcome>, String)>>,
    reports: Vec<Rule<Pattern>>,
}

/// What a word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    Profile,
    Tier,
    Size,
    Thread,
    Way,
    Outcome,
}

/// A value, and the words that say where it holds.
struct Rule<T> {
    words: Vec<String>,
    value: T,
}

impl Row {
    /// Every cell in a profile: sizes by threads by ways.
    pub fn cells(&self, profile: &str) -> Vec<Cell> {
        let mut list = Vec::new();
        for &size in &self.sizes {
            for thread in &self.threads {
                for way in &self.ways {
                    list.push(Cell::new(profile, size, thread, way));
                }
            }
        }
        list
    }

    /// What is expected of a cell, and why.
    pub fn expected(&self, cell: &Cell) -> (&[Outcome], &str) {
        last(&self.caught, |words| self.apply(words, cell, None))
            .map_or((&[], ""), |(outcomes, why)| (outcomes, why))
    }

    /// The report of a cell that is caught with this outcome.
    pub fn report(&self, cell: &Cell, outcome: Outcome) -> Option<&Pattern> {
        last(&self.reports, |words| self.apply(words, cell, Some(outcome)))
    }

    /// Whether the row needs no size: it is the same in every tier.
    pub fn is_sizeless(&self) -> bool {
        self.sizes == [0]
    }

    fn apply(&self, words: &[String], cell: &Cell, outcome: Option<Outcome>) -> bool {
        let is_here = |word: &String| match self.sort_of(word) {
            Some(Sort::Profile) => *word == cell.profile,
            Some(Sort::Tier) => word == cell.tier,
            Some(Sort::Size) => *word == cell.size.to_string(),
            Some(Sort::Thread) => *word == cell.thread,
            Some(Sort::Way) => *word == cell.way,
            Some(Sort::Outcome) => outcome.is_some_and(|outcome| word == outcome.name()),
            None => false,
        };
        words.iter().all(|word| {
            let sort = self.sort_of(word);
            words.iter().any(|other| self.sort_of(other) == sort && is_here(other))
        })
    }

    fn sort_of(&self, word: &str) -> Option<Sort> {
        match word {
            _ if PROFILES.contains(&word) => Some(Sort::Profile),
            _ if TIERS.contains(&word) => Some(Sort::Tier),
            _ if self.sizes.iter().any(|size| size.to_string() == word) => Some(Sort::Size),
            _ if THREADS.contains(&word) => Some(Sort::Thread),
            _ if self.ways.iter().any(|way| way == word) => Some(Sort::Way),
            _ if Outcome::from_name(word).is_some() => Some(Sort::Outcome),
            _ => None,
        }
    }

    fn take(&mut self, line: &str) -> Result<(), String> {
        let Some((head, value)) = line.split_once(": ") else { return Ok(()) };
        let mut words = head.split(' ').map(String::from);
        let (key, words) = (words.next().unwrap_or_default(), words);
        match key.as_str() {
            "part" => self.part = value.into(),
            "title" => self.title = value.into(),
            "sizes" if value == "none" => self.sizes = vec![0],
            "sizes" => {
                let sizes: Result<_, _> = value.split(' ').map(str::parse).collect();
                self.sizes = sizes.map_err(|e| format!("{value}: {e}"))?;
            }
            "threads" => self.threads = value.split(' ').map(String::from).collect(),
            "ways" => self.ways = value.split(' ').map(String::from).collect(),
            "caught" => {
                let (names, why) = value.split_once(", ").unwrap_or((value, ""));
                let outcomes: Option<_> = names.split('|').map(Outcome::from_name).collect();
                let outcomes = outcomes.ok_or(format!("{names}: no outcome"))?;
                self.caught.push(Rule { words: words.collect(), value: (outcomes, why.into()) });
            }
            "report" => {
                self.reports.push(Rule { words: words.collect(), value: Pattern::new(value)? });
            }
            _ => {} // a sentence with a colon
        }
        Ok(())
    }

    /// What makes a row's expectations useless.
    fn complaint(&self) -> Option<String> {
        let words = self.caught.iter().flat_map(|rule| &rule.words);
        let words = words.chain(self.reports.iter().flat_map(|rule| &rule.words));
        if let Some(word) = words.into_iter().find(|word| self.sort_of(word).is_none()) {
            return Some(format!("{word} is neither profile, tier, size, thread, way nor outcome"));
        }
        if !PARTS.contains(&self.part.as_str()) {
            return Some(format!("there is no part \"{}\"", self.part));
        }
        if self.title.is_empty() || self.caught.is_empty() {
            return Some("title and caught are wanted".into());
        }
        let unexplained = |rule: &&Rule<(Vec<Outcome>, String)>| {
            rule.value.0.contains(&Outcome::Not) && rule.value.1.is_empty()
        };
        self.caught.iter().find(unexplained).map(|_| "\"not\" needs a why".into())
    }
}

fn last<T>(rules: &[Rule<T>], applies: impl Fn(&[String]) -> bool) -> Option<&T> {
    rules.iter().rev().find(|rule| applies(&rule.words)).map(|rule| &rule.value)
}

/// Reads a program's first comment.
pub fn read(name: &str, source: &Path) -> Result<Row, String> {
    let of_file = |error| format!("{}: {error}", source.display());
    let text = std::fs::read_to_string(source).map_err(|e| of_file(e.to_string()))?;
    let mut row = Row {
        name: name.into(),
        sizes: SIZES.to_vec(),
        threads: vec!["same".into()],
        ways: vec![String::new()],
        ..Row::default()
    };
    for line in text.lines().map_while(|line| line.strip_prefix("// ")) {
        row.take(line).map_err(of_file)?;
    }
    row.complaint().map_or(Ok(row), |complaint| Err(of_file(complaint)))
}
