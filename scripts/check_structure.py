#!/usr/bin/env python3
"""What a reviewer would otherwise count by hand, for the Rust files under src/:

- a file has at most 400 lines without its test module, at most 600 with it;
- a function has at most 40 lines (a naked one is an assembly listing, and exempt);
- every `unsafe` block and impl has a `SAFETY:` comment that cites a numbered invariant (POOL-2)
  which some module's opening `//!` text states; "as above" stands for the citation before it in
  the same function, "the caller" for the one in the contract of an `unsafe fn`;
- every `unsafe fn` says in a `# Safety` section what its caller owes (methods of an
  `unsafe impl` have their trait's contract).

And for every file of the project: no path or name of a developer's machine.

    check_structure.py [ROOT]       check the tree
    check_structure.py --sizes      list the sizes, largest first
    check_structure.py --self-test  check the checker against planted faults
"""

import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "lib"))
from rust_source import (  # noqa: E402
    code_only,
    functions,
    is_test_file,
    read_tree,
    test_ranges,
    unsafe_impl_bodies,
)

FILE_LINES = 400
FILE_LINES_WITH_TESTS = 600
FUNCTION_LINES = 40
INVARIANT = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z]+)*-\d+\b")
# Spelled so that this file does not contain them.
PRIVATE = re.compile(r"(?<![\w)}\"'.-])/w[o]rk/|(?<!\w)\.librar[y]\b|farm-benc[h]")


def size_faults(path, text):
    code = code_only(text)
    lines = text.count("\n")
    in_tests = sum(last - first + 1 for first, last in test_ranges(code))
    without_tests = 0 if is_test_file(path) else lines - in_tests
    if without_tests > FILE_LINES:
        yield f"{path}: {without_tests} lines without tests, at most {FILE_LINES}"
    if lines > FILE_LINES_WITH_TESTS:
        yield f"{path}: {lines} lines, at most {FILE_LINES_WITH_TESTS}"
    for name, first, last in functions(code):
        if last - first + 1 > FUNCTION_LINES and "naked" not in attributes(code, first):
            yield f"{path}:{first}: fn {name} has {last - first + 1} lines, at most {FUNCTION_LINES}"


# `unsafe {`, `unsafe impl`, `unsafe [extern "C"] fn name`; not an `unsafe fn` type, nor the
# `unsafe extern {}` around foreign declarations and the `unsafe(…)` of an attribute.
UNSAFE = re.compile(r"\bunsafe\s*(?:\{|impl\b|trait\b|(?:extern\s+)?fn\s+\w)")


def attributes(code, line):
    """The attributes directly above a line (from 1)."""
    above = code.split("\n")[: line - 1]
    found = []
    while above and above[-1].strip().startswith("#["):
        found.append(above.pop())
    return "\n".join(found)


def comment_above(lines, code_lines, row):
    """The comments that belong to the statement or item on `row` (from 0): on its own lines and
    directly above it, with attributes in between."""
    found = [lines[row]] if "//" in lines[row] else []
    for above in range(row - 1, -1, -1):
        text, code = lines[above].strip(), code_lines[above].strip()
        if text.startswith("//!"):
            break
        if text.startswith("//") or text.startswith("#["):
            found.append(text)
            in_comment = text.startswith("//")
            if in_comment and not lines[above - 1].strip().startswith(("//", "#[")):
                break
        elif code == "" or re.search(r"[;{}]$", code) or (code.endswith(",") and "unsafe" in code):
            break
    return "\n".join(found)


def innermost(ranges, line):
    """The shortest of the (…, first, last) ranges that holds a line."""
    return min(
        (r for r in ranges if r[-2] <= line <= r[-1]), key=lambda r: r[-1] - r[-2], default=None
    )


class Sites:
    """The unsafe sites of one file, each with the text that argues for it."""

    def __init__(self, path, text):
        self.code = code_only(text)
        self.lines, self.code_lines = text.split("\n"), self.code.split("\n")
        self.functions = list(functions(self.code))
        self.exempt = unsafe_impl_bodies(self.code)
        self.tests = [(0, len(self.lines))] if is_test_file(path) else test_ranges(self.code)

    def __iter__(self):
        before = None, ""  # the last site's function and argument
        for match in UNSAFE.finditer(self.code):
            line = self.code.count("\n", 0, match.start()) + 1
            if innermost(self.tests, line):
                continue  # clippy asks for the comment there too, but tests state no invariants
            comment = comment_above(self.lines, self.code_lines, line - 1)
            if re.search(r"fn\s+\w$", match.group()):
                if not innermost(self.exempt, line):
                    yield line, comment, True
                continue
            function = innermost(self.functions, line)
            if "as above" in comment and before[0] == function:
                comment += "\n" + before[1]
            if "caller" in comment and function:
                comment += "\n" + comment_above(self.lines, self.code_lines, function[1] - 1)
            before = function, comment
            yield line, comment, False


def safety_faults(path, text, invariants):
    for line, comment, is_function in Sites(path, text):
        if not re.search("# Safety|SAFETY:" if is_function else "SAFETY:", comment):
            what = "unsafe fn without a # Safety section" if is_function else "unsafe without SAFETY"
            yield f"{path}:{line}: {what}"
        elif not is_function and not invariants.intersection(INVARIANT.findall(comment)):
            yield f"{path}:{line}: the SAFETY comment cites no invariant of a module"


def stated_invariants(sources):
    """The numbers in the modules' opening comments."""
    return {
        number
        for text in sources.values()
        for line in re.findall(r"^\s*//!.*", text, re.MULTILINE)
        for number in INVARIANT.findall(line)
    }


def private_faults(files):
    for path, text in files.items():
        for row, line in enumerate(text.split("\n"), 1):
            if match := PRIVATE.search(line):
                yield f"{path}:{row}: '{match.group()}' belongs to a developer's machine"


