//! `dam export`: the figures of all processes on DAM, for Prometheus.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use dam::measure::prometheus::{self, Format, Source};
use tiny_http::{ConfigListenAddr, Header, Request, Response, Server, ServerConfig};

use crate::page::{Snapshot, all};
use crate::show::{completed, labels};
use crate::units;

/// Where they go.
#[derive(Args)]
pub struct Arguments {
    /// Where to listen: unix:PATH, or 127.0.0.1:PORT
    #[arg(long, value_name = "ADDRESS", required_unless_present = "textfile")]
    listen: Option<String>,
    /// Accept an address that other machines can reach: whoever reaches it reads the figures
    #[arg(long)]
    allow_remote: bool,
    /// A folder for node_exporter's textfile collector, instead of listening
    #[arg(long, value_name = "FOLDER", conflicts_with = "listen")]
    textfile: Option<PathBuf>,
    /// How often the file in it is written
    #[arg(long, default_value = "15s", value_parser = units::duration)]
    every: Duration,
    /// Write it once
    #[arg(long)]
    once: bool,
}

/// Serves, or writes.
pub fn run(arguments: &Arguments) -> Result<()> {
    match (&arguments.textfile, &arguments.listen) {
        (Some(folder), _) => write_files(folder, arguments),
        (None, Some(address)) => serve(address, arguments.allow_remote),
        (None, None) => bail!("--listen or --textfile"),
    }
}

/// The series of all processes.
fn render(format: Format) -> Result<String> {
    let snapshots: Vec<(String, Snapshot)> = all()
        .into_iter()
        .filter_map(|target| {
            // So that one at work has fresh figures the next time.
            let _ = target.watch(Duration::from_secs(1));
            let snapshot = completed(target.read().ok()?, target.pid);
            Some((labels(target.pid), snapshot))
        })
        .collect();
    let sources: Vec<Source<'_>> = snapshots
        .iter()
        .map(|(labels, snapshot)| Source { stats: &snapshot.stats, labels })
        .collect();
    let mut text = String::new();
    prometheus::render(&sources, format, &mut text)?;
    Ok(text)
}

fn write_files(folder: &Path, arguments: &Arguments) -> Result<()> {
    loop {
        // Renamed into place: the collector never reads half a file.
        let (new, file) = (folder.join(".dam.prom.new"), folder.join("dam.prom"));
        fs::write(&new, render(Format::Text)?).with_context(|| new.display().to_string())?;
        fs::set_permissions(&new, fs::Permissions::from_mode(0o644))?;
        fs::rename(&new, &file).with_context(|| file.display().to_string())?;
        if arguments.once {
            return Ok(());
        }
        std::thread::sleep(arguments.every);
    }
}

fn serve(address: &str, allow_remote: bool) -> Result<()> {
    let server = listen(address, allow_remote)?;
    eprintln!("dam: serving /metrics at {address}");
    for request in server.incoming_requests() {
        // A client that goes away is none of ours.
        let _ = answer(request);
    }
    Ok(())
}

fn listen(address: &str, allow_remote: bool) -> Result<Server> {
    let addr = match address.strip_prefix("unix:") {
        Some(path) => {
            // What a former run has left.
            if std::os::unix::net::UnixStream::connect(path).is_err() {
                let _ = fs::remove_file(path);
            }
            ConfigListenAddr::unix_from_path(path)
        }
        None => {
            let parsed: SocketAddr = address
                .parse()
                .with_context(|| format!("{address}: unix:PATH or 127.0.0.1:PORT"))?;
            if !parsed.ip().is_loopback() && !allow_remote {
                bail!(
                    "{address} can be reached by other machines: --allow-remote if that is wanted"
                );
            }
            ConfigListenAddr::from_socket_addrs(parsed)?
        }
    };
    let server = Server::new(ServerConfig { addr, ssl: None });
    let server = server.map_err(|error| anyhow!("{address}: {error}"))?;
    if let Some(path) = address.strip_prefix("unix:") {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(server)
}

fn answer(request: Request) -> Result<()> {
    if request.url().split('?').next() != Some("/metrics") {
        let text = "the figures are at /metrics\n";
        return Ok(request.respond(Response::from_string(text).with_status_code(404))?);
    }
    let accepts = |header: &&Header| header.field.equiv("Accept");
    let accept = request.headers().iter().find(accepts).map(|header| header.value.as_str());
    let (format, kind) = match accept.is_some_and(|accept| accept.contains("openmetrics-text")) {
        true => (
            Format::OpenMetrics,
            "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
        false => (Format::Text, "Content-Type: text/plain; version=0.0.4; charset=utf-8"),
    };
    let kind: Header = kind.parse().map_err(|()| anyhow!("a header"))?;
    Ok(request.respond(Response::from_string(render(format)?).with_header(kind))?)
}
