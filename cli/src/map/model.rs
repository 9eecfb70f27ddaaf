//! A heap as all pictures show it: rows of pools, by tier and class, with their sums.

use dam::measure::health::Health;
use dam::measure::stats::{DAM_LARGE, DAM_MIDDLE};

use super::snapshot::{Class, Pool, Snapshot};

/// A heap.
pub struct Picture {
    /// Whose it is.
    pub title: String,
    /// What else is said of it: DAM's version, the time.
    pub notes: Vec<String>,
    /// Those tiers that have pools or blocks.
    pub tiers: Vec<Tier>,
    /// All of them together.
    pub total: Sum,
    /// Pools of each health, by its number; large blocks are not counted.
    pub by_health: [u64; 5],
    /// Pools and large blocks that were not told.
    pub untold: u64,
}

/// One of the three tiers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A row for each class.
    Small,
    /// One row of pools.
    Middle,
    /// One row of blocks.
    Large,
}

/// A tier's rows.
pub struct Tier {
    /// Which.
    pub kind: Kind,
    /// A row for each class that has pools.
    pub rows: Vec<Row>,
    /// All of them together.
    pub sum: Sum,
}

/// The pools of a class, by address.
pub struct Row {
    /// How it is called.
    pub name: String,
    /// The pools.
    pub pools: Vec<Cell>,
    /// All of them together.
    pub sum: Sum,
    /// What blocks were asked for of what they take up, where that is known.
    pub asked: Option<f64>,
}

/// A pool, or a large block.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Where it is.
    pub address: u64,
    /// Its length.
    pub bytes: u64,
    /// Of that, what has memory.
    pub committed: u64,
    /// Of that, what is live.
    pub live: u64,
    /// How well it is.
    pub health: Health,
}

/// The sum of some pools.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sum {
    /// How many.
    pub pools: u64,
    /// Their lengths.
    pub bytes: u64,
    /// What has memory.
    pub committed: u64,
    /// What is live.
    pub live: u64,
}

impl Sum {
    /// The share of the memory that no live block takes up: the metric `pool_fragmentation`. `None`: no memory.
    pub fn fragmentation(&self) -> Option<f64> {
        (self.committed > 0).then(|| 1.0 - self.live as f64 / self.committed as f64)
    }

    fn add(&mut self, other: Self) {
        self.pools += other.pools;
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.committed = self.committed.saturating_add(other.committed);
        self.live = self.live.saturating_add(other.live);
    }
}

impl Cell {
    /// What was told may be torn or false: no part is larger than the whole, and nothing is empty.
    fn new(pool: &Pool) -> Self {
        let bytes = pool.bytes.max(1);
        let committed = pool.committed_bytes.min(bytes);
        Self {
            address: pool.address,
            bytes,
            committed,
            live: pool.live_bytes.min(committed),
            health: Health::from_number(pool.health),
        }
    }

    /// The sum of it alone.
    pub fn sum(&self) -> Sum {
        Sum { pools: 1, bytes: self.bytes, committed: self.committed, live: self.live }
    }
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Small, Self::Middle, Self::Large];

    fn of(class_number: u32) -> Self {
        match class_number {
            DAM_MIDDLE => Self::Middle,
            DAM_LARGE => Self::Large,
            _ => Self::Small,
        }
    }

    /// Its heading.
    pub fn heading(self) -> &'static str {
        match self {
            Self::Small => "Small blocks",
            Self::Middle => "Middle blocks",
            Self::Large => "Large blocks",
        }
    }

    /// What its cells are.
    pub fn cells(self) -> &'static str {
        match self {
            Self::Small => "pools of each slot size, by address",
            Self::Middle => "pools, by address",
            Self::Large => "a mapping each, by address",
        }
    }
}

/// Each health in the order of its number: name and meaning.
pub const HEALTH: [(Health, &str, &str); 5] = [
    (Health::Ok, "ok", "neither nearly full nor nearly empty"),
    (Health::Pressured, "pressured", "less than a sixteenth is free"),
    (Health::Fragmented, "fragmented", "little is live on many pages"),
    (Health::Quarantined, "quarantined", "damaged, nothing of it is handed out any more"),
    (Health::Exhausted, "exhausted", "nothing is free"),
];

/// The name of a health.
pub fn name_of(health: Health) -> &'static str {
    HEALTH[health as usize].1
}

impl Picture {
    /// The picture of a snapshot.
    pub fn new(snapshot: &Snapshot) -> Self {
        let mut tiers: Vec<Tier> = Kind::ALL.iter().map(|&kind| tier(kind, snapshot)).collect();
        tiers.retain(|tier| !tier.rows.is_empty());
        let mut total = Sum::default();
        let mut by_health = [0; 5];
        for tier in &tiers {
            total.add(tier.sum);
            if tier.kind != Kind::Large {
                let cells = tier.rows.iter().flat_map(|row| &row.pools);
                cells.for_each(|cell| by_health[cell.health as usize] += 1);
            }
        }
        let untold = snapshot.all_pools.saturating_sub(snapshot.pools.len() as u64);
        Self { title: title(snapshot), notes: notes(snapshot), tiers, total, by_health, untold }
    }

