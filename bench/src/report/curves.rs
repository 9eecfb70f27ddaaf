//! Cost as work grows: a picture per curve, a line per allocator.

use super::picture::{self, Area, Axis, Side};
use crate::bars::DAM;
use anyhow::{Context, Result};
use plotters::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const SIZE: (u32, u32) = (860, 460);
const LEFT: i32 = 70;
const RIGHT: i32 = 690;
const TOP: i32 = 70;
const BOTTOM: i32 = 390;
const FONT: i32 = 14;

/// A line of target/bench/scaling.json.
#[derive(Deserialize)]
struct Measurement {
    curve: String,
    x_name: String,
    x: f64,
    peer: String,
    y: f64,
    y_name: String,
}

pub struct Curve {
    pub name: String,
    x_name: String,
    y_name: String,
    /// Per allocator, by x.
    lines: BTreeMap<String, Vec<(f64, f64)>>,
}

/// The curves in the order of the file; none if there is no file.
pub fn read(file: &Path) -> Result<Vec<Curve>> {
    if !file.exists() {
        return Ok(vec![]);
    }
    parse(&fs::read_to_string(file)?).with_context(|| format!("{}", file.display()))
}

fn parse(text: &str) -> Result<Vec<Curve>> {
    let mut curves: Vec<Curve> = vec![];
    for one in serde_json::from_str::<Vec<Measurement>>(text)? {
        let at = curves.iter().position(|curve| curve.name == one.curve).unwrap_or_else(|| {
            let (x_name, y_name) = (one.x_name, one.y_name);
            curves.push(Curve { name: one.curve, x_name, y_name, lines: BTreeMap::new() });
            curves.len() - 1
        });
        // The axes are logarithmic: what is nothing stands at the bottom.
        let point = (one.x.max(1e-3), one.y.max(1e-3));
        curves[at].lines.entry(one.peer).or_default().push(point);
    }
    for line in curves.iter_mut().flat_map(|curve| curve.lines.values_mut()) {
        line.sort_by(|one, other| one.0.total_cmp(&other.0));
    }
    Ok(curves)
}

impl Curve {
    pub fn file(&self) -> PathBuf {
        let plain = |letter: char| if letter.is_ascii_alphanumeric() { letter } else { '_' };
        format!("scaling_{}.svg", self.name.chars().map(plain).collect::<String>()).into()
    }

    pub fn draw(&self) -> Result<String> {
        let points = || self.lines.values().flatten();
        let x = Axis::around(points().map(|point| point.0), 1.05, LEFT, RIGHT);
        let y = Axis::around(points().map(|point| point.1), 1.15, BOTTOM, TOP);
        picture::draw(SIZE, |area| {
            self.ground(area, &x, &y)?;
            self.lines(area, &x, &y)
        })
    }

    fn ground(&self, area: &Area, x: &Axis, y: &Axis) -> Result<()> {
        picture::grid(area, x, y, |_| picture::GRID)?;
        picture::write(area, &self.name, (LEFT, 22), Side::Right, 17, picture::INK)?;
        picture::write(area, &self.y_name, (LEFT, 50), Side::Right, FONT, picture::FAINT)?;
        picture::write(area, &self.x_name, (RIGHT, BOTTOM + 40), Side::Left, FONT, picture::FAINT)
    }

    fn lines(&self, area: &Area, x: &Axis, y: &Axis) -> Result<()> {
        // DAM's last: on top of the others.
        let mut names: Vec<&String> = self.lines.keys().collect();
        names.sort_by_key(|name| *name == DAM);
        let mut ends = Vec::new();
        for (at, name) in names.into_iter().enumerate() {
            let colour = match name.as_str() {
                DAM => picture::DAM_COLOUR,
                "glibc" => picture::INK,
                _ => picture::LINES[at % picture::LINES.len()],
            };
            let points: Vec<(i32, i32)> =
                self.lines[name].iter().map(|point| (x.pixel(point.0), y.pixel(point.1))).collect();
            for point in &points {
                area.draw(&Circle::new(*point, 2, colour.filled())).map_err(picture::error)?;
            }
            ends.extend(points.last().map(|end| (name.as_str(), *end, colour)));
            picture::line(area, points, colour, if name == DAM { 4 } else { 2 })?;
        }
        labels(area, ends)
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

    #[test]
    fn lines_are_sorted_and_drawn() {
        let text = r#"[
            {"curve": "cost / blocks", "x_name": "blocks", "x": 1000, "peer": "dam", "y": 20, "y_name": "ns"},
            {"curve": "cost / blocks", "x_name": "blocks", "x": 10, "peer": "dam", "y": 0, "y_name": "ns"},
            {"curve": "cost / blocks", "x_name": "blocks", "x": 10, "peer": "glibc", "y": 9, "y_name": "ns"}]"#;
        let curves = parse(text).unwrap();
        assert_eq!(curves.len(), 1);
        assert_eq!(curves[0].lines["dam"][0].0, 10.0);
        assert_eq!(curves[0].file(), Path::new("scaling_cost___blocks.svg"));
        let picture = curves[0].draw().unwrap();
        assert!(picture.contains("DAM") && picture.contains("glibc"));
        assert!(parse("{}").is_err());
    }

    #[test]
    fn labels_move_apart() {
        assert_eq!(apart(&[10, 12, 50], 16), [10, 26, 50]);
        let bottom = SIZE.1 as i32 - FONT;
        assert_eq!(apart(&[bottom, bottom], 16), [bottom - 16, bottom]);
    }
}
