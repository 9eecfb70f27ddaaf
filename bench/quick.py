#!/usr/bin/env python3
"""Runs the workload programs on every allocator, in turn, and compares time and peak memory.

Each round runs each workload once per allocator, so that a change in the machine's load meets
all of them alike; figures are medians over the rounds. Writes target/bench/quick.json and
target/bench/quick.txt (what is printed).

    quick.py [--bar] [--rounds N] [--only NAME,...] [--library FILE]

--bar: exit with 1 when DAM's geometric mean exceeds 0.70 of glibc's time or 1.05 of its peak
memory, or when DAM did not run, or not correctly, everywhere.
"""

import argparse
import glob
import json
import math
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from report import Report

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "target" / "bench"
BIN = OUT / "bin"
TIME_BAR, MEMORY_BAR = 0.70, 1.05

# Name, source in bench/workloads, arguments.
WORKLOADS = [
    ("churn-fixed", "churn_fixed.c"),
    ("churn-pareto", "churn_pareto.c"),
    ("churn-bimodal", "churn_bimodal.c"),
    ("lifetimes", "lifetimes.c"),
    ("stack-queue", "stack_queue.c"),
    ("server-2", "server.c", "2"),
    ("server-8", "server.c", "8"),
    ("messages-3-1", "messages.c", "3", "1"),
    ("messages-1-3", "messages.c", "1", "3"),
    ("thread-storm", "thread_storm.c"),
    ("growing", "growing.c"),
    ("phases", "phases.c"),
    ("containers", "containers.cpp"),
    ("zeroed", "zeroed.c"),
    ("aligned", "aligned.c"),
    ("frames", "frames.c"),
    ("buffers", "buffers.c"),
]

PEERS = {
    "glibc": "-",
    "jemalloc": "libjemalloc.so.2",
    "mimalloc": "libmimalloc.so.2.0",
    "tcmalloc": "libtcmalloc_minimal.so.4",
}

# The compiler must not reason away a malloc whose block is never looked at.
FLAGS = ["-O2", "-g", "-Wall", "-Wextra", "-pthread"] + [
    f"-fno-builtin-{name}" for name in ("malloc", "calloc", "realloc", "free", "aligned_alloc")
]


def build(source, binary, *flags):
    compiler = "g++" if source.suffix == ".cpp" else "gcc"
    subprocess.run([compiler, *FLAGS, *flags, "-o", binary, source], check=True)


def build_all():
    BIN.mkdir(parents=True, exist_ok=True)
    sources = [p for p in (ROOT / "bench" / "workloads").iterdir() if p.suffix in (".c", ".cpp")]
    unused = {p.name for p in sources} - {workload[1] for workload in WORKLOADS}
    if unused:
        sys.exit(f"not in the list of workloads: {', '.join(sorted(unused))}")
    for source in sources:
        build(source, BIN / source.stem)
    build(ROOT / "bench" / "probe.c", BIN / "probe")
    build(ROOT / "bench" / "runner.c", BIN / "runner", "-static")


def probe(preload):
    """The file a preloaded process has its malloc from."""
    env = {} if preload == "-" else {"LD_PRELOAD": preload}
    done = subprocess.run([BIN / "probe"], env=env, capture_output=True, text=True)
    return os.path.realpath(done.stdout.strip()) if done.returncode == 0 else ""


def find_allocators(library):
    """Those that work as name -> preload, the others as name -> why not."""
    ready, absent = {}, {}
    for name, file in PEERS.items():
        found = ["-"] if file == "-" else sorted(glob.glob(f"/usr/lib/*/{file}"))
        found = found or glob.glob(f"/usr/lib/{file}")
        if not found:
            absent[name] = f"{file} is not installed"
        elif file != "-" and probe(found[0]) != os.path.realpath(found[0]):
            absent[name] = f"{found[0]} does not take malloc over"
        else:
            ready[name] = found[0]
    if not library.is_file():
        absent["DAM"] = "the library is not built (make build)"
    elif probe(str(library)) != str(library):
        absent["DAM"] = f"{library} does not take malloc over"
    else:
        ready["DAM"] = str(library)
    return ready, absent


def run_once(preload, program, arguments):
    """One run's figures, or a text that says what went wrong."""
    command = [BIN / "runner", preload, BIN / program, *arguments]
    done = subprocess.run(command, env={}, capture_output=True, text=True)
    figures = re.search(r"figures (\d+) (\d+) (\d+) (\d+) (\d+) (\d+)", done.stdout)
    checksum = re.search(r"checksum (\w+)", done.stdout)
    if not figures:
        return f"runner failed: {done.stderr.strip()}"
    wall, user, system, peak, faults, status = map(int, figures.groups())
    if status or not checksum:
        return f"wait status {status}: {done.stderr.strip()[:200]}"
    if done.stderr.strip():
        return f"wrote to standard error: {done.stderr.strip()[:200]}"
    return {
        "wall_ms": wall / 1e6,
        "cpu_ms": (user + system) / 1e3,
        "system_ms": system / 1e3,
        "peak_kib": peak,
        "faults": faults,
        "checksum": checksum.group(1),
    }


