//! The first comment of a test program: sentences for the reader, and lines `key: value` for the runner.
//!
//! | directive | meaning |
//! |---|---|
//! | `expect: exit 3` · `signal SIGSEGV` · `stderr contains "x"` · `stdout lacks "x"` | all must hold; default: exit 0 and no report |
//! | `violation: double-free` | run under `on_violation=continue` (the other expectations) and `abort` (SIGABRT); both must report it |
//! | `violation: use-after-free in hardened` | only there; under the other profiles, no word |
//! | `profiles: default hardened` | once under each (`profile=…` before the other options) |
//! | `holds: fast default` | not where `DAM_TEST_OPTIONS` names another profile; the sentences say why |
//! | `options: stats_at_exit=1` | `DAM_OPTIONS` |
//! | `environment: NAME=value` | one more variable |
//! | `modes: preload static` | see `build.rs`; default `preload static local` for C, `preload static` for C++ |
//! | `plugin: a.c` | `support/a.c` becomes `$DAM_PLUGIN_DIR/a.so` |
//! | `link: b.c` | `support/b.c` becomes a shared library the program is linked with |
//! | `flags: -O2` · `arguments: x y` · `timeout: 120` · `needs: root` · `talkative: yes` | as they say; talkative: reports are no failure |

use crate::build::Mode;
use crate::process::{End, Outcome};
use std::fmt;
use std::path::Path;

#[derive(Default)]
pub struct Plan {
    pub expects: Vec<Expect>,
    pub violation: Option<String>,
    /// The one profile under which there is a violation.
    pub violation_in: Option<String>,
    pub profiles: Vec<String>,
    /// The profiles under which the program holds; empty: all.
    pub holds: Vec<String>,
    pub options: Option<String>,
    pub environment: Vec<(String, String)>,
    pub modes: Vec<Mode>,
    pub plugins: Vec<String>,
    pub links: Vec<String>,
    pub flags: Vec<String>,
    pub arguments: Vec<String>,
    pub needs: Vec<String>,
    pub timeout: u64,
    pub talkative: bool,
}

#[derive(Clone)]
pub enum Expect {
    Exit(i32),
    Signal(String),
    Contains(&'static str, String),
    Lacks(&'static str, String),
}

impl Expect {
    pub fn holds(&self, outcome: &Outcome) -> bool {
        let text =
            |stream: &str| if stream == "stdout" { &outcome.stdout } else { &outcome.stderr };
        match self {
            Expect::Exit(code) => outcome.end == End::Exit(*code),
            Expect::Signal(name) => {
                matches!(outcome.end, End::Signal(n) if signal_number(name) == Some(n))
            }
            Expect::Contains(stream, part) => text(stream).contains(part.as_str()),
            Expect::Lacks(stream, part) => !text(stream).contains(part.as_str()),
        }
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expect::Exit(code) => write!(f, "exit {code}"),
            Expect::Signal(name) => write!(f, "signal {name}"),
            Expect::Contains(stream, part) => write!(f, "{stream} contains {part:?}"),
            Expect::Lacks(stream, part) => write!(f, "{stream} lacks {part:?}"),
        }
    }
}

fn signal_number(name: &str) -> Option<i32> {
    Some(match name {
        "SIGABRT" => libc::SIGABRT,
        "SIGSEGV" => libc::SIGSEGV,
        "SIGTRAP" => libc::SIGTRAP,
        "SIGSYS" => libc::SIGSYS,
        _ => return None,
    })
}

impl Plan {
    /// The violation to be reported under a profile.
    pub fn violation_under(&self, profile: Option<&str>) -> Option<&str> {
        let there = self.violation_in.is_none() || self.violation_in.as_deref() == profile;
        self.violation.as_deref().filter(|_| there)
    }
}

pub fn read(source: &Path) -> Result<Plan, String> {
    let text = std::fs::read_to_string(source).map_err(|e| format!("{}: {e}", source.display()))?;
    let mut plan = Plan { timeout: 120, ..Plan::default() };
    for line in text.lines().map_while(|line| line.strip_prefix("//")) {
        if let Some((key, value)) = line.trim().split_once(": ") {
            directive(&mut plan, key, value.trim())
                .map_err(|e| format!("{}: {line}: {e}", source.display()))?;
        }
    }
    if plan.modes.is_empty() {
        let c = source.extension().is_some_and(|e| e == "c");
        plan.modes = if c {
            vec![Mode::Preload, Mode::Static, Mode::Local]
        } else {
            vec![Mode::Preload, Mode::Static]
        };
    }
    Ok(plan)
}

fn directive(plan: &mut Plan, key: &str, value: &str) -> Result<(), String> {
    let words = || value.split_whitespace().map(String::from);
    match key {
        "expect" => plan.expects.push(expect(value)?),
        "violation" => {
            let (name, profile) =
                value.split_once(" in ").map_or((value, None), |(n, p)| (n, Some(p)));
            plan.violation = Some(name.into());
            plan.violation_in = profile.map(String::from);
        }
        "profiles" => plan.profiles.extend(words()),
        "holds" => plan.holds.extend(words()),
        "options" => plan.options = Some(value.into()),
        "environment" => {
            let (name, content) = value.split_once('=').ok_or("NAME=value wanted")?;
            plan.environment.push((name.into(), content.into()));
        }
        "modes" => {
            for name in value.split_whitespace() {
                plan.modes.push(Mode::from_name(name).ok_or(format!("no mode {name}"))?);
            }
        }
        "plugin" => plan.plugins.extend(words()),
        "link" => plan.links.extend(words()),
        "flags" => plan.flags.extend(words()),
        "arguments" => plan.arguments.extend(words()),
        "needs" => plan.needs.extend(words()),
        "timeout" => plan.timeout = value.parse().map_err(|_| "seconds wanted")?,
        "talkative" => plan.talkative = value == "yes",
        _ => {} // a sentence with a colon
    }
    Ok(())
}

fn expect(value: &str) -> Result<Expect, String> {
    let mut words = value.splitn(3, ' ');
    let quoted = |text: Option<&str>| {
        text.and_then(|t| t.strip_prefix('"')?.strip_suffix('"'))
            .map(String::from)
            .ok_or("quoted text wanted".to_string())
    };
    match (words.next(), words.next(), words.next()) {
        (Some("exit"), Some(code), None) => {
            Ok(Expect::Exit(code.parse().map_err(|_| "a number wanted")?))
        }
        (Some("signal"), Some(name), None) if signal_number(name).is_some() => {
            Ok(Expect::Signal(name.into()))
        }
        (Some("stderr"), Some("contains"), part) => Ok(Expect::Contains("stderr", quoted(part)?)),
        (Some("stdout"), Some("contains"), part) => Ok(Expect::Contains("stdout", quoted(part)?)),
        (Some("stderr"), Some("lacks"), part) => Ok(Expect::Lacks("stderr", quoted(part)?)),
        (Some("stdout"), Some("lacks"), part) => Ok(Expect::Lacks("stdout", quoted(part)?)),
        _ => Err("not an expectation".into()),
    }
}
