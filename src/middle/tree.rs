//! A max tree over the cells of a pool: finds the first cell whose value is large enough.
//!
//! Each node is the maximum of 16 below it, one cache line: four lines lead from the root to any
//! of 8192 cells, where a binary tree has thirteen levels. Cells of low addresses share pages with
//! nothing of high addresses, so that a pool used in its first part touches only the first part of
//! its tree.
#![forbid(unsafe_code)]

use super::bitmap::BITS;

const FAN: usize = 16;
/// Low bits of a cell's value that are not compared (they ride along for the owner of the tree).
pub const IGNORED: u32 = 8;
const COMPARED: u32 = !0 << IGNORED;

const _: () = assert!(BITS == 2 * FAN * FAN * FAN);

/// The tree. All-zero memory is a tree of zeros.
#[repr(C, align(64))]
pub struct MaxTree {
    top: [u32; FAN],
    upper: [u32; 2 * FAN],
    lower: [u32; 2 * FAN * FAN],
    cells: [u32; BITS],
}

/// The 16 values of a node.
#[inline(always)]
fn group(values: &[u32], node: usize) -> &[u32; FAN] {
    &values.as_chunks::<FAN>().0[node]
}

/// The largest of a node's 16 values, besides the one at `at`.
#[inline(always)]
fn largest_besides(values: &[u32], at: usize) -> u32 {
    // Values are below 2^31, and every processor compares signed numbers several at once.
    let mut largest = 0;
    for (lane, &value) in group(values, at / FAN).iter().enumerate() {
        largest = largest.max(if lane == at % FAN { 0 } else { value as i32 });
    }
    largest as u32 & COMPARED
}

/// `children[at]` has become `value`, more than before. Whether its parent has changed, too.
#[inline(always)]
fn raise(parents: &mut [u32], at: usize, value: u32) -> bool {
    let parent = &mut parents[at / FAN];
    let changes = *parent < value;
    if changes {
        *parent = value;
    }
    changes
}

/// Lowers `children[at]`, which counted as `before`, to `value`. What its parent becomes, if that
/// changes. The value is stored after its neighbours are read: a wide read of what was just written
/// in part would wait for the write.
#[inline(always)]
fn lower(children: &mut [u32], parents: &[u32], at: usize, before: u32, value: u32) -> Option<u32> {
    let was_largest = parents[at / FAN] == before;
    let largest = if was_largest { largest_besides(children, at) } else { before };
    children[at] = value;
    Some(largest.max(value & COMPARED)).filter(|&largest| largest != before)
}

/// The first of a node's 16 values that is at least `wanted`.
#[inline(always)]
fn first(values: &[u32], node: usize, wanted: u32) -> Option<usize> {
    // Without branches, so that the compiler compares several at once; one byte of `found` each.
    let hits = group(values, node).map(|value| u8::from(value as i32 >= wanted as i32));
    let found = u128::from_le_bytes(hits);
    (found != 0).then(|| node * FAN + found.trailing_zeros() as usize / 8)
}

impl MaxTree {
    /// The value of `cell`.
    #[inline]
    pub fn get(&self, cell: usize) -> u32 {
        self.cells[cell]
    }

    /// Sets the value of `cell`, below 2^31.
    #[inline]
    pub fn set(&mut self, cell: usize, value: u32) {
        let before = self.cells[cell] & COMPARED;
        if value & COMPARED < before {
            self.lower(cell, before, value);
        } else {
            self.cells[cell] = value;
            self.raise(cell, value & COMPARED);
        }
    }

    #[inline]
    fn raise(&mut self, cell: usize, value: u32) {
        let _ = raise(&mut self.lower, cell, value)
            && raise(&mut self.upper, cell / FAN, value)
            && raise(&mut self.top, cell / FAN / FAN, value);
    }

    #[inline]
    fn lower(&mut self, cell: usize, before: u32, value: u32) {
        let node = cell / FAN;
        if let Some(value) = lower(&mut self.cells, &self.lower, cell, before, value)
            && let Some(value) = lower(&mut self.lower, &self.upper, node, before, value)
            && let Some(value) = lower(&mut self.upper, &self.top, node / FAN, before, value)
        {
            self.top[node / FAN / FAN] = value;
        }
    }

