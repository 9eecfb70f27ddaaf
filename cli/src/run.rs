//! `dam run`: a command on DAM.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Child, Command, ExitCode};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::Args;
use dam::measure::json;

use crate::page::{Snapshot, Target};

/// What is asked for.
#[derive(Args)]
pub struct Arguments {
    /// How much is checked: fast, default, hardened or paranoid
    #[arg(long)]
    profile: Option<String>,
    /// An option of the library, as in decay_ms=100; may be repeated
    #[arg(long = "option", short = 'o', value_name = "KEY=VALUE")]
    options: Vec<String>,
    /// Print the statistics at the end
    #[arg(long)]
    stats: bool,
    /// Write the last figures to a file at the end, as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// The library, where it is not found by itself
    #[arg(long, env = "DAM_LIBRARY")]
    library: Option<PathBuf>,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true)]
    command: Vec<OsString>,
}

/// Runs it.
pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let library = library(arguments.library.as_deref())?;
    let mut command = Command::new(&arguments.command[0]);
    command
        .args(&arguments.command[1..])
        .env("LD_PRELOAD", joined(Some(library.into()), env::var_os("LD_PRELOAD")))
        .env("DAM_OPTIONS", joined(env::var_os("DAM_OPTIONS"), Some(options(arguments)?)));
    let name = arguments.command[0].to_string_lossy().into_owned();
    let Some(file) = &arguments.json else {
        let error = command.exec();
        let code = if error.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
        eprintln!("dam: {name}: {error}");
        return Ok(ExitCode::from(code));
    };
    let child = command.spawn().with_context(|| name.clone())?;
    let (status, last) = watch_to_the_end(child)?;
    match last {
        Some(last) => write_json(&last, file)?,
        None => eprintln!("dam: {name} ended without figures: it was not running on DAM"),
    }
    Ok(ExitCode::from(status.code().unwrap_or(128 + status.signal().unwrap_or(0)) as u8))
}

/// Waits for a process's end, and reads what it said last: its page is there as long as somebody holds it.
fn watch_to_the_end(mut child: Child) -> Result<(std::process::ExitStatus, Option<Snapshot>)> {
    let mut target: Option<Target> = None;
    let mut last = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, target.and_then(|target| target.read().ok()).or(last)));
        }
        // The program may become another one, which has a page of its own.
        if target.as_ref().is_none_or(|target| !target.is_there())
            && let Ok(found) = Target::open(child.id() as i32)
        {
            target = Some(found);
        }
        last = target.as_ref().and_then(|target| target.read().ok()).or(last);
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn write_json(last: &Snapshot, file: &PathBuf) -> Result<()> {
    let mut text = String::new();
    json::render(&last.stats, &mut last.classes.iter().copied(), &mut text)?;
    text.push('\n');
    std::fs::write(file, text).with_context(|| file.display().to_string())
}

/// Two texts with a colon between them.
fn joined(first: Option<OsString>, second: Option<OsString>) -> OsString {
    let parts: Vec<OsString> =
        [first, second].into_iter().flatten().filter(|part| !part.is_empty()).collect();
    parts.join(OsStr::new(":"))
}

fn options(arguments: &Arguments) -> Result<OsString> {
    let mut options: Vec<String> =
        arguments.profile.iter().map(|profile| format!("profile={profile}")).collect();
    for option in &arguments.options {
        let known = option.split_once('=').is_some_and(|(key, _)| is_known(key));
        if !known {
            bail!("{option}: not an option of the library; there are: {}", names().join(" "));
        }
        options.push(option.clone());
    }
    if arguments.stats {
        options.push("stats_at_exit=1".into());
    }
    Ok(options.join(":").into())
}

fn names() -> Vec<&'static str> {
    use dam::config::options::{OPTIONS, REPORT_TO};
    OPTIONS.iter().map(|option| option.name).chain([REPORT_TO.name]).collect()
}

fn is_known(key: &str) -> bool {
    names().contains(&key)
}

/// Where the library is: as said, where it is installed beside this command, or in the workspace it was built in.
fn library(said: Option<&std::path::Path>) -> Result<PathBuf> {
    if let Some(said) = said {
        return said.canonicalize().with_context(|| said.display().to_string());
    }
    let own = env::current_exe()?;
    let folders = own.ancestors().skip(1);
    let places = folders.flat_map(|folder| {
        ["libdam.so", "lib/libdam.so", "lib64/libdam.so", "dist/libdam.so"]
            .map(|place| folder.join(place))
    });
    let multiarch = own.ancestors().skip(2).take(1).flat_map(|folder| {
        let entries = folder.join("lib").read_dir().into_iter().flatten().flatten();
        entries.map(|entry| entry.path().join("libdam.so"))
    });
    places.take(12).chain(multiarch).find(|place| place.is_file()).context(
        "libdam.so was not found beside this command: say where it is by --library or DAM_LIBRARY",
    )
}
