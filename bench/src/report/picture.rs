//! What the pictures share: colours for a light and a dark page, axes, and labels that keep clear of each other.

use anyhow::{Result, anyhow};
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

pub type Area<'a> = DrawingArea<SVGBackend<'a>, plotters::coord::Shift>;

pub const PAPER: RGBColor = RGBColor(0xFF, 0xFF, 0xFF);
pub const INK: RGBColor = RGBColor(0x1F, 0x23, 0x28);
pub const FAINT: RGBColor = RGBColor(0x59, 0x63, 0x6E);
pub const GRID: RGBColor = RGBColor(0xDD, 0xE2, 0xE8);
pub const CORNER: RGBColor = RGBColor(0xE3, 0xF6, 0xE8);
pub const DAM_COLOUR: RGBColor = RGBColor(0xCF, 0x22, 0x2E);
/// Allocators without checks, and hardened ones.
pub const PLAIN: RGBColor = RGBColor(0x09, 0x69, 0xDA);
pub const HARDENED: RGBColor = RGBColor(0x82, 0x50, 0xDF);
/// For lines, of which there are many.
pub const LINES: [RGBColor; 8] = [
    PLAIN,
    HARDENED,
    RGBColor(0x1A, 0x7F, 0x37),
    RGBColor(0xBC, 0x4C, 0x00),
    RGBColor(0x0B, 0x7C, 0x86),
    RGBColor(0xBF, 0x39, 0x89),
    RGBColor(0x9A, 0x67, 0x00),
    RGBColor(0x4D, 0x5B, 0x9E),
];

/// Each colour's counterpart on a dark page.
const DARK: [(RGBColor, &str); 14] = [
    (PAPER, "#0D1117"),
    (INK, "#E6EDF3"),
    (FAINT, "#9198A1"),
    (GRID, "#2A313A"),
    (CORNER, "#12261E"),
    (DAM_COLOUR, "#FF7B72"),
    (PLAIN, "#58A6FF"),
    (HARDENED, "#BC8CFF"),
    (LINES[2], "#3FB950"),
    (LINES[3], "#F0883E"),
    (LINES[4], "#39C5CF"),
    (LINES[5], "#F778BA"),
    (LINES[6], "#D29922"),
    (LINES[7], "#A5B1F5"),
];

/// Draws on paper of this size and gives the picture's text, which follows the page's colour scheme.
pub fn draw(size: (u32, u32), paint: impl FnOnce(&Area) -> Result<()>) -> Result<String> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, size).into_drawing_area();
        area.fill(&PAPER).map_err(error)?;
        paint(&area)?;
        area.present().map_err(error)?;
    }
    let rules: String = DARK
        .iter()
        .map(|(RGBColor(red, green, blue), dark)| {
            let light = format!("#{red:02X}{green:02X}{blue:02X}");
            format!("[fill=\"{light}\"]{{fill:{dark}}}[stroke=\"{light}\"]{{stroke:{dark}}}")
        })
        .collect();
    let style = format!("<style>@media (prefers-color-scheme: dark){{{rules}}}</style>\n");
    let head = text.find('>').ok_or_else(|| anyhow!("the picture has no element"))? + 1;
    text.insert_str(head, &style);
    Ok(text)
}

pub fn error(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("cannot draw: {error}")
}

/// Where a text stands relative to its point.
#[derive(Clone, Copy)]
pub enum Side {
    Left,
    Right,
    Middle,
}

pub fn write(
    area: &Area,
    text: &str,
    at: (i32, i32),
    side: Side,
    size: i32,
    colour: RGBColor,
) -> Result<()> {
    let across = match side {
        Side::Left => HPos::Right,
        Side::Right => HPos::Left,
        Side::Middle => HPos::Center,
    };
    let style = ("sans-serif", size).into_font().color(&colour).pos(Pos::new(across, VPos::Center));
    area.draw(&Text::new(text.to_string(), at, style)).map_err(error)
}

/// About as wide as a sans-serif font makes it.
pub fn width(text: &str, size: i32) -> i32 {
    text.chars().count() as i32 * size * 46 / 100
}

pub fn line(area: &Area, points: Vec<(i32, i32)>, colour: RGBColor, width: u32) -> Result<()> {
    area.draw(&PathElement::new(points, colour.stroke_width(width))).map_err(error)
}

/// An axis between two pixels, logarithmic unless it begins with zero.
#[derive(Clone, Copy)]
pub struct Axis {
    pub low: f64,
    pub high: f64,
    pub from: i32,
    pub to: i32,
}

impl Axis {
    /// With some room beyond the values, which must be positive.
    pub fn around(values: impl Iterator<Item = f64>, room: f64, from: i32, to: i32) -> Axis {
        let (mut low, mut high) = (f64::INFINITY, 0.0_f64);
        for value in values {
            low = low.min(value);
            high = high.max(value);
        }
        if !low.is_finite() || low <= 0.0 {
            (low, high) = (1.0, 10.0);
        }
        Axis { low: low / room, high: high * room, from, to }
    }

