//! `run`.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use super::support::{Running, Said, command, library, said, signal, wait_until};

fn run(arguments: &[&str]) -> Said {
    said(Command::new(command()).arg("run").args(arguments))
}

/// A program that allocates for some milliseconds, then does what `then` says.
fn python(then: &str) -> [&str; 5] {
    [
        "--",
        "/usr/bin/python3",
        "-c",
        "import os, sys; x = [bytearray(n) for n in range(9000)]; exec(sys.argv[1])",
        then,
    ]
}

#[test]
fn the_command_gets_the_library_and_keeps_what_it_has() {
    let shell = ["--", "sh", "-c", "echo $LD_PRELOAD; echo $DAM_OPTIONS"];
    let own = library().display().to_string();
    let said_of = |command: &mut Command| said(command).well().out;
    assert_eq!(run(&shell).well().out, format!("{own}\n\n"));
    let mut command = Command::new(command());
    let command = command.args(["run", "--profile", "fast", "-o", "verbose=0"]).args(shell);
    let other = Path::new(&own).with_file_name("libdam_local.so");
    let command = command.env("LD_PRELOAD", &other).env("DAM_OPTIONS", "decay_ms=5");
    let expected = format!("{own}:{}\ndecay_ms=5:profile=fast:verbose=0\n", other.display());
    assert_eq!(said_of(command), expected);
}

#[test]
fn exit_statuses_are_passed_on() {
    for more in [&[][..], &["--json", "/tmp/dam-test-unused.json"]] {
        let run = |command: &[&str]| run(&[more, command].concat());
        assert_eq!(run(&python("sys.exit(3)")).status, 3);
        assert_eq!(run(&python("os.kill(os.getpid(), 9)")).status, 137);
        let missing = run(&["--", "/nowhere/to-be-found"]);
        assert!(
            missing.status == 127 && missing.err.contains("/nowhere/to-be-found"),
            "{missing:?}"
        );
        assert_eq!(run(&["--", "/etc/passwd"]).status, 126);
    }
    let _ = fs::remove_file("/tmp/dam-test-unused.json");
    let failed = run(&["--library", "/nowhere/libdam.so", "--", "true"]);
    assert!(failed.status == 125 && failed.err.contains("/nowhere/libdam.so"), "{failed:?}");
    assert_eq!(run(&["--option", "decay=1", "--", "true"]).status, 125);
}

#[test]
fn statistics_are_printed_at_the_end() {
    let said = run(&[&["--stats"][..], &python("pass")].concat()).well();
    assert!(said.err.contains("DAM statistics") && said.out.is_empty(), "{said:?}");
}

#[test]
fn the_last_figures_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.json");
    let figures = |command: &[&str]| -> Value {
        run(&[&["--json", file.to_str().unwrap()][..], command].concat());
        serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap()
    };
    let last = figures(&python("sys.exit(1)"));
    assert!(last["small_allocations"].as_u64().unwrap() > 8000, "{last}");
    assert!(!last["classes"].as_array().unwrap().is_empty());
    // Of the program that the process became, not of the one it was.
    let [_, program, option, code, _] = python("");
    let exec = format!(
        "os.execv('{program}', ['{program}', '{option}', sys.argv[2], 'y = [bytearray(600) for _ in range(30000)]'])"
    );
    let last = figures(&["--", program, option, code, &exec, code]);
    assert!(last["small_allocations"].as_u64().unwrap() > 30_000, "{last}");
}

#[test]
fn without_figures_there_is_a_reason() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.json");
    let mut command = Command::new(command());
    command.args(["run", "--json"]).arg(&file).args(["-o", "attach=0"]).args(python("sys.exit(4)"));
    let said = said(&mut command);
    assert!(said.status == 4 && said.err.contains("no figures of /usr/bin/python3"), "{said:?}");
}

#[test]
fn signals_reach_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let (file, mark) = (folder.path().join("figures.json"), folder.path().join("mark"));
    let wait = format!(
        "import signal, time; signal.signal(15, lambda *_: sys.exit(7)); open('{}', 'w'); time.sleep(600)",
        mark.display()
    );
    let mut run =
        Running::dam(&[&["run", "--json", file.to_str().unwrap()][..], &python(&wait)].concat());
    wait_until("the command runs", || mark.exists());
    signal(run.child.id() as i32, Signal::INT);
    signal(run.child.id() as i32, Signal::TERM);
    assert_eq!(run.status(), Some(7), "the interrupt was the terminal's to send");
    assert!(fs::read_to_string(file).unwrap().contains("\"live_bytes\":"));
}
