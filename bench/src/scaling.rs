//! Cost as work grows: the programs of bench/scaling, each at several points x, on all allocators in turn.
//!
//! Each run is one point, in a fresh process. The medians go to target/bench/scaling.json; how flat DAM's curves are
//! beside the best other's, and what could not be measured, to target/bench/scaling.txt.

mod flatness;
mod sets;

use crate::load::Watch;
use crate::peers::Peer;
use crate::progress::Progress;
use crate::{Choice, commands, stats, workloads};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use sets::{SETS, Set};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// `--quick`: no more rounds than this.
const QUICK_ROUNDS: u16 = 3;
/// A point takes seconds; the dearest allocator's largest heap a minute or two.
const SECONDS: &str = "300";
/// A disturbed run is made again once, and no more than every fourth run is.
const REPEATS_PER_RUN: f64 = 0.25;

/// A line of target/bench/scaling.json.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Point {
    curve: &'static str,
    x_name: &'static str,
    x: f64,
    peer: String,
    y: f64,
    y_name: &'static str,
}

/// Measures the sets that `--only` names. False if DAM's curves should be as flat as the best peer's, and are not.
pub fn scaling(root: &Path, choice: &Choice, is_quick: bool) -> Result<bool> {
    let names: Vec<String> = SETS.iter().map(|set| set.name.to_string()).collect();
    let wanted = commands::chosen(&choice.only, &names)?;
    let sets: Vec<&Set> =
        SETS.iter().filter(|set| wanted.iter().any(|name| name == set.name)).collect();
    let default = if is_quick { commands::QUICK_PEERS } else { &[] };
    let peers = commands::prepare_peers(root, choice, default)?;
    let rounds = if is_quick { choice.rounds.min(QUICK_ROUNDS) } else { choice.rounds };
    let out = root.join("target/bench");
    let mut all = Measuring::new(root, &out, &sets, is_quick)?;
    all.run(&peers, rounds)?;
    let verdicts = flatness::verdicts(&all.points());
    let mut text = all.notes();
    for verdict in &verdicts {
        text +=
            &format!("{}{}\n", if verdict.is_as_flat { "" } else { "NOT FLAT: " }, verdict.text);
    }
    print!("{text}");
    fs::write(out.join("scaling.txt"), &text)?;
    let is_flat = !verdicts.is_empty() && verdicts.iter().all(|verdict| verdict.is_as_flat);
    Ok(!choice.bar || is_flat)
}

/// What one run printed.
#[derive(Debug, Default, PartialEq)]
struct Said {
    /// Word of the curve, x and y.
    points: Vec<(String, u64, f64)>,
    skipped: Option<String>,
    disturbed: bool,
}

