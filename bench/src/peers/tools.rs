//! Running the programs that building takes, and installing those that are missing.

use anyhow::{Context, Result, bail};
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command that steps aside for the rest of the machine.
pub(super) fn nice(program: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new("nice");
    command.args(["-n", "15"]).arg(program);
    command
}

/// Runs `command` with its output at the end of `log`; an error names the log.
pub(super) fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let mut file = append(log)?;
    writeln!(file, "$ {command:?}")?;
    command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
    let status = command.status().with_context(|| format!("{command:?} does not start"))?;
    if !status.success() {
        let program = command.get_args().nth(2).unwrap_or_default().display();
        bail!("{program} failed ({status}), see {}", log.display());
    }
    Ok(())
}

fn append(log: &Path) -> Result<File> {
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("no log {}", log.display()))
}

/// What `command` prints, without spaces at the end.
pub(super) fn output(command: &mut Command) -> Result<String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .with_context(|| format!("{command:?} does not start"))?;
    if !output.status.success() {
        let complaint = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} failed: {}", complaint.lines().last().unwrap_or("without a word"));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_string())
}

/// Installs the Debian package of each program that is missing (the program, and its package).
pub(super) fn need(programs: &[(&str, &str)], log: &Path) -> Result<()> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there =
        |program: &str| std::env::split_paths(&path).any(|folder| folder.join(program).is_file());
    let missing: Vec<&str> =
        programs.iter().filter(|(program, _)| !there(program)).map(|pair| pair.1).collect();
    if missing.is_empty() {
        return Ok(());
    }
    packages(&format!("install_missing {}", missing.join(" ")), log)?;
    match programs.iter().find(|(program, _)| !there(program)) {
        Some((program, package)) => bail!("{package} brings no {program}, see {}", log.display()),
        None => Ok(()),
    }
}

/// Makes the lists of Debian's packages new, without which none is found.
pub(super) fn update_lists(log: &Path) -> Result<()> {
    packages(
        "apt_log=$(mktemp); apt_get update; done=$?; cat \"$apt_log\"; rm \"$apt_log\"; exit $done",
        log,
    )
}

/// Runs `command` with the functions by which the project's scripts install packages.
fn packages(command: &str, log: &Path) -> Result<()> {
    let functions = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/programs/common/packages.sh");
    logged(nice("bash").args(["-c", &format!("source \"$0\"; {command}"), functions]), log)
}

/// How many jobs at a time.
pub(super) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, |cores| cores.get())
}
