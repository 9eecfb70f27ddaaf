//! Interleaved runs of programs on allocators.
//!
//! Each round runs each program once per allocator, so that a change in the machine's load meets all of them alike.
//! A run that other load disturbed is made again, as long as that does not take too much of the time.

use crate::machine;
use crate::peers::Peer;
use crate::progress::Progress;
use crate::results::{Allocator, Program, Results, Run, Series};
use crate::resume;
use crate::run::{Job, Runner};
use anyhow::Result;
use std::collections::BTreeMap;

/// A disturbed run is made again this many times at most …
const REPEATS: usize = 3;
/// … as long as all of that takes no more than this part of the time of the first runs: on a machine that is always
/// busy the benchmark ends, and says that it was.
const REPEATS_PER_RUN: f64 = 0.5;

pub const REFERENCE: &str = "glibc";

/// What is to be measured.
pub struct Plan<'a> {
    pub jobs: &'a [(Program, Job)],
    /// Programs that cannot run here, and why.
    pub left_out: &'a [(String, String)],
    pub peers: &'a [Peer],
    /// Why these.
    pub chosen: &'a str,
    pub rounds: usize,
    /// What an interrupted run has left.
    pub before: Option<Results>,
}

/// Runs everything. After each program `keep` gets what there is by then: an interrupted run of hours is worth what
/// it has done.
pub fn measure(
    plan: Plan,
    runner: &Runner,
    keep: impl Fn(&Results) -> Result<()>,
) -> Result<Results> {
    let present: Vec<&Peer> = plan.peers.iter().filter(|peer| peer.absent.is_none()).collect();
    let mut results = empty(&plan)?;
    if let Some(before) = plan.before {
        resume::take_over(&mut results, before);
    }
    let steps = steps(plan.jobs, &present, plan.rounds, &results);
    let mut progress = Progress::of(steps);
    for series in &results.series {
        series.runs.iter().for_each(|run| progress.remember(&series.program, run.wall_ms / 1e3));
    }
    let mut all = Measuring { runner, progress, first_ms: 0.0, repeats_ms: 0.0, results };
    for round in 0..plan.rounds {
        for (program, job) in plan.jobs.iter().filter(|(_, job)| round < job.rounds) {
            // Each round begins with another allocator: none always follows the same neighbour.
            let (first, last) = present.split_at(round % present.len().max(1));
            let mut is_new = false;
            for peer in last.iter().chain(first) {
                is_new |= all.one(round, &program.name, job, peer);
            }
            if is_new {
                keep(&all.judged())?;
            }
        }
    }
    all.progress.end();
    all.results.is_finished = true;
    let results = all.judged();
    keep(&results)?;
    Ok(results)
}

/// The runs to come, by program.
fn steps(
    jobs: &[(Program, Job)],
    peers: &[&Peer],
    rounds: usize,
    results: &Results,
) -> BTreeMap<String, usize> {
    let runs = |program: &str, peer: &Peer| {
        results.series(program, &peer.name).map_or(0, |series| series.runs.len())
    };
    let of = |(program, job): &(Program, Job)| {
        let rounds = rounds.min(job.rounds);
        let missing = peers.iter().map(|peer| rounds.saturating_sub(runs(&program.name, peer)));
        (program.name.clone(), missing.sum())
    };
    jobs.iter().map(of).collect()
}

fn empty(plan: &Plan) -> Result<Results> {
    let present = plan.peers.iter().filter(|peer| peer.absent.is_none()).count();
    Ok(Results {
        machine: machine::describe()?,
        date: machine::date()?,
        chosen: plan.chosen.into(),
        rounds: plan.rounds,
        planned: plan.jobs.iter().map(|(_, job)| plan.rounds.min(job.rounds) * present).sum(),
        is_finished: false,
        repeated: 0,
        programs: plan.jobs.iter().map(|(program, _)| program.clone()).collect(),
        left_out: plan.left_out.to_vec(),
        allocators: plan.peers.iter().map(Allocator::of).collect::<Result<_>>()?,
        series: vec![],
    })
}

struct Measuring<'a> {
    runner: &'a Runner,
    progress: Progress,
    /// What the first runs took, and the repeated ones.
    first_ms: f64,
    repeats_ms: f64,
    results: Results,
}

impl Measuring<'_> {
    /// The results so far, with the outputs compared.
    fn judged(&self) -> Results {
        let mut results = self.results.clone();
        results.compare_outputs(REFERENCE);
        results
    }

    /// One run, added to its series; false if there is no need. An allocator that failed a program once is not asked
    /// again, and nobody is once there is nothing to compare with.
    fn one(&mut self, round: usize, program: &str, job: &Job, peer: &Peer) -> bool {
        let at = self.index_of(program, &peer.name);
        let reference = self.index_of(program, REFERENCE);
        if self.results.series[at].runs.len() > round {
            return false;
        }
        if [at, reference].iter().any(|&one| self.results.series[one].failure.is_some()) {
            self.progress.leave_out(program);
            return false;
        }
        self.progress.step_of(program, &format!("round {}: {program} on {}", round + 1, peer.name));
        match self.undisturbed(job, peer) {
            Ok(run) => self.results.series[at].runs.push(run),
            Err(error) => {
                self.progress.say(&format!("{program} on {}: {error:#}", peer.name));
                self.results.series[at].failure = Some(format!("{error:#}"));
            }
        }
        true
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
        self.first_ms += best.wall_ms;
        for _ in 0..REPEATS {
            if !best.disturbed || self.repeats_ms > REPEATS_PER_RUN * self.first_ms {
                break;
            }
            self.results.repeated += 1;
            let again = self.runner.run(job, peer)?;
            self.repeats_ms += again.wall_ms;
            // By the part of the time: a run that was held up is long, too.
            if again.others_ms / again.wall_ms < best.others_ms / best.wall_ms || !again.disturbed {
                best = again;
            }
        }
        Ok(best)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::tests::results;
    use crate::run::Kind;

    fn peer(name: &str) -> Peer {
        Peer {
            name: name.into(),
            version: String::new(),
            configuration: String::new(),
            library: None,
            absent: None,
            environment: vec![],
        }
    }

    #[test]
    fn what_is_there_is_not_to_come() {
        let mut results = results(&[("a", "glibc", 1.0, 1.0), ("b", "glibc", 1.0, 1.0)]);
        let job = |rounds| Job {
            program: "/bin/true".into(),
            arguments: vec![],
            kind: Kind::Workload,
            seconds: 1,
            rounds,
        };
        let programs = results.programs.clone();
        let jobs: Vec<(Program, Job)> =
            programs.into_iter().zip([job(usize::MAX), job(1)]).collect();
        let (dam, glibc) = (peer("dam"), peer("glibc"));
        let to_come = |results: &Results| steps(&jobs, &[&dam, &glibc], 3, results);
        // Of six and two, one each is there.
        assert_eq!(to_come(&results), [("a".into(), 5), ("b".into(), 1)].into());
        results.series.clear();
        assert_eq!(to_come(&results), [("a".into(), 6), ("b".into(), 2)].into());
    }
}
