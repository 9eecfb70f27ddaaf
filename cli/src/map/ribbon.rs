//! How a row of pools is laid out: like a line of text, each pool as wide as it has bytes, on the next line what goes
//! beyond the end. So areas are bytes, and one scale holds for a whole tier.

use super::model::{Kind, Row, Tier};

/// What a tier is drawn with, in units of the picture.
#[derive(Clone, Copy)]
pub struct Measure {
    /// Length of a line.
    pub width: f64,
    /// Height of a line.
    pub height: f64,
    /// Width of the tier's smallest cell, as long as there is room.
    pub best: f64,
    /// Lines that may be needed beside the first one of each row.
    pub more: f64,
}

/// A part of a cell, on one line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The line, from 0 on.
    pub line: usize,
    /// Where it begins.
    pub x: f64,
    /// Its width.
    pub width: f64,
    /// Whether the cell ends with it.
    pub is_last: bool,
}

impl Measure {
    /// That of a tier.
    pub fn of(kind: Kind, width: f64) -> Self {
        match kind {
            Kind::Small => Self { width, height: 14.0, best: 12.0, more: 60.0 },
            Kind::Middle => Self { width, height: 26.0, best: width / 8.0, more: 16.0 },
            Kind::Large => Self { width, height: 20.0, best: 24.0, more: 12.0 },
        }
    }

    /// Bytes of a unit of length in a tier.
    pub fn scale(&self, tier: &Tier) -> f64 {
        let cells = tier.rows.iter().flat_map(|row| &row.pools);
        let smallest = cells.map(|cell| cell.bytes).min().unwrap_or(1) as f64;
        let all: f64 = tier.rows.iter().map(Row::length).sum();
        (smallest / self.best).max(all / (self.width * self.more))
    }
}

impl Row {
    /// Bytes of all its pools. (Their sum as it is shown is bounded.)
    fn length(&self) -> f64 {
        self.pools.iter().map(|cell| cell.bytes as f64).sum()
    }

    /// The pieces of each of its cells, and how many lines there are.
    pub fn laid_out(&self, width: f64, scale: f64) -> (Vec<Vec<Piece>>, usize) {
        let (mut line, mut x) = (0, 0.0);
        let pieces = self.pools.iter().map(|cell| {
            let mut left = cell.bytes as f64 / scale;
            let mut pieces = Vec::new();
            loop {
                // A cell begins on a line of its own rather than with less than a sliver on this one.
                if width - x < 0.01 {
                    (line, x) = (line + 1, 0.0);
                }
                let piece = left.min(width - x);
                left -= piece;
                let is_last = left < 0.01;
                pieces.push(Piece { line, x, width: piece, is_last });
                x += piece;
                if is_last {
                    return pieces;
                }
            }
        });
        let pieces = pieces.collect();
        (pieces, line + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::model::Picture;
    use crate::map::{example, snapshot::Pool};

    #[test]
    fn areas_are_bytes_and_pieces_do_not_overlap() {
        for snapshot in [example::server(), example::crowded()] {
            for tier in Picture::new(&snapshot).tiers {
                let measure = Measure::of(tier.kind, 850.0);
                let scale = measure.scale(&tier);
                let mut lines = 0;
                for row in &tier.rows {
                    let (cells, count) = row.laid_out(measure.width, scale);
                    lines += count - 1;
                    let mut end = (0, 0.0);
                    for (cell, pieces) in row.pools.iter().zip(&cells) {
                        let width: f64 = pieces.iter().map(|piece| piece.width).sum();
                        assert!((width - cell.bytes as f64 / scale).abs() < 0.02);
                        for piece in pieces {
                            assert!(piece.line > end.0 && piece.x == 0.0 || piece.x >= end.1);
                            end = (piece.line, piece.x + piece.width);
                            assert!(end.1 <= measure.width + 0.001 && piece.line < count);
                        }
                    }
                }
                assert!(lines as f64 <= measure.more, "{lines}");
            }
        }
    }

    #[test]
    fn cells_of_absurd_length_take_a_bounded_number_of_lines() {
        let mut snapshot = example::server();
        snapshot.pools = (0..8192)
            .map(|n| Pool { address: n, bytes: u64::MAX - n, ..Pool::default() })
            .chain([Pool { bytes: 1, ..Pool::default() }])
            .collect();
        let tier = &Picture::new(&snapshot).tiers[0];
        let measure = Measure::of(tier.kind, 850.0);
        let (cells, lines) = tier.rows[0].laid_out(measure.width, measure.scale(tier));
        assert_eq!(cells.len(), 8193);
        assert!(lines <= 62, "{lines}");
    }
}
