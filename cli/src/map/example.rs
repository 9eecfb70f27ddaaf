//! Heaps for tests: made up, but the same each time, and shaped as real ones are.

use dam::measure::stats::{DAM_LARGE, DAM_MIDDLE};
use dam::small::class::{CLASSES, POOL_LOG2, SLOT};

use super::snapshot::{Class, Pool, Snapshot};

/// Numbers without a pattern that is seen.
struct Lots(u64);

impl Lots {
    fn below(&mut self, end: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn classes() -> Vec<Class> {
    let class = |(number, &slot): (usize, &u32)| {
        let live = 1000 / (number as u64 + 1);
        let slot_bytes = u64::from(slot);
        Class { slot_bytes, live, requested_bytes: live * slot_bytes * 9 / 10 }
    };
    SLOT.iter().enumerate().map(class).collect()
}

/// Pools of the small tier: `counts` of each class, those that are not named have none.
fn small(lots: &mut Lots, counts: &[(usize, u64)]) -> Vec<Pool> {
    let mut pools = Vec::new();
    for &(class, count) in counts {
        let bytes = u64::from(SLOT[class]) << POOL_LOG2[class];
        for number in 0..count {
            let address = (0x7e00_0000_0000 + ((class as u64) << 36)) + number * bytes;
            pools.push(pool(lots, class as u32, address, bytes, number + 1 == count));
        }
    }
    pools
}

fn pool(lots: &mut Lots, class_number: u32, address: u64, bytes: u64, newest: bool) -> Pool {
    let committed_bytes = if newest { bytes * (1 + lots.below(8)) / 8 } else { bytes };
    let (live, health) = match lots.below(100) {
        0..30 => (100, 4),
        30..55 => (95, 1),
        55..75 => (40 + lots.below(50), 0),
        75..97 if committed_bytes >= 65_536 => (4 + lots.below(18), 2),
        99 => (50, 3),
        _ => (60, 0),
    };
    let live_bytes = committed_bytes / 100 * live;
    Pool { address, bytes, live_bytes, committed_bytes, class_number, health }
}

fn middle(lots: &mut Lots, count: u64) -> impl Iterator<Item = Pool> {
    (0..count).map(move |number| {
        let address = 0x7f20_0000_0000 + (number << 25);
        pool(lots, DAM_MIDDLE, address, 32 << 20, number + 1 == count)
    })
}

fn large(lots: &mut Lots, count: u64) -> impl Iterator<Item = Pool> {
    let mut address = 0x7f80_0000_0000;
    (0..count).map(move |_| {
        let bytes = (8 << 20) + (lots.below(30_000) << 12);
        address += bytes + 0x20_0000;
        let live_bytes = bytes;
        Pool {
            address,
            bytes,
            live_bytes,
            committed_bytes: bytes,
            class_number: DAM_LARGE,
            health: 0,
        }
    })
}

fn snapshot(program: &str, pools: Vec<Pool>) -> Snapshot {
    let mut snapshot = Snapshot::new(4711, program.into());
    snapshot.version = "0.1.0".into();
    snapshot.taken = 1_790_000_000;
    snapshot.classes = classes();
    snapshot.all_pools = pools.len() as u64;
    snapshot.pools = pools;
    snapshot
}

/// A server of middle size: some thirty classes, a few middle pools, some large blocks.
pub fn server() -> Snapshot {
    let mut lots = Lots(1);
    let some: Vec<(usize, u64)> = (0..CLASSES)
        .filter(|class| *class < 16 || class % 3 == 0)
        .map(|class| {
            (class, if class == 3 { 41 } else { 1 + lots.below(24 / (class as u64 / 4 + 1) + 2) })
        })
        .collect();
    let mut pools = small(&mut lots, &some);
    pools.extend(middle(&mut lots, 5));
    pools.extend(large(&mut lots, 9));
    snapshot("imaginary-server", pools)
}

/// As many pools as are ever told.
pub fn crowded() -> Snapshot {
    let mut lots = Lots(2);
    let counts: Vec<(usize, u64)> =
        (0..CLASSES).map(|class| (class, if class == 5 { 6000 } else { 23 })).collect();
    let mut pools = small(&mut lots, &counts);
    pools.extend(middle(&mut lots, 300));
    pools.extend(large(&mut lots, 8192 - pools.len() as u64));
    snapshot("crowded", pools)
}

/// A program that has just started.
pub fn young() -> Snapshot {
    let mut lots = Lots(3);
    let pools = small(&mut lots, &[(0, 1), (2, 1), (7, 1), (40, 1)]);
    snapshot("young", pools)
}
