//! One run of a program of the matrix, and what became of its misuse.

use super::pattern::Facts;
use super::row::Row;
use crate::build::{Builder, Mode};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

pub const PROFILES: [&str; 4] = ["fast", "default", "hardened", "paranoid"];
pub const TIERS: [&str; 3] = ["small", "middle", "large"];

/// The places where one run differs from another.
pub struct Cell {
    pub profile: String,
    pub size: usize,
    pub tier: &'static str,
    pub thread: String,
    pub way: String,
}

/// When a misuse is caught.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Outcome {
    /// The access faults.
    Access,
    /// By the call that is given the block.
    Free,
    /// By one of the operations after it, whatever they ask for.
    Next,
    /// When its place is used again.
    Reuse,
    /// By a check of the whole heap.
    Check,
    /// It happens, and does no harm.
    Prevented,
    /// The statistics tell of it.
    Counted,
    /// Nobody notices.
    Not,
}

const OUTCOMES: [(Outcome, &str); 8] = [
    (Outcome::Access, "access"),
    (Outcome::Free, "free"),
    (Outcome::Next, "next"),
    (Outcome::Reuse, "reuse"),
    (Outcome::Check, "check"),
    (Outcome::Prevented, "prevented"),
    (Outcome::Counted, "counted"),
    (Outcome::Not, "not"),
];

impl Outcome {
    pub fn name(self) -> &'static str {
        OUTCOMES.iter().find(|(outcome, _)| *outcome == self).map_or("?", |(_, name)| name)
    }

    pub fn from_name(name: &str) -> Option<Outcome> {
        OUTCOMES.iter().find(|(_, n)| *n == name).map(|(outcome, _)| *outcome)
    }
}

impl Cell {
    pub fn new(profile: &str, size: usize, thread: &str, way: &str) -> Cell {
        let middle_max =
            if profile == "fast" || profile == "default" { 8 << 20 } else { (256 << 10) - 1 };
        let tier = match size {
            0 => "none",
            1..=16376 => TIERS[0],
            _ if size <= middle_max => TIERS[1],
            _ => TIERS[2],
        };
        Cell { profile: profile.into(), size, tier, thread: thread.into(), way: way.into() }
    }
}

/// The command that runs a cell. The policy that the profile has anyway is left to it.
pub fn command(builder: &Builder, program: &Path, cell: &Cell, policy: &str) -> Command {
    let own =
        if cell.profile == "fast" || cell.profile == "default" { "continue" } else { "abort" };
    // What is written to a free page is gone with it (docs/security.md): that is not for a slow machine to show.
    let mut options = format!("profile={}:decay_ms=3600000", cell.profile);
    if cell.profile == "default" {
        // What is found there because a block happens to be one of a sample is told apart (docs/security.md).
        options += ":sample_frees=0";
    }
    if policy != own {
        options += &format!(":on_violation={policy}");
    }
    let mut command = Command::new(program);
    command.args([&cell.size.to_string(), &cell.thread, &cell.way]).stdin(Stdio::null());
    command.envs(builder.environment(Mode::Preload, Some(&options), &[]));
    // A mutant: see scripts/mutations.py.
    if let Some(library) = std::env::var_os("DAM_MATRIX_LIBRARY") {
        command.env("LD_PRELOAD", library);
    }
    command
}

/// Runs it and compares what happens with what is expected.
pub fn judge(row: &Row, cell: &Cell, policy: &str, mut command: Command) -> Result<(), String> {
    let output = command.output().map_err(|e| e.to_string())?;
    let expected = row.expected(cell).0;
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    let first = stderr.lines().find_map(|line| line.strip_prefix("DAM: ")).unwrap_or("");
    let result = outcome(&output, &stdout, first, policy).and_then(|outcome| {
        if !expected.contains(&outcome) {
            let names: Vec<_> = expected.iter().map(|outcome| outcome.name()).collect();
            return Err(format!("{}, {} expected", outcome.name(), names.join("|")));
        }
        match row.report(cell, outcome) {
            _ if first.is_empty() => Ok(()),
            None => Err("a report, and the row says none".into()),
            Some(pattern) if pattern.matches(first, &facts(cell, &stdout)) => Ok(()),
            Some(pattern) => Err(format!("not the report \"{pattern}\"")),
        }
    });
    result.map_err(|error| {
        let Cell { profile, size, thread, way, .. } = cell;
        format!("{profile} {policy}, {size} {thread} {way}: {error}; {first}")
    })
}

/// What became of it. An end that fits nothing is an error: DAM itself may have crashed.
fn outcome(output: &Output, stdout: &str, report: &str, policy: &str) -> Result<Outcome, String> {
    let stage = stdout.lines().rev().find_map(|line| line.strip_prefix("stage ")).unwrap_or("");
    // A fault anywhere but in the access itself may be DAM's own.
    let at_stage = Outcome::from_name(stage).ok_or(format!("ended at stage \"{stage}\""));
    let last = stdout.lines().last().unwrap_or("");
    let reported = !report.is_empty();
    match (output.status.signal(), output.status.code(), last) {
        (Some(libc::SIGSEGV), _, _) if stage == "access" => Ok(Outcome::Access),
        (Some(libc::SIGABRT), _, _) if policy == "abort" && reported => at_stage,
        // What the program says after a violation is said behind its stage.
        (_, Some(0), "CAUGHT") if policy == "continue" && reported => at_stage,
        (_, Some(0), "NOT CAUGHT") if !reported => Ok(Outcome::Not),
        (_, Some(0), "PREVENTED") if !reported => Ok(Outcome::Prevented),
        (_, Some(0), "COUNTED") if !reported => Ok(Outcome::Counted),
        _ => Err(format!("{} at stage \"{stage}\", \"{last}\"", output.status)),
    }
}

fn facts(cell: &Cell, stdout: &str) -> Facts {
    let block = stdout.lines().rev().find_map(|line| line.strip_prefix("block 0x"));
    let block = block.and_then(|digits| usize::from_str_radix(digits, 16).ok());
    Facts { size: cell.size, block: block.unwrap_or(0) }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
