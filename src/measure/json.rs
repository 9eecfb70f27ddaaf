//! The figures as one JSON object, without line ends.

use core::fmt::{self, Write};

use super::metrics::{self, Value};
use super::stats::{dam_stats_class_t, dam_stats_t};

/// Writes every figure under its name, and the classes in an array.
pub fn render(
    stats: &dam_stats_t,
    classes: &mut dyn Iterator<Item = dam_stats_class_t>,
    out: &mut dyn Write,
) -> fmt::Result {
    out.write_str("{\"version\":1")?;
    for metric in metrics::all() {
        write!(out, ",\"{}\":", metric.name())?;
        match metric.of(stats) {
            Value::Whole(number) => write!(out, "{number}")?,
            Value::Real(number) => write!(out, "{number}")?,
        }
    }
    out.write_str(",\"classes\":[")?;
    for (number, entry) in classes.enumerate() {
        out.write_str(if number == 0 { "" } else { "," })?;
        class(number, &entry, out)?;
    }
    out.write_str("]}")
}

fn class(number: usize, class: &dam_stats_class_t, out: &mut dyn Write) -> fmt::Result {
    let named = [
        ("class", number as u64),
        ("slot_bytes", class.slot_bytes),
        ("largest_request", class.largest_request),
        ("allocations", class.allocations),
        ("frees", class.frees),
        ("live", class.live),
        ("requested_bytes", class.requested_bytes),
        ("cached", class.cached),
        ("pools", class.pools),
        ("pools_quarantined", class.pools_quarantined),
        ("committed_bytes", class.committed_bytes),
        ("idle", class.idle),
    ];
    for (at, (name, value)) in named.into_iter().enumerate() {
        write!(out, "{}\"{name}\":{value}", if at == 0 { "{" } else { "," })?;
    }
    out.write_str(",\"requests\":[")?;
    for (at, count) in class.requests.into_iter().enumerate() {
        write!(out, "{}{count}", if at == 0 { "" } else { "," })?;
    }
    out.write_str("]}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;

    #[test]
    fn every_figure_is_there_and_braces_match() {
        let classes = [dam_stats_class_t { live: 3, ..Default::default() }; 2];
        let mut text = String::new();
        render(&dam_stats_t::default(), &mut classes.into_iter(), &mut text).unwrap();
        assert!(
            metrics::all().all(|metric| text.contains(&std::format!("\"{}\":", metric.name())))
        );
        assert_eq!(text.matches("\"live\":3").count(), 2);
        let depth = |open, close| text.matches(open).count() == text.matches(close).count();
        assert!(depth('{', '}') && depth('[', ']') && !text.contains("NaN"));
    }
}
