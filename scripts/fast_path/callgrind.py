"""Runs a program under callgrind and reads what it wrote: how often each instruction was
executed, and what each call cost with everything below it."""

import os
import re
import subprocess
from collections import Counter

# DAM's own malloc is to run, not the one valgrind puts in its place.
VALGRIND = [
    "valgrind",
    "--tool=callgrind",
    "--soname-synonyms=somalloc=nouserintercepts",
    "--dump-instr=yes",
    "--dump-line=no",
    "--compress-strings=no",
    "--compress-pos=no",
]


class Profile:
    """`executed`: (object, address) -> times. `calls`: (calling function, called object,
    called address) -> instructions below that call. Addresses are those in the file."""

    def __init__(self, lines):
        self.executed, self.calls = Counter(), Counter()
        place = {"ob": "", "fn": ""}
        called = {}
        target = None
        for line in lines:
            if match := re.match(r"(ob|fn)=(.*)", line):
                place[match[1]] = match[2].strip()
            elif match := re.match(r"(cob|cfn)=(.*)", line):
                called[match[1]] = match[2].strip()
            elif match := re.match(r"calls=\d+ 0x([0-9a-f]+)", line):
                target = int(match[1], 16)
            elif match := re.match(r"0x([0-9a-f]+) (\d+)$", line):
                address, count = int(match[1], 16), int(match[2])
                if target is None:
                    self.executed[place["ob"], address] += count
                else:
                    # The line after `calls=` is the cost of the call, not of an instruction.
                    self.calls[place["fn"], called.get("cob", place["ob"]), target] += count
                    target, called = None, {}

    def minus(self, other):
        """What this run did and `other` did not. Not Counter's own minus, which drops what
        is below zero."""
        for name in ("executed", "calls"):
            counts, before = getattr(self, name), getattr(other, name)
            for key in before:
                counts[key] -= before[key]
        return self


def run(preload, output, command):
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    if preload:
        environment["LD_PRELOAD"] = str(preload)
    done = subprocess.run(
        [*VALGRIND, f"--callgrind-out-file={output}", *command],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(map(str, command))} failed under valgrind:\n{done.stderr}")
    # Callgrind may write one part per thread; this driver has one thread.
    return Profile(output.read_text().splitlines())
