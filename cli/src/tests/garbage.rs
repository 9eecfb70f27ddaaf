//! Hundreds of damaged pages through the command itself. A seed that fails is printed; `DAM_PAGE_SEED` begins with it.

use std::mem::offset_of;
use std::os::unix::fs::FileExt;
use std::time::{SystemTime, UNIX_EPOCH};

use dam::measure::page::{Answers, Page, Part, Parts};

use super::support::{Fake, PageBytes, bounded, command, dam, said};
use super::terminal::Terminal;

const PAGES: u64 = 300;
/// Of address space: many times what a page and the program take.
const MEMORY: &str = "--as=400000000";

/// Marsaglia's xorshift: the same numbers for the same seed, everywhere.
struct Random(u64);

impl Random {
    fn of(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// A number of any length, the extreme ones often.
    fn word(&mut self) -> u64 {
        match self.below(8) {
            0 => 0,
            1 => u64::MAX,
            _ => self.next() >> self.below(64),
        }
    }
}

/// Garbage, with a head that is believed where `seed` says so.
fn damaged(seed: u64, pid: u32) -> Vec<u8> {
    let mut random = Random::of(seed);
    let mut page = PageBytes::example(pid).pools(random.below(200));
    match seed % 4 {
        // Figures alone: everything is found, and says anything.
        0 => garble(&mut random, &mut page, offset_of!(Page, stats), 30_000),
        // Parts that lie anywhere.
        1 => (0..5).for_each(|part| misplace(&mut random, &mut page, part)),
        2 => {
            (0..5).for_each(|part| misplace(&mut random, &mut page, part));
            garble(&mut random, &mut page, offset_of!(Page, stats), 30_000);
        }
        // Single bits, the head's too.
        _ => (0..40).for_each(|_| {
            let length = if random.below(2) == 0 { offset_of!(Page, stats) } else { page.0.len() };
            page.0[random.below(length)] ^= 1 << random.below(8);
        }),
    }
    // The pools are never asked for twice, and an odd sequence, which is waited for, is another test's.
    let told = offset_of!(Page, answers) + offset_of!(Answers, pools_ns);
    page.put(told, &u64::MAX.to_ne_bytes());
    page.0[offset_of!(Page, sequence)] &= 0xfe;
    if seed % 16 == 15 {
        page.0.truncate(random.below(size_of::<Page>()));
    }
    page.0
}

fn garble(random: &mut Random, page: &mut PageBytes, from: usize, bytes: usize) {
    for at in (from..from + bytes).step_by(8) {
        page.put(at, &random.word().to_ne_bytes());
    }
}

fn misplace(random: &mut Random, page: &mut PageBytes, part: usize) {
    let at = offset_of!(Page, parts) + part * size_of::<Part>();
    if random.below(2) == 0 {
        page.put(at + offset_of!(Part, offset), &(random.word() as u32).to_ne_bytes());
    }
    if random.below(2) == 0 {
        page.put(at + offset_of!(Part, entry), &(random.word() as u32 % 512).to_ne_bytes());
    }
    page.put(at + offset_of!(Part, count), &random.word().to_ne_bytes());
    page.put(offset_of!(Page, parts) + offset_of!(Parts, all_pools), &random.word().to_ne_bytes());
}

fn first_seed() -> u64 {
    match std::env::var("DAM_PAGE_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) => {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
            u64::from(now.subsec_nanos())
        }
    }
}

#[test]
fn damaged_pages_are_shown_or_refused() {
    // Nobody answers wishes, so only what cannot do without them has some.
    let (deaf, asked) = (Fake::named("dam-stats", "dam-other", 0), Fake::with(|_| Vec::new()));
    let subcommands: [(&Fake, &str, &[&str]); 6] = [
        (&deaf, "stats", &[]),
        (&asked, "map", &["-o", "-"]),
        (&deaf, "stats", &["--json"]),
        (&deaf, "stats", &["--openmetrics"]),
        (&asked, "map", &[]),
        (&deaf, "watch", &["--count", "1"]),
    ];
    let first = first_seed();
    println!("seeds from {first} on");
    let mut shown = 0;
    for seed in first..first + PAGES {
        let (fake, subcommand, more) = subcommands[(seed / 4 % 6) as usize];
        fake.page.set_len(0).unwrap();
        fake.page.write_all_at(&damaged(seed, fake.process.number() as u32), 0).unwrap();
        let mut limited = bounded(&["prlimit", MEMORY]);
        limited.arg(command()).arg(subcommand).arg(&fake.process.pid).args(more);
        let said = said(&mut limited);
        let is_well = [0, 2].contains(&said.status) && !said.err.contains("panicked");
        assert!(is_well, "seed {seed}, {subcommand} {more:?}: {}, {}", said.status, said.err);
        assert!(!said.out.contains('\x1b'), "seed {seed}, {subcommand} commands the terminal");
        shown += u64::from(said.status == 0);
        if seed % 16 == 0 {
            dam(&["ps", "--json"]).well();
            dam(&["export", "--once"]).well();
        }
    }
    println!("{shown} were shown");
    assert!(shown > PAGES / 4 && shown < PAGES, "{shown} of {PAGES} were shown");
}

#[test]
fn a_live_view_outlasts_damaged_pages() {
    let fake = Fake::with(|pid| PageBytes::example(pid).0);
    let sound = PageBytes::example(fake.process.number() as u32).0;
    let terminal = Terminal::with_dam(&format!("top {} --every 50ms", fake.process.pid));
    terminal.shows("pressure");
    let first = first_seed();
    println!("seeds from {first} on");
    for seed in first..first + 40 {
        fake.page.write_all_at(&damaged(seed, fake.process.number() as u32), 0).unwrap();
        // One that is missed is no matter.
        std::thread::sleep(std::time::Duration::from_millis(50));
        terminal.press(["Down", "Enter", "s", "Escape"][(seed % 4) as usize]);
    }
    fake.page.write_all_at(&sound, 0).unwrap();
    // The keys may have led to the list.
    terminal.press("q");
    terminal.shows("status 0");
}
