//! `export`.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;

use rustix::process::Signal;

use super::support::{Fake, PageBytes, Running, dam, signal, wait_until};

fn fake() -> Fake {
    Fake::with(|pid| PageBytes::example(pid).0)
}

fn fetched(url: &str, accept: &str) -> (u16, String, String) {
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut response = agent.get(url).header("Accept", accept).call().unwrap();
    let kind =
        response.headers().get("Content-Type").map_or("", |kind| kind.to_str().unwrap()).to_owned();
    (response.status().as_u16(), kind, response.body_mut().read_to_string().unwrap())
}

#[test]
fn each_format_is_served_to_whom_wants_it() {
    let fake = fake();
    let mut export = Running::dam(&["export", "--listen", "127.0.0.1:0"]);
    let line = export.complaint();
    let url = line.strip_prefix("dam: serving ").unwrap();
    let live =
        format!("dam_live_bytes{{pid=\"{}\",command=\"python3\"}} 3145728\n", fake.process.pid);

    let (status, kind, text) = fetched(url, "*/*");
    assert_eq!((status, kind.as_str()), (200, "text/plain; version=0.0.4; charset=utf-8"));
    assert!(
        text.contains(&live) && text.contains("# TYPE dam_allocations_total counter\n"),
        "{text}"
    );
    let (status, kind, text) =
        fetched(url, "application/openmetrics-text;version=1.0.0,text/plain;q=0.5");
    assert_eq!(
        (status, kind.as_str()),
        (200, "application/openmetrics-text; version=1.0.0; charset=utf-8")
    );
    assert!(text.contains(&live) && text.ends_with("# EOF\n"), "{text}");

    let root = url.strip_suffix("/metrics").unwrap();
    let (status, _, text) = fetched(root, "*/*");
    assert!(status == 404 && text.contains("/metrics"));
    assert_eq!(ureq::post(url).send("x").unwrap_err().to_string(), "http status: 405");

    // Nonsense on one connection is no matter for the next.
    let address = root.strip_prefix("http://").unwrap();
    std::net::TcpStream::connect(address).unwrap().write_all(b"\0\xff\r\n\r\n").unwrap();
    let _idle = std::net::TcpStream::connect(address).unwrap();
    assert_eq!(fetched(url, "*/*").0, 200);
    signal(export.child.id() as i32, Signal::TERM);
    assert_eq!(export.status(), Some(0));
}

#[test]
fn a_socket_is_its_owners_alone_and_is_removed() {
    let fake = fake();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dam.sock");
    let address = format!("unix:{}", path.display());
    let mut export = Running::dam(&["export", "--listen", &address]);
    assert!(export.complaint().contains(&address));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    let mut stream = UnixStream::connect(&path).unwrap();
    stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: dam\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.contains(&format!("pid=\"{}\"", fake.process.pid)), "{answer}");
    // A second one does not take the first one's place.
    dam(&["export", "--listen", &address]).refused("in use");
    signal(export.child.id() as i32, Signal::INT);
    assert_eq!(export.status(), Some(0));
    assert!(!path.exists());
}

#[test]
fn other_machines_are_not_served_unasked() {
    dam(&["export", "--listen", "0.0.0.0:0"]).refused("--allow-remote");
    let mut export = Running::dam(&["export", "--listen", "0.0.0.0:0", "--allow-remote"]);
    assert!(export.complaint().contains("http://0.0.0.0:"));
}

#[test]
fn a_file_is_written_for_a_collector() {
    let fake = fake();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("dam.prom");
    let own = format!("pid=\"{}\"", fake.process.pid);
    dam(&["export", "--textfile", folder.path().to_str().unwrap(), "--once"]).well();
    assert!(std::fs::read_to_string(&file).unwrap().contains(&own));
    assert!(dam(&["export", "--once"]).well().out.contains(&own));
    std::fs::remove_file(&file).unwrap();
    let _export =
        Running::dam(&["export", "--textfile", folder.path().to_str().unwrap(), "--every", "10ms"]);
    wait_until("the file", || file.exists());
    std::fs::remove_file(&file).unwrap();
    wait_until("the file once more", || file.exists());
    dam(&["export", "--textfile", "/nowhere", "--once"]).refused("/nowhere");
}
