//! The picture for a terminal of 80 columns: a bar for each pool, as high as it is full.

use std::fmt::Write;

use dam::measure::health::Health;

use super::model::{Cell, HEALTH, Kind, Picture, Row, Tier};
use super::text::{bytes, count, percent};

/// Columns of a line of pools.
const POOLS: usize = 43;
/// Bars by eighths. None at all is for pools without a live block.
const BARS: [char; 9] = ['·', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const HATCHED: char = '▒';

/// The picture as text; with colours only if so wished.
pub fn text(picture: &Picture, colour: bool) -> String {
    let mut out = String::new();
    let _ = head(picture, colour, &mut out);
    for tier in &picture.tiers {
        let _ = self::tier(tier, colour, &mut out);
    }
    if picture.tiers.is_empty() {
        out.push_str("\nNo pools: nothing has been allocated yet.\n");
    }
    if picture.untold > 0 {
        let _ = writeln!(out, "\n{} more, which were not told", count(picture.untold, "pool"));
    }
    out
}

fn head(picture: &Picture, colour: bool, out: &mut String) -> std::fmt::Result {
    let notes = picture.notes.join(" · ");
    let gap = 80usize.saturating_sub(picture.title.chars().count() + notes.chars().count());
    // What does not fit beside the title goes below it.
    let between = if gap >= 2 { " ".repeat(gap) } else { "\n".into() };
    let head = format!("{}{between}{notes}", picture.title);
    writeln!(out, "{}", head.trim_end())?;
    let total = &picture.total;
    writeln!(
        out,
        "{} live of {} committed, fragmentation {}",
        bytes(total.live),
        bytes(total.committed),
        percent(total.fragmentation())
    )?;
    let legend = HEALTH.iter().map(|(health, name, _)| {
        let bar = if *health == Health::Quarantined { HATCHED } else { BARS[8] };
        let bar = painted(&bar.to_string(), *health, colour);
        format!("{bar} {name} {}", picture.by_health[*health as usize])
    });
    let legend: Vec<String> = legend.collect();
    // Names and numbers of more than 9999 pools would not fit.
    let wide: usize = picture.by_health.iter().map(|pools| pools.to_string().len()).sum();
    let between = if wide > 15 { " " } else { "  " };
    writeln!(out, "{}", legend.join(between))
}

fn tier(tier: &Tier, colour: bool, out: &mut String) -> std::fmt::Result {
    let scale = scale(tier);
    let (heading, what) =
        (tier.kind.heading(), if tier.kind == Kind::Large { "block" } else { "pool" });
    let left = format!("{heading}: {}", count(tier.sum.pools, what));
    let right = format!("a column: {}", bytes(scale as u64));
    writeln!(out, "\n{left}{right:>width$}", width = 80 - left.chars().count())?;
    let first = if tier.kind == Kind::Small { "slot" } else { "" };
    writeln!(out, "{first:>8}{:>10}{:>10}{:>7}", "live", "committed", "fragm.")?;
    for row in &tier.rows {
        let columns = columns(row, scale);
        for (index, line) in columns.chunks(POOLS).enumerate() {
            match index {
                0 => figures(row, out)?,
                _ => write!(out, "{:37}", "")?,
            }
            writeln!(out, "{}", bars(line, colour))?;
        }
    }
    Ok(())
}

fn figures(row: &Row, out: &mut String) -> std::fmt::Result {
    let (live, committed) = (bytes(row.sum.live), bytes(row.sum.committed));
    let fragmentation = percent(row.sum.fragmentation());
    write!(out, "{:>8}{live:>10}{committed:>10}{fragmentation:>7}  ", row.name)
}

/// Bytes of a column: the smallest pool has one, if there is room.
fn scale(tier: &Tier) -> f64 {
    let more = if tier.kind == Kind::Small { 24.0 } else { 4.0 };
    let (mut smallest, mut all) = (u64::MAX, 0.0);
    for cell in tier.rows.iter().flat_map(|row| &row.pools) {
        smallest = smallest.min(cell.bytes);
        all += cell.bytes as f64;
    }
    // A power of two, which is easily read.
    let least = (smallest as f64).max(all / (POOLS as f64 * more));
    2f64.powf(least.log2().ceil())
}

/// What a column shows: the part that is live of all pools it stands for, and the worst health of them.
#[derive(Clone, Copy)]
struct Column {
    live: f64,
    bytes: f64,
    health: Health,
}

fn columns(row: &Row, scale: f64) -> Vec<Column> {
    let empty = Column { live: 0.0, bytes: 0.0, health: Health::Ok };
    let mut columns = Vec::new();
    let mut at = 0.0;
    for cell in &row.pools {
        let end = at + cell.bytes as f64 / scale;
        // A pool of less than a column shares one; the last one of a row has at least half of one to itself.
        while at < end {
            let index = at as usize;
            if columns.len() <= index {
                columns.resize(index + 1, empty);
            }
            let next = end.min((index + 1) as f64);
            columns[index].add(cell, next - at);
            // Where a number is too large for the difference, the pool ends here.
            at = if next > at { next } else { end };
        }
    }
    columns
}

impl Column {
    fn add(&mut self, cell: &Cell, share: f64) {
        if self.bytes == 0.0 || severity(cell.health) > severity(self.health) {
            self.health = cell.health;
        }
        self.bytes += share;
        self.live += share * (cell.live as f64 / cell.bytes as f64);
    }

    fn bar(&self) -> char {
        if self.health == Health::Quarantined {
            return HATCHED;
        }
        let eighths = self.live / self.bytes * 8.0;
        // What is nearly nothing or nearly all is not shown as nothing or all.
        let shown = match eighths {
            e if e <= 0.0 => 0,
            e if e >= 7.999 => 8,
            e => (e.round() as usize).clamp(1, 7),
        };
        BARS[shown]
    }
}

fn severity(health: Health) -> u32 {
    match health {
        Health::Ok => 0,
        Health::Pressured => 1,
        Health::Exhausted => 2,
        Health::Fragmented => 3,
        Health::Quarantined => 4,
    }
}

fn bars(columns: &[Column], colour: bool) -> String {
    let runs = columns.chunk_by(|a, b| a.health == b.health).map(|run| {
        let bars: String = run.iter().map(Column::bar).collect();
        painted(&bars, run[0].health, colour)
    });
    runs.collect()
}

/// Text in the colour of a health, as `dam top` has it: one of the sixteen that each terminal's owner has chosen.
fn painted(text: &str, health: Health, colour: bool) -> String {
    let code = match health {
        Health::Ok => 32,
        Health::Pressured => 33,
        Health::Fragmented => 35,
        Health::Quarantined => 31,
        Health::Exhausted => 34,
    };
    if colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
}
