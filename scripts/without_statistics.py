#!/usr/bin/env python3
"""Builds DAM without statistics, so that it can be measured what they cost: `make bench-statistics`.

Each entry of scripts/statistics.txt is taken out of a copy of the sources. What is left has no figures worth reading.

    without_statistics.py FILE      builds that library
    without_statistics.py --check   only whether the text of each entry is found
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from mutations import CARGO, ROOT, copy_sources, entries

PLACE = ROOT / "target/without-statistics"


def build(file):
    """As scripts/build.sh builds the library that is preloaded."""
    command = [CARGO, "rustc", "-q", "--release", "--lib", "--features", "preload", "--crate-type", "cdylib",
               "--target-dir", str(PLACE / "build")]
    subprocess.run(command, cwd=PLACE / "source", env=os.environ | {"RUSTFLAGS": "-Awarnings"}, check=True)
    shutil.copy2(PLACE / "build/release/libdam.so", file)


def main(arguments):
    chosen = entries("statistics.txt")
    wrong = [entry for entry in chosen if entry.count() != 1]
    for entry in wrong:
        print(f"{entry.name}: found {entry.count()} times in {entry.file}")
    if wrong or arguments == ["--check"]:
        print(f"{len(chosen) - len(wrong)} passed, {len(wrong)} failed")
        return not wrong
    copy_sources(PLACE / "source")
    for entry in chosen:
        entry.apply(PLACE / "source")
    build(Path(arguments[0]).absolute())
    return True


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(not main(sys.argv[1:]))