struct Measuring<'a> {
    folder: PathBuf,
    file: PathBuf,
    jobs: Vec<(&'a Set, u64)>,
    /// By curve (its place and title), x and allocator: what each round gave.
    values: BTreeMap<(usize, &'static str, u64, String), Vec<f64>>,
    /// By set, x and allocator: why there is no point.
    absent: BTreeMap<(&'static str, u64, String), String>,
    disturbed: usize,
    repeats_left: usize,
}

impl<'a> Measuring<'a> {
    /// Builds the programs.
    fn new(root: &Path, out: &Path, sets: &[&'a Set], is_quick: bool) -> Result<Measuring<'a>> {
        let folder = out.join("scaling");
        fs::create_dir_all(&folder)?;
        workloads::compile(&root.join("bench/runner.c"), &folder.join("runner"), &["-static"])?;
        for program in sets.iter().map(|set| set.program).collect::<BTreeSet<_>>() {
            let source = root.join("bench/scaling").join(format!("{program}.c"));
            workloads::compile(&source, &folder.join(program), &[])?;
        }
        let xs = |set: &Set| if is_quick { set.quick } else { set.xs };
        Ok(Measuring {
            folder,
            file: out.join("scaling.json"),
            jobs: sets.iter().flat_map(|&set| xs(set).iter().map(move |&x| (set, x))).collect(),
            values: BTreeMap::new(),
            absent: BTreeMap::new(),
            disturbed: 0,
            repeats_left: 0,
        })
    }

    /// Round by round, and in each point by point, so that a change in the machine's load meets all allocators alike.
    fn run(&mut self, peers: &[Peer], rounds: u16) -> Result<()> {
        let present: Vec<&Peer> = peers.iter().filter(|peer| peer.absent.is_none()).collect();
        let jobs_of = |round: u16, jobs: &[(&'a Set, u64)]| -> Vec<(&'a Set, u64)> {
            jobs.iter().filter(|(set, _)| round < set.rounds).copied().collect()
        };
        let planned: usize =
            (0..rounds).map(|round| jobs_of(round, &self.jobs).len() * present.len()).sum();
        self.repeats_left = (planned as f64 * REPEATS_PER_RUN) as usize;
        let mut progress = Progress::new(planned);
        for round in 0..rounds {
            for (set, x) in jobs_of(round, &self.jobs) {
                // Each round begins with another allocator: none always follows the same neighbour.
                let (first, last) = present.split_at(usize::from(round) % present.len().max(1));
                for peer in last.iter().chain(first) {
                    let at = format!("{} {x} on {}", set.name, peer.name);
                    progress.step(&format!("round {} of {rounds}: {at}", round + 1));
                    if let Some(reason) = self.one(set, x, peer)? {
                        progress.say(&format!("{at}: {reason}"));
                    }
                }
            }
            // An interrupted run of hours is worth what it has done.
            let text = serde_json::to_string_pretty(&self.points())? + "\n";
            fs::write(&self.file, text)?;
        }
        progress.end();
        Ok(())
    }

    /// One point on one allocator, or the reason why there is none; it is not tried again.
    fn one(&mut self, set: &Set, x: u64, peer: &Peer) -> Result<Option<String>> {
        let key = (set.name, x, peer.name.clone());
        if self.absent.contains_key(&key) {
            return Ok(None);
        }
        let reason = match self.undisturbed(set, x, peer) {
            Ok(Said { skipped: Some(reason), .. }) => reason,
            Ok(said) => return self.keep(set, peer, said).map(|()| None),
            Err(error) => format!("{error:#}"),
        };
        self.absent.insert(key, reason.clone());
        Ok(Some(reason))
    }

    fn undisturbed(&mut self, set: &Set, x: u64, peer: &Peer) -> Result<Said> {
        let mut said = self.start(set, x, peer)?;
        if said.disturbed && self.repeats_left > 0 {
            self.repeats_left -= 1;
            said = self.start(set, x, peer)?;
        }
        self.disturbed += usize::from(said.disturbed);
        Ok(said)
    }

    fn start(&self, set: &Set, x: u64, peer: &Peer) -> Result<Said> {
        let figures = self.folder.join("runner.figures");
        let mut command = Command::new(self.folder.join("runner"));
        command.arg(&figures).arg(SECONDS).arg(self.folder.join(set.program));
        command.args(set.arguments).arg(x.to_string());
        command.env_clear().env("LC_ALL", "C");
        command.envs(peer.environment.iter().map(|(name, value)| (name, value)));
        if let Some(library) = &peer.library {
            command.env("LD_PRELOAD", library);
        }
        let watch = Watch::start()?;
        let output = command.stdin(Stdio::null()).output().context("the runner does not start")?;
        let (_, disturbed) = watch.others()?;
        let status = fs::read_to_string(&figures)?;
        let status = status.trim_end().rsplit(' ').next().unwrap_or_default();
        let errors = String::from_utf8_lossy(&output.stderr);
        let errors: String = errors.trim().chars().take(200).collect();
        if status != "0" || !errors.is_empty() {
            bail!("wait status {status}: {errors}");
        }
        Ok(Said { disturbed, ..said(&String::from_utf8_lossy(&output.stdout))? })
    }

    fn keep(&mut self, set: &Set, peer: &Peer, said: Said) -> Result<()> {
        let start: usize =
            SETS.iter().take_while(|one| one.name != set.name).map(|one| one.curves.len()).sum();
        for (word, x, y) in said.points {
            let found = set.curves.iter().position(|(name, _)| *name == word);
            let at = found.with_context(|| format!("{} has no curve {word}", set.name))?;
            let key = (start + at, set.curves[at].1, x, peer.name.clone());
            self.values.entry(key).or_default().push(y);
        }
        Ok(())
    }

    /// The medians so far.
    fn points(&self) -> Vec<Point> {
        let names = |title: &str| {
            let set = SETS.iter().find(|set| set.curves.iter().any(|(_, one)| *one == title));
            set.map_or(("", ""), |set| (set.x_name, set.y_name))
        };
        let point = |((_, curve, x, peer), values): (&(usize, &'static str, u64, String), _)| {
            let (x_name, y_name) = names(curve);
            let (x, y) = (*x as f64, stats::median(values)?);
            Some(Point { curve, x_name, x, peer: peer.clone(), y, y_name })
        };
        self.values
            .iter()
            .map(|(key, values): (_, &Vec<f64>)| (key, &values[..]))
            .filter_map(point)
            .collect()
    }

    /// What a reader has to know before the figures.
    fn notes(&self) -> String {
        let mut text = String::new();
        if self.disturbed > 0 {
            text +=
                &format!("{} runs were disturbed by other load on the machine\n", self.disturbed);
        }
        for ((set, x, peer), reason) in &self.absent {
            text += &format!("no point: {set} {x} on {peer}: {reason}\n");
        }
        text
    }
}

/// Reads the lines `point <x> <y> <curve>` and `skip <x> <reason>`.
fn said(text: &str) -> Result<Said> {
    let mut said = Said::default();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["point", x, y, curve] => said.points.push((curve.into(), x.parse()?, y.parse()?)),
            ["skip", _, ..] => said.skipped = Some(words[2..].join(" ")),
            _ => bail!("printed {line:?}"),
        }
    }
    if said.points.is_empty() && said.skipped.is_none() {
        bail!("printed no point");
    }
    Ok(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_a_program() {
        let found = said("point 10 2.5 build\npoint 10 3 free\n").unwrap();
        assert_eq!(found.points, [("build".into(), 10, 2.5), ("free".into(), 10, 3.0)]);
        assert_eq!(said("skip 10 too large\n").unwrap().skipped.unwrap(), "too large");
        assert!(said("").is_err());
        assert!(said("point 10 x build\n").is_err());
        assert!(said("points 10 1 build\n").is_err());
    }
}
