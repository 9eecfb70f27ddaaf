//! Runs one program in its own process group, with a deadline for the whole group.

use std::fmt;
use std::fs::File;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

pub struct Run<'a> {
    pub program: &'a Path,
    pub arguments: &'a [String],
    pub directory: &'a Path,
    pub environment: Vec<(String, String)>,
    pub timeout: Duration,
}

#[derive(PartialEq, Eq)]
pub enum End {
    Exit(i32),
    Signal(i32),
    TimedOut(Duration),
}

pub struct Outcome {
    pub end: End,
    pub stdout: String,
    pub stderr: String,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            End::Exit(code) => write!(f, "exit {code}"),
            End::Signal(number) => write!(f, "signal {number}"),
            End::TimedOut(limit) => write!(f, "no end within {} s", limit.as_secs()),
        }
    }
}

impl Run<'_> {
    /// Output goes to files, not pipes: a grandchild that lives on cannot hold the runner up.
    pub fn outcome(&self) -> Result<Outcome, String> {
        let _ = std::fs::remove_dir_all(self.directory);
        std::fs::create_dir_all(self.directory).map_err(|e| e.to_string())?;
        let (out, err) = (self.directory.join("stdout"), self.directory.join("stderr"));
        let mut command = Command::new(self.program);
        command
            .args(self.arguments)
            .current_dir(self.directory)
            .stdin(Stdio::null())
            .process_group(0);
        command.stdout(File::create(&out).map_err(|e| e.to_string())?);
        command.stderr(File::create(&err).map_err(|e| e.to_string())?);
        command.env_remove("DAM_OPTIONS").env_remove("LD_PRELOAD").env_remove("DAM_TEST");
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        let mut child = command.spawn().map_err(|e| format!("{}: {e}", self.program.display()))?;
        let end = self.wait(&mut child);
        let read =
            |path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        Ok(Outcome {
            end,
            stdout: read(out).unwrap_or_default(),
            stderr: read(err).unwrap_or_default(),
        })
    }

    fn wait(&self, child: &mut Child) -> End {
        let start = Instant::now();
        let mut pause = Duration::from_millis(1);
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Some(status),
                _ if start.elapsed() > self.timeout => break None,
                _ => std::thread::sleep(pause),
            }
            pause = (pause * 2).min(Duration::from_millis(20));
        };
        // SAFETY: the group was created for this child; once it is empty the call fails and does nothing.
        unsafe { libc::kill(-(child.id() as i32), libc::SIGKILL) };
        let _ = child.wait();
        status.map_or(End::TimedOut(self.timeout), end_of)
    }
}

fn end_of(status: ExitStatus) -> End {
    status.signal().map_or_else(|| End::Exit(status.code().unwrap_or(-1)), End::Signal)
}

/// The last lines of an output, enough to see what happened.
pub fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(25);
    lines[from..]
        .iter()
        .map(|line| format!("{}\n", line.chars().take(400).collect::<String>()))
        .collect()
}
