//! What an interrupted run has left, taken over by the next one.

use crate::results::Results;
use anyhow::{Context, Result};
use std::fs;
use std::path::Path;

/// A number for the content of a file, as text (FNV-1a): the same build gives the same.
pub fn fingerprint(file: &Path) -> Result<String> {
    let bytes = fs::read(file).with_context(|| format!("no {}", file.display()))?;
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    Ok(format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)))
}

/// Puts into `results` the runs in `old` of the same builds of the same programs on the same builds of the same
/// allocators, on the same machine. What failed is tried again.
pub fn take_over(results: &mut Results, old: Results) {
    if old.machine != results.machine {
        return;
    }
    let is_same = |program: &str, allocator: &str| {
        let programs = |all: &Results| all.programs.iter().find(|one| one.name == program).cloned();
        let build = |all: &Results| {
            let of = all.present().find(|one| one.name == allocator)?;
            Some((of.build.clone(), of.configuration.clone()))
        };
        programs(results).is_some_and(|new| programs(&old) == Some(new))
            && build(results).is_some_and(|new| build(&old) == Some(new))
    };
    let mut series = old.series.clone();
    series.retain(|one| !one.runs.is_empty() && is_same(&one.program, &one.allocator));
    if series.is_empty() {
        return;
    }
    series.iter_mut().for_each(|one| one.failure = None);
    results.series = series;
    results.repeated = old.repeated;
    results.rounds = results.rounds.max(old.rounds);
    let begun = old.date.split(' ').next().unwrap_or_default();
    if begun != results.date {
        results.date = format!("{begun} to {}", results.date);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    fn two_programs() -> Results {
        results(&[
            ("a", "glibc", 1.0, 1.0),
            ("a", "dam", 2.0, 1.0),
            ("b", "glibc", 3.0, 1.0),
            ("b", "dam", 4.0, 1.0),
        ])
    }

    fn empty() -> Results {
        Results { series: vec![], date: "2000-01-02".into(), ..two_programs() }
    }

    #[test]
    fn the_same_builds_are_taken_over() {
        let mut old = two_programs();
        old.date = "2000-01-01".into();
        old.series[1].failure = Some("a crash".into());
        let mut new = empty();
        take_over(&mut new, old);
        assert_eq!(new.series.len(), 4);
        assert!(new.failures().next().is_none());
        assert_eq!(new.date, "2000-01-01 to 2000-01-02");
    }

    #[test]
    fn another_build_of_a_library_or_a_program_is_measured_anew() {
        let (mut old, mut new) = (two_programs(), empty());
        new.allocators[1].build = "other".into();
        old.programs[1].build = "other".into();
        take_over(&mut new, old);
        assert_eq!(new.series.len(), 1);
        assert_eq!(
            (new.series[0].program.as_str(), new.series[0].allocator.as_str()),
            ("a", "glibc")
        );
    }

    #[test]
    fn another_machine_is_measured_anew() {
        let mut new = empty();
        new.machine = "another".into();
        take_over(&mut new, two_programs());
        assert!(new.series.is_empty());
    }

    #[test]
    fn a_fingerprint_is_of_the_content() {
        let file = std::env::temp_dir().join(format!("dam-fingerprint-{}", std::process::id()));
        fs::write(&file, "a").unwrap();
        // The published value of FNV-1a for "a".
        assert_eq!(fingerprint(&file).unwrap(), "af63dc4c8601ec8c");
        fs::remove_file(&file).unwrap();
        assert!(fingerprint(&file).is_err());
    }
}
