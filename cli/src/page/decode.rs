//! Numbers out of a page's bytes.
//!
//! Both sides are built from the same structures (`dam::measure`), so a field lies where it lies in memory. An entry that an
//! older DAM wrote may be shorter: fields that its bytes do not reach are zero.

use std::mem::offset_of;

use dam::measure::page::{Answers, Event, Part, Parts};
use dam::measure::stats::{dam_stats_class_t, dam_stats_pool_t, dam_stats_t};

/// What lies in a page as it does in the memory of the process that wrote it.
pub trait Decode: Sized {
    /// The value that begins with these bytes.
    fn decode(bytes: &[u8]) -> Self;
}

impl Decode for u32 {
    fn decode(bytes: &[u8]) -> Self {
        bytes.first_chunk().map_or(0, |&bytes| Self::from_ne_bytes(bytes))
    }
}

impl Decode for u64 {
    fn decode(bytes: &[u8]) -> Self {
        bytes.first_chunk().map_or(0, |&bytes| Self::from_ne_bytes(bytes))
    }
}

impl<const N: usize> Decode for [u64; N] {
    fn decode(bytes: &[u8]) -> Self {
        std::array::from_fn(|at| decode_at(bytes, at * size_of::<u64>()))
    }
}

/// The value at an offset.
pub fn decode_at<T: Decode>(bytes: &[u8], offset: usize) -> T {
    T::decode(bytes.get(offset..).unwrap_or_default())
}

/// Decodes structures field by field. The compiler refuses a list with a field too few or too many.
macro_rules! structures {
    ($($type:ident { $($field:ident)* })*) => {$(
        impl Decode for $type {
            fn decode(bytes: &[u8]) -> Self {
                Self { $($field: decode_at(bytes, offset_of!($type, $field)),)* }
            }
        }
    )*};
}

structures! {
    Part { offset entry count }
    Parts { stats classes options events pools all_pools }
    Answers { check check_faults check_us trim trim_bytes pools_ns }
    Event { number at_ns violation address block_size }
    dam_stats_class_t {
        size slot_bytes largest_request allocations frees live requested_bytes cached pools pools_quarantined
        committed_bytes idle requests
    }
    dam_stats_pool_t { size address bytes live_bytes committed_bytes class_number health }
    dam_stats_t {
        size version live_blocks live_bytes requested_bytes committed_bytes resident_bytes reserved_bytes metadata_bytes
        threads violations pools_ok pools_quarantined
        small_allocations small_frees small_failures small_live small_pools small_cached
        middle_allocations middle_frees middle_failures middle_live middle_pools middle_splits middle_coalesces
        large_allocations large_frees large_failures large_live large_cached_bytes
        zero_allocations zero_frees zero_live
        purges purged_bytes dealloc_mismatches leaked_by_fork
        small_live_bytes small_requested_bytes small_committed_bytes small_allocated_bytes small_cached_bytes
        small_refills small_flushes
        middle_live_bytes middle_requested_bytes middle_committed_bytes middle_allocated_bytes middle_cached_bytes
        middle_searches middle_largest_free
        large_live_bytes large_requested_bytes large_committed_bytes large_allocated_bytes
        quarantined_bytes used_bytes peak_used_bytes peak_live_bytes taken_bytes
        allocation_rate allocation_bytes_rate free_rate lock_waits
        failures_limit failures_memory failures_size soft_limit hard_limit soft_limit_hits
        pools_pressured pools_fragmented pools_exhausted
        heap_buffer_overflows heap_buffer_underflows double_frees invalid_frees size_mismatches
        reported_dealloc_mismatches uses_after_free metadata_corruptions
        events_lost uptime_ms
        failures_addresses failures_mappings refill_rate flush_rate lock_wait_rate page_faults guard_pages
        middle_free_bytes unusable_64k_bytes unusable_256k_bytes unusable_1m_bytes unusable_4m_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_read_from_its_own_place() {
        let words: Vec<u8> =
            (1..=(size_of::<dam_stats_t>() / 8) as u64).flat_map(u64::to_ne_bytes).collect();
        let stats = dam_stats_t::decode(&words);
        assert_eq!((stats.size, stats.version, stats.live_blocks), (1, 2, 3));
        assert_eq!(
            stats.unusable_4m_bytes,
            (size_of::<dam_stats_t>() / 8) as u64,
            "the last field"
        );
        let class = dam_stats_class_t::decode(&words);
        assert_eq!((class.idle, class.requests), (12, [13, 14, 15, 16, 17, 18, 19, 20]));
        let pool = dam_stats_pool_t::decode(&words);
        assert_eq!((pool.committed_bytes, pool.class_number, pool.health), (5, 6, 0));
    }

    #[test]
    fn what_the_bytes_do_not_reach_is_zero() {
        let event = Event::decode(&[1; 20]);
        assert_eq!((event.number, event.violation), (0x0101_0101_0101_0101, 0));
        assert_eq!(Event::decode(&[]), Event::default());
        assert_eq!(decode_at::<u64>(&[1; 8], usize::MAX), 0);
    }
}
