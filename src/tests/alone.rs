//! A process for a test of its own. The heap and its figures belong to the process: exact figures
//! need one in which nobody else allocates, and in which the heap starts by its own door.

use std::eprintln;
use std::process::Command;
use std::string::String;

/// Set in the process made for a test: its name.
const NAME: &str = "DAM_TEST_ALONE";

/// Runs `body` in a new process of this test program, and fails when it fails there, or when the
/// heap reported anything. `name` is the calling test's full name.
pub fn alone(name: &str, body: impl FnOnce()) {
    alone_with_reports(name, 0, body);
}

/// The same where the heap is to write `reports` lines.
pub fn alone_with_reports(name: &str, reports: usize, body: impl FnOnce()) {
    if std::env::var(NAME).is_ok_and(|running| running == name) {
        return body();
    }
    let seed = seed();
    let program = std::env::current_exe().expect("this program has a path");
    let output = Command::new(program)
        .args([name, "--exact", "--nocapture", "--test-threads=1"])
        .env(NAME, name)
        .env("DAM_TEST_SEED", std::format!("{seed}"))
        .output()
        .expect("a process for the test");
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let ran = out.contains("1 passed");
    let reported = err.matches("DAM:").count();
    if !output.status.success() || !ran || reported != reports {
        eprintln!("{out}\n{err}\nrepeat with DAM_TEST_SEED={seed}");
        panic!("{name} in its own process: {}", output.status);
    }
}

/// `DAM_TEST_SEED`, or a new one.
pub fn seed() -> u64 {
    match std::env::var("DAM_TEST_SEED") {
        Ok(text) => text.parse().expect("DAM_TEST_SEED is a number"),
        Err(_) => crate::sys::random_u64() >> 16,
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Reproducible random numbers (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// Any number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        ((u128::from(self.next()) * limit as u128) >> 64) as usize
    }
}
