//! One run of a program under `runner.c`.

use crate::load::Watch;
use crate::peers::Peer;
use crate::results::Run;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A program to be measured.
#[derive(Clone, Debug)]
pub struct Job {
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    pub kind: Kind,
    /// How long it may take.
    pub seconds: u32,
    /// No more rounds than this, however many are asked for: one whose figures hardly vary and that takes long.
    pub rounds: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Runs on the allocator itself, prints a checksum, and has nothing to say on standard error.
    Workload,
    /// A script that puts the allocator under the programs it measures; all it prints is its result.
    Script,
}

/// The runner, and where its figures go.
pub struct Runner {
    pub program: PathBuf,
    pub figures: PathBuf,
}

impl Runner {
    /// The figures of one run, or what went wrong.
    pub fn run(&self, job: &Job, peer: &Peer) -> Result<Run> {
        let mut command = Command::new(&self.program);
        command
            .arg(&self.figures)
            .arg(job.seconds.to_string())
            .arg(&job.program)
            .args(&job.arguments);
        environment(&mut command, job.kind, peer);
        let watch = Watch::start()?;
        let output = command.stdin(Stdio::null()).output().context("the runner does not start")?;
        let (others_ms, disturbed) = watch.others()?;
        let figures = fs::read_to_string(&self.figures)?;
        let mut run = Run { others_ms, disturbed, ..Run::default() };
        let status = wait4(&figures, &mut run).context("the runner failed")?;
        let errors = String::from_utf8_lossy(&output.stderr);
        let errors = cut(errors.trim(), 200);
        if status != 0 {
            bail!("wait status {status}: {errors}");
        }
        match job.kind {
            Kind::Workload if !errors.is_empty() => bail!("wrote to standard error: {errors}"),
            Kind::Workload => workload_output(&output, &mut run)?,
            Kind::Script => script_output(&output, &figures, &mut run)?,
        }
        Ok(run)
    }
}

/// A workload's environment is the allocator's alone, so that no setting of the caller's changes it.
fn environment(command: &mut Command, kind: Kind, peer: &Peer) {
    let preload = peer.library.as_deref().map(Path::display);
    if kind == Kind::Workload {
        command.env_clear().env("LC_ALL", "C");
        command.envs(peer.environment.iter().map(|(name, value)| (name, value)));
        if let Some(library) = preload {
            command.env("LD_PRELOAD", library.to_string());
        }
        return;
    }
    let mut words: Vec<String> =
        peer.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
    words.push(preload.map_or("A=".into(), |library| format!("LD_PRELOAD={library}")));
    command.env_remove("LD_PRELOAD").env_remove("DAM_OPTIONS").env("UNDER_TEST", words.join(" "));
}

/// Reads the runner's line; gives the wait status.
fn wait4(text: &str, run: &mut Run) -> Option<i64> {
    let line = text.lines().rev().find_map(|line| line.strip_prefix("wait4 "))?;
    let numbers: Vec<f64> = line.split(' ').map(|word| word.parse().ok()).collect::<Option<_>>()?;
    let [wall, user, system, peak, faults, status] = numbers[..] else { return None };
    run.wall_ms = wall / 1e6;
    run.cpu_ms = (user + system) / 1e3;
    run.system_ms = system / 1e3;
    run.peak_kib = peak;
    run.faults = faults;
    Some(status as i64)
}

fn workload_output(output: &Output, run: &mut Run) -> Result<()> {
    let text = String::from_utf8_lossy(&output.stdout);
    if let Some(reason) = text.lines().find_map(|line| line.strip_prefix("skip ")) {
        bail!("{reason}");
    }
    let checksum = text.lines().find_map(|line| line.strip_prefix("checksum "));
    run.output = checksum.context("no checksum")?.to_string();
    run.figures = figures(&text);
    Ok(())
}

fn script_output(output: &Output, text: &str, run: &mut Run) -> Result<()> {
    run.output = String::from_utf8_lossy(&output.stdout).into_owned();
    if run.output.trim().is_empty() {
        bail!("printed nothing that could be compared");
    }
    run.figures = figures(text);
    run.wall_ms = run.figures.remove("time_ms").unwrap_or(run.wall_ms);
    run.peak_kib = run.figures.remove("peak_kib").unwrap_or(run.peak_kib);
    Ok(())
}

/// The lines `figure <name> <number>`; the last of a name counts.
fn figures(text: &str) -> BTreeMap<String, f64> {
    let line = |line: &str| {
        let (name, number) = line.strip_prefix("figure ")?.split_once(' ')?;
        Some((name.to_string(), number.trim().parse().ok()?))
    };
    text.lines().filter_map(line).collect()
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runners_line_is_the_last() {
        let mut run = Run::default();
        let text = "figure time_ms 7\nwait4 1 2\nwait4 2000000 3000 1000 512 9 256\n";
        assert_eq!(wait4(text, &mut run), Some(256));
        assert_eq!((run.wall_ms, run.cpu_ms, run.system_ms), (2.0, 4.0, 1.0));
        assert_eq!((run.peak_kib, run.faults), (512.0, 9.0));
        assert_eq!(wait4("figure time_ms 7\n", &mut run), None);
    }

    #[test]
    fn figures_by_name() {
        let found = figures("figure a 1\nnoise\nfigure b x\nfigure a 2.5\n");
        assert_eq!(found, BTreeMap::from([("a".to_string(), 2.5)]));
    }
}
