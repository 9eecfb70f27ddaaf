//! Whether DAM's curves are as flat as those of the best other allocator, and memory comes back as soon.

use super::{Curve, Line, Shape};
use crate::bars::{Bar, DAM};
use crate::stats;

/// A rise this much beyond the best other's is still as flat; a point this much above its is worth mentioning.
const BEHIND: f64 = 1.2;
/// A bar mentions the worst places, no more than this many.
const PLACES: usize = 3;
/// Memory has come back once no more than this part of the storm is resident.
const BACK: f64 = 0.1;
/// storm.c's.
const STORM_KIB: f64 = 500.0 * 1024.0;
/// Not later than the best other by more than this, beside the factor above: two samples.
const SLACK_MS: f64 = 100.0;

/// One bar for each curve that DAM and another have at two points at least.
pub fn bars(curves: &[Curve]) -> Vec<Bar> {
    let judge = |curve: &Curve| match curve.set.shape {
        Shape::Cost => flat(curve),
        Shape::Return => back(curve),
    };
    curves.iter().filter_map(judge).collect()
}

/// How far the curve rises above its first point, beside the allocator that is the lowest in the mean.
fn flat(curve: &Curve) -> Option<Bar> {
    let dam = curve.lines.get(DAM)?;
    let (best, other, mean) = others(curve)
        .filter_map(|(name, line)| Some((name, line, mean_ratio(dam, line)?)))
        .max_by(|one, other| one.2.total_cmp(&other.2))?;
    let note = format!(
        "{best}: {:.2}; DAM / {best} in the mean {mean:.2}{}",
        rise(other, dam)?,
        places(dam, other)
    );
    let (value, limit) = (rise(dam, other), rise(other, dam)? * BEHIND);
    Some(Bar { what: format!("{}: highest over first point", curve.title), limit, value, note })
}

/// Where DAM lies above the other.
fn places(dam: &Line, other: &Line) -> String {
    let mut places: Vec<(u64, f64, f64)> =
        shared(dam, other).filter(|(_, own, others)| own / others > BEHIND).collect();
    places.sort_by(|one, other| (other.1 / other.2).total_cmp(&(one.1 / one.2)));
    let worst: Vec<String> = places
        .iter()
        .take(PLACES)
        .map(|(x, own, others)| {
            format!("{:.2} at {} ({own:.1} to {others:.1})", own / others, super::short(*x))
        })
        .collect();
    match places.len() {
        0 => String::new(),
        count => format!("; above it in {count} places: {}", worst.join(", ")),
    }
}

/// When the memory is back, beside the allocator that is the first; as good as the end if nobody's is.
fn back(curve: &Curve) -> Option<Bar> {
    let end = *curve.lines.get(DAM)?.keys().last()? as f64;
    let first = others(curve)
        .filter_map(|(name, line)| Some((name, back_after(line)?)))
        .min_by(|one, other| one.1.total_cmp(&other.1));
    let (limit, note) = match first {
        Some((name, ms)) => (ms * BEHIND + SLACK_MS, format!("{name}: {ms:.0} ms")),
        None => (end, "on no other allocator".into()),
    };
    let what = format!("{}: ms until nine tenths are back", curve.title);
    let value = curve.lines.get(DAM).and_then(back_after);
    let note = if value.is_none() { format!("not within {end:.0} ms; {note}") } else { note };
    Some(Bar { what, limit, value, note })
}

/// The first x from which on the line stays low.
fn back_after(line: &Line) -> Option<f64> {
    let low = BACK * STORM_KIB;
    let last_high = line.iter().rev().find(|(_, kib)| **kib > low).map(|(x, _)| *x);
    let after = |x: u64| line.range(x + 1..).next().map(|(x, _)| *x as f64);
    last_high.map_or(line.keys().next().map(|x| *x as f64), after)
}

fn others(curve: &Curve) -> impl Iterator<Item = (&str, &Line)> {
    curve.lines.iter().filter(|(name, _)| *name != DAM).map(|(name, line)| (name.as_str(), line))
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

/// The highest of the shared points over the first.
fn rise(line: &Line, other: &Line) -> Option<f64> {
    let ys: Vec<f64> = shared(line, other).map(|(_, y, _)| y).collect();
    Some(ys.iter().copied().reduce(f64::max)? / ys.first()?)
}

#[cfg(test)]
mod tests {
    use super::super::SETS;
    use super::*;

    fn curve(set: &str, lines: &[(&str, &[(u64, f64)])]) -> Curve {
        let set = SETS.iter().find(|one| one.name == set).unwrap();
        let line = |(name, points): &(&str, &[(u64, f64)])| {
            (name.to_string(), points.iter().copied().collect())
        };
        Curve { title: "a", set, lines: lines.iter().map(line).collect() }
    }

    #[test]
    fn the_lowest_curve_is_the_one_to_match() {
        let found = bars(&[curve(
            "classes",
            &[
                (DAM, &[(1, 10.0), (10, 40.0), (1000, 20.0)]),
                ("low", &[(1, 10.0), (10, 20.0), (1000, 20.0)]),
                ("high", &[(1, 90.0), (10, 90.0), (1000, 90.0)]),
            ],
        )]);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].value, found[0].limit), (Some(4.0), 2.4));
        assert!(!found[0].is_met());
        assert_eq!(
            found[0].note,
            "low: 2.00; DAM / low in the mean 1.26; above it in 1 places: 2.00 at 10 (40.0 to 20.0)"
        );
    }

    #[test]
    fn only_points_that_both_have_are_compared() {
        let found = bars(&[
            curve(
                "classes",
                &[(DAM, &[(1, 10.0), (2, 10.0), (3, 99.0)]), ("glibc", &[(1, 10.0), (2, 10.0)])],
            ),
            curve("classes", &[("glibc", &[(1, 1.0), (2, 1.0)])]),
            curve("classes", &[(DAM, &[(2, 1.0)]), ("glibc", &[(2, 1.0)])]),
        ]);
        assert_eq!(found.len(), 1);
        assert!(found[0].is_met());
        assert!(!found[0].note.contains("places"));
    }

    #[test]
    fn memory_is_back_when_it_stays_away() {
        let high = 0.5 * STORM_KIB;
        let line = |points: &[(u64, f64)]| points.iter().copied().collect::<Line>();
        assert_eq!(
            back_after(&line(&[(0, high), (50, 1.0), (100, high), (150, 1.0), (200, 2.0)])),
            Some(150.0)
        );
        assert_eq!(back_after(&line(&[(0, 1.0), (50, 1.0)])), Some(0.0));
        assert_eq!(back_after(&line(&[(0, high), (50, high)])), None);
        assert_eq!(back_after(&line(&[])), None);
    }

    #[test]
    fn whoever_is_back_late_or_never_misses_the_bar() {
        let high = STORM_KIB;
        let judge = |dam: &[(u64, f64)], other: &[(u64, f64)]| {
            let lines: [(&str, &[(u64, f64)]); 2] = [(DAM, dam), ("other", other)];
            let found = bars(&[curve("storm-small", &lines)]);
            found[0].is_met()
        };
        let soon = [(0, high), (50, 1.0), (500, 1.0)];
        let late = [(0, high), (50, high), (500, 1.0)];
        let never = [(0, high), (50, high), (500, high)];
        assert!(judge(&soon, &soon) && judge(&soon, &late) && judge(&late, &never));
        assert!(!judge(&late, &soon) && !judge(&never, &late) && !judge(&never, &never));
    }
}
