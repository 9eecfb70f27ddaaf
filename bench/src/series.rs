//! Interleaved runs of programs on allocators.
//!
//! Each round runs each program once per allocator, so that a change in the machine's load meets all of them alike.
//! A run that other load disturbed is made again, as long as that does not take too much of the time.

use crate::machine;
use crate::peers::Peer;
use crate::progress::Progress;
use crate::results::{Allocator, Program, Results, Run, Series};
use crate::run::{Job, Runner};
use anyhow::Result;

/// A disturbed run is made again this many times at most …
const REPEATS: usize = 3;
/// … and for all of them together no more than every second run: on a machine that is always busy the benchmark
/// ends, and says that it was.
const REPEATS_PER_RUN: f64 = 0.5;

pub const REFERENCE: &str = "glibc";

/// Runs everything `rounds` times. After each round `keep` gets what there is by then: an interrupted run of hours is
/// worth what it has done.
pub fn measure(
    jobs: &[(Program, Job)],
    peers: &[Peer],
    rounds: usize,
    runner: &Runner,
    keep: impl Fn(&Results) -> Result<()>,
) -> Result<Results> {
    let present: Vec<&Peer> = peers.iter().filter(|peer| peer.absent.is_none()).collect();
    let planned = jobs.len() * present.len() * rounds;
    let mut all = Measuring {
        runner,
        progress: Progress::new(planned),
        repeats_left: (planned as f64 * REPEATS_PER_RUN) as usize,
        results: empty(jobs, peers)?,
    };
    for round in 0..rounds {
        for (program, job) in jobs {
            // Each round begins with another allocator: none always follows the same neighbour.
            let (first, last) = present.split_at(round % present.len().max(1));
            for peer in last.iter().chain(first) {
                all.progress.step(&format!(
                    "round {} of {rounds}: {} on {}",
                    round + 1,
                    program.name,
                    peer.name
                ));
                all.one(&program.name, job, peer);
            }
        }
        all.results.rounds = round + 1;
        keep(&all.judged())?;
    }
    all.progress.end();
    Ok(all.judged())
}

fn empty(jobs: &[(Program, Job)], peers: &[Peer]) -> Result<Results> {
    Ok(Results {
        machine: machine::describe()?,
        date: machine::date()?,
        rounds: 0,
        repeated: 0,
        programs: jobs.iter().map(|(program, _)| program.clone()).collect(),
        allocators: peers.iter().map(Allocator::from).collect(),
        series: vec![],
    })
}

struct Measuring<'a> {
    runner: &'a Runner,
    progress: Progress,
    repeats_left: usize,
    results: Results,
}

impl Measuring<'_> {
    /// The results so far, with the outputs compared.
    fn judged(&self) -> Results {
        let mut results = self.results.clone();
        results.compare_outputs(REFERENCE);
        results
    }

    /// One run, added to its series. An allocator that failed a program once is not asked again, and nobody is once
    /// there is nothing to compare with.
    fn one(&mut self, program: &str, job: &Job, peer: &Peer) {
        let at = self.index_of(program, &peer.name);
        let reference = self.index_of(program, REFERENCE);
        if [at, reference].iter().any(|&one| self.results.series[one].failure.is_some()) {
            return;
        }
        match self.undisturbed(job, peer) {
            Ok(run) => self.results.series[at].runs.push(run),
            Err(error) => {
                self.progress.say(&format!("{program} on {}: {error:#}", peer.name));
                self.results.series[at].failure = Some(format!("{error:#}"));
            }
        }
    }

    fn index_of(&mut self, program: &str, allocator: &str) -> usize {
        let series = &mut self.results.series;
        let is_it = |one: &Series| one.program == program && one.allocator == allocator;
        series.iter().position(is_it).unwrap_or_else(|| {
            let (program, allocator) = (program.into(), allocator.into());
            series.push(Series { program, allocator, runs: vec![], failure: None });
            series.len() - 1
        })
    }

    /// The first run that nobody disturbed, or else the least disturbed one.
    fn undisturbed(&mut self, job: &Job, peer: &Peer) -> Result<Run> {
        let mut best = self.runner.run(job, peer)?;
        for _ in 0..REPEATS {
            if !best.disturbed || self.repeats_left == 0 {
                break;
            }
            self.repeats_left -= 1;
            self.results.repeated += 1;
            let again = self.runner.run(job, peer)?;
            // By the part of the time: a run that was held up is long, too.
            if again.others_ms / again.wall_ms < best.others_ms / best.wall_ms || !again.disturbed {
                best = again;
            }
        }
        Ok(best)
    }
}
