//! The workload programs: their table, what each stands for, and their building.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    Allocation,
    /// One of the four named patterns, which have a bar of their own. An allocation program, too.
    Pattern,
    /// Runs for long, and is judged by what stays resident.
    Steady,
}

#[derive(Clone, Copy, Debug)]
pub struct Workload {
    pub name: &'static str,
    pub source: &'static str,
    pub arguments: &'static [&'static str],
    pub group: Group,
    /// Whether the quick benchmark runs it.
    pub quick: bool,
}

const fn own(
    name: &'static str,
    source: &'static str,
    arguments: &'static [&'static str],
) -> Workload {
    Workload { name, source, arguments, group: Group::Allocation, quick: false }
}

const fn quick(
    name: &'static str,
    source: &'static str,
    arguments: &'static [&'static str],
) -> Workload {
    Workload { quick: true, ..own(name, source, arguments) }
}

const fn pattern(name: &'static str, source: &'static str) -> Workload {
    Workload { group: Group::Pattern, ..own(name, source, &[]) }
}

pub static WORKLOADS: &[Workload] = &[
    quick("churn-fixed", "churn_fixed.c", &[]),
    quick("churn-pareto", "churn_pareto.c", &[]),
    quick("churn-bimodal", "churn_bimodal.c", &[]),
    quick("lifetimes", "lifetimes.c", &[]),
    own("mixed-ages", "mixed_ages.c", &[]),
    quick("lifo", "lifo.c", &[]),
    quick("fifo", "fifo.c", &[]),
    quick("server-2", "server.c", &["2"]),
    quick("server-8", "server.c", &["8"]),
    quick("messages-3-1", "messages.c", &["3", "1"]),
    quick("messages-1-3", "messages.c", &["1", "3"]),
    quick("thread-storm", "thread_storm.c", &[]),
    own("actors", "actors.cpp", &[]),
    own("tasks", "tasks.cpp", &[]),
    own("log-pipeline", "log_pipeline.cpp", &[]),
    own("shared-objects", "shared_objects.cpp", &[]),
    own("cache-scratch", "cache_scratch.c", &["2"]),
    own("cache-scratch-8", "cache_scratch.c", &["8"]),
    own("cache-thrash", "cache_thrash.c", &["2"]),
    own("cache-thrash-8", "cache_thrash.c", &["8"]),
    own("tiles", "tiles.c", &[]),
    quick("growing", "growing.c", &[]),
    own("string-doubling", "string_building.c", &["doubling"]),
    own("string-steps", "string_building.c", &["steps"]),
    own("sort-lines", "sort_lines.c", &[]),
    own("text-editor", "text_editor.c", &[]),
    quick("phases", "phases.c", &[]),
    quick("containers", "containers.cpp", &[]),
    own("tree", "tree.c", &[]),
    own("hash-table", "hash_table.c", &[]),
    own("ordered-index", "ordered_index.cpp", &[]),
    own("word-index", "word_index.cpp", &[]),
    own("graph-search", "graph_search.cpp", &[]),
    own("data-frame", "data_frame.cpp", &[]),
    own("json-documents", "json_documents.c", &[]),
    own("lru-cache", "lru_cache.c", &[]),
    own("compiler", "compiler.cpp", &[]),
    own("interpreter", "interpreter.c", &[]),
    own("backtracking", "backtracking.c", &[]),
    own("big-numbers", "big_numbers.c", &[]),
    own("expressions", "expressions.cpp", &[]),
    own("vector-lanes", "vector_lanes.cpp", &[]),
    quick("zeroed", "zeroed.c", &[]),
    own("zeroed-tables", "zeroed_tables.c", &[]),
    quick("aligned", "aligned.c", &[]),
    own("page-buffers", "page_buffers.c", &[]),
    own("io-buffers", "io_buffers.c", &[]),
    quick("frames", "frames.c", &[]),
    quick("buffers", "buffers.c", &[]),
    own("large-blocks", "large_blocks.c", &[]),
    pattern("pattern-database", "pattern_database.c"),
    pattern("pattern-web-server", "pattern_web_server.c"),
    pattern("pattern-game-engine", "pattern_game_engine.c"),
    pattern("pattern-ml-training", "pattern_ml_training.c"),
    Workload { group: Group::Steady, ..own("steady-mixed", "steady_mixed.c", &[]) },
];