def one_round(number, workloads, allocators, runs, failures):
    names = list(allocators)
    for name, source, *arguments in workloads:
        # Each round begins with another allocator: none always follows the same neighbour.
        for allocator in names[number % len(names) :] + names[: number % len(names)]:
            if (name, allocator) in failures:
                continue
            result = run_once(allocators[allocator], Path(source).stem, arguments)
            if isinstance(result, str):
                failures[name, allocator] = result
            else:
                runs.setdefault((name, allocator), []).append(result)


def compare_checksums(workloads, allocators, runs, failures):
    """glibc's first run says what the work is; who did other work has failed."""
    for name, *_ in workloads:
        expected = runs[name, "glibc"][0]["checksum"]
        for allocator in allocators:
            sums = {run["checksum"] for run in runs.get((name, allocator), [])}
            if sums - {expected}:
                failures[name, allocator] = f"checksum {sums} instead of {expected}"


def ratios(allocator, key, workloads, runs, failures):
    """Median over glibc's median, for the workloads that the allocator got right."""
    median = lambda who, name: statistics.median(run[key] for run in runs[name, who])
    return {
        name: median(allocator, name) / median("glibc", name)
        for name, *_ in workloads
        if (name, allocator) not in failures and (name, allocator) in runs
    }


def geomean(values):
    return math.exp(sum(map(math.log, values)) / len(values)) if values else math.nan


def summarise(workloads, allocators, runs, failures):
    keys = ("wall_ms", "cpu_ms", "peak_kib")
    table = {
        allocator: {key: ratios(allocator, key, workloads, runs, failures) for key in keys}
        for allocator in allocators
    }
    means = {
        allocator: {key: geomean(list(table[allocator][key].values())) for key in keys}
        for allocator in allocators
    }
    return table, means


def missed_bars(means, absent, failures):
    """What keeps DAM from passing, as a list of sentences."""
    if "DAM" in absent:
        return [absent["DAM"]]
    missed = [f"DAM on {name}: {why}" for (name, who), why in failures.items() if who == "DAM"]
    for key, bar, what in (("wall_ms", TIME_BAR, "time"), ("peak_kib", MEMORY_BAR, "peak memory")):
        if not means["DAM"][key] <= bar:
            missed.append(f"{what} {means['DAM'][key]:.3f} x glibc, the bar is {bar:.2f}")
    return missed


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--bar", action="store_true", help="fail when DAM misses the bar")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default="", help="workloads, separated by commas")
    parser.add_argument("--library", default=ROOT / "dist" / "libdam.so", type=Path)
    options = parser.parse_args()
    known = {workload[0] for workload in WORKLOADS}
    wanted = set(filter(None, options.only.split(","))) or known
    if options.rounds < 1 or wanted - known:
        parser.error(f"unknown workload or no rounds; workloads: {' '.join(sorted(known))}")
    options.workloads = [workload for workload in WORKLOADS if workload[0] in wanted]
    return options


def keep_copy(library):
    """A copy of the library, which a build cannot change in the middle of the runs."""
    copy = OUT / library.name
    copy.unlink(missing_ok=True)
    if library.is_file():
        shutil.copyfile(library, copy)
    return copy


def main():
    options = parse_arguments()
    build_all()
    allocators, absent = find_allocators(keep_copy(options.library))
    report = Report(OUT / "quick.txt", options.workloads, allocators, absent, ROOT / "bench")
    runs, failures, loads = {}, {}, []
    for number in range(options.rounds):
        loads.append(os.getloadavg()[0])
        report.say(f"round {number + 1} of {options.rounds}, load average before it {loads[-1]:.2f}")
        one_round(number, options.workloads, allocators, runs, failures)
        if any(who == "glibc" for _, who in failures):
            sys.exit(f"a workload fails on glibc: {failures}")
    compare_checksums(options.workloads, allocators, runs, failures)
    table, means = summarise(options.workloads, allocators, runs, failures)
    report.tables(runs, failures, table, means)
    missed = missed_bars(means, absent, failures)
    report.verdict(missed, max(loads) > os.cpu_count())
    result = {
        "machine": f"{platform.platform()}, {os.cpu_count()} processors",
        "load_averages": loads,
        "absent": absent,
        "failures": {f"{name} on {who}": why for (name, who), why in failures.items()},
        "geomeans": means,
        "ratios": table,
        "runs": {f"{name} on {who}": each for (name, who), each in runs.items()},
    }
    (OUT / "quick.json").write_text(json.dumps(result, indent=1) + "\n")
    return 1 if options.bar and missed else 0


if __name__ == "__main__":
    sys.exit(main())
