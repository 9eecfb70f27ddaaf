//! `top` in a terminal: tmux draws it, presses its keys and changes its size.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rustix::process::Signal;

use super::support::{Process, command, library, signal, wait_until};

/// A terminal with a server of its own.
pub struct Terminal {
    server: String,
}

impl Terminal {
    /// One of 80 columns and 24 lines, in which `dam` runs with these arguments, and then a shell says how it ended.
    pub fn with_dam(arguments: &str) -> Self {
        Self::with_command("", arguments)
    }

    /// The same with another command that runs it.
    fn with_command(wrapper: &str, arguments: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = format!("dam-test-{}-{}", std::process::id(), NEXT.fetch_add(1, Relaxed));
        let terminal = Self { server };
        let dam = command();
        let line = format!(
            "{wrapper} '{}' {arguments}; echo \"status $?\"; stty -a | grep -o -e '-*icanon'; exec cat",
            dam.display()
        );
        terminal.tmux(&["-f/dev/null", "new-session", "-d", "-x80", "-y24", &line]);
        terminal
    }

    fn tmux(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("tmux");
        command.args(["-L", &self.server]).args(arguments);
        // The size is this terminal's, not that of the one the tests run in.
        let command =
            command.env_remove("TMUX").env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let output = command.env("DAM_LIBRARY", library()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn text(&self) -> String {
        self.tmux(&["capture-pane", "-p"])
    }

    pub fn press(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    fn resize(&self, width: u32, height: u32) {
        self.tmux(&["resize-window", "-x", &width.to_string(), "-y", &height.to_string()]);
    }

    #[track_caller]
    pub fn shows(&self, part: &str) {
        let mut text = String::new();
        wait_until(part, || {
            let now = self.text();
            if now != text {
                // Seen with a test that fails.
                println!("{now}\n--- waiting for: {part}");
            }
            text = now;
            text.contains(part)
        });
    }

    fn pid(&self) -> i32 {
        let shell = self.tmux(&["display-message", "-p", "#{pane_pid}"]);
        let children = format!("/proc/{0}/task/{0}/children", shell.trim());
        let children = std::fs::read_to_string(children).unwrap();
        children.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = Command::new("tmux").args(["-L", &self.server, "kill-server"]).output();
    }
}

fn busy() -> Process {
    let mut process = Process::on_dam(&[]);
    process.does("work()");
    process
}

#[test]
fn a_process_is_shown_looked_at_closely_and_left() {
    let process = busy();
    let terminal = Terminal::with_dam(&format!("top {} --every 50ms", process.pid));
    for part in ["pressure", "memory", "wasted", "pools", "violations", "occupied", "? help"] {
        terminal.shows(part);
    }
    terminal.press("Enter");
    terminal.shows("live blocks by the size they were asked for");
    terminal.press("Escape");
    terminal.shows("occupied");
    terminal.press("?");
    terminal.shows("faster, slower");
    terminal.press("?");
    terminal.press("p");
    terminal.shows("paused");
    terminal.press("q");
    terminal.shows("status 0");
    terminal.shows("\nicanon");
    assert!(!terminal.text().contains("pressure"), "the screen is what it was before");
}

/// Other tests have processes too, so which one is opened is not known beforehand.
#[test]
fn one_of_all_processes_is_chosen() {
    let process = busy();
    let terminal = Terminal::with_dam("top --every 50ms");
    terminal.shows(&format!("{} python3", process.pid));
    terminal.press("Down");
    // Which one is chosen depends on what other tests run, and it may have ended by now.
    let has = |part| terminal.text().contains(part);
    loop {
        terminal.press("Enter");
        wait_until("an answer", || has("pressure") || has("there is no process"));
        if has("pressure") {
            break;
        }
        terminal.press("Down");
        wait_until("the answer's end", || !has("there is no process"));
    }
    terminal.press("Escape");
    terminal.shows("blocks/s frag viol");
    terminal.press("q");
    terminal.shows("status 0");
}

#[test]
fn it_fits_terminals_of_all_sizes() {
    let process = busy();
    let terminal = Terminal::with_dam(&format!("top {} --every 50ms", process.pid));
    terminal.shows("pressure");
    for (width, height) in [(40, 10), (10, 3), (2, 1), (200, 60), (80, 24)] {
        terminal.resize(width, height);
        for key in ["Down", "Enter", "?", "Escape", "s", "Escape", "Down"] {
            // The last Escape would leave a view that is not close.
            if key != "Escape" || terminal.text().contains("keys") {
                terminal.press(key);
            }
        }
    }
    terminal.press("Escape");
    terminal.shows("pressure");
    terminal.press("q");
    terminal.shows("status 0");
}

#[test]
fn an_ended_process_stays_until_the_user_leaves() {
    let mut process = busy();
    let terminal = Terminal::with_dam(&format!("top {} --every 50ms", process.pid));
    terminal.shows("pressure");
    process.ends();
    terminal.shows("has ended");
    terminal.shows("pressure");
    terminal.press("q");
    terminal.shows("status 0");
}

#[test]
fn a_signal_gives_the_terminal_back() {
    let process = busy();
    for (name, status) in [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129)] {
        let terminal = Terminal::with_dam(&format!("top {}", process.pid));
        terminal.shows("pressure");
        signal(terminal.pid(), name);
        terminal.shows(&format!("status {status}"));
        terminal.shows("\nicanon");
    }
}

/// With the signal that says so, and without, as in another session.
#[test]
fn it_ends_with_its_terminal() {
    let process = busy();
    for wrapper in ["", "setsid"] {
        let arguments = format!("top {} --every 50ms", process.pid);
        let terminal = Terminal::with_command(wrapper, &arguments);
        terminal.shows("pressure");
        let own = std::path::PathBuf::from(format!("/proc/{}/exe", terminal.pid()));
        assert_eq!(own.read_link().unwrap(), command());
        drop(terminal);
        wait_until("its end", || own.read_link().is_err());
    }
}

#[test]
fn a_process_that_becomes_another_is_followed() {
    let mut process = Process::on_dam(&[]);
    process.does("kept = [libc.malloc(100000) for _ in range(5000)]; work()");
    let terminal = Terminal::with_dam(&format!("top {} --every 50ms", process.pid));
    let live = || -> Option<f64> {
        let text = terminal.text();
        let line = text.lines().find(|line| line.starts_with("memory"))?;
        line.split_whitespace().nth(1)?.strip_suffix('M')?.parse().ok()
    };
    wait_until("the first program's figures", || live().is_some_and(|live| live > 400.0));
    process.begins("become(os.environ)");
    process.is_ready();
    process.does("work()");
    wait_until("the new program's figures", || live().is_some_and(|live| live < 100.0));
    process.begins("become(without_dam())");
    process.is_ready();
    terminal.shows("does not run on DAM");
    terminal.press("q");
    terminal.shows("status 0");
}

#[test]
fn a_stopped_process_is_shown_and_left() {
    let process = busy();
    signal(process.number(), Signal::STOP);
    let terminal = Terminal::with_dam(&format!("top {} --every 50ms", process.pid));
    // It may have been stopped in the middle of writing, and then there is a reason instead.
    wait_until("figures, or a reason", || {
        ["pressure", "status 2"].iter().any(|part| terminal.text().contains(part))
    });
    if terminal.text().contains("pressure") {
        terminal.press("q");
        terminal.shows("status 0");
    }
}

#[test]
fn no_process_is_traced_for_it() {
    let process = busy();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("calls");
    let strace = format!("strace -f -o '{}'", log.display());
    let terminal = Terminal::with_command(&strace, &format!("top {} --every 50ms", process.pid));
    terminal.shows("pressure");
    terminal.press("Enter");
    terminal.shows("live blocks by the size they were asked for");
    terminal.press("q");
    terminal.shows("status 0");
    assert_only_reads(&std::fs::read_to_string(log).unwrap());
}

/// Whether a log of system calls is that of somebody who reads a page and does nothing to the process.
pub fn assert_only_reads(log: &str) {
    assert!(log.contains("exit_group(") && log.contains("pread64("), "{log}");
    for call in ["ptrace(", "process_vm_readv(", "process_vm_writev(", "kill(", "pidfd_", "/mem\""]
    {
        assert!(!log.contains(call), "{call} in\n{log}");
    }
}
