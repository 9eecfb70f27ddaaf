//! The sub-commands that measure: each chooses programs and peers, runs them, and judges the results.

use crate::bars::{self, Bar, DAM, Suite};
use crate::peers::{self, Peer};
use crate::results::{Program, Results};
use crate::run::{Job, Kind, Runner};
use crate::series::{self, REFERENCE};
use crate::workloads::{self, Group, WORKLOADS, Workload};
use crate::{Choice, real as scripts, tables};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;

/// The quick benchmark's: what `apt-get` brings.
const QUICK_PEERS: &[&str] = &[DAM, REFERENCE, "jemalloc-debian", "mimalloc-debian", "gperftools"];

pub fn quick(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.quick)?;
    let results = measure(root, "quick", choice, &jobs, QUICK_PEERS)?;
    finish(root, "quick", choice, &results, bars::quick(&results))
}

pub fn alloc(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.group != Group::Steady)?;
    let results = measure(root, "alloc", choice, &jobs, &[])?;
    finish(root, "alloc", choice, &results, bars::of_suite(&results, Suite::Allocation))
}

pub fn steady(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.group == Group::Steady)?;
    let results = measure(root, "steady", choice, &jobs, &[])?;
    finish(root, "steady", choice, &results, bars::steady(&results))
}

pub fn real(root: &Path, choice: &Choice) -> Result<bool> {
    let names = chosen(&choice.only, &scripts::names(root)?)?;
    let scripts::Prepared { jobs, absent } = scripts::prepare(root, &names)?;
    let results = measure(root, "real", choice, &jobs, &[])?;
    let mut bars = bars::of_suite(&results, Suite::Real);
    for (name, reason) in absent {
        bars.push(Bar { what: format!("{name} runs"), limit: 0.0, value: None, note: reason });
    }
    finish(root, "real", choice, &results, bars)
}

/// The workloads of a sub-command, built.
fn jobs(
    root: &Path,
    choice: &Choice,
    is_wanted: impl Fn(&Workload) -> bool,
) -> Result<Vec<(Program, Job)>> {
    let all: Vec<Workload> =
        WORKLOADS.iter().filter(|workload| is_wanted(workload)).copied().collect();
    let names: Vec<String> = all.iter().map(|workload| workload.name.to_string()).collect();
    let wanted = chosen(&choice.only, &names)?;
    let workloads: Vec<Workload> =
        all.into_iter().filter(|one| wanted.iter().any(|name| name == one.name)).collect();
    let (sources, out) = (root.join("bench/workloads"), root.join("target/bench/bin"));
    workloads::build(&sources, &out, &workloads)?;
    workloads
        .iter()
        .map(|workload| {
            let source = [&[workload.source], workload.arguments].concat().join(" ");
            let program = Program {
                name: workload.name.into(),
                source,
                stands_for: workloads::behaviour(&sources.join(workload.source))?,
                is_pattern: workload.group == Group::Pattern,
            };
            let job = Job {
                program: workloads::binary(&out, workload.source),
                arguments: workload.arguments.iter().map(Into::into).collect(),
                kind: Kind::Workload,
            };
            Ok((program, job))
        })
        .collect()
}

fn chosen(only: &[String], names: &[String]) -> Result<Vec<String>> {
    if let Some(unknown) = only.iter().find(|name| !names.contains(name)) {
        bail!("no program is called {unknown}; there are {}", names.join(", "));
    }
    Ok(names.iter().filter(|name| only.is_empty() || only.contains(name)).cloned().collect())
}

/// Prepares the peers, runs the jobs and writes the results.
fn measure(
    root: &Path,
    name: &str,
    choice: &Choice,
    jobs: &[(Program, Job)],
    default_peers: &[&str],
) -> Result<Results> {
    let peers = prepare_peers(root, choice, default_peers)?;
    let out = root.join("target/bench");
    let runner =
        Runner { program: out.join("bin/runner"), figures: out.join("bin/runner.figures") };
    fs::create_dir_all(out.join("bin"))?;
    workloads::compile(&root.join("bench/runner.c"), &runner.program, &["-static"])?;
    let file = out.join(format!("{name}.json"));
    series::measure(jobs, &peers, choice.rounds.into(), &runner, |results| results.write(&file))
}

fn prepare_peers(root: &Path, choice: &Choice, default: &[&str]) -> Result<Vec<Peer>> {
    let asked: Vec<&str> = choice.peers.iter().map(String::as_str).collect();
    let mut wanted = match &asked[..] {
        [] => default.to_vec(),
        ["bars"] => bars::peers_with_bars(),
        some => some.to_vec(),
    };
    // Without the one there is nothing to compare with, without the other nothing to compare.
    for always in [DAM, REFERENCE] {
        if !wanted.is_empty() && !wanted.contains(&always) {
            wanted.push(always);
        }
    }
    peers::prepare(root, &wanted, choice.library.as_deref())
}

/// Prints the results, and says whether the bars are met (or not asked for).
fn finish(
    root: &Path,
    name: &str,
    choice: &Choice,
    results: &Results,
    bars: Vec<Bar>,
) -> Result<bool> {
    let out = root.join("target/bench");
    let text = tables::text(results, &bars);
    print!("{text}");
    fs::write(out.join(format!("{name}.txt")), &text)?;
    // Where glibc fails there is nothing to compare with, bars or not.
    let is_sound = !results.failures().any(|(series, _)| series.allocator == REFERENCE);
    Ok(is_sound && (!choice.bar || bars.iter().all(Bar::is_met)))
}