    /// All rows with their tiers.
    pub fn rows(&self) -> impl Iterator<Item = (Kind, &Row)> {
        self.tiers.iter().flat_map(|tier| tier.rows.iter().map(move |row| (tier.kind, row)))
    }
}

fn title(snapshot: &Snapshot) -> String {
    // The name is whatever the program says it is.
    let name: String = snapshot.program.chars().filter(|c| !c.is_control()).take(64).collect();
    match name.as_str() {
        "" => format!("Heap of process {}", snapshot.process),
        _ => format!("Heap of {name} ({})", snapshot.process),
    }
}

fn notes(snapshot: &Snapshot) -> Vec<String> {
    let mut notes = Vec::new();
    let version: String = snapshot.version.chars().filter(|c| !c.is_control()).take(16).collect();
    if !version.is_empty() {
        notes.push(format!("DAM {version}"));
    }
    // Later than the year 9999 is not a time.
    if (1..253_402_300_800).contains(&snapshot.taken) {
        let taken = std::time::UNIX_EPOCH + std::time::Duration::from_secs(snapshot.taken);
        let text = humantime::format_rfc3339_seconds(taken).to_string();
        notes.push(text.replace('T', " ").replace('Z', " UTC"));
    }
    notes
}

fn tier(kind: Kind, snapshot: &Snapshot) -> Tier {
    let mut pools: Vec<&Pool> =
        snapshot.pools.iter().filter(|pool| Kind::of(pool.class_number) == kind).collect();
    pools.sort_by_key(|pool| (pool.class_number, pool.address));
    let rows: Vec<Row> = pools
        .chunk_by(|a, b| a.class_number == b.class_number)
        .map(|pools| row(kind, pools, snapshot.classes.get(pools[0].class_number as usize)))
        .collect();
    let mut sum = Sum::default();
    rows.iter().for_each(|row| sum.add(row.sum));
    Tier { kind, rows, sum }
}

fn row(kind: Kind, pools: &[&Pool], class: Option<&Class>) -> Row {
    let cells: Vec<Cell> = pools.iter().map(|pool| Cell::new(pool)).collect();
    let mut sum = Sum::default();
    cells.iter().for_each(|cell| sum.add(cell.sum()));
    let name = match (kind, class) {
        (Kind::Middle, _) => "pools".into(),
        (Kind::Large, _) => "blocks".into(),
        (Kind::Small, Some(class)) => format!("{} B", class.slot_bytes),
        (Kind::Small, None) => format!("class {}", pools[0].class_number),
    };
    let asked = class.filter(|_| kind == Kind::Small).and_then(|class| {
        let taken = class.live.checked_mul(class.slot_bytes).filter(|&taken| taken > 0)?;
        Some((class.requested_bytes as f64 / taken as f64).min(1.0))
    });
    Row { name, pools: cells, sum, asked }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::example;

    #[test]
    fn rows_are_classes_and_add_up() {
        let snapshot = example::server();
        let picture = Picture::new(&snapshot);
        assert_eq!(picture.total.pools as usize, snapshot.pools.len());
        let live: u64 = snapshot.pools.iter().map(|pool| pool.live_bytes).sum();
        assert_eq!(picture.total.live, live);
        let rows: u64 = picture.rows().map(|(_, row)| row.sum.live).sum();
        assert_eq!(rows, live);
        assert_eq!(picture.tiers.len(), 3);
        for (_, row) in picture.rows() {
            assert!(row.pools.is_sorted_by_key(|cell| cell.address));
        }
        assert_eq!(picture.tiers[0].rows[0].name, "16 B");
    }

    #[test]
    fn false_figures_are_bounded() {
        let mut snapshot = Snapshot::new(1, "\u{1b}[31mred".into());
        let pool = Pool { live_bytes: u64::MAX, committed_bytes: 5, bytes: 3, ..Pool::default() };
        let nothing = Pool { class_number: 77, health: 99, ..Pool::default() };
        let endless = Pool { bytes: u64::MAX, class_number: DAM_LARGE, ..pool };
        snapshot.pools = vec![pool, nothing, endless, endless];
        (snapshot.all_pools, snapshot.taken) = (2, u64::MAX);
        let picture = Picture::new(&snapshot);
        assert_eq!(picture.title, "Heap of [31mred (1)");
        assert!(picture.notes.is_empty());
        assert_eq!(picture.untold, 0);
        let cell = picture.tiers[0].rows[0].pools[0];
        assert_eq!((cell.live, cell.committed, cell.bytes), (3, 3, 3));
        assert_eq!(picture.tiers[0].rows[1].name, "class 77");
        assert_eq!(picture.total.bytes, u64::MAX);
    }

    #[test]
    fn fragmentation_is_of_what_has_memory() {
        let sum = Sum { pools: 1, bytes: 100, committed: 40, live: 10 };
        assert_eq!(sum.fragmentation(), Some(0.75));
        assert_eq!(Sum::default().fragmentation(), None);
    }
}
