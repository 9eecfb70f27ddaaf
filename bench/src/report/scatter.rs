//! Time against memory: one point per allocator, the best corner at the bottom left.

use super::picture::{self, Area, Axis, Side};
use crate::bars::DAM;
use crate::results::{Key, Results};
use crate::series::REFERENCE;
use anyhow::Result;
use plotters::prelude::*;

const SIZE: (u32, u32) = (860, 560);
const LEFT: i32 = 70;
const RIGHT: i32 = 830;
const TOP: i32 = 70;
const BOTTOM: i32 = 490;
const FONT: i32 = 14;

struct Point {
    name: String,
    time: f64,
    memory: f64,
}

impl Point {
    fn colour(&self) -> RGBColor {
        match self.name.as_str() {
            DAM => picture::DAM_COLOUR,
            REFERENCE => picture::INK,
            name if is_hardened(name) => picture::HARDENED,
            _ => picture::PLAIN,
        }
    }

    fn radius(&self) -> i32 {
        if self.name == DAM { 8 } else { 5 }
    }
}

fn is_hardened(name: &str) -> bool {
    ["secure", "checks", "scudo", "hardened"].iter().any(|part| name.contains(part))
}

pub fn draw(results: &Results, what: &str) -> Result<String> {
    let points = points(results);
    let time = Axis::around(points.iter().map(|point| point.time), 1.12, LEFT, RIGHT);
    let memory = Axis::around(points.iter().map(|point| point.memory), 1.08, BOTTOM, TOP);
    picture::draw(SIZE, |area| {
        ground(area, &time, &memory, what)?;
        dots(area, &points, &time, &memory)
    })
}

fn points(results: &Results) -> Vec<Point> {
    let of = |key, name: &str| results.mean_ratio(name, REFERENCE, key).map(|(mean, _)| mean);
    let point = |name: &str| {
        let (time, memory) = (of(Key::Time, name)?, of(Key::Memory, name)?);
        Some(Point { name: name.into(), time, memory })
    };
    results.present().filter_map(|one| point(&one.name)).collect()
}

/// The shaded corner, the grid and the words around it.
fn ground(area: &Area, time: &Axis, memory: &Axis, what: &str) -> Result<()> {
    // Better than glibc in both.
    let corner = [(LEFT, memory.pixel(1.0)), (time.pixel(1.0), BOTTOM)];
    area.draw(&Rectangle::new(corner, picture::CORNER.filled())).map_err(picture::error)?;
    // As glibc in one of them: a line that stands out.
    let is_one = |value: f64| (value - 1.0).abs() < 1e-9;
    picture::grid(
        area,
        time,
        memory,
        |value| {
            if is_one(value) { picture::FAINT } else { picture::GRID }
        },
    )?;
    let title = format!("{what}, time and memory: geometric means relative to glibc");
    picture::write(area, &title, (LEFT, 22), Side::Right, 17, picture::INK)?;
    let y_name = "peak memory (log scale, less is better)";
    picture::write(area, y_name, (LEFT, 50), Side::Right, FONT, picture::FAINT)?;
    let x_name = "time (log scale, less is better)";
    picture::write(area, x_name, (RIGHT, BOTTOM + 42), Side::Left, FONT, picture::FAINT)?;
    legend(area)
}

fn legend(area: &Area) -> Result<()> {
    let mut x = LEFT + 6;
    for (text, colour) in [
        ("DAM, all checks on", picture::DAM_COLOUR),
        ("no checks", picture::PLAIN),
        ("hardened", picture::HARDENED),
        ("glibc", picture::INK),
    ] {
        let y = BOTTOM + 42;
        area.draw(&Circle::new((x, y), 5, colour.filled())).map_err(picture::error)?;
        picture::write(area, text, (x + 12, y), Side::Right, FONT, picture::FAINT)?;
        x += 34 + picture::width(text, FONT);
    }
    Ok(())
}

/// Left, top, right, bottom.
type Frame = (i32, i32, i32, i32);

fn dots(area: &Area, points: &[Point], time: &Axis, memory: &Axis) -> Result<()> {
    let place = |point: &Point| (time.pixel(point.time), memory.pixel(point.memory));
    let mut taken: Vec<Frame> = points
        .iter()
        .map(|point| {
            let ((x, y), r) = (place(point), point.radius());
            (x - r, y - r, x + r, y + r)
        })
        .collect();
    for point in points {
        let at = place(point);
        area.draw(&Circle::new(at, point.radius(), point.colour().filled()))
            .map_err(picture::error)?;
    }
    for point in points {
        let name = if point.name == DAM { "DAM" } else { &point.name };
        let size = if point.name == DAM { 18 } else { FONT };
        let (frame, is_far) = free_place(place(point), picture::width(name, size), size, &taken);
        taken.push(frame);
        let middle = (frame.1 + frame.3) / 2;
        if is_far {
            let end = ((frame.0 + frame.2) / 2, middle);
            picture::line(area, vec![place(point), end], picture::GRID, 1)?;
        }
        picture::write(area, name, (frame.0, middle), Side::Right, size, point.colour())?;
    }
    Ok(())
}

/// Beside, above or below the point, further and further away, where nothing else stands; and whether that is far.
fn free_place(at: (i32, i32), width: i32, height: i32, taken: &[Frame]) -> (Frame, bool) {
    let frame = |x: i32, y: i32| (x, y - height / 2, x + width, y + height / 2);
    for distance in (12..120).step_by(6) {
        let sides = [
            (at.0 + distance, at.1),
            (at.0 - distance - width, at.1),
            (at.0 - width / 2, at.1 - distance - 2),
            (at.0 - width / 2, at.1 + distance + 2),
            (at.0 + distance / 2, at.1 - distance),
            (at.0 + distance / 2, at.1 + distance),
            (at.0 - distance / 2 - width, at.1 - distance),
            (at.0 - distance / 2 - width, at.1 + distance),
        ];
        for (x, y) in sides {
            let candidate = frame(x, y);
            if is_inside(candidate) && !taken.iter().any(|other| overlap(candidate, *other)) {
                return (candidate, distance > 24);
            }
        }
    }
    (frame(at.0 + 12, at.1), false)
}

fn is_inside(frame: Frame) -> bool {
    frame.0 > LEFT && frame.2 < SIZE.0 as i32 - 4 && frame.1 > TOP - 12 && frame.3 < BOTTOM
}

fn overlap(one: Frame, other: Frame) -> bool {
    one.0 < other.2 + 3 && other.0 < one.2 + 3 && one.1 < other.3 && other.1 < one.3
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;

    #[test]
    fn labels_keep_clear_of_each_other() {
        let mut taken = vec![(395, 295, 405, 305)];
        for _ in 0..8 {
            let (frame, _) = free_place((400, 300), 60, 14, &taken);
            assert!(!taken.iter().any(|other| overlap(frame, *other)));
            taken.push(frame);
        }
    }

    #[test]
    fn a_picture_names_every_allocator_that_ran() {
        let results =
            results(&[("a", "glibc", 2.0, 2.0), ("a", "dam", 1.0, 1.0), ("a", "scudo", 3.0, 2.5)]);
        let text = draw(&results, "programs").unwrap();
        assert!(["DAM", "glibc", "scudo"].iter().all(|name| text.contains(name)));
    }
}
