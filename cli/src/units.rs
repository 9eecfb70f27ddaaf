//! Numbers and times for people.

use std::time::Duration;

/// Bytes in the unit that suits them: at most seven columns.
pub fn bytes(count: u64) -> String {
    for (unit, shift) in [("P", 50), ("T", 40), ("G", 30), ("M", 20), ("K", 10)] {
        if count >= 1 << shift {
            return format!("{:.1}{unit}", count as f64 / (1u64 << shift) as f64);
        }
    }
    format!("{count}B")
}

/// A count in the unit that suits it: at most seven columns, for all that can be counted.
pub fn count(count: u64) -> String {
    for (unit, size) in
        [("P", 1_000_000_000_000_000), ("T", 1_000_000_000_000), ("G", 1_000_000_000u64)]
            .into_iter()
            .chain([("M", 1_000_000), ("k", 1000)])
    {
        if count >= 10 * size {
            return format!("{:.1}{unit}", count as f64 / size as f64);
        }
    }
    count.to_string()
}

/// A ratio in per cent.
pub fn percent(ratio: f64) -> String {
    format!("{:.0}%", ratio.clamp(0.0, 1.0) * 100.0)
}

/// How long something is, or ago.
pub fn time(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{}ms", time.as_millis()),
        seconds @ 1..=119 => format!("{seconds}s"),
        seconds @ 120..=7199 => format!("{}min", seconds / 60),
        seconds @ 7200..=172_799 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// `100ms`, `2s`, `1min`; a number alone is seconds.
pub fn parse_time(text: &str) -> Result<Duration, String> {
    let seconds = text.parse().ok().and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let time = match seconds {
        Some(time) => time,
        None => humantime::parse_duration(text)
            .map_err(|error| format!("{error}; as in 500ms, 2s or 1min"))?,
    };
    let allowed = Duration::from_millis(10)..=Duration::from_secs(86_400);
    if allowed.contains(&time) { Ok(time) } else { Err("from 10ms to a day".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(
            (bytes(0), bytes(1536), bytes(3 << 30)),
            ("0B".into(), "1.5K".into(), "3.0G".into())
        );
        assert_eq!((count(9999), count(12_345)), ("9999".into(), "12.3k".into()));
        for number in [0, 999, 1023, 1 << 20, (1 << 40) - 1, 999_999_999, u64::MAX / 1000] {
            assert!(bytes(number).len() <= 7 && count(number).len() <= 7, "{number}");
        }
        assert_eq!(
            (percent(0.256), percent(f64::MAX), percent(-1.0)),
            ("26%".into(), "100%".into(), "0%".into())
        );
    }

    #[test]
    fn times_are_short() {
        let said =
            [30, 1500, 300_000, 9_000_000, 259_200_000].map(|ms| time(Duration::from_millis(ms)));
        assert_eq!(said, ["30ms", "1s", "5min", "2h", "3d"]);
    }

    #[test]
    fn times_are_understood() {
        assert_eq!(parse_time("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(parse_time("0.5"), Ok(Duration::from_millis(500)));
        assert_eq!(parse_time("1min"), Ok(Duration::from_secs(60)));
        for wrong in ["", "0", "-1s", "2d", "nan", "1e300", "1 parsec"] {
            assert!(parse_time(wrong).is_err(), "{wrong}");
        }
    }
}
