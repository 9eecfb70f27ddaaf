//! The picture as SVG: in a file of its own, or for a page that has its own heading.

use std::fmt::Write;

use super::model::{Cell, HEALTH, Kind, Picture, Row, Sum, Tier, name_of};
use super::ribbon::{Measure, Piece};
use super::text::{bytes, count, escaped, percent};

/// Width of the picture.
pub const WIDTH: f64 = 1200.0;
const MARGIN: f64 = 24.0;
/// Right ends of the columns of figures.
const NAME: f64 = 84.0;
const LIVE: f64 = 168.0;
const COMMITTED: f64 = 258.0;
const FRAGMENTATION: f64 = 318.0;
/// Where the pools begin.
const POOLS: f64 = 340.0;
/// Between the lines of a row, and between rows.
const LINE_GAP: f64 = 3.0;
const ROW_GAP: f64 = 7.0;

/// Classes of the parts of a cell: `r` reserved, `c` committed, `l` live, `x` hatched. Of its health: `h0` …
pub const STYLE: &str = include_str!("page/picture.css");
const HATCH: &str = "<defs><pattern id=\"hatch\" width=\"5\" height=\"5\" patternUnits=\"userSpaceOnUse\" \
    patternTransform=\"rotate(45)\"><path class=\"hatch\" d=\"M0 0V5\"/></pattern></defs>\n";

/// Markup, and how high it is.
pub struct Drawing {
    /// Elements of an `svg`.
    pub markup: String,
    /// Units down to its lower edge.
    pub height: f64,
}

/// A file of its own. Where the pointer rests the name of what is there is shown, as browsers do for titles.
pub fn document(picture: &Picture) -> String {
    let mut pen = Pen { out: String::new(), y: MARGIN, titles: true };
    pen.head(picture);
    pen.tiers(picture);
    let height = pen.y + MARGIN;
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
         height=\"{height:.0}\" role=\"img\" aria-label=\"{}\">\n<style>\n{STYLE}</style>\n{HATCH}\
         <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
        escaped(&picture.title),
        pen.out
    )
}

/// The tiers alone. Cells are numbered in the order of [`Picture::rows`].
pub fn body(picture: &Picture) -> Drawing {
    let mut pen = Pen { out: HATCH.into(), y: MARGIN, titles: false };
    pen.tiers(picture);
    Drawing { markup: pen.out, height: pen.y + MARGIN }
}

struct Pen {
    out: String,
    /// Where the next thing is drawn.
    y: f64,
    /// Whether cells have titles; else they have numbers.
    titles: bool,
}

impl Pen {
    fn text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        let (text, x) = (escaped(text), short(x));
        let _ = writeln!(self.out, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{text}</text>");
    }

    fn rule(&mut self, y: f64) {
        let right = WIDTH - MARGIN;
        let _ = writeln!(self.out, "<path class=\"rule\" d=\"M{MARGIN} {y}H{right}\"/>");
    }

    /// Title, totals and legend.
    fn head(&mut self, picture: &Picture) {
        self.text("title", MARGIN, self.y + 16.0, &picture.title);
        self.text("soft end", WIDTH - MARGIN, self.y + 16.0, &picture.notes.join(" · "));
        self.y += 60.0;
        for (index, (name, value)) in totals(picture).iter().enumerate() {
            let x = MARGIN + index as f64 * 150.0;
            self.text("soft small", x, self.y - 18.0, name);
            self.text("big", x, self.y + 4.0, value);
        }
        self.legend(picture);
        self.y += 24.0;
    }

