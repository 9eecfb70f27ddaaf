//! `check` and `trim`.

use crate::page::Target;

use super::support::{Process, dam, wait_until};

#[test]
fn a_process_at_work_answers() {
    let mut process = Process::on_dam(&[]);
    process.does("work()");
    let said = dam(&["check", &process.pid, "--timeout", "60s"]).well();
    assert!(said.out.contains("the heap is sound"), "{said:?}");
    let said = dam(&["trim", &process.pid, "--timeout", "60s"]).well();
    assert!(said.out.contains("gave back"), "{said:?}");
}

#[test]
fn damage_is_an_exit_status_of_one() {
    let mut process = Process::on_dam(&["-o", "on_violation=continue"]);
    // Not beside a block of the interpreter's.
    process.does("blocks = sorted(libc.malloc(24) for _ in range(1000))");
    process.does("block = next(a for a, b in zip(blocks, blocks[1:]) if b == a + 32)");
    process.does("libc.memset(block, 1, 25); work()");
    let said = dam(&["check", &process.pid, "--timeout", "60s"]);
    assert_eq!(said.status, 1, "{said:?}");
    assert!(said.out.contains("faults: 2 ") && said.out.contains("report_to"), "{said:?}");
    let text = dam(&["stats", &process.pid]).well().out;
    assert!(text.contains("heap-buffer-overflow, 0x") && text.contains("of 24 bytes"), "{text}");
}

#[test]
fn an_idle_process_does_later_what_it_is_asked_for() {
    let mut process = Process::on_dam(&[]);
    let target = Target::open(process.number()).unwrap();
    dam(&["check", &process.pid, "--timeout", "50ms"]).refused("as soon as it allocates");
    dam(&["trim", &process.pid, "--timeout", "50ms"])
        .refused("has not passed by its allocator within 50ms");
    process.does("work()");
    wait_until("both wishes are met", || {
        let answers = target.read().unwrap().answers;
        answers.check != 0 && answers.trim != 0
    });
}
