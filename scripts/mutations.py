#!/usr/bin/env python3
"""Proves that each defence is what makes its row of the matrix come out as it does.

Each entry of scripts/mutations.txt takes one defence out of a copy of the sources and names the test of the matrix that
must fail then. A mutant that does not build, and an entry whose text is not found exactly once, are failures as well.

    mutations.py [WORD...]   all entries, or those whose name contains one of the words
    mutations.py --list      their names
    mutations.py --check     only whether the text of each entry is found
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / "target/mutations"
COPY = PLACE / "source"
CARGO = os.environ.get("CARGO", "cargo")
PARTS = ["Cargo.toml", "Cargo.lock", "build.rs", "cbindgen.toml", "src", "include", "scripts", "bench/Cargo.toml", "bench/src",
         "cli/Cargo.toml", "cli/src"]


class Entry:
    """A block of scripts/mutations.txt:

    == what the defence is
    row: overflow_1 [default]
    file: src/small/cache.rs
    --- (what is there)
    +++ (what stands there instead)
    """

    def __init__(self, text):
        head, rest = text.split("\n---\n", 1)
        self.old, new = rest.split("\n+++", 1)
        self.new = new.strip("\n")
        lines = head.split("\n")
        self.name = lines[0].strip()
        fields = dict(line.split(": ", 1) for line in lines[1:] if line.strip())
        self.row, self.file = fields.get("row"), fields["file"]

    def count(self):
        path = ROOT / self.file
        return path.read_text().count(self.old) if path.exists() else 0

    def apply(self, sources):
        path = sources / self.file
        path.write_text(path.read_text().replace(self.old, self.new))


def entries(file="mutations.txt"):
    text = (Path(__file__).parent / file).read_text()
    return [Entry(block) for block in re.split(r"^== ", text, flags=re.MULTILINE)[1:]]


def copy_sources(to):
    for part in PARTS:
        source, target = ROOT / part, to / part
        if source.is_dir():
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(source, target)  # with the times of change: cargo builds what differs
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)


def build():
    """The mutant's library, or None."""
    # Without link-time optimisation: the checks are the same, and there are many to build.
    quick = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "8"}
    command = [CARGO, "rustc", "-q", "--release", "--lib", "--features", "preload", "--crate-type", "cdylib",
               "--target-dir", str(PLACE / "build")]
    done = subprocess.run(command, cwd=COPY, env=os.environ | quick, capture_output=True, text=True)
    if done.returncode:
        print(done.stderr)
        return None
    return PLACE / "build/release/libdam.so"


def runner():
    """The program that runs the matrix."""
    command = [CARGO, "test", "-q", "--release", "--no-run", "--test", "c_programs", "--message-format=json"]
    out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    messages = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "c_programs")


def run_row(program, row, library):
    """Whether the row passes; None when there is no such test."""
    environment = os.environ | {"DAM_MATRIX_LIBRARY": str(library)}
    done = subprocess.run([program, "--exact", f"matrix/{row}"], cwd=ROOT, env=environment, capture_output=True, text=True)
    counts = re.search(r"(\d+) passed; (\d+) failed", done.stdout)
    if not counts or counts.groups() not in (("1", "0"), ("0", "1")):
        return None
    return counts.group(1) == "1"


def try_out(entry, program):
    """What is wrong with an entry, or None."""
    if entry.count() != 1:
        return f"its text is found {entry.count()} times in {entry.file}"
    if run_row(program, entry.row, ROOT / "dist/libdam.so") is not True:
        return f"{entry.row} does not pass without it either"
    copy_sources(COPY)
    entry.apply(COPY)
    library = build()
    if library is None:
        return "the mutant does not build"
    if run_row(program, entry.row, library) is not False:
        return f"{entry.row} passes all the same"
    return None


def main(arguments):
    chosen = entries()
    if arguments == ["--list"]:
        print("\n".join(entry.name for entry in chosen))
        return True
    if arguments == ["--check"]:
        wrong = [entry for entry in chosen if entry.count() != 1]
        for entry in wrong:
            print(f"{entry.name}: found {entry.count()} times in {entry.file}")
        print(f"{len(chosen) - len(wrong)} passed, {len(wrong)} failed")
        return not wrong
    if arguments:
        chosen = [entry for entry in chosen if any(word in entry.name for word in arguments)]
    program, failed = runner(), 0
    for entry in chosen:
        wrong = try_out(entry, program)
        failed += wrong is not None
        print(f"{'FAIL' if wrong else 'ok  '}  {entry.name} ({entry.row}){': ' + wrong if wrong else ''}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return bool(chosen) and not failed


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
