//! How well a pool is: from thresholds with a memory, so that a pool at one of them does not change all the time.

/// How well a pool is. The numbers are those of `DAM_POOL_OK` and so on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Health {
    /// Nothing else can be said of it.
    Ok = 0,
    /// Less than a sixteenth of it is free. It stays so until an eighth is.
    Pressured = 1,
    /// Less than a quarter of what was ever in use is. It stays so until three eighths are. Pools that were hardly used,
    /// and empty ones, are not.
    Fragmented = 2,
    /// Damaged: nothing of it is handed out any more.
    Quarantined = 3,
    /// Nothing of it is free.
    Exhausted = 4,
}

/// What a pool holds, in slots or in bytes.
#[derive(Clone, Copy)]
pub struct Holding {
    /// All there is room for.
    pub capacity: usize,
    /// Of that, what is free.
    pub free: usize,
    /// What has memory behind it.
    pub reached: usize,
    /// The pages of that.
    pub pages: usize,
}

/// Pages that must have memory before a pool can be fragmented.
const PAGES: usize = 16;

impl Health {
    /// The one of this number.
    pub fn from_number(number: u32) -> Self {
        match number {
            1 => Self::Pressured,
            2 => Self::Fragmented,
            3 => Self::Quarantined,
            4 => Self::Exhausted,
            _ => Self::Ok,
        }
    }

    /// What becomes of it when a pool that is not damaged holds so much.
    #[inline]
    pub fn after(self, Holding { capacity, free, reached, pages }: Holding) -> Self {
        let used = capacity.saturating_sub(free);
        let parts = if self == Self::Pressured { 8 } else { 16 };
        let eighths = if self == Self::Fragmented { 3 } else { 2 };
        match () {
            () if free == 0 => Self::Exhausted,
            () if free * parts < capacity => Self::Pressured,
            () if pages >= PAGES && used > 0 && used * 8 < reached * eighths => Self::Fragmented,
            () => Self::Ok,
        }
    }
}

#[cfg(all(test, not(any(loom, shuttle))))]
mod tests {
    use super::*;

    #[test]
    fn health_has_a_memory_between_its_thresholds() {
        let all = Holding { capacity: 1600, free: 0, reached: 1600, pages: 100 };
        let after =
            |before: Health, used: usize| before.after(Holding { free: 1600 - used, ..all });
        assert_eq!(after(Health::Ok, 1600), Health::Exhausted);
        assert_eq!(after(Health::Ok, 1501), Health::Pressured);
        assert_eq!(after(Health::Ok, 1450), Health::Ok);
        assert_eq!(after(Health::Pressured, 1450), Health::Pressured);
        assert_eq!(after(Health::Pressured, 1400), Health::Ok);
        assert_eq!(after(Health::Ok, 399), Health::Fragmented);
        assert_eq!(after(Health::Ok, 500), Health::Ok);
        assert_eq!(after(Health::Fragmented, 500), Health::Fragmented);
        assert_eq!(after(Health::Fragmented, 600), Health::Ok);
        assert_eq!(after(Health::Ok, 0), Health::Ok, "an empty pool pins nothing");
        let fresh = Holding { free: 1599, reached: 100, pages: 2, ..all };
        assert_eq!(Health::Ok.after(fresh), Health::Ok, "hardly used");
    }
}
