//! The sub-commands that measure: each chooses programs and peers, runs them, and judges the results.

use crate::bars::{self, Bar, Suite};
use crate::peers;
use crate::real::{self, Prepared};
use crate::results::{Program, Results};
use crate::run::{Job, Kind, Runner};
use crate::scaling::{self, SETS, Set};
use crate::series::{self, Plan, REFERENCE};
use crate::workloads::{self, Group, WORKLOADS, Workload};
use crate::{Choice, groups, resume, tables};
use anyhow::{Result, bail};
use std::fs;
use std::path::Path;

pub fn quick(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.quick)?;
    let name = name_of("quick", choice);
    let results = measure(root, name, choice, jobs, "debian")?;
    finish(root, name, choice, &results, bars::quick(&results))
}

pub fn alloc(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.group != Group::Steady)?;
    let name = name_of("alloc", choice);
    let results = measure(root, name, choice, jobs, "")?;
    finish(root, name, choice, &results, bars::of_suite(&results, Suite::Allocation))
}

/// Two builds side by side are no results of the benchmark.
fn name_of(benchmark: &'static str, choice: &Choice) -> &'static str {
    if choice.beside.is_some() { "beside" } else { benchmark }
}

pub fn profiles(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.group != Group::Steady)?;
    let results = measure(root, "profiles", choice, jobs, "profiles")?;
    finish(root, "profiles", choice, &results, bars::profiles(&results))
}

pub fn steady(root: &Path, choice: &Choice) -> Result<bool> {
    let jobs = jobs(root, choice, |workload| workload.group == Group::Steady)?;
    let results = measure(root, "steady", choice, jobs, "")?;
    finish(root, "steady", choice, &results, bars::steady(&results))
}

pub fn real(root: &Path, choice: &Choice) -> Result<bool> {
    let names = chosen(&choice.only, &real::names(root)?)?;
    let prepared = real::prepare(root, &names)?;
    let results = measure_all(root, "real", choice, &prepared, "")?;
    finish(root, "real", choice, &results, bars::of_suite(&results, Suite::Real))
}

pub fn scaling(root: &Path, choice: &Choice) -> Result<bool> {
    let names: Vec<String> = scaling::SETS.iter().map(|set| set.name.to_string()).collect();
    let wanted = chosen(&choice.only, &names)?;
    let sets: Vec<&Set> =
        SETS.iter().filter(|set| wanted.iter().any(|name| name == set.name)).collect();
    let jobs = scaling::jobs(root, &sets)?;
    let results = measure(root, "scaling", choice, jobs, "")?;
    let bars = scaling::bars(&scaling::curves(&results));
    let text = scaling::text(&results) + &tables::verdict(&results, &bars);
    print!("{text}");
    fs::write(root.join("target/bench/scaling.txt"), &text)?;
    Ok(!choice.bar || (!bars.is_empty() && bars.iter().all(Bar::is_met)))
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
            let binary = workloads::binary(&out, workload.source);
            let program = Program {
                name: workload.name.into(),
                source,
                stands_for: workloads::behaviour(&sources.join(workload.source))?,
                build: resume::fingerprint(&binary)?,
                is_pattern: workload.group == Group::Pattern,
            };
            let job = Job {
                program: binary,
                arguments: workload.arguments.iter().map(Into::into).collect(),
                kind: Kind::Workload,
                seconds: 120,
                rounds: usize::MAX,
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

fn measure(
    root: &Path,
    name: &str,
    choice: &Choice,
    jobs: Vec<(Program, Job)>,
    default_peers: &str,
) -> Result<Results> {
    let prepared = Prepared { jobs, absent: vec![] };
    measure_all(root, name, choice, &prepared, default_peers)
}

/// Prepares the peers, runs the jobs and writes the results.
fn measure_all(
    root: &Path,
    name: &str,
    choice: &Choice,
    programs: &Prepared,
    default_peers: &str,
) -> Result<Results> {
    let chosen = groups::chosen(&choice.peers, default_peers);
    let names: Vec<&str> = chosen.peers.iter().map(String::as_str).collect();
    let mut peers = peers::prepare(root, &names, choice.library.as_deref())?;
    if let Some(other) = &choice.beside {
        peers.push(peers::beside(&peers, other)?);
    }
    let out = root.join("target/bench");
    let runner =
        Runner { program: out.join("bin/runner"), figures: out.join("bin/runner.figures") };
    fs::create_dir_all(out.join("bin"))?;
    workloads::compile(&root.join("bench/runner.c"), &runner.program, &["-static"])?;
    let file = out.join(format!("{name}.json"));
    let before = if choice.resume { Results::read_if_there(&file)? } else { None };
    let plan = Plan {
        jobs: &programs.jobs,
        left_out: &programs.absent,
        peers: &peers,
        chosen: &chosen.why,
        rounds: choice.rounds.into(),
        before,
    };
    series::measure(plan, &runner, |results| results.write(&file))
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