    /// The first cell whose value is at least `wanted`, which has no ignored bits and is not 0.
    #[inline]
    pub fn first_at_least(&self, wanted: u32) -> Option<usize> {
        let node = first(&self.top, 0, wanted)?;
        let node = first(&self.upper, node, wanted)?;
        let node = first(&self.lower, node, wanted)?;
        first(&self.cells, node, wanted)
    }

    /// The same among those from cell `from` on.
    pub fn first_at_least_from(&self, from: usize, wanted: u32) -> Option<usize> {
        /// The first value at `at` or behind it, of the same node.
        fn rest(values: &[u32], at: usize, wanted: u32) -> Option<usize> {
            (at..at.next_multiple_of(FAN)).find(|&at| values[at] >= wanted)
        }
        let here = if self.cells[from] >= wanted {
            Some(from)
        } else {
            rest(&self.cells, from + 1, wanted)
        };
        here.or_else(|| {
            let lower = rest(&self.lower, from / FAN + 1, wanted);
            let lower = lower.or_else(|| {
                let upper = rest(&self.upper, from / FAN / FAN + 1, wanted);
                let upper = upper.or_else(|| {
                    let top = rest(&self.top, from / FAN / FAN / FAN + 1, wanted)?;
                    first(&self.upper, top, wanted)
                })?;
                first(&self.lower, upper, wanted)
            })?;
            first(&self.cells, lower, wanted)
        })
    }

    /// The largest value, without its ignored bits.
    #[inline]
    pub fn largest(&self) -> u32 {
        self.top[0].max(self.top[1])
    }

    /// Whether every node is the maximum of its children.
    pub fn is_sound(&self) -> bool {
        fn level(children: &[u32], parents: &[u32]) -> bool {
            let (nodes, _) = children.as_chunks::<FAN>();
            nodes
                .iter()
                .zip(parents)
                .all(|(node, &parent)| node.iter().copied().max().unwrap_or(0) & COMPARED == parent)
        }
        level(&self.cells, &self.lower)
            && level(&self.lower, &self.upper)
            && level(&self.upper, &self.top)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::boxed::Box;

    fn tree() -> Box<MaxTree> {
        Box::new(MaxTree {
            top: [0; FAN],
            upper: [0; 2 * FAN],
            lower: [0; 2 * FAN * FAN],
            cells: [0; BITS],
        })
    }

    #[test]
    fn finds_what_a_linear_search_finds() {
        let mut tree = tree();
        let mut random = crate::middle::tests::Random::new();
        for round in 0..30_000 {
            // Sparse at first, full at the end; values with ignored bits, among them used cells.
            let cell = random.below(BITS);
            let value = match random.below(4) {
                0 => 0,
                1 => random.below(1 << IGNORED) as u32,
                _ => (random.below(1 << 30) >> random.below(21)) as u32,
            };
            tree.set(cell, value);
            if round % 16 == 0 {
                let wanted = (random.below(1 << 21).max(1) as u32) << IGNORED;
                let linear = tree.cells.iter().position(|&value| value >= wanted);
                assert_eq!(tree.first_at_least(wanted), linear, "{wanted}; {random}");
            }
        }
        assert!(tree.is_sound(), "{random}");
        let largest = tree.cells.iter().copied().max().unwrap();
        assert_eq!(tree.largest(), largest & COMPARED);
    }

    #[test]
    fn soundness_is_not_taken_for_granted() {
        let mut tree = tree();
        tree.set(5000, 77 << IGNORED);
        assert!(tree.is_sound());
        tree.cells[5001] = 78 << IGNORED;
        assert!(!tree.is_sound());
    }

    #[test]
    fn the_last_cell_is_found() {
        let mut tree = tree();
        assert_eq!(tree.first_at_least(1 << IGNORED), None);
        tree.set(BITS - 1, 3 << IGNORED | 0xff);
        assert_eq!(tree.first_at_least(3 << IGNORED), Some(BITS - 1));
        assert_eq!(tree.first_at_least(4 << IGNORED), None);
    }
}