    /// From zero to the highest of the values, with some room.
    pub fn linear(values: impl Iterator<Item = f64>, room: f64, from: i32, to: i32) -> Axis {
        let high = values.fold(0.0_f64, f64::max);
        Axis { low: 0.0, high: if high > 0.0 { high * room } else { 1.0 }, from, to }
    }

    pub fn pixel(&self, value: f64) -> i32 {
        let part = match self.low {
            0.0 => value / self.high,
            low => (value / low).ln() / (self.high / low).ln(),
        };
        self.from + (part * f64::from(self.to - self.from)).round() as i32
    }

    /// Round values along the axis: steps of 1, 2, 5 where there is room, else powers of ten.
    pub fn ticks(&self) -> Vec<f64> {
        if self.low == 0.0 {
            return self.linear_ticks();
        }
        let decades = (self.high / self.low).log10();
        let steps: &[f64] = match decades {
            decades if decades < 0.7 => {
                &[1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
            }
            decades if decades < 1.3 => &[1.0, 1.5, 2.0, 3.0, 5.0, 7.0],
            decades if decades < 4.0 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let first = self.low.log10().floor() as i32;
        let last = self.high.log10().ceil() as i32;
        (first..=last)
            .flat_map(|power| steps.iter().map(move |step| step * 10f64.powi(power)))
            .filter(|value| *value >= self.low * 0.999 && *value <= self.high * 1.001)
            .collect()
    }

    /// Four to ten of them.
    fn linear_ticks(&self) -> Vec<f64> {
        let power = 10f64.powf((self.high / 4.0).log10().floor());
        let steps = [power * 5.0, power * 2.0, power];
        let step = steps.into_iter().find(|step| self.high / step >= 4.0).unwrap_or(power);
        (0..).map(|at| f64::from(at) * step).take_while(|value| *value <= self.high).collect()
    }
}

/// The grid between two axes, a line of `colour` for each round value, and the values beside it.
pub fn grid(area: &Area, x: &Axis, y: &Axis, colour: impl Fn(f64) -> RGBColor) -> Result<()> {
    const SIZE: i32 = 14;
    for value in x.ticks() {
        let at = x.pixel(value);
        line(area, vec![(at, y.to), (at, y.from)], colour(value), 1)?;
        write(area, &short(value), (at, y.from + 16), Side::Middle, SIZE, FAINT)?;
    }
    for value in y.ticks() {
        let at = y.pixel(value);
        line(area, vec![(x.from, at), (x.to, at)], colour(value), 1)?;
        write(area, &short(value), (x.from - 8, at), Side::Left, SIZE, FAINT)?;
    }
    Ok(())
}

/// `1500` as 1.5k, `0.25` as 0.25.
pub fn short(value: f64) -> String {
    let (value, unit) = match value {
        value if value >= 1e9 => (value / 1e9, "G"),
        value if value >= 1e6 => (value / 1e6, "M"),
        value if value >= 1e3 => (value / 1e3, "k"),
        value => (value, ""),
    };
    let text = format!("{:.3}", value);
    format!("{}{unit}", text.trim_end_matches('0').trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn axes_are_logarithmic() {
        let axis = Axis { low: 1.0, high: 100.0, from: 0, to: 200 };
        assert_eq!(axis.pixel(10.0), 100);
        assert_eq!(axis.ticks(), [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0]);
        assert_eq!(Axis::around([].into_iter(), 1.1, 0, 9).low.round(), 1.0);
    }

    #[test]
    fn axes_from_zero_are_linear() {
        let axis = Axis::linear([250.0, 500.0].into_iter(), 1.0, 0, 100);
        assert_eq!((axis.pixel(0.0), axis.pixel(250.0), axis.pixel(500.0)), (0, 50, 100));
        assert_eq!(axis.ticks(), [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]);
        assert_eq!(Axis::linear([1.1].into_iter(), 1.0, 0, 9).ticks().len(), 6);
        assert_eq!(Axis::linear([].into_iter(), 1.0, 0, 9).high, 1.0);
    }

    #[test]
    fn numbers_are_short() {
        assert_eq!(short(1500.0), "1.5k");
        assert_eq!(short(0.25), "0.25");
        assert_eq!(short(1e9), "1G");
    }

    #[test]
    fn every_colour_has_its_dark_counterpart() {
        let text = draw((10, 10), |area| line(area, vec![(0, 0), (9, 9)], INK, 1)).unwrap();
        assert!(text.contains("stroke=\"#1F2328\""));
        assert!(text.contains("[stroke=\"#1F2328\"]{stroke:#E6EDF3}"));
        assert!(LINES.iter().all(|colour| DARK.iter().any(|(light, _)| light == colour)));
    }
}
