//! The table of all figures in docs/observability.md. `DAM_FIGURES=write` puts it there.

use std::format;
use std::fs;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use crate::measure::metrics::{self, Kind, Metric};
use crate::measure::prometheus::{self, Format, Source};
use crate::measure::stats::dam_stats_t;

const BEGIN: &str = "<!-- figures: begin (written by `make figures`) -->\n";
const END: &str = "<!-- figures: end -->\n";

/// What reading a figure takes, which the page explains, and the figures that take it. What ends with `*` stands for all
/// that begin so and are not named before.
const COSTS: [(&str, &str); 8] = [
    ("kernel", "resident_bytes page_faults"),
    (
        "records",
        "small_requested_bytes requested_bytes internal_fragmentation pools_ok pools_pressured \
         pools_fragmented pools_exhausted",
    ),
    ("number", "middle_free_bytes"),
    (
        "classes",
        "small_committed_bytes committed_bytes small_pools small_refills small_flushes used_bytes \
         overhead",
    ),
    (
        "threads",
        "live_blocks live_bytes pool_fragmentation page_fragmentation failures_memory \
         large_failures middle_failures small_*",
    ),
    ("pools", "purges purged_bytes taken_bytes dealloc_mismatches pools_quarantined middle_*"),
    (
        "number",
        "reserved_bytes metadata_bytes peak_used_bytes peak_live_bytes quarantined_bytes threads \
         failures_limit failures_size failures_addresses failures_mappings lock_waits allocation_rate free_rate allocation_bytes_rate \
         refill_rate flush_rate lock_wait_rate guard_pages unusable_* \
         soft_limit hard_limit soft_limit_hits leaked_by_fork events_lost uptime_ms large_* zero_*",
    ),
    (
        "number",
        "violations heap_buffer_overflows heap_buffer_underflows double_frees invalid_frees \
         size_mismatches reported_dealloc_mismatches uses_after_free metadata_corruptions",
    ),
];

fn cost(metric: &Metric) -> &'static str {
    let name = metric.name();
    let is_it = |word: &str| match word.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => word == name,
    };
    let named = COSTS.iter().find(|(_, names)| names.split(' ').any(is_it));
    named.unwrap_or_else(|| panic!("{name}: say in COSTS what it takes to read it")).0
}

/// Names of series in the order of the figures.
fn series() -> Vec<String> {
    let mut text = String::new();
    let stats = dam_stats_t::default();
    prometheus::render(&[Source { stats: &stats, labels: "" }], Format::Text, &mut text).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(' ')?.0.into())).collect()
}

fn table() -> String {
    let series = series();
    assert_eq!(series.len(), metrics::COUNT);
    let mut text = String::from(
        "| name | in Prometheus | kind, unit | what it is | read from |\n|---|---|---|---|---|\n",
    );
    for (metric, series) in metrics::all().zip(series) {
        let kind = match metric.kind {
            Kind::Gauge => "gauge",
            Kind::Counter => "counter",
            Kind::Ratio => "ratio",
        };
        let unit = metric.unit.to_str().unwrap();
        let kind = if kind == unit { kind.into() } else { format!("{kind}, {unit}") };
        let (name, help) = (metric.name(), metric.help());
        text += &format!("| `{name}` | `{series}` | {kind} | {help} | {} |\n", cost(metric));
    }
    text
}

#[test]
fn the_page_has_every_figure() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/observability.md");
    let old = fs::read_to_string(&page).unwrap();
    let start = old.find(BEGIN).expect("the mark of the table's begin") + BEGIN.len();
    let end = start + old[start..].find(END).expect("the mark of the table's end");
    let new = format!("{}{}{}", &old[..start], table(), &old[end..]);
    if std::env::var("DAM_FIGURES").is_ok_and(|value| value == "write") {
        fs::write(&page, &new).unwrap();
    }
    assert!(
        fs::read_to_string(&page).unwrap() == new,
        "docs/observability.md has another table: make figures"
    );
}