def project_files(root):
    """{path: text} of what is or would be committed."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "-co", "--exclude-standard"],
        check=True, capture_output=True, text=True,
    ).stdout.split("\0")
    return {
        name: (Path(root) / name).read_text(errors="replace")
        for name in sorted(set(listed))
        if name and (Path(root) / name).is_file()
    }


def check(sources, files):
    invariants = stated_invariants(sources)
    faults = []
    for path, text in sources.items():
        faults += size_faults(path, text)
        faults += safety_faults(path, text, invariants)
    return faults + list(private_faults(files))


def print_sizes(sources):
    sizes = [
        (last - first + 1, f"{path}:{first} {name}")
        for path, text in sources.items()
        for name, first, last in functions(code_only(text))
    ]
    for count, path in sorted(((t.count("\n"), p) for p, t in sources.items()), reverse=True):
        print(f"{count:5} {path}")
    for count, where in sorted(sizes, reverse=True)[:25]:
        print(f"{count:5} {where}")
    lengths = sorted(count for count, _ in sizes)
    if lengths:
        print(f"functions: median {lengths[len(lengths) // 2]}, p90 {lengths[len(lengths) * 9 // 10]}")


HEAD = "//! - POOL-2: a slot is in one list.\n"
SAFE = "// SAFETY: POOL-2, the lock is held.\n"
LONG = "fn f() {\n" + "    g();\n" * 39 + "}\n"
PLANTED = [
    ("a file of the right size", "\n" * 400, False),
    ("a long file", "\n" * 401, True),
    ("a file long by its tests", "\n" * 300 + "#[cfg(test)]\nmod tests {\n" + "\n" * 250 + "}\n", False),
    ("too many tests", "\n" * 300 + "#[cfg(test)]\nmod tests {\n" + "\n" * 300 + "}\n", True),
    ("a long function", LONG, True),
    ("a long text in a short function", 'fn f() {\n    g("{");\n}\n' + "\n" * 50 + "fn h() {}\n", False),
    ("a long nested function", "mod m {\n" + LONG + "}\n", True),
    ("an argued unsafe block", HEAD + "fn f() {\n" + SAFE + "unsafe { g() }\n}\n", False),
    ("an argued unsafe value", HEAD + "fn f() {\n" + SAFE + "let x = g(\n  unsafe { h() });\n}\n", False),
    ("a bare unsafe block", HEAD + "fn f() {\nunsafe { g() }\n}\n", True),
    ("someone else's comment", HEAD + SAFE + "fn f() {\nunsafe { g() }\n}\n", True),
    ("no invariant cited", HEAD + "fn f() {\n// SAFETY: the lock is held.\nunsafe { g() }\n}\n", True),
    ("an unknown invariant", HEAD + "fn f() {\n// SAFETY: POOL-3.\nunsafe { g() }\n}\n", True),
    ("a bare unsafe impl", HEAD + "unsafe impl Send for X {}\n", True),
    ("an argued unsafe impl", HEAD + SAFE + "unsafe impl Send for X {}\n", False),
    ("an argued unsafe fn", HEAD + "/// # Safety\n/// `at` is ours.\n#[inline]\npub unsafe fn f() {}\n", False),
    ("a bare unsafe fn", HEAD + "/// Does it.\npub unsafe fn f() {}\n", True),
    ("a bare unsafe extern fn", HEAD + 'unsafe extern "C" fn f() {}\n', True),
    ("a naked listing", "#[unsafe(naked)]\n" + LONG, False),
    ("as above", HEAD + "fn f() {\n" + SAFE + "unsafe { g() }\n// SAFETY: as above.\nunsafe { g() }\n}\n", False),
    ("as above, elsewhere", HEAD + "fn f() {\n" + SAFE + "unsafe { g() }\n}\nfn h() {\n// SAFETY: as above.\nunsafe { g() }\n}\n", True),
    ("the caller's promise", HEAD + "/// # Safety\n/// POOL-2\nunsafe fn f() {\n// SAFETY: the caller.\nunsafe { g() }\n}\n", False),
    ("the caller's empty promise", HEAD + "/// # Safety\n/// Be good.\nunsafe fn f() {\n// SAFETY: the caller.\nunsafe { g() }\n}\n", True),
    ("a trait's contract", HEAD + SAFE + "unsafe impl T for X {\n    unsafe fn f() {}\n}\n", False),
    ("an unsafe fn type", 'type F = unsafe extern "C" fn(usize);\n', False),
    ("unsafe in a comment", "// an unsafe { block }\n", False),
    ("a private path", "// see /w" + "ork/notes\n", True),
    ("a member that is called so", "x = self.libra" + "ry\n", False),
    ("a path that ends alike", 'let path = "$tmp/w' + 'ork/x";\n', False),
]


def self_test():
    failed = 0
    for what, text, is_fault in PLANTED:
        path = "src/small/planted.rs"
        found = check({path: text}, {path: text})
        if bool(found) != is_fault:
            failed += 1
            print(f"FAIL  {what}: found {found or 'nothing'}")
    print(f"{len(PLANTED) - failed} passed, {failed} failed")
    return failed == 0


def main(arguments):
    if arguments == ["--self-test"]:
        return self_test()
    root = Path(__file__).parent.parent
    if arguments == ["--sizes"]:
        print_sizes(read_tree(root))
        return True
    root = Path(arguments[0]) if arguments else root
    sources = read_tree(root)
    faults = check(sources, project_files(root))
    print("\n".join(faults) if faults else f"structure: {len(sources)} Rust files are in order")
    clean = bool(sources) and not faults
    print(f"{int(clean)} passed, {max(len(faults), int(not clean))} failed")
    return clean


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1:]) else 1)
