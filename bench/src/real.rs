//! The real programs: scripts in bench/real, each with `prepare` and `run`.

use crate::results::Program;
use crate::run::{Job, Kind};
use crate::{resume, workloads};
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Shared code and a tool for one script: not programs.
const NOT_PROGRAMS: &[&str] = &["common", "try"];

/// The names of all scripts.
pub fn names(root: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = fs::read_dir(root.join("bench/real"))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter_map(|file| Some(file.strip_suffix(".sh")?.to_string()))
        .filter(|name| !NOT_PROGRAMS.contains(&name.as_str()))
        .collect();
    names.sort();
    Ok(names)
}

/// The scripts that can run, and the others with the reason why not.
#[derive(Default)]
pub struct Prepared {
    pub jobs: Vec<(Program, Job)>,
    pub absent: Vec<(String, String)>,
}

/// Prepares the scripts' packages and material.
pub fn prepare(root: &Path, names: &[String]) -> Result<Prepared> {
    let mut prepared = Prepared::default();
    for (at, name) in names.iter().enumerate() {
        eprintln!("preparing {name} ({} of {})", at + 1, names.len());
        let script = root.join("bench/real").join(format!("{name}.sh"));
        let material = root.join("target/bench/real").join(name);
        fs::create_dir_all(&material)?;
        match prepare_one(&script, &material) {
            Ok(()) => prepared.jobs.push((program(name, &script)?, job(&script, &material))),
            Err(error) => {
                eprintln!("{name} cannot be prepared: {error:#}");
                prepared.absent.push((name.clone(), format!("{error:#}")));
            }
        }
    }
    Ok(prepared)
}

fn prepare_one(script: &Path, material: &Path) -> Result<()> {
    let output = Command::new("bash")
        .arg(script)
        .arg("prepare")
        .arg(material)
        .env_remove("LD_PRELOAD")
        .output()?;
    let errors = String::from_utf8_lossy(&output.stderr);
    let last = errors.lines().last().unwrap_or("without a word");
    output.status.success().then_some(()).with_context(|| last.to_string())
}

fn program(name: &str, script: &Path) -> Result<Program> {
    Ok(Program {
        name: name.into(),
        source: format!("real/{name}.sh"),
        build: resume::fingerprint(script)?,
        stands_for: workloads::behaviour(script)?,
        is_pattern: false,
    })
}

fn job(script: &Path, material: &Path) -> Job {
    let arguments: Vec<PathBuf> = vec![script.into(), "run".into(), material.into()];
    Job {
        program: "/bin/bash".into(),
        arguments: arguments.into_iter().map(PathBuf::into_os_string).collect(),
        kind: Kind::Script,
        seconds: 300,
        rounds: usize::MAX,
    }
}
