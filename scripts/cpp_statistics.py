#!/usr/bin/env python3
"""Writes the members of dam::statistics, with their meanings, from dam_stats_t in include/dam.h.

    cpp_statistics.py          whether cpp/dam/statistics.hpp has them
    cpp_statistics.py --write  puts them there
"""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "cpp/dam/statistics.hpp"
FIELD = re.compile(r"/\*\n((?:.*\n)*?)\s*\*/\n\s*(uint64_t) (\w+);")
# What tells of the structure and not of the heap.
FRAME = ("size", "version")


def fields(header):
    """Name and meaning of each field, in their order."""
    body = re.search(r"^typedef struct dam_stats_t \{\n(.*?)^\} dam_stats_t;", header, re.S | re.M)[1]
    found = [(match[3], " ".join(match[1].split())) for match in FIELD.finditer(body)]
    if len(found) != body.count(";\n"):
        raise SystemExit("dam_stats_t has a field that is not understood")
    return found


def members(found):
    for name, meaning in found:
        yield from textwrap.wrap(meaning, 120, initial_indent="    /// ", subsequent_indent="    /// ")
        yield f"    std::uint64_t {name} = 0;"


def table(found):
    for name, _ in found:
        if name not in FRAME:
            yield f'    {{"{name}", &statistics::{name}}},'


def filled(text, part, lines):
    begin, end = f"// {part}: begin (written by `make header`)\n", f"// {part}: end\n"
    head, rest = text.split(begin)
    tail = rest.split(end)[1]
    indent = re.search(r"[ \t]*$", head)[0]
    return head + begin + "".join(line + "\n" for line in lines) + indent + end + tail


def main(arguments):
    found = fields((ROOT / "include/dam.h").read_text())
    before = TARGET.read_text()
    after = filled(filled(before, "members", members(found)), "table", table(found))
    if arguments == ["--write"]:
        if after != before:
            TARGET.write_text(after)
            print(f"wrote {TARGET.relative_to(ROOT)}")
        return True
    if after != before:
        print(f"{TARGET.relative_to(ROOT)} is not what include/dam.h says: run `make header`")
    return after == before


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
