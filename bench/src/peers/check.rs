//! Refuses a peer that is not what its row says: a library that takes over only a part of the heap,
//! or a hardened configuration whose checks are off, would be measured as something it is not.

use super::definition::{Definition, Source};
use super::{Peer, Place, definition, tools};
use anyhow::{Context, Result, bail};
use nix::libc::{SIGABRT, SIGILL, SIGTRAP};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The check programs, built.
pub(super) struct Checks<'a> {
    place: &'a Place,
    probe: PathBuf,
    misuse: PathBuf,
}

/// What became of a misuse.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// The allocator said so or stopped the process, or let it do no harm.
    Noticed,
    /// It went through, or the process fell over it later.
    Unnoticed,
}

impl<'a> Checks<'a> {
    pub fn new(place: &'a Place) -> Result<Checks<'a>> {
        let log = place.log("checks");
        tools::need(&[("gcc", "gcc"), ("g++", "g++"), ("nice", "coreutils")], &log)?;
        let folder = place.out.join("build");
        let (probe, misuse) = (folder.join("probe"), folder.join("misuse"));
        for (compiler, source, binary) in
            [("g++", "probe.cpp", &probe), ("gcc", "misuse.c", &misuse)]
        {
            let mut command = tools::nice(compiler);
            command
                .args(["-O1", "-g", "-Wall", "-Wextra", "-pthread", "-fno-builtin", "-o"])
                .arg(binary);
            tools::logged(command.arg(place.manifest.join(source)).arg("-ldl"), &log)?;
        }
        Ok(Checks { place, probe, misuse })
    }

    /// An error says why the peer must not take part. Adds to its configuration what only shows
    /// when it runs.
    pub fn accept(&self, definition: &Definition, peer: &mut Peer) -> Result<()> {
        let library = peer.library.as_deref();
        let output = run(&self.probe, &[], library, &peer.environment)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            let reason = text.lines().last().unwrap_or("no output").to_string();
            bail!("fails in the probe program ({}): {reason}", output.status);
        }
        takes_over(&text, library, matches!(definition.source, Source::Glibc))?;
        if let Some(observed) = (definition.observed)(&text) {
            peer.configuration = format!("{}; {observed}", peer.configuration);
        }
        Ok(())
    }

    /// What the peer is documented to notice must be noticed, and not by the one that has no check for it.
    pub fn prove(&self, definition: &Definition, peer: &Peer) -> Result<()> {
        let Some(proof) = &definition.proof else { return Ok(()) };
        // Another library as DAM may be one without checks: it is measured as what it is.
        if self.place.replaces(definition).is_some() {
            return Ok(());
        }
        let misuse = proof.misuse;
        let mut environment = peer.environment.clone();
        environment.extend(definition::owned(proof.environment));
        if self.misuse(misuse, peer.library.as_deref(), &environment)? != Outcome::Noticed {
            bail!("its checks are not on: {misuse} goes unnoticed");
        }
        // It may be absent or not wanted this time: then there is nothing to compare with.
        let Some(plain) =
            proof.unnoticed_by.map(|name| self.place.library(name)).filter(|file| file.is_file())
        else {
            return Ok(());
        };
        if self.misuse(misuse, Some(&plain), &definition::owned(proof.environment))?
            != Outcome::Unnoticed
        {
            bail!("{misuse} proves nothing: {} notices it, too", plain.display());
        }
        Ok(())
    }

    fn misuse(
        &self,
        misuse: &str,
        library: Option<&Path>,
        environment: &[(String, String)],
    ) -> Result<Outcome> {
        let output = run(&self.misuse, &[misuse], library, environment)?;
        Ok(outcome(&output))
    }
}

fn outcome(output: &Output) -> Outcome {
    // A segmentation fault is none of these: it is the misuse's own doing.
    let stopped = matches!(output.status.signal(), Some(SIGABRT | SIGILL | SIGTRAP));
    let prevented = output.stdout.starts_with(b"prevented");
    if stopped || prevented || !output.stderr.is_empty() {
        Outcome::Noticed
    } else {
        Outcome::Unnoticed
    }
}

/// Every function of the heap has to come from the peer's library (glibc has C++'s from libstdc++).
fn takes_over(probe: &str, library: Option<&Path>, glibc: bool) -> Result<()> {
    let functions: Vec<(&str, &str)> =
        probe.lines().filter_map(|line| line.strip_prefix("from ")?.split_once(' ')).collect();
    if functions.is_empty() {
        bail!("the probe program names no function");
    }
    for (function, file) in functions {
        let own = match library {
            Some(library) => Path::new(file) == library,
            None => glibc && (file.contains("libc.so") || file.contains("libstdc++")),
        };
        if !own {
            bail!("does not take over {function}, which comes from {file}");
        }
    }
    Ok(())
}

fn run(
    program: &Path,
    arguments: &[&str],
    library: Option<&Path>,
    variables: &[(String, String)],
) -> Result<Output> {
    // `timeout` gets the variables through `env`, after it: the allocator is for the program alone.
    let mut command = Command::new("timeout");
    command.args(["60", "env", "-i", "LC_ALL=C"]);
    if let Some(library) = library {
        let mut preload = std::ffi::OsString::from("LD_PRELOAD=");
        preload.push(library);
        command.arg(preload);
    }
    command.args(variables.iter().map(|(name, value)| format!("{name}={value}")));
    command.arg(program).args(arguments).stdin(Stdio::null());
    command.output().with_context(|| format!("{} does not start", program.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_takes_over_a_part_is_refused() {
        let library = Path::new("/p/x.so");
        let all = "from malloc /p/x.so\nfrom free /p/x.so\n";
        assert!(takes_over(all, Some(library), false).is_ok());
        let part = "from malloc /p/x.so\nfrom free /lib/libc.so.6\n";
        let error = takes_over(part, Some(library), false).unwrap_err().to_string();
        assert!(error.contains("does not take over free"), "{error}");
        assert!(takes_over("", Some(library), false).is_err());
        assert!(takes_over("from malloc /lib/libc.so.6\n", None, true).is_ok());
    }

    #[test]
    fn only_a_stop_or_a_word_is_noticing() {
        let ended = |status: i32, stdout: &str, stderr: &str| Output {
            status: ExitStatusExt::from_raw(status),
            stdout: stdout.into(),
            stderr: stderr.into(),
        };
        assert_eq!(outcome(&ended(SIGABRT, "", "")), Outcome::Noticed);
        assert_eq!(outcome(&ended(0, "prevented\n", "")), Outcome::Noticed);
        assert_eq!(outcome(&ended(0, "unnoticed\n", "found")), Outcome::Noticed);
        assert_eq!(outcome(&ended(0, "unnoticed\n", "")), Outcome::Unnoticed);
        assert_eq!(outcome(&ended(11, "", "")), Outcome::Unnoticed);
    }
}
