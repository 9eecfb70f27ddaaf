//! The figures in Prometheus' text formats: 0.0.4, and OpenMetrics 1.0.

use core::fmt::{self, Write};

use super::metrics::{self, Kind, Metric, Value};
use super::stats::dam_stats_t;

/// Which format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `text/plain; version=0.0.4`.
    Text,
    /// `application/openmetrics-text; version=1.0.0`.
    OpenMetrics,
}

/// A process's figures, and the labels that its series carry: `pid="1"`, or nothing.
pub struct Source<'a> {
    /// Its figures.
    pub stats: &'a dam_stats_t,
    /// Its labels, separated by commas; values escaped.
    pub labels: &'a str,
}

/// Writes the series of all sources, each family in one piece, as the formats demand.
pub fn render(sources: &[Source<'_>], format: Format, out: &mut dyn Write) -> fmt::Result {
    let mut last = "";
    for metric in metrics::all() {
        let family = family_of(metric);
        if family != last {
            last = family;
            for member in metrics::all().filter(|other| family_of(other) == family) {
                if core::ptr::eq(member, metric) {
                    head(metric, format, out)?;
                }
                for source in sources {
                    sample(member, source, out)?;
                }
            }
        }
    }
    if format == Format::OpenMetrics { out.write_str("# EOF\n") } else { Ok(()) }
}

fn family_of(metric: &'static Metric) -> &'static str {
    if metric.family.0.is_empty() { metric.name() } else { metric.family.0 }
}

/// Whether it is told in seconds, as the formats demand.
fn is_in_ms(metric: &Metric) -> bool {
    metric.unit == c"milliseconds"
}

/// The ends that the formats want a name to have: its unit, and `_total`.
fn ends(metric: &'static Metric) -> (&'static str, &'static str) {
    let unit = match metric.kind {
        Kind::Ratio => "_ratio",
        _ => "",
    };
    (unit, if metric.kind == Kind::Counter { "_total" } else { "" })
}

fn head(metric: &'static Metric, format: Format, out: &mut dyn Write) -> fmt::Result {
    let (unit, total) = ends(metric);
    // In OpenMetrics a counter's family is named without the end of its series.
    let total = if format == Format::Text { total } else { "" };
    let kind = if metric.kind == Kind::Counter { "counter" } else { "gauge" };
    let family = family_of(metric);
    let help = metric.help();
    let help = match metric.family.1 {
        "" => help,
        // What is said of the one that is labelled so.
        _ => help.rsplit_once(':').map_or(help, |(common, _)| common),
    };
    writeln!(out, "# HELP dam_{family}{unit}{total} {help}")?;
    writeln!(out, "# TYPE dam_{family}{unit}{total} {kind}")?;
    let unit_name =
        if is_in_ms(metric) { "seconds" } else { metric.unit.to_str().unwrap_or_default() };
    match format {
        Format::OpenMetrics if family.ends_with(unit_name) || !unit.is_empty() => {
            writeln!(out, "# UNIT dam_{family}{unit} {unit_name}")
        }
        _ => Ok(()),
    }
}

fn sample(metric: &'static Metric, source: &Source<'_>, out: &mut dyn Write) -> fmt::Result {
    let (unit, total) = ends(metric);
    let (family, own) = (family_of(metric), metric.family.1);
    write!(out, "dam_{family}{unit}{total}")?;
    match (own.is_empty(), source.labels.is_empty()) {
        (true, true) => {}
        (true, false) => write!(out, "{{{}}}", source.labels)?,
        (false, true) => write!(out, "{{{}=\"{own}\"}}", label_of(family))?,
        (false, false) => write!(out, "{{{}=\"{own}\",{}}}", label_of(family), source.labels)?,
    }
    match metric.of(source.stats) {
        Value::Whole(number) if is_in_ms(metric) => writeln!(out, " {}", number as f64 / 1000.0),
        Value::Whole(number) => writeln!(out, " {number}"),
        Value::Real(number) => writeln!(out, " {number}"),
    }
}

/// What tells the members of a family apart.
fn label_of(family: &str) -> &'static str {
    match family {
        "failures_by_cause" => "cause",
        "pools_by_health" => "health",
        "unusable_free_bytes" => "size",
        "violations_by_kind" => "kind",
        _ => "tier",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::string::String;

    fn rendered(format: Format, labels: &str) -> String {
        let stats = dam_stats_t {
            small_allocations: 7,
            live_bytes: 4,
            requested_bytes: 3,
            uptime_ms: 1500,
            ..Default::default()
        };
        let mut text = String::new();
        render(&[Source { stats: &stats, labels }], format, &mut text).unwrap();
        text
    }

    #[test]
    fn counters_and_ratios_have_the_ends_that_are_expected() {
        let text = rendered(Format::Text, "");
        assert!(text.contains("# TYPE dam_allocations_total counter\n"));
        assert!(text.contains("\ndam_allocations_total{tier=\"small\"} 7\n"));
        assert!(text.contains("\ndam_internal_fragmentation_ratio 0.25\n"), "{text}");
        let text = rendered(Format::OpenMetrics, "pid=\"1\"");
        assert!(text.contains("# TYPE dam_allocations counter\n"));
        assert!(text.contains("\ndam_allocations_total{tier=\"small\",pid=\"1\"} 7\n"));
        assert!(text.contains("# UNIT dam_live_bytes bytes\n"));
        assert!(
            text.contains("# UNIT dam_uptime_seconds seconds\ndam_uptime_seconds{pid=\"1\"} 1.5\n")
        );
        assert!(text.ends_with("# EOF\n"));
    }

    #[test]
    fn each_family_is_one_piece_and_each_series_is_there_once() {
        let text = rendered(Format::Text, "");
        let (mut families, mut series) = (BTreeSet::new(), BTreeSet::new());
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                assert!(families.insert(rest.split(' ').next().unwrap()), "{line}");
            } else if !line.starts_with('#') {
                assert!(series.insert(line.rsplit_once(' ').unwrap().0), "{line}");
            }
        }
        assert_eq!(series.len(), metrics::COUNT);
    }
}
