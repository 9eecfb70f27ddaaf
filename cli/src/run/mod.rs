//! `dam run`: a command on DAM.
//!
//! Where nothing has to be done afterwards, this process becomes the command. Failures of `dam run` itself have the exit
//! status 125, and what cannot be run has 126 or 127, as with env(1) and other commands that run commands.

mod last;
mod library;
mod options;

use std::env;
use std::ffi::{OsStr, OsString};
use std::io::{Error, ErrorKind};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::{Context, Result};
use clap::Args;

use crate::stats::json_line;

/// Exit status of a failure that is not the command's.
const FAILED: u8 = 125;

/// What is asked for.
#[derive(Args)]
pub struct Arguments {
    /// How much is checked: fast, default, hardened or paranoid
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
    /// An option of the library, as in decay_ms=100; may be repeated
    #[arg(long = "option", short = 'o', value_name = "KEY=VALUE")]
    options: Vec<String>,
    /// Have the process print its statistics at its end
    #[arg(long)]
    stats: bool,
    /// Write the process's last figures to a file, as `dam stats --json` prints them
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The library, where it is not found by itself
    #[arg(long, value_name = "PATH", env = "DAM_LIBRARY")]
    library: Option<PathBuf>,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// Runs it. Returns where it was not exec'd.
pub fn run(arguments: &Arguments) -> ExitCode {
    match prepared(arguments).and_then(|command| go(command, arguments)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("dam: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

/// The command with its environment.
fn prepared(arguments: &Arguments) -> Result<Command> {
    let library = library::find(arguments.library.as_deref())?;
    let options =
        options::joined(arguments.profile.as_deref(), &arguments.options, arguments.stats)?;
    let mut command = Command::new(&arguments.command[0]);
    command
        .args(&arguments.command[1..])
        .env("LD_PRELOAD", preload(library.into_os_string(), env::var_os("LD_PRELOAD")));
    let options = options::added(env::var_os("DAM_OPTIONS"), options);
    if !options.is_empty() {
        command.env("DAM_OPTIONS", options);
    }
    Ok(command)
}

fn go(mut command: Command, arguments: &Arguments) -> Result<ExitCode> {
    let Some(path) = &arguments.json else {
        let error = command.exec();
        return Ok(not_run(&arguments.command[0], &error));
    };
    // Found out before the command has run for an hour.
    let file = std::fs::File::create(path).with_context(|| path.display().to_string())?;
    let signals = last::Signals::take().context("signals")?;
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return Ok(not_run(&arguments.command[0], &error)),
    };
    let (status, figures) = last::wait(child, &signals)?;
    match figures {
        Some(figures) => std::io::Write::write_all(&mut &file, json_line(&figures)?.as_bytes())
            .with_context(|| path.display().to_string())?,
        None => eprintln!(
            "dam: no figures of {}: it did not run on DAM (a static or set-user-id program), or ended within a millisecond",
            arguments.command[0].to_string_lossy()
        ),
    }
    Ok(ExitCode::from(passed_on(status)))
}

/// What a shell says of a command that cannot be run.
fn not_run(command: &OsStr, error: &Error) -> ExitCode {
    eprintln!("dam: {}: {error}", command.to_string_lossy());
    ExitCode::from(if error.kind() == ErrorKind::NotFound { 127 } else { 126 })
}

/// What a shell says of a command that has ended.
fn passed_on(status: ExitStatus) -> u8 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)) as u8
}

/// The library in front of what is preloaded anyway.
fn preload(library: OsString, others: Option<OsString>) -> OsString {
    match others {
        Some(others) if !others.is_empty() => [library, others].join(OsStr::new(":")),
        _ => library,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_stay_preloaded() {
        let preload =
            |others: Option<&str>| preload("/lib/libdam.so".into(), others.map(OsString::from));
        assert_eq!(preload(None), "/lib/libdam.so");
        assert_eq!(preload(Some("")), "/lib/libdam.so");
        assert_eq!(preload(Some("/a.so /b.so")), "/lib/libdam.so:/a.so /b.so");
    }

    #[test]
    fn exit_statuses_are_those_of_a_shell() {
        assert_eq!(passed_on(ExitStatus::from_raw(3 << 8)), 3);
        assert_eq!(
            passed_on(ExitStatus::from_raw(0x80 | 11)),
            139,
            "killed by signal 11, with a core"
        );
    }
}