/// The compiler must not reason away a malloc whose block is never looked at.
const FLAGS: &[&str] = &[
    "-O2",
    "-g",
    "-Wall",
    "-Wextra",
    "-pthread",
    "-fno-builtin-malloc",
    "-fno-builtin-calloc",
    "-fno-builtin-realloc",
    "-fno-builtin-free",
    "-fno-builtin-aligned_alloc",
];

/// Compiles one C or C++ file.
pub fn compile(source: &Path, binary: &Path, extra: &[&str]) -> Result<()> {
    let is_cpp = source.extension().is_some_and(|extension| extension == "cpp");
    let status = Command::new(if is_cpp { "g++" } else { "gcc" })
        .args(FLAGS)
        .args(extra)
        .arg("-o")
        .arg(binary)
        .arg(source)
        .status()
        .context("no C compiler (make setup)")?;
    if !status.success() {
        bail!("{} does not compile", source.display());
    }
    Ok(())
}

/// Where the program of a workload's source is.
pub fn binary(folder: &Path, source: &str) -> PathBuf {
    folder.join(Path::new(source).file_stem().unwrap_or_default())
}

/// Builds the programs of `wanted`, and refuses when a program lies in the folder that no workload runs: it would
/// be left out of every table unseen.
pub fn build(sources: &Path, out: &Path, wanted: &[Workload]) -> Result<()> {
    fs::create_dir_all(out)?;
    let listed: BTreeSet<&str> = WORKLOADS.iter().map(|workload| workload.source).collect();
    let unlisted: Vec<String> = fs::read_dir(sources)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|file| file.ends_with(".c") || file.ends_with(".cpp"))
        .filter(|file| !listed.contains(file.as_str()))
        .collect();
    if !unlisted.is_empty() {
        bail!("not in the table of workloads: {}", unlisted.join(", "));
    }
    let needed: BTreeSet<&str> = wanted.iter().map(|workload| workload.source).collect();
    for source in needed {
        compile(&sources.join(source), &binary(out, source), &[])?;
    }
    Ok(())
}

/// The first comment of a program or script, as one line of text.
pub fn behaviour(source: &Path) -> Result<String> {
    let text = fs::read_to_string(source).with_context(|| format!("no {}", source.display()))?;
    let is_shell = source.extension().is_some_and(|extension| extension == "sh");
    let mark = if is_shell { "#" } else { "//" };
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("#!"))
        .take_while(|line| line.starts_with(mark) && !line.starts_with("# packages:"))
        .map(|line| line[mark.len()..].trim());
    Ok(lines.collect::<Vec<_>>().join(" "))
}

/// Up to the first period that ends a sentence.
pub fn first_sentence(text: &str) -> &str {
    let end = text.match_indices(". ").map(|(at, _)| at).find(|at| {
        let word = text[..*at].rsplit(' ').next().unwrap_or_default();
        !matches!(word, "e.g" | "i.e" | "cf" | "vs")
    });
    end.map_or(text, |at| &text[..=at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences() {
        assert_eq!(first_sentence("A cache, e.g. of pages. Then more."), "A cache, e.g. of pages.");
        assert_eq!(first_sentence("All of it"), "All of it");
    }

    #[test]
    fn names_differ_and_each_program_says_what_it_stands_for() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("workloads");
        let names: BTreeSet<&str> = WORKLOADS.iter().map(|workload| workload.name).collect();
        assert_eq!(names.len(), WORKLOADS.len());
        for workload in WORKLOADS {
            assert!(behaviour(&sources.join(workload.source)).unwrap().len() > 20);
        }
    }
}
