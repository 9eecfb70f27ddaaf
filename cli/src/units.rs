//! Numbers for people.

use std::time::Duration;

/// Bytes in the unit that suits them.
pub fn bytes(count: u64) -> String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)] {
        if count >= 1 << shift {
            return format!("{:.1}{unit}", count as f64 / (1u64 << shift) as f64);
        }
    }
    format!("{count}B")
}

/// A count in the unit that suits it.
pub fn count(count: u64) -> String {
    for (unit, size) in [("G", 1_000_000_000u64), ("M", 1_000_000), ("k", 1000)] {
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

/// How long ago something was.
pub fn age(age: Duration) -> String {
    match age.as_secs() {
        0 => format!("{}ms", age.as_millis()),
        seconds @ 1..=119 => format!("{seconds}s"),
        seconds @ 120..=7199 => format!("{}min", seconds / 60),
        seconds => format!("{}h", seconds / 3600),
    }
}

/// `100ms`, `2s`, `1min`; a number alone is seconds.
pub fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|symbol: char| symbol.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| format!("{text}: as in 500ms, 2s or 1min"))?;
    let unit = match &text[digits.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        other => return Err(format!("{other}: ms, s or min")),
    };
    let seconds = number * unit;
    if !(0.01..=86_400.0).contains(&seconds) {
        return Err(format!("{text}: from 10ms to a day"));
    }
    Ok(Duration::from_secs_f64(seconds))
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
        assert_eq!(age(Duration::from_millis(30)), "30ms");
    }

    #[test]
    fn durations_are_understood() {
        assert_eq!(duration("100ms"), Ok(Duration::from_millis(100)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert!(duration("1h").is_err() && duration("0").is_err() && duration("-1s").is_err());
        assert!(duration("").is_err() && duration("nans").is_err());
    }
}
