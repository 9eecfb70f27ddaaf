//! Processes that say what they should not. None of it may crash the command, hang it, or make it take memory without bound.

use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use crate::page::Target;
use dam::measure::page::{LAYOUT, Page, Part, Parts, Wishes};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::support::{Fake, PageBytes, dam};

const SEQUENCE: u64 = std::mem::offset_of!(Page, sequence) as u64;

#[test]
fn a_page_is_shown_as_it_is() {
    let fake = Fake::with(|pid| PageBytes::example(pid).0);
    let text = fake.dam("stats", &[]).well().out;
    for part in
        ["DAM 0.1.0", "12.3k blocks/s", "violation 17: double-free, 0x70001000 of 24 bytes", "2048"]
    {
        assert!(text.contains(part), "no '{part}' in\n{text}");
    }
}

#[test]
fn another_processs_page_is_not_taken_for_its_own() {
    let fake = Fake::with(|_| PageBytes::example(1).0);
    fake.dam("stats", &[]).refused("has the page of process 1");
}

#[test]
fn other_layouts_say_what_to_do() {
    for layout in [LAYOUT - 1, LAYOUT + 1, u32::MAX] {
        let fake = Fake::with(|pid| PageBytes::example(pid).layout(layout).0);
        let advice = "use the command dam of its libdam.so's version";
        fake.dam("stats", &[]).refused(&format!("layout {layout}"));
        for subcommand in ["stats", "watch", "check", "trim", "map"] {
            fake.dam(subcommand, &[]).refused(advice);
        }
        // Among others it is left out.
        dam(&["ps"]).well();
        dam(&["export", "--once"]).well();
    }
}

#[test]
fn what_is_no_page_is_refused() {
    let empty = Fake::with(|_| Vec::new());
    empty.dam("stats", &[]).refused("damaged, or not one of DAM's");
    let zeros = Fake::with(|_| vec![0; 4096]);
    zeros.dam("watch", &[]).refused("damaged, or not one of DAM's");
    let short = Fake::with(|pid| PageBytes::example(pid).0[..100].to_vec());
    short.dam("stats", &[]).refused("damaged, or not one of DAM's");
    let other = Fake::named("dam-statistics", "dam-wishes", 0);
    other.dam("stats", &[]).refused("does not run on DAM");
}

/// A process that was stopped, or killed, in the middle of writing.
#[test]
fn a_page_that_is_never_finished_is_given_up() {
    let fake = Fake::with(|pid| PageBytes::example(pid).sequence(7).0);
    fake.dam("stats", &[]).refused("it is stopped (continue it: kill -CONT");
    let listed = dam(&["ps"]).well().out;
    assert!(!listed.contains(&format!("{} ", fake.process.pid)), "{listed}");
}

#[test]
fn a_page_that_changes_all_the_time_is_given_up() {
    let fake = Fake::with(|pid| PageBytes::example(pid).0);
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut sequence = 0u64;
            while !done.load(Relaxed) {
                sequence += 2;
                fake.page.write_all_at(&sequence.to_ne_bytes(), SEQUENCE).unwrap();
            }
        });
        let said = fake.dam("stats", &[]);
        done.store(true, Relaxed);
        // Between two changes it may be caught all the same.
        assert!(said.status == 0 || said.err.contains("in the middle of writing"), "{said:?}");
    });
}

#[test]
fn a_page_of_a_terabyte_is_not_copied() {
    let fake = Fake::named("dam-stats", "dam-wishes", 1 << 40);
    let mut page = PageBytes::example(fake.process.number() as u32);
    let all = Part { offset: u32::MAX, entry: u32::MAX, count: u64::MAX };
    page.parts(Parts {
        stats: all,
        classes: all,
        options: all,
        events: all,
        pools: all,
        all_pools: u64::MAX,
    });
    fake.page.write_all_at(&page.0, 0).unwrap();
    let mut limited = std::process::Command::new("prlimit");
    limited
        .arg("--as=1000000000")
        .arg(super::support::command())
        .args(["stats", &fake.process.pid]);
    super::support::said(&mut limited).well();
}

