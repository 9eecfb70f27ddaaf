//! The programs on which DAM is behind, with the reasons that are known.

use super::Measured;
use crate::bars::DAM;
use crate::results::{Key, Results};
use crate::series::REFERENCE;
use std::collections::BTreeMap;

/// Less than this is a tie.
const TIE: f64 = 1.005;

/// One program on which DAM takes more than glibc or than the best of the others.
pub struct Loss {
    pub program: String,
    pub time: Behind,
    pub memory: Behind,
}

/// By how much; nothing where DAM is not behind.
#[derive(Debug, Default, PartialEq)]
pub struct Behind {
    pub glibc: Option<f64>,
    pub best: Option<(String, f64)>,
}

impl Behind {
    fn is_nothing(&self) -> bool {
        self.glibc.is_none() && self.best.is_none()
    }
}

pub fn losses(results: &Results) -> Vec<Loss> {
    let loss = |program: &str| {
        let time = behind(results, program, Key::Time);
        let memory = behind(results, program, Key::Memory);
        let is_none = time.is_nothing() && memory.is_nothing();
        (!is_none).then(|| Loss { program: program.into(), time, memory })
    };
    results.programs.iter().filter_map(|program| loss(&program.name)).collect()
}

fn behind(results: &Results, program: &str, key: Key) -> Behind {
    let Some(own) = results.spread(program, DAM, key) else { return Behind::default() };
    let factor = |name: &str| Some(own.median / results.spread(program, name, key)?.median);
    let best = results
        .present()
        .filter(|one| one.name != DAM)
        .filter_map(|one| Some((one.name.clone(), factor(&one.name)?)))
        .max_by(|one, other| one.1.total_cmp(&other.1));
    Behind {
        glibc: factor(REFERENCE).filter(|factor| *factor > TIE),
        best: best.filter(|(_, factor)| *factor > TIE),
    }
}

/// The first paragraph below each heading `## name`, as one line.
pub fn notes(text: &str) -> BTreeMap<String, String> {
    let mut notes = BTreeMap::new();
    for section in format!("\n{text}").split("\n## ").skip(1) {
        let (name, body) = section.split_once('\n').unwrap_or((section, ""));
        let lines = body.trim_start().lines().take_while(|line| !line.trim().is_empty());
        let note = lines.collect::<Vec<_>>().join(" ");
        if !note.is_empty() {
            notes.insert(name.trim().to_string(), note);
        }
    }
    notes
}

/// A note that the page does not quote has a wrong name, or an old one.
pub fn notes_without_a_program(measured: &Measured) -> Vec<&str> {
    let is_known = |name: &str| {
        measured.all().any(|(_, results)| results.programs.iter().any(|one| one.name == name))
    };
    measured.notes.keys().map(String::as_str).filter(|name| !is_known(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    #[test]
    fn every_row_that_is_behind_is_found() {
        let results = results(&[
            ("ahead", "glibc", 10.0, 10.0),
            ("ahead", "jemalloc", 9.0, 9.0),
            ("ahead", "dam", 5.0, 5.0),
            ("behind", "glibc", 10.0, 10.0),
            ("behind", "jemalloc", 4.0, 20.0),
            ("behind", "dam", 8.0, 12.0),
        ]);
        let found = losses(&results);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].program, "behind");
        assert_eq!(found[0].time, Behind { glibc: None, best: Some(("jemalloc".into(), 2.0)) });
        assert_eq!(found[0].memory.glibc, Some(1.2));
        assert_eq!(found[0].memory.best, Some(("glibc".into(), 1.2)));
    }

    #[test]
    fn notes_by_program() {
        let found = notes("# Notes\n\n## a\n\nOne\ntwo.\n\nMore.\n## b\n## c\nThree.\n");
        let expected = [("a", "One two."), ("c", "Three.")];
        assert_eq!(found, expected.map(|(name, note)| (name.into(), note.into())).into());
    }
}
