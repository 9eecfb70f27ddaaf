//! Builds every program of `c_tests/<topic>/` and runs it in each of its modes: one test per program and mode.
//!
//! What a program expects stands in its first comment (`runner/directives.rs`); how a mode is built in `runner/build.rs`.
//! The programs of `matrix/` have a runner of their own (`runner/matrix.rs`).
//! `cargo test --test c_programs -- api/` runs one topic; programs and their output stay in `target/c_tests`.

#[path = "runner/build.rs"]
mod build;
#[path = "runner/directives.rs"]
mod directives;
#[path = "runner/matrix.rs"]
mod matrix;
#[path = "runner/process.rs"]
mod process;

use build::{Builder, Mode};
use directives::{Expect, Plan};
use libtest_mimic::{Arguments, Failed, Trial};
use process::{Outcome, Run};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// One line of the list of tests: a program, how it is built, and the profile and the policy it runs under.
struct Case {
    source: PathBuf,
    name: String,
    mode: Mode,
    profile: Option<String>,
    policy: Option<&'static str>,
    plan: Arc<Plan>,
}

fn main() {
    let arguments = Arguments::from_args();
    let builder = Arc::new(Builder::new(Path::new(env!("CARGO_MANIFEST_DIR"))));
    if !arguments.list
        && let Some(missing) = builder.missing_artifact()
    {
        eprintln!("{} is missing: run \"make build\" first", missing.display());
        std::process::exit(2);
    }
    let mut trials: Vec<Trial> = Vec::new();
    let (of_matrix, others): (Vec<_>, Vec<_>) = programs(&builder.root.join("c_tests"))
        .into_iter()
        .partition(|(name, _)| name.starts_with("matrix/"));
    trials.extend(matrix::trials(&builder, &of_matrix));
    for (name, source) in others {
        match directives::read(&source) {
            Ok(plan) => trials
                .extend(cases(&name, &source, plan).into_iter().map(|case| trial(&builder, case))),
            Err(error) => trials.push(Trial::test(name, move || Err(Failed::from(error)))),
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Every `<topic>/<name>.c` or `.cc`, sorted; `support/` holds what they share.
fn programs(dir: &Path) -> Vec<(String, PathBuf)> {
    let mut found = Vec::new();
    for topic in entries(dir).into_iter().filter(|path| path.is_dir()) {
        let topic_name = file_name(&topic);
        if topic_name == "support" || topic_name == "runner" {
            continue;
        }
        for source in entries(&topic) {
            if matches!(source.extension().and_then(|e| e.to_str()), Some("c" | "cc")) {
                let stem = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
                found.push((format!("{topic_name}/{stem}"), source));
            }
        }
    }
    found.sort();
    found
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let Ok(read) = std::fs::read_dir(dir) else { return Vec::new() };
    read.filter_map(|entry| Some(entry.ok()?.path())).collect()
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn cases(name: &str, source: &Path, plan: Plan) -> Vec<Case> {
    let plan = Arc::new(plan);
    let mut profiles: Vec<Option<String>> = plan.profiles.iter().cloned().map(Some).collect();
    if profiles.is_empty() {
        profiles.push(None);
    }
    let mut list = Vec::new();
    for &mode in &plan.modes {
        for profile in &profiles {
            let violation = plan.violation_under(profile.as_deref());
            let policies: &[Option<&'static str>] =
                if violation.is_some() { &[Some("continue"), Some("abort")] } else { &[None] };
            for &policy in policies {
                let words = [Some(mode.name()), profile.as_deref(), policy];
                let label: Vec<&str> = words.into_iter().flatten().collect();
                list.push(Case {
                    source: source.into(),
                    name: format!("{name} [{}]", label.join(" ")),
                    mode,
                    profile: profile.clone(),
                    policy,
                    plan: plan.clone(),
                });
            }
        }
    }
    list
}

fn trial(builder: &Arc<Builder>, case: Case) -> Trial {
    let builder = builder.clone();
    let ignored = case.plan.needs.iter().any(|need| !available(need))
        || !holds(&case, &build::options_given());
    Trial::test(case.name.clone(), move || run_case(&builder, &case).map_err(Failed::from))
        .with_ignored_flag(ignored)
}

fn available(need: &str) -> bool {
    match need {
        // SAFETY: `geteuid` has no preconditions.
        "root" => unsafe { libc::geteuid() == 0 },
        _ => false,
    }
}

/// Whether a program is to be tried under these options. One that names its profiles has nothing to do with them.
fn holds(case: &Case, given: &str) -> bool {
    let profile = given.split(':').filter_map(|word| word.strip_prefix("profile=")).next_back();
    let Some(profile) = profile else { return true };
    let named = &case.plan.holds;
    case.profile.is_none() && (named.is_empty() || named.iter().any(|name| name == profile))
}

fn run_case(builder: &Builder, case: &Case) -> Result<(), String> {
    let program = builder.build(&case.source, case.mode, &case.plan)?;
    let place = builder.out.join("run").join(case.name.replace(['/', ' ', '[', ']'], "_"));
    let words = [
        case.profile.as_ref().map(|profile| format!("profile={profile}")),
        case.plan.options.clone(),
        case.policy.map(|policy| format!("on_violation={policy}")),
    ];
    let words: Vec<String> = words.into_iter().flatten().collect();
    let options = (!words.is_empty()).then(|| words.join(":"));
    let run = Run {
        program: &program,
        arguments: &case.plan.arguments,
        directory: &place,
        environment: builder.environment(case.mode, options.as_deref(), &case.plan.environment),
        timeout: Duration::from_secs(case.plan.timeout * case.mode.slowness()),
    };
    let outcome = run.outcome()?;
    let mut wrong = String::new();
    for expect in expectations(case) {
        if !expect.holds(&outcome) {
            let _ = writeln!(wrong, "expected: {expect}");
        }
    }
    if wrong.is_empty() {
        return Ok(());
    }
    Err(format!("{wrong}{}", describe(&program, &run, &outcome)))
}

/// The program's own expectations; where it names none, a clean exit without a word from DAM.
fn expectations(case: &Case) -> Vec<Expect> {
    let mut list = case.plan.expects.clone();
    let ends = |e: &Expect| matches!(e, Expect::Exit(_) | Expect::Signal(_));
    if let Some(violation) = case.plan.violation_under(case.profile.as_deref()) {
        list.push(Expect::Contains("stderr", format!("DAM: {violation}")));
        if case.policy == Some("abort") {
            list.retain(|e| !ends(e));
            list.push(Expect::Signal("SIGABRT".into()));
        }
    } else if !list.iter().any(|e| matches!(e, Expect::Contains("stderr", _)))
        && !case.plan.talkative
    {
        list.push(Expect::Lacks("stderr", "DAM:".into()));
    }
    if !list.iter().any(ends) {
        list.push(Expect::Exit(0));
    }
    list.push(Expect::Lacks("stderr", "cannot be preloaded".into()));
    list
}

fn describe(program: &Path, run: &Run, outcome: &Outcome) -> String {
    let environment: Vec<String> =
        run.environment.iter().map(|(k, v)| format!("{k}='{v}'")).collect();
    format!(
        "got: {}\nrun: {} {} {}\n--- stdout\n{}--- stderr\n{}",
        outcome.end,
        environment.join(" "),
        program.display(),
        run.arguments.join(" "),
        process::tail(&outcome.stdout),
        process::tail(&outcome.stderr),
    )
}
