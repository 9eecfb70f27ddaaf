//! Whether DAM's curves are as flat as those of the best other allocator, and where they lie above them.

use super::Point;
use crate::bars::DAM;
use crate::stats;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A point more than this far above the best peer's is reported; a curve that rises more than this far beyond the
/// best peer's is not as flat.
const BEHIND: f64 = 1.2;
/// A curve says where it lies above the other in no more places than this, the worst of them.
const PLACES: usize = 8;

/// One curve's judgement.
pub struct Verdict {
    pub text: String,
    pub is_as_flat: bool,
}

/// The curve of one allocator by x: x is a whole number.
type Line = BTreeMap<u64, f64>;

/// One verdict for each curve that DAM and another have at two points at least, in the order of the points.
pub fn verdicts(points: &[Point]) -> Vec<Verdict> {
    let mut titles: Vec<&str> = points.iter().map(|point| point.curve).collect();
    titles.dedup();
    titles.into_iter().filter_map(|title| verdict(title, points)).collect()
}

fn verdict(title: &str, points: &[Point]) -> Option<Verdict> {
    let mut lines: BTreeMap<&str, Line> = BTreeMap::new();
    for point in points.iter().filter(|point| point.curve == title) {
        lines.entry(&point.peer).or_default().insert(point.x as u64, point.y);
    }
    let dam = lines.remove(DAM)?;
    let (best, _) = lines
        .iter()
        .filter_map(|(name, line)| Some((*name, mean_ratio(&dam, line)?)))
        .max_by(|one, other| one.1.total_cmp(&other.1))?;
    let other = &lines[best];
    let (own, others) = (rise(&dam, other)?, rise(other, &dam)?);
    let mut text = format!(
        "{title}: last over first point: DAM {own:.2}, {best} {others:.2}; DAM over {best} in the mean {:.2}",
        mean_ratio(&dam, other)?,
    );
    let mut places: Vec<(u64, f64)> =
        shared(&dam, other).map(|(x, own, others)| (x, own / others)).collect();
    places.retain(|(_, ratio)| *ratio > BEHIND);
    places.sort_by(|one, other| other.1.total_cmp(&one.1));
    if !places.is_empty() {
        let _ = write!(text, "; above it in {} places: at", places.len());
    }
    for (x, ratio) in places.iter().take(PLACES) {
        let _ = write!(text, " {x}: {ratio:.2} ({:.1} to {:.1}),", dam[x], other[x]);
    }
    text = text.trim_end_matches(',').to_string();
    Some(Verdict { text, is_as_flat: own <= others * BEHIND })
}

/// The points that both have.
fn shared<'a>(one: &'a Line, other: &'a Line) -> impl Iterator<Item = (u64, f64, f64)> + 'a {
    one.iter().filter_map(|(x, y)| Some((*x, *y, *other.get(x)?)))
}

/// Geometric mean of one over the other, of at least two points.
fn mean_ratio(one: &Line, other: &Line) -> Option<f64> {
    let ratios: Vec<f64> = shared(one, other).map(|(_, own, others)| own / others).collect();
    (ratios.len() > 1).then_some(())?;
    stats::geomean(&ratios)
}

/// The last of the shared points over the first.
fn rise(line: &Line, other: &Line) -> Option<f64> {
    let ys: Vec<f64> = shared(line, other).map(|(_, y, _)| y).collect();
    Some(ys.last()? / ys.first()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(rows: &[(&'static str, &str, f64, f64)]) -> Vec<Point> {
        let point = |&(curve, peer, x, y): &(&'static str, &str, f64, f64)| Point {
            curve,
            x_name: "blocks",
            x,
            peer: peer.into(),
            y,
            y_name: "ns",
        };
        rows.iter().map(point).collect()
    }

    #[test]
    fn the_lowest_curve_is_the_one_to_match() {
        let found = verdicts(&points(&[
            ("a", DAM, 1.0, 10.0),
            ("a", DAM, 1000.0, 40.0),
            ("a", "low", 1.0, 10.0),
            ("a", "low", 1000.0, 20.0),
            ("a", "high", 1.0, 90.0),
            ("a", "high", 1000.0, 90.0),
        ]));
        assert_eq!(found.len(), 1);
        assert!(!found[0].is_as_flat);
        assert_eq!(
            found[0].text,
            "a: last over first point: DAM 4.00, low 2.00; DAM over low in the mean 1.41; \
             above it in 1 places: at 1000: 2.00 (40.0 to 20.0)"
        );
    }

    #[test]
    fn only_points_that_both_have_are_compared() {
        let found = verdicts(&points(&[
            ("a", DAM, 1.0, 10.0),
            ("a", DAM, 2.0, 10.0),
            ("a", DAM, 3.0, 99.0),
            ("a", "glibc", 1.0, 10.0),
            ("a", "glibc", 2.0, 10.0),
            ("b", "glibc", 2.0, 10.0),
            ("c", DAM, 2.0, 10.0),
            ("c", "glibc", 2.0, 10.0),
        ]));
        assert_eq!(found.len(), 1);
        assert!(found[0].is_as_flat);
        assert!(!found[0].text.contains("places"));
    }
}
