//! What is measured: each program of bench/scaling with the points at which it runs.

/// What a set's curves show, and so how they are drawn and judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// What an operation costs: logarithmic, and flat at best.
    Cost,
    /// What is resident as time goes by: down at once at best.
    Return,
}

/// A program with its first arguments, and the values of x, its last one.
pub struct Set {
    pub name: &'static str,
    /// What grows: the heading above all curves of its program.
    pub about: &'static str,
    pub program: &'static str,
    pub arguments: &'static [&'static str],
    pub xs: &'static [u64],
    pub x_name: &'static str,
    pub y_name: &'static str,
    /// The program's word for each of its curves, and the curve's title.
    pub curves: &'static [(&'static str, &'static str)],
    pub shape: Shape,
}

impl Set {
    /// How often a point is measured at most. What takes long has a figure that hardly varies: the mean of many
    /// operations, or memory.
    pub fn rounds(&self, x: u64) -> usize {
        let takes_long =
            self.shape == Shape::Return || (self.program == "live_blocks" && x >= LONG);
        if takes_long { 1 } else { usize::MAX }
    }
}

/// Live blocks that take seconds to build.
const LONG: u64 = 10_000_000;

/// `1048576` as 1Mi, `1000` as 1k.
pub fn short(x: u64) -> String {
    let units = [(GIB, "Gi"), (MIB, "Mi"), (KIB, "Ki"), (1_000_000, "M"), (1000, "k")];
    let fits = units.iter().find(|(unit, _)| x >= *unit && x.is_multiple_of(*unit));
    fits.map_or(x.to_string(), |(unit, name)| format!("{}{name}", x / unit))
}

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

const COUNTS: &[u64] = &[1, 2, 4, 8, 16, 64, 256];

#[rustfmt::skip]
const SIZES: &[u64] = &[
    1, 16, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB, GIB,
];
#[rustfmt::skip]
const WRITTEN: &[u64] = &[
    1, 64, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB,
];

/// What the sets have in common, one curve each.
const fn set(
    name: &'static str,
    about: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
    curves: &'static [(&'static str, &'static str)],
) -> Set {
    Set {
        name,
        about,
        program,
        arguments,
        xs: COUNTS,
        x_name: "threads",
        y_name: "ns per malloc and free",
        curves,
        shape: Shape::Cost,
    }
}

const fn size(
    name: &'static str,
    arguments: &'static [&'static str],
    curves: &'static [(&'static str, &'static str)],
) -> Set {
    let set = set(name, "Block size", "block_size", arguments, curves);
    Set { xs: SIZES, x_name: "bytes", ..set }
}

#[rustfmt::skip]
const fn growth(
    name: &'static str,
    arguments: &'static [&'static str],
    curves: &'static [(&'static str, &'static str)],
) -> Set {
    Set {
        xs: &[256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB],
        x_name: "bytes",
        y_name: "ns per KiB reached",
        ..set(name, "Growing by realloc", "realloc_growth", arguments, curves)
    }
}

const fn storm(
    name: &'static str,
    arguments: &'static [&'static str],
    curves: &'static [(&'static str, &'static str)],
) -> Set {
    Set {
        xs: &[5000],
        x_name: "ms since the last free",
        y_name: "KiB resident",
        shape: Shape::Return,
        ..set(name, "After a storm", "storm", arguments, curves)
    }
}

#[rustfmt::skip]
/// What takes long comes first: the estimate of the time left is soon right.
pub static SETS: &[Set] = &[
    Set {
        xs: &[1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000],
        x_name: "live blocks",
        y_name: "ns per block",
        ..set("live-blocks", "Live blocks", "live_blocks", &[], &[
            ("build", "live blocks: building a new heap"),
            ("replace", "live blocks: replacing random ones"),
            ("free", "live blocks: freeing all"),
        ])
    },
    storm("storm-small", &["small"], &[("resident", "after 500 MiB of small blocks")]),
    storm("storm-middle", &["middle"], &[("resident", "after 500 MiB of middle blocks")]),
    set("threads-private", "Threads", "threads", &["private"], &[
        ("elapsed", "threads with heaps of their own: elapsed time"),
        ("processor", "threads with heaps of their own: processor time"),
    ]),
    set("threads-ring", "Threads", "threads", &["ring"], &[
        ("elapsed", "threads that pass blocks on: elapsed time"),
        ("processor", "threads that pass blocks on: processor time"),
    ]),
    size("size-untouched", &["untouched"], &[("untouched", "block size: untouched")]),
    size("size-first", &["first"], &[("first", "block size: first byte written")]),
    Set {
        xs: WRITTEN,
        ..size("size-full", &["full"], &[("full", "block size: written all over")])
    },
    Set {
        x_name: "different sizes",
        ..set("classes", "Different sizes in use", "classes", &[], &[("replace", "different sizes in use")])
    },
    growth("realloc-doubling", &["factor", "100"], &[("factor", "realloc: doubling")]),
    growth("realloc-eighth", &["factor", "13"], &[("factor", "realloc: by 13 %")]),
    Set {
        xs: &[64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB],
        y_name: "ns per call",
        ..growth("realloc-32", &["step", "32"], &[("step", "realloc: by 32 bytes")])
    },
    Set {
        xs: &[4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB, 16 * MIB, 64 * MIB, 256 * MIB],
        y_name: "ns per call",
        ..growth("realloc-4096", &["step", "4096"], &[("step", "realloc: by 4 KiB")])
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            [1, 1000, 1024, 3 << 20, 100_000_000].map(short),
            ["1", "1k", "1Ki", "3Mi", "100M"]
        );
    }

    #[test]
    fn what_takes_long_is_measured_once() {
        let rounds = |name: &str, x| SETS.iter().find(|set| set.name == name).unwrap().rounds(x);
        assert_eq!(rounds("live-blocks", 100_000_000), 1);
        assert_eq!(rounds("storm-small", 5000), 1);
        assert!(rounds("live-blocks", 1000) > 1 && rounds("size-full", GIB) > 1);
    }

    #[test]
    fn names_and_titles_differ_and_each_program_is_there() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("scaling");
        let names: BTreeSet<&str> = SETS.iter().map(|set| set.name).collect();
        let titles: Vec<&str> =
            SETS.iter().flat_map(|set| set.curves).map(|(_, title)| *title).collect();
        assert_eq!(names.len(), SETS.len());
        assert_eq!(titles.iter().collect::<BTreeSet<_>>().len(), titles.len());
        for set in SETS {
            assert!(sources.join(format!("{}.c", set.program)).exists(), "{}", set.program);
        }
    }
}
