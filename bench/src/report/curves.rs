//! Cost as work grows: a picture per curve, a line per allocator.

use super::picture::{self, Area, Axis, Side};
use crate::bars::DAM;
use crate::peers;
use crate::scaling::{Curve, Shape};
use crate::series::REFERENCE;
use anyhow::Result;
use plotters::prelude::*;
use std::path::PathBuf;

const SIZE: (u32, u32) = (640, 400);
const LEFT: i32 = 60;
const RIGHT: i32 = 500;
const TOP: i32 = 62;
const BOTTOM: i32 = 345;
const FONT: i32 = 14;

/// What the picture shows: logarithmic, or resident MiB by time.
struct Frame<'a> {
    curve: &'a Curve,
    x: Axis,
    y: Axis,
    /// A figure over what is drawn.
    unit: f64,
}

pub fn file(curve: &Curve) -> PathBuf {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
    let name: String = curve.title.chars().map(plain).collect();
    let words: Vec<&str> = name.split('_').filter(|word| !word.is_empty()).collect();
    format!("scaling_{}.svg", words.join("_")).into()
}

pub fn draw(curve: &Curve) -> Result<String> {
    let frame = Frame::new(curve);
    picture::draw(SIZE, |area| {
        frame.ground(area)?;
        frame.lines(area)
    })
}

impl Frame<'_> {
    fn new(curve: &Curve) -> Frame<'_> {
        let points = || curve.lines.values().flatten();
        let xs = points().map(|(x, _)| *x as f64);
        let unit = if curve.set.shape == Shape::Return { 1024.0 } else { 1.0 };
        // A logarithmic axis has no place for nothing.
        let ys = points().map(|(_, y)| (y / unit).max(1e-3));
        let (x, y) = match curve.set.shape {
            Shape::Cost => {
                (Axis::around(xs, 1.05, LEFT, RIGHT), Axis::around(ys, 1.15, BOTTOM, TOP))
            }
            Shape::Return => {
                (Axis::linear(xs, 1.0, LEFT, RIGHT), Axis::linear(ys, 1.05, BOTTOM, TOP))
            }
        };
        Frame { curve, x, y, unit }
    }

    fn ground(&self, area: &Area) -> Result<()> {
        let set = self.curve.set;
        let y_name = if set.shape == Shape::Return { "MiB resident" } else { set.y_name };
        picture::grid(area, &self.x, &self.y, |_| picture::GRID)?;
        picture::write(area, self.curve.title, (LEFT, 20), Side::Right, 17, picture::INK)?;
        picture::write(area, y_name, (LEFT, 44), Side::Right, FONT, picture::FAINT)?;
        picture::write(area, set.x_name, (RIGHT, BOTTOM + 36), Side::Left, FONT, picture::FAINT)
    }

    fn lines(&self, area: &Area) -> Result<()> {
        // DAM's last: on top of the others.
        let mut names: Vec<&String> = self.curve.lines.keys().collect();
        names.sort_by_key(|name| *name == DAM);
        let mut ends = Vec::new();
        for name in names {
            let points: Vec<(i32, i32)> = self.curve.lines[name]
                .iter()
                .map(|(x, y)| (self.x.pixel(*x as f64), self.y.pixel((y / self.unit).max(1e-3))))
                .collect();
            if self.curve.set.shape == Shape::Cost {
                for point in &points {
                    let dot = Circle::new(*point, 2, colour(name).filled());
                    area.draw(&dot).map_err(picture::error)?;
                }
            }
            ends.extend(points.last().map(|end| (name.as_str(), *end, colour(name))));
            picture::line(area, points, colour(name), if name == DAM { 4 } else { 2 })?;
        }
        labels(area, ends)
    }
}

/// The same in every picture.
fn colour(name: &str) -> RGBColor {
    match name {
        DAM => picture::DAM_COLOUR,
        REFERENCE => picture::INK,
        _ => {
            let others = peers::names().into_iter().filter(|one| *one != DAM && *one != REFERENCE);
            let at = others.into_iter().position(|one| one == name).unwrap_or_default();
            picture::LINES[at % picture::LINES.len()]
        }
    }
}

/// The names at the lines' ends, moved apart.
fn labels(area: &Area, mut ends: Vec<(&str, (i32, i32), RGBColor)>) -> Result<()> {
    ends.sort_by_key(|(_, end, _)| end.1);
    let heights = apart(&ends.iter().map(|(_, end, _)| end.1).collect::<Vec<_>>(), FONT + 2);
    for ((name, end, colour), height) in ends.into_iter().zip(heights) {
        let text = if name == DAM { "DAM" } else { name };
        picture::line(area, vec![end, (RIGHT + 22, height)], picture::GRID, 1)?;
        picture::write(area, text, (RIGHT + 26, height), Side::Right, FONT, colour)?;
    }
    Ok(())
}

/// Sorted heights, at least `step` apart, and not below the picture.
fn apart(heights: &[i32], step: i32) -> Vec<i32> {
    let mut placed: Vec<i32> = Vec::new();
    for &height in heights {
        placed.push(placed.last().map_or(height, |last: &i32| height.max(last + step)));
    }
    let mut limit = SIZE.1 as i32 - FONT;
    for height in placed.iter_mut().rev() {
        *height = (*height).min(limit);
        limit = *height - step;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scaling::SETS;
    use std::collections::BTreeMap;
    use std::path::Path;

    fn curve(name: &str, points: &[(u64, f64)]) -> Curve {
        let set = SETS.iter().find(|set| set.name == name).unwrap();
        let line: BTreeMap<u64, f64> = points.iter().copied().collect();
        let lines = [("dam", line.clone()), ("glibc", line)];
        let lines = lines.map(|(name, line)| (name.to_string(), line)).into();
        Curve { title: set.curves[0].1, set, lines }
    }

    #[test]
    fn every_allocator_has_a_line_with_its_name() {
        for name in ["live-blocks", "storm-small"] {
            let picture = draw(&curve(name, &[(0, 0.0), (10, 20.0), (1000, 30.0)])).unwrap();
            assert!(picture.contains("DAM") && picture.contains("glibc"));
        }
        let found = file(&curve("live-blocks", &[]));
        assert_eq!(found, Path::new("scaling_live_blocks_building_a_new_heap.svg"));
    }

    #[test]
    fn labels_move_apart() {
        assert_eq!(apart(&[10, 12, 50], 16), [10, 26, 50]);
        let bottom = SIZE.1 as i32 - FONT;
        assert_eq!(apart(&[bottom, bottom], 16), [bottom - 16, bottom]);
    }
}
