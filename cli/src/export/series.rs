//! The series of all processes.

use std::fmt::{self, Write};

use anyhow::Result;
use dam::measure::prometheus::{self, Format, Source};

use crate::page::{self, Snapshot, now_ns};
use crate::stats::labels;

/// A process's labels and figures.
type Process = (String, Snapshot);

/// The series of all processes that may be read now.
pub fn render(format: Format) -> Result<String> {
    let all = page::all().into_iter();
    let processes: Vec<Process> =
        all.map(|(target, snapshot)| (labels(&target), snapshot)).collect();
    let mut text = String::new();
    write(&processes, format, now_ns(), &mut text)?;
    Ok(text)
}

fn write(processes: &[Process], format: Format, now_ns: u64, out: &mut String) -> fmt::Result {
    about(processes, format, out)?;
    ages(processes, format, now_ns, out)?;
    let sources =
        processes.iter().map(|(labels, snapshot)| Source { stats: &snapshot.stats, labels });
    prometheus::render(&sources.collect::<Vec<_>>(), format, out)
}

/// Which DAM each process runs on, and how.
fn about(processes: &[Process], format: Format, out: &mut String) -> fmt::Result {
    let (name, kind) = match format {
        Format::Text => ("dam_process_info", "gauge"),
        Format::OpenMetrics => ("dam_process", "info"),
    };
    writeln!(out, "# HELP {name} Processes on DAM: the version and the profile")?;
    writeln!(out, "# TYPE {name} {kind}")?;
    for (labels, snapshot) in processes {
        let version = snapshot.version.replace('\\', "\\\\").replace('"', "\\\"");
        let profile = snapshot.profile();
        writeln!(
            out,
            "dam_process_info{{{labels},version=\"{version}\",profile=\"{profile}\"}} 1"
        )?;
    }
    Ok(())
}

/// How old the figures are: an idle process writes none.
fn ages(processes: &[Process], format: Format, now_ns: u64, out: &mut String) -> fmt::Result {
    writeln!(
        out,
        "# HELP dam_figures_age_seconds Time since the process wrote its figures; an idle one has none to write"
    )?;
    writeln!(out, "# TYPE dam_figures_age_seconds gauge")?;
    if format == Format::OpenMetrics {
        writeln!(out, "# UNIT dam_figures_age_seconds seconds")?;
    }
    for (labels, snapshot) in processes {
        let age = snapshot.age(now_ns).as_secs_f64();
        writeln!(out, "dam_figures_age_seconds{{{labels}}} {age:.3}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::page::tests::example;

    fn rendered(format: Format, count: u32) -> String {
        let processes: Vec<Process> =
            (0..count).map(|pid| (format!("pid=\"{pid}\",command=\"a\""), example(pid))).collect();
        let mut text = String::new();
        write(&processes, format, 2_500_000_000, &mut text).unwrap();
        text
    }

    #[test]
    fn series_are_few_and_each_is_there_once() {
        let text = rendered(Format::Text, 3);
        let series: Vec<&str> = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.rsplit_once(' ').unwrap().0)
            .collect();
        assert_eq!(series.iter().collect::<BTreeSet<_>>().len(), series.len());
        assert!(series.len() <= 3 * 120, "{} series a process", series.len() / 3);
        let mut families = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
        let mut seen = BTreeSet::new();
        assert!(families.all(|family| seen.insert(family.split(' ').next().unwrap())));
    }

    #[test]
    fn each_format_is_as_its_readers_want_it() {
        let text = rendered(Format::Text, 1);
        assert!(text.contains("# TYPE dam_process_info gauge\ndam_process_info{pid=\"0\",command=\"a\",version=\"0.1.0\",profile=\"default\"} 1\n"));
        assert!(text.contains("\ndam_figures_age_seconds{pid=\"0\",command=\"a\"} 2.500\n"));
        assert!(!text.contains("# UNIT") && !text.contains("# EOF"));
        let open = rendered(Format::OpenMetrics, 1);
        assert!(open.contains("# TYPE dam_process info\n"));
        assert!(open.ends_with("\n# EOF\n"));
    }

    #[test]
    fn without_a_process_there_is_still_an_answer() {
        assert!(rendered(Format::OpenMetrics, 0).ends_with("# EOF\n"));
    }
}
