//! Who may look, and how the looking is done.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use super::support::{Process, Said, command, dam, library, said, wait_until};
use super::terminal::assert_only_reads;

/// Users that no process of the system runs as.
const USERS: [u32; 2] = [54_321, 54_322];

/// What runs a program as somebody else. It must lie where others can read.
fn as_user(user: u32, program: &Path) -> Command {
    let mut command = Command::new("setpriv");
    command.args([format!("--reuid={user}"), format!("--regid={user}"), "--clear-groups".into()]);
    command.arg(program);
    command
}

/// The command and the library in a folder of their own: others may not reach the one that they were built in.
fn copies() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    for file in [command(), library()] {
        std::fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
    }
    folder
}

/// Root alone can become somebody else.
fn is_root() -> bool {
    let is_root = rustix::process::geteuid().is_root();
    if !is_root {
        println!("not root: not tested");
    }
    is_root
}

fn is_listed(list: &Said, pid: &str) -> bool {
    list.out.lines().any(|line| line.split_whitespace().next() == Some(pid))
}

fn refuses(user: u32, folder: &Path, pid: &str) {
    let mine = |arguments: &[&str]| said(as_user(user, &folder.join("dam")).args(arguments));
    for subcommand in ["stats", "check", "trim", "watch", "map"] {
        let advice = "is another user's, or has other rights than its user: run this as that user, or as root";
        mine(&[subcommand, pid]).refused(advice);
    }
    assert!(!is_listed(&mine(&["ps"]).well(), pid));
    assert!(!mine(&["export", "--once"]).well().out.contains(&format!("pid=\"{pid}\"")));
}

#[test]
fn another_users_process_is_refused() {
    if !is_root() {
        return;
    }
    let folder = copies();
    let process = Process::on_dam(&[]);
    refuses(USERS[0], folder.path(), &process.pid);
    assert!(is_listed(&dam(&["ps"]).well(), &process.pid));

    // Whose process it is may look, root may, and a third may not.
    let mut run = as_user(USERS[0], &folder.path().join("dam"));
    let theirs = Process::start(run.args(["run", "--", "/usr/bin/cat"]));
    let own =
        |arguments: &[&str]| said(as_user(USERS[0], &folder.path().join("dam")).args(arguments));
    wait_until("their page", || own(&["stats", &theirs.pid]).status == 0);
    assert!(is_listed(&own(&["ps"]).well(), &theirs.pid));
    dam(&["stats", &theirs.pid]).well();
    refuses(USERS[1], folder.path(), &theirs.pid);
}

/// Without the command, too.
#[test]
fn the_page_itself_cannot_be_read_by_others() {
    let mut process = Process::on_dam(&[]);
    let files = process.does("print(*descriptors('dam-'))");
    assert_eq!(files.split(' ').count(), 2, "{files}");
    for file in files.split(' ').map(|number| format!("/proc/{}/fd/{number}", process.pid)) {
        assert!(std::fs::read(&file).is_ok_and(|bytes| bytes.starts_with(b"DAMSTATS")), "{file}");
        if is_root() {
            let read = said(as_user(USERS[0], Path::new("/usr/bin/cat")).arg(&file));
            assert!(read.status == 1 && read.out.is_empty(), "{read:?}");
            assert!(read.err.contains("Permission denied"), "{read:?}");
        }
    }
}

#[test]
fn a_process_is_neither_traced_nor_signalled_nor_is_its_memory_read() {
    let mut process = Process::on_dam(&[]);
    process.does("work()");
    let folder = tempfile::tempdir().unwrap();
    for (at, arguments) in [["stats"], ["check"], ["trim"]].iter().enumerate() {
        let log = folder.path().join(at.to_string());
        let mut strace = Command::new("strace");
        strace.arg("-f").arg("-o").arg(&log).arg(command()).args(arguments).arg(&process.pid);
        said(&mut strace).well();
        assert_only_reads(&std::fs::read_to_string(log).unwrap());
    }
}
