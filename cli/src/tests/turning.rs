//! Processes that are watched while they end, fork and become other programs.

use crate::page::Target;

use super::support::{Process, Running, dam, json, wait_until};

/// 50 MB that are known by their size, and some work, without which figures are written late.
const MUCH: &str = "kept = [libc.malloc(100000) for _ in range(500)]; work()";

fn requested(pid: &str) -> u64 {
    json(pid)["requested_bytes"].as_u64().unwrap()
}

fn is_much(bytes: u64) -> bool {
    bytes > 50_000_000
}

/// `watch` of every figure, and the column of the requested bytes.
struct Watch {
    command: Running,
    lines: Box<dyn Iterator<Item = String>>,
    columns: usize,
    column: usize,
}

impl Watch {
    fn of(pid: &str) -> Self {
        let mut command = Running::dam(&["watch", pid, "--every", "20ms", "--csv", "-"]);
        let mut lines = Box::new(command.lines());
        let head = lines.next().unwrap();
        let column = head.split(',').position(|name| name == "requested_bytes").unwrap();
        Self { command, lines, columns: head.split(',').count(), column }
    }

    fn next(&mut self) -> Option<u64> {
        let line = self.lines.next()?;
        assert_eq!(line.split(',').count(), self.columns, "{line}");
        Some(line.split(',').nth(self.column).unwrap().parse().unwrap())
    }

    /// Reads on until the requested bytes are so. They may be those of some while ago.
    fn until(&mut self, is_so: impl Fn(u64) -> bool) {
        wait_until("a line", || match self.next() {
            Some(bytes) => is_so(bytes),
            None => panic!("no more lines: {}", self.command.complaint()),
        });
    }

    /// Reads on to the end.
    fn ends(mut self, reason: &str, status: i32) {
        while self.next().is_some() {}
        let said = self.command.complaint();
        assert!(said.contains(reason), "{said}");
        assert_eq!(self.command.status(), Some(status));
    }
}

#[test]
fn the_end_of_a_watched_process_is_that_of_watch() {
    let mut process = Process::on_dam(&[]);
    process.does(MUCH);
    let mut watch = Watch::of(&process.pid);
    watch.until(is_much);
    process.ends();
    watch.ends("has ended", 0);
    dam(&["stats", &process.pid]).refused("there is no process");
}

#[test]
fn a_killed_process_that_nobody_waits_for_has_ended() {
    let mut process = Process::on_dam(&[]);
    let mut watch = Watch::of(&process.pid);
    watch.next().unwrap();
    process.begins("os.kill(os.getpid(), signal.SIGKILL)");
    watch.ends("has ended", 0);
    for subcommand in ["stats", "check", "map"] {
        dam(&[subcommand, &process.pid]).refused("has ended");
    }
}

#[test]
fn a_process_is_followed_into_another_program_on_dam() {
    let mut process = Process::on_dam(&[]);
    process.does(MUCH);
    let mut watch = Watch::of(&process.pid);
    watch.until(is_much);
    for _ in 0..5 {
        process.begins("become(os.environ)");
        process.is_ready();
        watch.until(|bytes| !is_much(bytes));
        process.does(MUCH);
        watch.until(is_much);
    }
    process.ends();
    watch.ends("has ended", 0);
}

#[test]
fn a_process_that_leaves_dam_is_told_from_one_that_has_ended() {
    let mut process = Process::on_dam(&[]);
    let mut watch = Watch::of(&process.pid);
    watch.next().unwrap();
    process.begins("become(without_dam())");
    process.is_ready();
    watch.ends("does not run on DAM: start it by", 2);
    dam(&["stats", &process.pid]).refused("does not run on DAM");
    process.does("pass");
}

#[test]
fn parent_and_child_of_a_fork_have_a_page_each() {
    let mut process = Process::on_dam(&[]);
    process.does(MUCH);
    let mut watch = Watch::of(&process.pid);
    watch.until(is_much);
    let child = process.does(
        "child = forked(lambda: ([libc.free(block) for block in kept], work())); print(child)",
    );
    wait_until("the child's page", || dam(&["stats", &child]).status == 0);
    wait_until("the child's figures", || !is_much(requested(&child)));
    assert!(is_much(requested(&process.pid)));
    let owner = |pid: &str| Target::open(pid.parse().unwrap()).unwrap().read().unwrap().process;
    assert_eq!(
        [&child, &process.pid].map(|pid| owner(pid).to_string()),
        [child.clone(), process.pid.clone()]
    );
    // The parent's lines go on, and are the parent's.
    (0..3).for_each(|_| assert!(is_much(watch.next().unwrap())));
    process.does("kill(child)");
    dam(&["stats", &child]).refused("there is no process");
    assert!(is_much(requested(&process.pid)));
    process.ends();
    watch.ends("has ended", 0);
}
