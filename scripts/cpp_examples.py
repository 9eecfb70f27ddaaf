#!/usr/bin/env python3
"""Compiles and runs the examples of docs/cpp.md on DAM: each ```cpp block is a program, the ```text block after it is
what it must write. The last line is "N passed, N failed"."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
OUT = ROOT / "target/cpp-examples"
DIST = ROOT / "dist"
FLAGS = ["-std=c++17", "-O1", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror", f"-I{ROOT}/cpp"]
LINK = [f"-L{DIST}", "-Wl,--no-as-needed", "-ldam_local", f"-Wl,-rpath,{DIST}"]


def examples(text):
    """Heading, program and output of each; the heading line must not run into the next block."""
    heading = ""
    for match in re.finditer(r"^## ([^\n]*)$|^```cpp\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", text, re.S | re.M):
        if match[1]:
            heading = match[1]
        else:
            yield heading, match[2], match[3]


def fault(program, wanted, name):
    """What is wrong with an example, or None."""
    if wanted is None:
        return "no output is told"
    source, binary = OUT / f"{name}.cc", OUT / name
    source.write_text(program)
    built = subprocess.run(["g++", *FLAGS, source, "-o", binary, *LINK], capture_output=True, text=True)
    if built.returncode:
        return built.stderr
    environment = {**os.environ, "DAM_OPTIONS": "on_violation=continue"}
    ran = subprocess.run([binary], capture_output=True, text=True, env=environment, timeout=60)
    if ran.returncode or ran.stdout != wanted:
        return f"status {ran.returncode}, wrote:\n{ran.stdout}{ran.stderr}"
    return None


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    passed = failed = 0
    for heading, program, wanted in examples((ROOT / "docs/cpp.md").read_text()):
        found = fault(program, wanted, f"example{passed + failed}")
        what = f"docs/cpp.md, {heading}, example {passed + failed + 1}"
        if found is None:
            passed += 1
            print(f"ok    {what}")
        else:
            failed += 1
            print(f"FAIL  {what}: {found}")
    print(f"{passed} passed, {failed} failed")
    return passed > 0 and failed == 0


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
