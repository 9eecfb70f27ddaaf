//! The library's options, as `dam run` is told them.

use std::ffi::{OsStr, OsString};

use anyhow::{Result, bail};
use dam::config::options::{self, Complaint, OPTIONS, OptionSpec, REPORT_TO};

/// The text for `DAM_OPTIONS`. Mistakes are told here: the library would go on after a warning among the command's output.
pub fn joined(profile: Option<&str>, options: &[String], stats: bool) -> Result<String> {
    let mut pieces: Vec<String> =
        profile.iter().map(|profile| format!("profile={profile}")).collect();
    for option in options {
        if !option.contains('=') || option.contains(':') {
            bail!("--option {option}: one key=value, without a colon");
        }
        pieces.push(option.clone());
    }
    if stats {
        pieces.push("stats_at_exit=1".into());
    }
    let text = pieces.join(":");
    let mut mistakes = Vec::new();
    options::parse(text.as_bytes(), &mut |complaint| mistakes.push(told(&complaint)));
    if !mistakes.is_empty() {
        bail!("{}", mistakes.join("; "));
    }
    Ok(text)
}

/// What was there already, and what is added: of two, the later one counts.
pub fn added(before: Option<OsString>, more: String) -> OsString {
    let parts = [before.unwrap_or_default(), more.into()];
    let parts: Vec<OsString> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(OsStr::new(":"))
}

fn told(complaint: &Complaint<'_>) -> String {
    match complaint {
        Complaint::UnknownKey(key) => {
            let names: Vec<&str> =
                OPTIONS.iter().map(|option| option.name).chain([REPORT_TO.name]).collect();
            format!("no option '{}'; there are: {}", String::from_utf8_lossy(key), names.join(", "))
        }
        Complaint::BadValue(option, value) => {
            format!("{}={}: {}", option.name, String::from_utf8_lossy(value), takes(option))
        }
        Complaint::TooLong(option) => format!("{}: too long", option.name),
    }
}

fn takes(option: &OptionSpec) -> String {
    match option.words {
        [] => "it takes a whole number".into(),
        words => format!("it takes {}", words.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined_of(profile: Option<&str>, options: &[&str], stats: bool) -> Result<String, String> {
        let options: Vec<String> = options.iter().map(|&option| option.into()).collect();
        joined(profile, &options, stats).map_err(|error| error.to_string())
    }

    #[test]
    fn options_are_joined_and_added() {
        assert_eq!(joined_of(None, &[], false), Ok(String::new()));
        let all = joined_of(Some("hardened"), &["decay_ms=5", "report_to=/tmp/r"], true);
        assert_eq!(all.unwrap(), "profile=hardened:decay_ms=5:report_to=/tmp/r:stats_at_exit=1");
        assert_eq!(added(None, String::new()), "");
        assert_eq!(added(Some("attach=0".into()), "verbose=1".into()), "attach=0:verbose=1");
    }

    #[test]
    fn mistakes_are_told() {
        let said = |profile, options: &[&str]| joined_of(profile, options, false).unwrap_err();
        assert!(said(Some("safe"), &[]).contains("profile=safe: it takes fast, default, hardened"));
        assert!(said(None, &["decay_ms=soon"]).contains("decay_ms=soon: it takes a whole number"));
        assert!(
            said(None, &["decay=1"])
                .contains("no option 'decay'; there are: profile, on_violation")
        );
        assert!(said(None, &["verbose"]).contains("one key=value"));
        assert!(said(None, &["report_to=/a:verbose=1"]).contains("without a colon"));
        assert!(said(None, &[&format!("report_to=/{}", "x".repeat(300))]).contains("too long"));
    }
}