#[test]
fn random_pages_are_no_fault() {
    let fake = Fake::with(|pid| PageBytes::example(pid).0);
    let pid = fake.process.number();
    let page = PageBytes::example(pid as u32).pools(100);
    let bits = prop::collection::vec(
        (prop_oneof![3 => 0..1000usize, 1 => 0..page.0.len()], 0..8u8),
        1..50,
    );
    // Each is a round through files, so there are fewer than the decoder's own tests have.
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(60)
    });
    let outcome = runner.run(&bits, |bits| {
        let mut page = page.clone();
        bits.iter().for_each(|&(at, bit)| page.0[at] ^= 1 << bit);
        // An odd sequence is another test's, which waits for it.
        page.0[SEQUENCE as usize] &= 0xfe;
        fake.page.write_all_at(&page.0, 0).unwrap();
        let _ = Target::open(pid).map(|target| target.read());
        Ok(())
    });
    outcome.unwrap();
    for _ in 0..3 {
        let said = fake.dam("stats", &[]);
        assert!(!said.err.contains("panicked") && [0, 2].contains(&said.status), "{said:?}");
    }
}

#[test]
fn names_cannot_command_a_terminal() {
    let mut fake = Fake::with(|pid| PageBytes::example(pid).0);
    fake.process.does("ctypes.CDLL(None).prctl(15, b'\\x1b[2J\\n\"\\\\x', 0, 0, 0)");
    for more in [&[][..], &["--prometheus"], &["--openmetrics"]] {
        let said = fake.dam("stats", more).well();
        assert!(!said.out.contains('\x1b'), "{said:?}");
    }
    let series = fake.dam("stats", &["--prometheus"]).out;
    assert!(series.contains("command=\"?[2J?\\\"\\\\x\""), "{series}");
    let listed = dam(&["ps", "--json"]).well().out;
    listed.lines().for_each(|line| drop(serde_json::from_str::<serde_json::Value>(line).unwrap()));
}

#[test]
fn wishes_are_written_only_where_they_are_wishes() {
    for wishes in [
        &[][..],
        &[0; 4096],
        b"somebody's precious file, longer than the wishes are, which must stay as it is",
    ] {
        let fake = Fake::with(|pid| PageBytes::example(pid).0);
        fake.wishes.set_len(0).unwrap();
        fake.wishes.write_all_at(wishes, 0).unwrap();
        fake.dam("check", &["--timeout", "50ms"]).refused("cannot be asked for anything");
        fake.dam("stats", &[]).well();
        let mut now = vec![0; wishes.len() + 1];
        let length = fake.wishes.read_at(&mut now, 0).unwrap();
        assert_eq!(&now[..length], wishes);
    }
    let none = Fake::named("dam-stats", "dam-other", 0);
    none.page.write_all_at(&PageBytes::example(none.process.number() as u32).0, 0).unwrap();
    none.dam("trim", &[]).refused("cannot be asked for anything");
    none.dam("watch", &["--count", "2", "--every", "10ms"]).well();
}

#[test]
fn an_answer_is_believed_only_if_it_is_one() {
    let fake = Fake::with(|pid| PageBytes::example(pid).checked(u64::MAX, 5).0);
    fake.dam("check", &["--timeout", "50ms"]).refused("has not passed by its allocator");
    let done = AtomicBool::new(false);
    let said = std::thread::scope(|scope| {
        scope.spawn(|| {
            let pid = fake.process.number() as u32;
            while !done.load(Relaxed) {
                let mut number = [0; 8];
                let field = std::mem::offset_of!(Wishes, check) as u64;
                fake.wishes.read_exact_at(&mut number, field).unwrap();
                let page = PageBytes::example(pid).checked(u64::from_ne_bytes(number), 2);
                fake.page.write_all_at(&page.0, 0).unwrap();
            }
        });
        let said = fake.dam("check", &["--timeout", "60s"]);
        done.store(true, Relaxed);
        said
    });
    assert!(said.status == 1 && said.out.contains("faults: 2 "), "{said:?}");
}
