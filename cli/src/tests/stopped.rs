//! A process that is stopped is looked at like any other: each subcommand ends, with figures or a reason.

use rustix::process::Signal;

use super::support::{Process, dam, signal};

const TO_BE_STOPPED: &str = "it is stopped (continue it: kill -CONT";

#[test]
fn it_is_read_wherever_it_was_stopped() {
    let mut process = Process::on_dam(&[]);
    process.does("work()");
    for _ in 0..10 {
        // In the middle of writing too.
        process.does("time.sleep(0.01)");
        signal(process.number(), Signal::STOP);
        let said = dam(&["stats", &process.pid]);
        assert!(
            said.status == 0 || said.status == 2 && said.err.contains(TO_BE_STOPPED),
            "{said:?}"
        );
        dam(&["ps"]).well();
        signal(process.number(), Signal::CONT);
    }
}

#[test]
fn what_it_is_asked_for_waits_until_it_goes_on() {
    let mut process = Process::on_dam(&[]);
    process.does("kept = [libc.malloc(100) for _ in range(1000)]");
    // Idle before it is stopped, so that it does not stop while it writes.
    signal(process.number(), Signal::STOP);
    dam(&["stats", &process.pid]).well();
    dam(&["watch", &process.pid, "--count", "2", "--every", "10ms"]).well();
    dam(&["check", &process.pid]).refused("it is idle or stopped");
    dam(&["trim", &process.pid, "--timeout", "10ms"]).refused("it is idle or stopped");
    dam(&["map", &process.pid, "-o", "-"]).refused("it tells its pools with what it does next");
    signal(process.number(), Signal::CONT);
    process.does("work()");
    dam(&["check", &process.pid, "--timeout", "50s"]).well();
}

#[test]
fn the_pools_it_told_before_are_drawn_and_said_to_be_old() {
    let mut process = Process::on_dam(&[]);
    process.does("work()");
    // A machine under load may be slower than the command's patience.
    super::support::wait_until("a map", || {
        let said = dam(&["map", &process.pid, "-o", "-"]);
        said.status == 0 && !said.err.contains("not passed by")
    });
    process.does("at_work = False; time.sleep(0.1)");
    signal(process.number(), Signal::STOP);
    let said = dam(&["map", &process.pid, "-o", "-"]);
    if said.err.contains(TO_BE_STOPPED) {
        return;
    }
    let said = said.well();
    assert!(said.err.contains("the pools are as they were"), "{said:?}");
    assert!(said.out.contains("<svg ") && said.out.ends_with("</svg>\n"), "{said:?}");
}