    /// On the right of the totals: colours, and what the parts of a cell are.
    fn legend(&mut self, picture: &Picture) {
        let names: Vec<String> = (HEALTH.iter().zip(picture.by_health))
            .map(|((_, name, _), pools)| format!("{name} {pools}"))
            .collect();
        // How wide a name is depends on the font: about so much.
        let width = |name: &String| 38.0 + 6.4 * name.len() as f64;
        let (left, y) = (WIDTH - MARGIN - names.iter().map(width).sum::<f64>(), self.y - 18.0);
        let mut x = left;
        for ((health, ..), name) in HEALTH.iter().zip(&names) {
            let whole = Piece { line: 0, x: 0.0, width: 12.0, is_last: true };
            let cell = Cell { address: 0, bytes: 4, committed: 4, live: 4, health: *health };
            self.cell(&cell, &[whole], (x, y - 10.0), 12.0, None);
            self.text("small", x + 18.0, y, name);
            x += width(name);
        }
        let whole = Piece { line: 0, x: 0.0, width: 12.0, is_last: true };
        let cell = Cell { address: 0, bytes: 12, committed: 8, live: 4, health: HEALTH[0].0 };
        self.cell(&cell, &[whole], (left, y + 10.0), 14.0, None);
        let parts = "a cell from below: live, committed and idle, only reserved · areas are bytes";
        self.text("small soft", left + 18.0, y + 21.0, parts);
    }

    fn tiers(&mut self, picture: &Picture) {
        let mut number = 0;
        for tier in &picture.tiers {
            let measure = Measure::of(tier.kind, WIDTH - MARGIN - POOLS);
            let scale = measure.scale(tier);
            self.heading(tier, scale);
            for row in &tier.rows {
                self.row(tier.kind, row, &measure, scale, number);
                number += row.pools.len();
            }
            self.y += 20.0;
        }
        if picture.tiers.is_empty() {
            self.text("soft", MARGIN, self.y, "No pools: nothing has been allocated yet.");
        }
        if picture.untold > 0 {
            let text = format!("{} more, which were not told", count(picture.untold, "pool"));
            self.text("soft", MARGIN, self.y, &text);
        }
    }

    /// A tier's name, its columns' names and its scale.
    fn heading(&mut self, tier: &Tier, scale: f64) {
        self.y += 8.0;
        let what = if tier.kind == Kind::Large { "block" } else { "pool" };
        let (heading, y) = (tier.kind.heading(), self.y);
        let sum = format!("{}, {}", count(tier.sum.pools, what), summed(&tier.sum));
        let _ = writeln!(
            self.out,
            "<text x=\"{MARGIN}\" y=\"{y}\"><tspan class=\"heading\">{heading}</tspan> \
             <tspan class=\"soft small\" dx=\"8\">{sum}</tspan></text>"
        );
        let (length, width) = scale_bar(scale);
        let x = WIDTH - MARGIN - width;
        let _ = writeln!(
            self.out,
            "<path class=\"scale\" d=\"M{x:.2} {}v6m0 -3h{width:.2}m0 -3v6\"/>",
            self.y - 7.0
        );
        self.text("soft small end", x - 6.0, self.y, &bytes(length));
        self.rule(self.y + 8.0);
        let columns = ["live", "committed", "fragm."];
        for (name, x) in columns.iter().zip([LIVE, COMMITTED, FRAGMENTATION]) {
            self.text("soft small end", x, self.y + 24.0, name);
        }
        let first = if tier.kind == Kind::Small { "slot" } else { "" };
        self.text("soft small end", NAME, self.y + 24.0, first);
        self.text("soft small", POOLS, self.y + 24.0, tier.kind.cells());
        self.y += 32.0;
    }

    fn row(&mut self, kind: Kind, row: &Row, measure: &Measure, scale: f64, first: usize) {
        let base = self.y + 11.0 + (measure.height - 14.0) / 2.0;
        let top = self.y;
        self.text("end", LIVE, base, &bytes(row.sum.live));
        self.text("end", COMMITTED, base, &bytes(row.sum.committed));
        self.text("end", FRAGMENTATION, base, &percent(row.sum.fragmentation()));
        let (cells, lines) = row.laid_out(measure.width, scale);
        for (index, (cell, pieces)) in row.pools.iter().zip(&cells).enumerate() {
            let name = self.titles.then(|| described(kind, &row.name, cell));
            let identity = Identity { number: first + index, title: name };
            self.cell(cell, pieces, (POOLS, self.y), measure.height, Some(identity));
        }
        self.y += lines as f64 * measure.height + (lines - 1) as f64 * LINE_GAP;
        // Last, and with its row's extent, so that a page can keep it in view.
        let (name, end) = (escaped(&row.name), self.y);
        let extent = if self.titles {
            String::new()
        } else {
            format!(" data-top=\"{top}\" data-end=\"{end}\"")
        };
        let _ = writeln!(
            self.out,
            "<text class=\"end name\" x=\"{NAME}\" y=\"{base}\"{extent}>{name}</text>"
        );
        self.y += ROW_GAP;
    }

