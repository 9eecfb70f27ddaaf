//! `export` with twenty processes on DAM, read by a plain client, by the formats' own tools and by Prometheus itself.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use super::support::{Process, Running, at_home, command, dam, wait_until};

const PROCESSES: usize = 20;

/// As many processes, all there.
fn twenty() -> Vec<Process> {
    let start = |_| {
        let mut run = Command::new(command());
        Process::start(at_home(run.args(["run", "--", "/usr/bin/cat"])))
    };
    let processes: Vec<Process> = (0..PROCESSES).map(start).collect();
    for process in &processes {
        wait_until("a page", || dam(&["stats", &process.pid]).status == 0);
    }
    processes
}

/// `export`, and where it listens.
fn export() -> (Running, String) {
    let mut export = Running::dam(&["export", "--listen", "127.0.0.1:0"]);
    let line = export.complaint();
    let address = line.strip_prefix("dam: serving http://").unwrap();
    (export, address.strip_suffix("/metrics").unwrap().to_owned())
}

/// By HTTP as its first clients spoke it.
fn get(address: &str, accept: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET /metrics HTTP/1.0\r\nAccept: {accept}\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.0 200 ") || head.starts_with("HTTP/1.1 200 "), "{head}");
    body.to_owned()
}

/// A sample's name and labels. Every character of the line belongs to one of them or to the value.
fn sample(line: &str) -> (String, BTreeMap<String, String>, f64) {
    let fail = || -> ! { panic!("no sample: {line}") };
    let (name, mut rest) = line.split_once('{').unwrap_or_else(|| fail());
    let mut labels = BTreeMap::new();
    while !rest.starts_with('}') {
        let (label, more) = rest.split_once("=\"").unwrap_or_else(|| fail());
        let mut value = String::new();
        let mut characters = more.char_indices();
        let end = loop {
            match characters.next().unwrap_or_else(|| fail()) {
                (at, '"') => break at + 1,
                (_, '\\') => match characters.next() {
                    Some((_, 'n')) => value.push('\n'),
                    Some((_, escaped @ ('\\' | '"'))) => value.push(escaped),
                    _ => fail(),
                },
                (_, other) => value.push(other),
            }
        };
        assert!(labels.insert(label.to_owned(), value).is_none(), "a label twice: {line}");
        rest = more[end..].strip_prefix(',').unwrap_or(&more[end..]);
    }
    let number = rest.strip_prefix("} ").unwrap_or_else(|| fail());
    assert!(!number.contains(' '), "{line}");
    (name.to_owned(), labels, number.parse().unwrap_or_else(|_| fail()))
}

#[test]
fn every_sample_of_twenty_processes_is_one() {
    let processes = twenty();
    let (_export, address) = export();
    let text = get(&address, "text/plain");
    assert!(text.ends_with('\n'));
    let (mut families, mut seen) = (BTreeSet::new(), BTreeSet::new());
    let mut figures: BTreeMap<String, usize> = BTreeMap::new();
    for line in text.lines() {
        if let Some(kind) = line.strip_prefix("# TYPE ") {
            assert!(families.insert(kind.split(' ').next().unwrap()), "twice: {line}");
        }
        if line.starts_with('#') {
            continue;
        }
        let (name, labels, value) = sample(line);
        assert!(families.contains(name.as_str()), "of no family: {line}");
        assert!(value.is_finite() && value >= 0.0 && !labels["command"].is_empty(), "{line}");
        *figures.entry(labels["pid"].clone()).or_default() += 1;
        assert!(seen.insert((name, labels)), "twice: {line}");
    }
    let own = processes.iter().map(|process| figures[&process.pid]).collect::<BTreeSet<_>>();
    assert_eq!(own.len(), 1, "each has as many figures: {own:?}");
    assert!(own.first() > Some(&80), "{own:?}");
}

