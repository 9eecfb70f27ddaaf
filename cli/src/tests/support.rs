//! Processes to look at, and the command that looks.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

pub use crate::page::tests::{PageBytes, no_wishes};

/// A file that `make build` has made, unless a variable names another.
fn built(name: &str, variable: &str) -> PathBuf {
    let dist = Path::new(env!("CARGO_MANIFEST_DIR")).join("../dist").join(name);
    let file = std::env::var_os(variable).map_or(dist, PathBuf::from);
    file.canonicalize()
        .unwrap_or_else(|error| panic!("{}: {error}; it is built by `make build`", file.display()))
}

/// The library that the tests run on.
pub fn library() -> PathBuf {
    built("libdam.so", "DAM_LIBRARY")
}

/// The command.
pub fn command() -> PathBuf {
    built("dam", "DAM_COMMAND")
}

fn support(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/tests").join(name)
}

/// What a command said.
#[derive(Debug)]
pub struct Said {
    /// Its exit status; 128 and more: a signal's.
    pub status: i32,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Said {
    /// One that ended well.
    #[track_caller]
    pub fn well(self) -> Self {
        assert_eq!(self.status, 0, "{self:?}");
        self
    }

    /// One that could not do what it was asked for, and said so.
    #[track_caller]
    pub fn refused(self, reason: &str) {
        assert_eq!(self.status, 2, "{self:?}");
        assert!(self.err.contains(reason), "no '{reason}' in {self:?}");
        assert!(self.out.is_empty() && !self.err.contains("panicked"), "{self:?}");
    }
}

/// `dam` with these arguments, without a process to run. It must not go on for ever, whatever it looks at.
pub fn dam(arguments: &[&str]) -> Said {
    said(bounded(&["prlimit", "--as=2000000000"]).arg(self::command()).args(arguments))
}

/// What runs a command for so long at the most; on a slow machine it takes longer than it should, and still ends.
pub fn bounded(wrapper: &[&str]) -> Command {
    let mut command = Command::new("timeout");
    command.args(["--kill-after=1", "60"]).args(wrapper);
    command
}

/// A command that finds the library under test.
pub fn at_home(command: &mut Command) -> &mut Command {
    command.env("DAM_LIBRARY", library())
}

/// What any command says.
pub fn said(command: &mut Command) -> Said {
    use std::os::unix::process::ExitStatusExt;
    let output = at_home(command).stdin(Stdio::null()).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let status = output.status;
    let status = status.code().unwrap_or_else(|| 128 + status.signal().unwrap());
    Said { status, out: text(&output.stdout), err: text(&output.stderr) }
}

/// A process's figures.
pub fn json(pid: &str) -> serde_json::Value {
    serde_json::from_str(&dam(&["stats", pid, "--json"]).well().out).unwrap()
}

/// Waits until something is so. Slow machines are waited for; what never comes fails.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < Duration::from_secs(60), "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to a process that the test has started.
pub fn signal(pid: i32, signal: Signal) {
    // 0 and negative numbers are groups of processes, and 1 is nobody's test.
    assert!(pid > 1, "no process that a test starts: {pid}");
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// A process that does what lines say.
pub struct Process {
    /// Its number, as an argument.
    pub pid: String,
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Process {
    /// Starts a command to be talked to.
    pub fn start(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        Self { pid: child.id().to_string(), child, to, from }
    }

    /// One on DAM.
    pub fn on_dam(options: &[&str]) -> Self {
        let mut command = Command::new(self::command());
        command
            .arg("run")
            .args(options)
            .args(["--", "/usr/bin/python3", "-u"])
            .arg(support("target.py"));
        command.env("DAM_LIBRARY", library()).env("PYTHONMALLOC", "malloc").stderr(Stdio::null());
        let mut process = Self::start(&mut command);
        assert_eq!(process.line(), "ready");
        process
    }

    /// The number as a number.
    pub fn number(&self) -> i32 {
        self.child.id() as i32
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        line.trim_end().to_owned()
    }

    /// Has it do something; what it prints.
    pub fn does(&mut self, line: &str) -> String {
        self.begins(line);
        let mut printed = String::new();
        loop {
            match self.line().as_str() {
                "done" => return printed,
                "" => panic!("it has ended in: {line}"),
                more => printed += more,
            }
        }
    }

    /// Has it do something that does not come back, or not soon.
    pub fn begins(&mut self, line: &str) {
        writeln!(self.to.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until it says that it is ready once more, as another program.
    pub fn is_ready(&mut self) {
        assert_eq!(self.line(), "ready");
    }

    /// Has it end.
    pub fn ends(&mut self) {
        drop(self.to.take());
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A process with a page that the test writes.
pub struct Fake {
    /// It.
    pub process: Process,
    /// Its page.
    pub page: File,
    /// Its wishes.
    pub wishes: File,
}

impl Fake {
    /// One with this page and untouched wishes. The page is told the process's number.
    pub fn with(page: impl FnOnce(u32) -> Vec<u8>) -> Self {
        let fake = Self::named("dam-stats", "dam-wishes", 0);
        fake.page.write_all_at(&page(fake.process.child.id()), 0).unwrap();
        fake.wishes.write_all_at(&no_wishes(), 0).unwrap();
        fake
    }

    /// One whose files have these names, and a page of so many bytes.
    pub fn named(page: &str, wishes: &str, bytes: u64) -> Self {
        let mut command = Command::new("/usr/bin/python3");
        command.arg("-u").arg(support("fake.py")).args([page, wishes, &bytes.to_string()]);
        let mut process = Process::start(&mut command);
        let line = process.line();
        let mut files = line.split(' ').map(|descriptor| {
            let path = format!("/proc/{}/fd/{descriptor}", process.pid);
            OpenOptions::new().read(true).write(true).open(path).unwrap()
        });
        let (page, wishes) = (files.next().unwrap(), files.next().unwrap());
        drop(files);
        Self { process, page, wishes }
    }

    /// What the command says of it.
    pub fn dam(&self, subcommand: &str, more: &[&str]) -> Said {
        dam(&[&[subcommand, &self.process.pid], more].concat())
    }
}

/// A command that goes on in the background; it is ended with the test.
pub struct Running {
    /// The command.
    pub child: Child,
}

impl Running {
    /// Starts `dam` with these arguments, its output and errors to be read.
    pub fn dam(arguments: &[&str]) -> Self {
        let mut command = Command::new(self::command());
        command.args(arguments).env("DAM_LIBRARY", library()).stdin(Stdio::null());
        Self { child: command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap() }
    }

    /// Its output, line by line.
    pub fn lines(&mut self) -> impl Iterator<Item = String> + use<> {
        BufReader::new(self.child.stdout.take().unwrap()).lines().map(Result::unwrap)
    }

    /// The next line of its errors.
    pub fn complaint(&mut self) -> String {
        let mut line = Vec::new();
        let mut byte = [0];
        let errors = self.child.stderr.as_mut().unwrap();
        while errors.read(&mut byte).unwrap() == 1 && byte != *b"\n" {
            line.push(byte[0]);
        }
        String::from_utf8(line).unwrap()
    }

    /// Waits for its end.
    pub fn status(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