    fn cell(
        &mut self,
        cell: &Cell,
        pieces: &[Piece],
        at: (f64, f64),
        height: f64,
        identity: Option<Identity>,
    ) {
        let _ = match &identity {
            Some(Identity { number, title: None }) => {
                write!(self.out, "<g class=\"h{}\" id=\"p{number}\">", cell.health as u32)
            }
            _ => write!(self.out, "<g class=\"h{}\">", cell.health as u32),
        };
        if let Some(title) = identity.and_then(|identity| identity.title) {
            let _ = write!(self.out, "<title>{}</title>", escaped(&title));
        }
        let share = |part: u64| height * (part as f64 / cell.bytes as f64);
        // However little is live, it shows.
        let live = if cell.live > 0 { share(cell.live).max(1.0) } else { 0.0 };
        let parts = [("r", height), ("c", share(cell.committed)), ("l", live)];
        for (index, (class, part)) in parts.iter().enumerate() {
            // What is covered is not drawn, except for the whole, by which a cell is found.
            if *part > 0.0 && (index == 0 || index == 2 || *part > live + 0.1) {
                self.part(class, pieces, at, height, *part);
            }
        }
        if name_of(cell.health) == "quarantined" {
            self.part("x", pieces, at, height, height);
        }
        self.out.push_str("</g>\n");
    }

    /// The lower part of a cell, `part` high.
    fn part(&mut self, class: &str, pieces: &[Piece], at: (f64, f64), height: f64, part: f64) {
        let _ = write!(self.out, "<path class=\"{class}\" d=\"");
        for piece in pieces {
            // Neighbours have a gap between them, as far as there is room for one.
            let gap = if piece.is_last { (piece.width * 0.15).min(1.0) } else { 0.0 };
            let bottom = at.1 + piece.line as f64 * (height + LINE_GAP) + height;
            let (x, width) = (at.0 + piece.x, piece.width - gap);
            let _ = write!(
                self.out,
                "M{} {}h{}v{}h{}z",
                short(x),
                short(bottom),
                short(width),
                short(-part),
                short(-width)
            );
        }
        self.out.push_str("\"/>");
    }
}

/// What tells a cell from others.
struct Identity {
    number: usize,
    title: Option<String>,
}

/// A number with two decimals at most.
fn short(number: f64) -> String {
    let text = format!("{number:.2}");
    text.trim_end_matches('0').trim_end_matches('.').into()
}

/// What all pools hold together, for people.
pub fn totals(picture: &Picture) -> [(&'static str, String); 4] {
    let total = &picture.total;
    [
        ("live", bytes(total.live)),
        ("committed", bytes(total.committed)),
        ("fragmentation", percent(total.fragmentation())),
        ("pools and large blocks", total.pools.to_string()),
    ]
}

fn summed(sum: &Sum) -> String {
    format!(
        "{} live of {} committed, fragmentation {}",
        bytes(sum.live),
        bytes(sum.committed),
        percent(sum.fragmentation())
    )
}

/// A cell in words.
pub fn described(kind: Kind, row: &str, cell: &Cell) -> String {
    let what = match kind {
        Kind::Small => format!("pool of {row} slots"),
        Kind::Middle => "middle pool".into(),
        Kind::Large => "large block".into(),
    };
    let health = if kind == Kind::Large { "" } else { name_of(cell.health) };
    let live = cell.live as f64 / cell.bytes as f64;
    format!(
        "{:#x}: {what}, {}, {} live ({}), {} committed{}{health}",
        cell.address,
        bytes(cell.bytes),
        bytes(cell.live),
        percent(Some(live)),
        bytes(cell.committed),
        if health.is_empty() { "" } else { ", " }
    )
}

/// A round number of bytes and the length that shows it: 40 to 160 units, if there is such a number.
fn scale_bar(scale: f64) -> (u64, f64) {
    let mut length = 1u64;
    while (length as f64) < 40.0 * scale && length < 1 << 62 {
        length *= 2;
    }
    (length, length as f64 / scale)
}
