//! `ps`, `stats` and `watch` on a process that is there, and why others cannot be looked at.

use serde_json::Value;

use super::support::{Process, dam, json, wait_until};

#[test]
fn what_a_process_allocates_is_what_is_shown() {
    let mut process = Process::on_dam(&["--profile", "default", "-o", "decay_ms=77"]);
    process.does("kept = [libc.malloc(3000) for _ in range(2000)]");
    process.does("work()");
    let live = |value: &Value| -> u64 {
        let classes = value["classes"].as_array().unwrap();
        classes
            .iter()
            .filter(|class| class["largest_request"].as_u64().unwrap() >= 3000)
            .map(|class| class["live"].as_u64().unwrap())
            .sum()
    };
    let mut figures = json(&process.pid);
    wait_until("the blocks", || {
        figures = json(&process.pid);
        live(&figures) >= 2000
    });
    assert!(figures["requested_bytes"].as_u64().unwrap() > 6_000_000, "{figures}");
    assert!(figures["resident_bytes"].as_u64().unwrap() > 1_000_000, "{figures}");

    let text = dam(&["stats", &process.pid]).well().out;
    for part in [
        &format!("process {} (python3), DAM 0.1.0", process.pid),
        "options: profile=default decay_ms=77",
    ] {
        assert!(text.contains(part), "no '{part}' in\n{text}");
    }
    let listed = dam(&["ps"]).well().out;
    let line = listed
        .lines()
        .find(|line| line.trim_start().starts_with(&format!("{} ", process.pid)))
        .unwrap();
    assert!(line.contains("python3") && line.contains("default"), "{line}");
    let listed = dam(&["ps", "--json"]).well().out;
    let mut lines = listed.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    assert!(lines.any(|line| line["pid"] == process.number()));
    let series = dam(&["stats", &process.pid, "--prometheus"]).well().out;
    assert!(
        series.contains(&format!("dam_live_bytes{{pid=\"{}\",command=\"python3\"}} ", process.pid))
    );
    dam(&["top", &process.pid]).refused("top needs a terminal");
    assert!(dam(&["stats", &process.pid, "--openmetrics"]).well().out.ends_with("# EOF\n"));
}

#[test]
fn watch_prints_a_line_each_time_and_every_figure_as_csv() {
    let process = Process::on_dam(&[]);
    let text = dam(&["watch", &process.pid, "--every", "20ms", "--count", "3"]).well().out;
    assert_eq!(text.lines().count(), 4, "{text}");
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("figures.csv");
    dam(&[
        "watch",
        &process.pid,
        "--every",
        "20ms",
        "--count",
        "2",
        "--csv",
        file.to_str().unwrap(),
    ])
    .well();
    let csv = std::fs::read_to_string(file).unwrap();
    let columns: Vec<usize> = csv.lines().map(|line| line.split(',').count()).collect();
    assert!(
        columns.len() == 3 && columns[0] > 80 && columns.iter().all(|&count| count == columns[0]),
        "{csv}"
    );
}

#[test]
fn why_a_process_cannot_be_looked_at_is_told() {
    let not_attached = Process::on_dam(&["-o", "attach=0"]);
    dam(&["stats", &not_attached.pid]).refused("attach=0");
    let mut closed = Process::on_dam(&[]);
    closed.does("[os.close(number) for number in descriptors('dam-')]");
    dam(&["stats", &closed.pid]).refused("has closed the descriptors");
    let other = Process::start(&mut std::process::Command::new("/usr/bin/cat"));
    for subcommand in ["stats", "watch", "check", "trim", "map"] {
        dam(&[subcommand, &other.pid]).refused("does not run on DAM: start it by `dam run");
    }
    for subcommand in ["stats", "watch", "check", "trim", "map"] {
        dam(&[subcommand, "2147483647"]).refused("there is no process 2147483647");
        for wrong in ["0", "-1", "4294967296", "x"] {
            let said = dam(&[subcommand, wrong]);
            assert!(said.status == 2 && !said.err.contains("panicked"), "{said:?}");
        }
    }
}

#[test]
fn a_process_whose_first_thread_has_ended_goes_on() {
    let mut process = Process::on_dam(&[]);
    process.does("work()");
    process.begins("leave()");
    let status = format!("/proc/{}/stat", process.pid);
    wait_until("its end", || std::fs::read_to_string(&status).unwrap().contains(") Z "));
    assert!(json(&process.pid)["live_blocks"].as_u64().unwrap() > 1000);
    assert!(dam(&["check", &process.pid]).well().out.contains("the heap is sound"));
    assert!(dam(&["ps"]).well().out.contains(&process.pid));
}

/// No fork handler runs there: the child has its parent's page, and writes nothing to it.
#[test]
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
fn a_raw_clone_is_told_from_its_parent() {
    let number = if cfg!(target_arch = "x86_64") { 56 } else { 220 };
    let mut process = Process::on_dam(&[]);
    let child = process.does(&format!("child = cloned({number}); print(child)"));
    dam(&["stats", &child]).refused(&format!("has the page of process {}", process.pid));
    let listed = dam(&["ps"]).well().out;
    assert!(
        !listed.lines().any(|line| line.trim_start().starts_with(&format!("{child} "))),
        "{listed}"
    );
    dam(&["stats", &process.pid]).well();
    process.does("kill(child)");
}
