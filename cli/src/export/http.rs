//! A server for Prometheus to scrape.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::FileTypeExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, Result, anyhow, bail};
use dam::measure::prometheus::Format;
use rustix::fs::Mode;
use rustix::process::umask;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use tiny_http::{ConfigListenAddr, Header, Method, Request, Response, Server, ServerConfig};

use super::series;

/// Where to listen.
#[derive(Debug, PartialEq, Eq)]
enum Place {
    Socket(PathBuf),
    Net(SocketAddr),
}

/// Serves until a signal comes.
pub fn serve(address: &str, allow_remote: bool) -> Result<()> {
    let place = place(address, allow_remote)?;
    let server = Arc::new(listen(&place).with_context(|| address.to_owned())?);
    let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM])?;
    let stopped = Arc::clone(&server);
    std::thread::spawn(move || {
        if signals.forever().next().is_some() {
            stopped.unblock();
        }
    });
    match (&place, server.server_addr().to_ip()) {
        (Place::Net(_), Some(own)) => eprintln!("dam: serving http://{own}/metrics"),
        _ => eprintln!("dam: serving /metrics at {address}"),
    }
    for request in server.incoming_requests() {
        // A client that goes away is none of ours.
        let _ = answer(request);
    }
    if let Place::Socket(path) = &place {
        let _ = fs::remove_file(path);
    }
    Ok(())
}

fn place(address: &str, allow_remote: bool) -> Result<Place> {
    if let Some(path) = address.strip_prefix("unix:") {
        return Ok(Place::Socket(path.into()));
    }
    let parsed: SocketAddr = address
        .parse()
        .with_context(|| format!("{address}: unix:PATH, or an address as in 127.0.0.1:9105"))?;
    if !parsed.ip().is_loopback() && !allow_remote {
        bail!(
            "{address} can be reached by other machines: add --allow-remote if they are to read the figures"
        );
    }
    Ok(Place::Net(parsed))
}

fn listen(place: &Place) -> Result<Server> {
    let addr = match place {
        Place::Net(address) => ConfigListenAddr::from_socket_addrs(address)?,
        Place::Socket(path) => {
            remove_left_over(path)?;
            ConfigListenAddr::unix_from_path(path)
        }
    };
    // Nobody else may connect, from the moment on that there is a socket. Threads begin only later.
    let before = umask(Mode::RWXG | Mode::RWXO);
    let server = Server::new(ServerConfig { addr, ssl: None });
    umask(before);
    server.map_err(|error| anyhow!("{error}"))
}

/// Removes a socket on which nobody listens any more, and nothing else.
fn remove_left_over(path: &Path) -> Result<()> {
    let is_socket = fs::symlink_metadata(path).is_ok_and(|file| file.file_type().is_socket());
    if is_socket && UnixStream::connect(path).is_err() {
        fs::remove_file(path)?;
    }
    Ok(())
}

fn answer(request: Request) -> Result<()> {
    let is_metrics = request.url().split('?').next() == Some("/metrics");
    let error = |text: &str, status: u16| Response::from_string(text).with_status_code(status);
    if !is_metrics {
        return Ok(request.respond(error("the figures are at /metrics\n", 404))?);
    }
    if !matches!(request.method(), Method::Get | Method::Head) {
        return Ok(request.respond(error("GET alone\n", 405))?);
    }
    let accept = request.headers().iter().find(|header| header.field.equiv("Accept"));
    let format = wanted(accept.map_or("", |header| header.value.as_str()));
    match series::render(format) {
        Ok(text) => {
            Ok(request.respond(Response::from_string(text).with_header(content_type(format)?))?)
        }
        Err(reason) => Ok(request.respond(error(&format!("{reason:#}\n"), 500))?),
    }
}

fn content_type(format: Format) -> Result<Header> {
    let kind = match format {
        Format::Text => "text/plain; version=0.0.4; charset=utf-8",
        Format::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
    };
    Header::from_bytes("Content-Type", kind).map_err(|()| anyhow!("a header"))
}

/// The format that an Accept header would rather have; text where it does not say.
fn wanted(accept: &str) -> Format {
    let weight = |format: &str| {
        let weights = accept.split(',').filter_map(|range| {
            let mut parts = range.split(';').map(str::trim);
            let is_it = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case(format));
            let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse().ok());
            is_it.then_some(quality.unwrap_or(1.0))
        });
        weights.fold(0.0, f64::max)
    };
    let open = weight("application/openmetrics-text");
    let text = weight("text/plain");
    if open > 0.0 && open >= text { Format::OpenMetrics } else { Format::Text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_reaches_it_unless_it_is_said() {
        let message = |address| place(address, false).unwrap_err().to_string();
        for address in ["0.0.0.0:9105", "[::]:9105", "192.168.1.1:80"] {
            assert!(message(address).contains("--allow-remote"), "{address}");
            assert!(place(address, true).is_ok());
        }
        assert!(message("localhost").contains("127.0.0.1:9105"));
        assert_eq!(place("127.0.0.1:1", false).unwrap(), Place::Net(([127, 0, 0, 1], 1).into()));
        assert!(place("[::1]:1", false).is_ok());
        assert_eq!(place("unix:/run/d", false).unwrap(), Place::Socket("/run/d".into()));
    }

    #[test]
    fn what_is_not_a_left_over_socket_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "precious").unwrap();
        remove_left_over(&path).unwrap();
        assert!(listen(&Place::Socket(path.clone())).is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "precious");

        let path = folder.path().join("socket");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        remove_left_over(&path).unwrap();
        assert!(path.exists(), "somebody listens there");
        drop(listener);
        remove_left_over(&path).unwrap();
        assert!(!path.exists());
    }

    #[test]
    fn the_format_is_the_one_that_is_wanted() {
        // What Prometheus 2.42 and 3 send, and what curl does.
        let prometheus_2 = "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
        let prometheus_3 = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,*/*;q=0.2";
        let text_first = "text/plain;version=0.0.4;q=0.9,application/openmetrics-text;q=0.1";
        assert_eq!(wanted(prometheus_2), Format::OpenMetrics);
        assert_eq!(wanted(prometheus_3), Format::OpenMetrics);
        assert_eq!(wanted(text_first), Format::Text);
        assert_eq!(wanted("application/openmetrics-text;q=0"), Format::Text);
        assert_eq!((wanted("*/*"), wanted("")), (Format::Text, Format::Text));
    }
}
