#!/usr/bin/env python3
"""A module under src/ may use only modules of lower layers. Bottom to top:

    bits < config < sys < sync < {guard, measure} < space < {small, middle, large}
         < thread < heap < abi

Modules in braces share a layer and never see each other. Paths through `crate::` and `super::`
count, grouped or not, and so do macros, which belong to the module that defines them.
src/lib.rs (the map of it all) and tests are exempt.

    check_layers.py [ROOT]        check the tree
    check_layers.py --self-test   check the checker against planted faults
"""

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib"))
from rust_source import code_only, is_test_file, read_tree, test_ranges, tokens  # noqa: E402

LAYERS = [
    ["bits"],
    ["config"],
    ["sys"],
    ["sync"],
    ["guard", "measure"],
    ["space"],
    ["small", "middle", "large"],
    ["thread"],
    ["heap"],
    ["abi"],
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def module_of(path):
    """src/small/pool.rs -> [small, pool]; src/small/mod.rs -> [small]."""
    parts = list(Path(path).with_suffix("").parts[1:])
    return parts[:-1] if parts[-1] == "mod" else parts


def use_tree(stream, at, base):
    """Absolute paths of the path or use tree that starts at token `at`, seen from `base`."""
    path = list(base)
    while at < len(stream):
        token = stream[at][0]
        if token == "super":
            path = path[:-1]
        elif token == "{":
            yield from use_group(stream, at + 1, path)
            return
        elif re.match(r"\w|\*", token):
            if token not in ("self", "*"):
                path = [*path, token]
        else:
            break
        if at + 1 >= len(stream) or stream[at + 1][0] != "::":
            break
        at += 2
    yield path


def use_group(stream, at, base):
    """The paths inside `{…}`; `at` is behind the opening brace."""
    depth, starts = 1, True
    while at < len(stream) and depth:
        token = stream[at][0]
        if starts and token != "}":
            yield from use_tree(stream, at, base)
        starts = token == "," and depth == 1
        depth += {"{": 1, "}": -1}.get(token, 0)
        at += 1


def paths_used(path, code):
    """(absolute path, line) of each path in a file that is rooted at `crate` or `super`."""
    stream = list(tokens(code))
    module, opened = module_of(path), []  # opened: per open brace, the module it opened or None
    for at, (token, line) in enumerate(stream):
        before = stream[at - 1][0] if at else ""
        if token == "{":
            opens = at >= 2 and stream[at - 2][0] == "mod"
            opened.append(before if opens else None)
        elif token == "}" and opened:
            opened.pop()
        elif token in ("crate", "super") and before != "::":
            if at + 1 < len(stream) and stream[at + 1][0] == "::":
                here = module + [name for name in opened if name]
                first, base = (at, here) if token == "super" else (at + 2, [])
                for used in use_tree(stream, first, base):
                    yield used, line


def macros(sources):
    """{macro name: the module that defines it}."""
    found = {}
    for path, text in sources.items():
        for name in re.findall(r"macro_rules!\s*(\w+)", code_only(text)):
            found[name] = module_of(path)
    return found


def fault(module, used, owner_of_macro):
    """Why `module` must not use the absolute path `used`; None if it may."""
    target = used[0] if used else None
    if target is None or target == module:
        return None
    if target in owner_of_macro:
        target = (owner_of_macro[target] or [module])[0]
    if target not in RANK:
        return f"uses crate::{target}, which is in no layer below it"
    if target != module and RANK[target] >= RANK[module]:
        kind = "of its own layer" if RANK[target] == RANK[module] else "from above"
        return f"uses crate::{'::'.join(used)}, {kind}"
    return None


def check(sources):
    """The faults of a tree, as lines of text."""
    faults, owner_of_macro = [], macros(sources)
    for path, text in sources.items():
        if path == "src/lib.rs" or is_test_file(path):
            continue
        module = module_of(path)[0]
        if module not in RANK:
            faults.append(f"{path}: module '{module}' has no place in the layers")
            continue
        code = code_only(text)
        exempt = test_ranges(code)
        for used, line in paths_used(path, code):
            if any(first <= line <= last for first, last in exempt):
                continue
            if why := fault(module, used, owner_of_macro):
                faults.append(f"{path}:{line}: {module} {why}")
    return faults


# Each planted tree is one file beside a clean one: (path, text, whether it is a fault).
PLANTED = [
    ("src/small/a.rs", "use crate::space::Map;", False),
    ("src/small/a.rs", "use crate::heap::Heap;", True),
    ("src/small/a.rs", "fn f() { crate::thread::state(); }", True),
    ("src/small/a.rs", "use super::super::middle::Pool;", True),
    ("src/small/a.rs", "use super::pool::Pool;", False),
    ("src/small/mod.rs", "use super::large::Mapping;", True),
    ("src/guard/mod.rs", "use crate::{bits::Bytes, measure::Counter};", True),
    ("src/guard/mod.rs", "use crate::{bits::{Bytes, Class}, sys};", False),
    ("src/guard/mod.rs", "use crate::{bits::{Bytes, Class}, space};", True),
    ("src/measure/mod.rs", "// crate::heap is above\nconst S: &str = \"crate::heap\";", False),
    ("src/bits/mod.rs", "#[cfg(test)]\nmod tests { use crate::heap::Heap; }", False),
    ("src/bits/mod.rs", "#[cfg(not(test))]\nmod real { use crate::heap::Heap; }", True),
    ("src/bits/mod.rs", "#[cfg(not(any(loom, test)))]\nuse crate::heap::Heap;", True),
    ("src/bits/mod.rs", "#[cfg(any(loom, test))]\nuse crate::heap::Heap;", False),
    ("src/bits/mod.rs", "mod inner { use super::super::config::LIMIT; }", True),
    ("src/bits/mod.rs", "mod inner { use super::Bytes; }", False),
    ("src/config/mod.rs", "fn f() { crate::shout!(); }", True),
    ("src/abi/c.rs", "fn f() { crate::shout!(); }", False),
    ("src/sys/mod.rs", "use crate::Dam;", True),
    ("src/extra.rs", "", True),
    ("src/tests/model.rs", "use crate::heap::Heap;", False),
    ("src/lib.rs", "use crate::abi::c;", False),
]


def self_test():
    clean = {"src/guard/report.rs": "macro_rules! shout { () => {} }"}
    failed = 0
    for path, text, is_fault in PLANTED:
        found = check({**clean, path: text})
        if bool(found) != is_fault:
            failed += 1
            print(f"FAIL  {path}: {text!r}: found {found or 'nothing'}")
    print(f"{len(PLANTED) - failed} passed, {failed} failed")
    return failed == 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    sources = read_tree(arguments[0] if arguments else Path(__file__).parent.parent)
    faults = check(sources)
    print("\n".join(faults) if faults else f"layers: {len(sources)} files keep the order")
    clean = bool(sources) and not faults
    print(f"{int(clean)} passed, {max(len(faults), int(not clean))} failed")
    return clean


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
