#!/usr/bin/env python3
"""Counts the instructions of malloc and free hits and looks at each of them.

    count.py [--show] [--sizes 24,...] <library> <folder with hits>

A run of 2N pairs minus a run of N leaves N pairs and nothing of the start-up. Fails when a
hit takes too many instructions, when one of them is a call, a locked or implicitly locked
instruction, when it leaves the library or lands anywhere but in its own `malloc` and `free`,
or when a panic can be reached from these two functions."""

import argparse
import re
import subprocess
import sys
from pathlib import Path

import callgrind

# So many that the detours of frees of a class between two looks at the clock, 128 at the most, do not show.
PAIRS = 50_000
SIZES = (1, 24, 64, 100, 1000, 8000)
BUDGET = {"malloc": 30, "free": 42}
# Language: functions of the driver and the symbols they call.
DOORS = {
    "c": (("take_c", "malloc"), ("give_c", "free")),
    "cpp": (("take_cpp", "_Znwm"), ("give_cpp", "_ZdlPv")),
}

faults = []


def fault(text):
    faults.append(text)
    print(f"FAIL  {text}")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Library:
    """Symbols and instructions of the shared library."""

    def __init__(self, path, before=None):
        self.path = str(path)
        self.preload = f"{before.resolve()}:{path}" if before else self.path
        self.symbols = {}
        for line in output_of("nm", "-D", "-S", "--defined-only", path).splitlines():
            fields = line.split()
            if len(fields) == 4:
                name = fields[3].split("@")[0]
                self.symbols[name] = (int(fields[0], 16), int(fields[1], 16))
        self.imports = output_of("nm", "-D", "--undefined-only", path)
        # Only with a symbol table does the disassembly name what is called.
        self.names_calls = bool(re.search(r"\.symtab", output_of("readelf", "-SW", path)))
        self.code = {}
        text = output_of("objdump", "-d", "--no-show-raw-insn", "-w", path)
        for match in re.finditer(r"^ *([0-9a-f]+):\t(.*)$", text, re.M):
            self.code[int(match[1], 16)] = match[2].strip()

    def body(self, name):
        start, size = self.symbols[name]
        return {at: text for at, text in self.code.items() if start <= at < start + size}


def forbidden(instruction):
    """Why an instruction has no place on a hit path, or None."""
    if re.match(r"(?:bnd |notrack )?call", instruction):
        return "a call"
    if instruction.startswith("lock"):
        return "a locked instruction"
    # An exchange with memory is locked without saying so.
    if re.match(r"xchg\b.*\(", instruction):
        return "an implicitly locked exchange"
    if re.match(r"(?:mfence|sfence|lfence|syscall|cpuid)", instruction):
        return "a serialising instruction"
    return None


def measure(preload, folder, size, language):
    """The profile of exactly PAIRS pairs of hits."""
    runs = [
        callgrind.run(preload, folder / "callgrind.out", [folder / "hits", str(pairs), str(size), language])
        for pairs in (PAIRS, 2 * PAIRS)
    ]
    return runs[1].minus(runs[0])


def costs(profile, language):
    """For both operations of a language: instructions per call and where the call went."""
    for caller, symbol in DOORS[language]:
        targets = {key[1:]: cost for key, cost in profile.calls.items() if key[0] == caller and cost}
        yield symbol, round(sum(targets.values()) / PAIRS), list(targets)


def is_in(library, target, symbol):
    object_name, address = target
    return object_name == library.path and address == library.symbols.get(symbol, (None,))[0]


def hit_path(profile):
    """(object, address) of what nearly every pair executed."""
    return sorted(key for key, count in profile.executed.items() if count > PAIRS / 2)


def check_path(library, profile, size, driver):
    """Each instruction of the hits, by what it is and where it stands."""
    bodies = {**library.body("malloc"), **library.body("free")}
    outside = []
    for object_name, address in hit_path(profile):
        if object_name == str(driver):
            continue
        if object_name != library.path:
            fault(f"size {size}: a hit runs code of {object_name}")
            return
        instruction = library.code.get(address, "not in the disassembly")
        if why := forbidden(instruction):
            fault(f"size {size}: {why} on the hit path: {address:x}: {instruction}")
        if address not in bodies:
            outside.append(f"{address:x}: {instruction}")
    if outside:
        fault(f"size {size}: {len(outside)} instructions of a hit are outside malloc and free, first {outside[0]}")


def check_bodies(library):
    """What can be said without running: no panic, no dynamic thread-local lookup."""
    if "__tls_get_addr" in library.imports:
        fault("the library imports __tls_get_addr")
    for name in BUDGET:
        calls = [text for text in library.body(name).values() if forbidden(text) == "a call"]
        if any("panic" in text for text in library.body(name).values()):
            fault(f"{name} reaches a panic")
        print(f"{name}: {len(library.body(name))} instructions in all, {len(calls)} calls off the hit path")
    if not library.names_calls:
        fault("the library has no symbol table: a panic would not be seen")


def check_size(library, folder, size, show):
    profile = measure(library.preload, folder, size, "c")
    figures = {}
    for symbol, cost, targets in costs(profile, "c"):
        figures[symbol] = cost
        wrong = [f"{name}+{at:#x}" for name, at in targets if not is_in(library, (name, at), symbol)]
        if wrong or not targets:
            fault(f"size {size}: {symbol} resolves to {', '.join(wrong) or 'nothing'}, not to {library.path}")
        elif cost > BUDGET[symbol]:
            fault(f"size {size}: a {symbol} hit takes {cost:g} instructions, the budget is {BUDGET[symbol]}")
    check_path(library, profile, size, folder / "hits")
    if show:
        for object_name, address in hit_path(profile):
            if object_name == library.path:
                print(f"      {address:8x}  {library.code.get(address)}")
    return figures


def reference(preload, folder, size, language):
    """Figures that are printed, not judged."""
    return {symbol: cost for symbol, cost, _ in costs(measure(preload, folder, size, language), language)}


def check_cpp_doors(library):
    for _, symbol in DOORS["cpp"]:
        if symbol not in library.symbols:
            fault(f"{symbol} is not in {library.path}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--show", action="store_true")
    parser.add_argument("--sizes", type=lambda text: [int(size) for size in text.split(",")], default=SIZES)
    parser.add_argument("--before", type=Path, help="a library to preload in front (self-test)")
    parser.add_argument("library", type=Path)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    library, folder = Library(options.library.resolve(), options.before), options.folder.resolve()
    if missing := [name for name in BUDGET if name not in library.symbols]:
        sys.exit(f"{library.path} does not export {' and '.join(missing)}")
    check_bodies(library)
    check_cpp_doors(library)
    print("instructions per hit  malloc   free    new delete   glibc: malloc   free    new delete")
    for size in options.sizes:
        row = list(check_size(library, folder, size, options.show and size == 64).values())
        for preload, language in ((library.preload, "cpp"), (None, "c"), (None, "cpp")):
            row += reference(preload, folder, size, language).values()
        print("{:>8} bytes       {:>7.4g}{:>7.4g}{:>7.4g}{:>7.4g}         {:>7.4g}{:>7.4g}{:>7.4g}{:>7.4g}".format(size, *row))
    print(f"budget               {BUDGET['malloc']:>7}{BUDGET['free']:>7}")
    print(f"FAILED: {len(faults)} faults" if faults else "the fast path keeps its budget")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