/// What a program says that gets this on its standard input; its exit status with it.
fn told(program: &mut Command, input: &str) -> (Option<i32>, String) {
    let piped = program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().expect("what `make setup` installs");
    let mut to = child.stdin.take().unwrap();
    let output = std::thread::scope(|scope| {
        scope.spawn(move || to.write_all(input.as_bytes()));
        child.wait_with_output().unwrap()
    });
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

/// It also gives advice about names, with status 3; those are the library's and stay.
fn promtool_reads(text: &str) {
    let (status, said) = told(Command::new("promtool").args(["check", "metrics"]), text);
    assert!(status == Some(0) || status == Some(3), "{status:?}: {said}");
}

/// By the Python client's parser, which is the format's reference; a sample a line of its answer.
fn openmetrics_reads(text: &str) -> String {
    let program = "
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
for family in text_string_to_metric_families(sys.stdin.read()):
    for sample in family.samples:
        print(sample.name, sample.labels['pid'], float(sample.value))
";
    // The system's Python, which has the system's packages.
    let (status, said) = told(Command::new("/usr/bin/python3").args(["-c", program]), text);
    assert_eq!(status, Some(0), "{said}");
    said
}

#[test]
fn the_formats_own_tools_read_them() {
    let processes = twenty();
    let (_export, address) = export();
    promtool_reads(&get(&address, "text/plain"));
    let read = openmetrics_reads(&get(&address, "application/openmetrics-text"));
    for Process { pid, .. } in &processes {
        assert!(read.contains(&format!("dam_live_bytes {pid} ")), "{pid} in\n{read}");
    }
    let Process { pid, .. } = &processes[0];
    promtool_reads(&dam(&["stats", pid, "--prometheus"]).well().out);
    let text = dam(&["stats", pid, "--openmetrics"]).well().out;
    let samples = text.lines().filter(|line| !line.starts_with('#')).count();
    assert_eq!(openmetrics_reads(&text).lines().count(), samples);
    // The readers tell what is wrong from what is right.
    let (status, _) =
        told(Command::new("promtool").args(["check", "metrics"]), "dam_live_bytes{ 1\n");
    assert_eq!(status, Some(1));
}

/// Prometheus with files of its own, ended with the test.
struct Prometheus {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Prometheus {
    fn scraping(address: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("prometheus.yml");
        let text = format!(
            "global: {{scrape_interval: 1s}}\nscrape_configs:\n  - job_name: dam\n    static_configs:\n      - targets: ['{address}']\n"
        );
        std::fs::write(&config, text).unwrap();
        // Free now; should somebody take it meanwhile, Prometheus ends and the test says so.
        let own = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", config.display()))
            .arg(format!("--storage.tsdb.path={}", folder.path().join("data").display()))
            .arg(format!("--web.listen-address={own}"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("prometheus: {error}; it is installed by `make setup`"));
        Self { child, address: own, folder }
    }

    /// The series that an expression selects; none while it does not answer yet.
    fn asked(&mut self, expression: &str) -> Vec<serde_json::Value> {
        if let Some(status) = self.child.try_wait().unwrap() {
            let log = std::fs::read_to_string(self.folder.path().join("log"));
            panic!("prometheus has ended: {status}\n{}", log.unwrap());
        }
        let url = format!("http://{}/api/v1/query", self.address);
        let Ok(mut answer) = ureq::get(url).query("query", expression).call() else {
            return Vec::new();
        };
        let text = answer.body_mut().read_to_string().unwrap();
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(answer["status"], "success", "{text}");
        answer["data"]["result"].as_array().unwrap().clone()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn prometheus_has_all_twenty() {
    let processes = twenty();
    let (_export, address) = export();
    let mut prometheus = Prometheus::scraping(&address);
    wait_until("the target is up", || {
        let up = prometheus.asked("up{job=\"dam\"}");
        up.first().is_some_and(|series| series["value"][1] == "1")
    });
    let own: BTreeSet<String> = processes.iter().map(|process| process.pid.clone()).collect();
    let mut found = BTreeSet::new();
    wait_until("twenty processes", || {
        let series = prometheus.asked("dam_live_bytes{command=\"cat\"}");
        let pids = series.iter().map(|series| series["metric"]["pid"].as_str().unwrap().to_owned());
        found.extend(pids.filter(|pid| own.contains(pid)));
        found == own
    });
    let versions = prometheus.asked("count by (version) (dam_process_info{command=\"cat\"})");
    assert_eq!(versions.len(), 1, "{versions:?}");
    let kinds = prometheus.asked("count(dam_allocations_total{command=\"cat\"}) by (tier)");
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}
