//! Which pages are in memory: what was never touched holds no address, and to read it would cost page tables.

use crate::bits::{PAGE, align_down};
use crate::sys::pagemap::{Pagemap, REGIONS, Region, Which};

/// What the kernel says; without that every page is taken to be there.
pub struct Presence(Option<Pagemap>);

/// Not asked: what is short is read sooner than that.
pub static NOT_ASKED: Presence = Presence(None);
/// Bytes of what is short.
pub const SHORT: usize = 64 * PAGE;

impl Presence {
    /// Opens it.
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        Self(Pagemap::open())
    }

    /// Shows what lies between two addresses on such pages, no more than a page at a time.
    pub fn visit(
        &self,
        from: usize,
        end: usize,
        which: Which,
        visit: &mut dyn FnMut(usize, usize),
    ) {
        let mut regions = [Region::default(); REGIONS];
        let mut at = align_down(from, PAGE);
        while at < end {
            let listed = self.0.as_ref().and_then(|file| file.list(at, end, which, &mut regions));
            let (count, next) = listed.unwrap_or_else(|| {
                let next = end.min(at + SHORT);
                regions[0] = Region::of(at, next);
                (1, next)
            });
            for region in &regions[..count] {
                let (start, end) = (region.start.max(from), region.end.min(end));
                each_page(start, end, visit);
            }
            at = next;
        }
    }
}

fn each_page(mut from: usize, end: usize, visit: &mut dyn FnMut(usize, usize)) {
    while from < end {
        let next = end.min(align_down(from, PAGE) + PAGE);
        visit(from, next);
        from = next;
    }
}
