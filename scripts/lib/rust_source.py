"""Just enough of Rust's grammar for the structure checks: text without comments and literals,
tokens, and the line ranges of functions and test modules."""

import re
from pathlib import Path

# One alternative per thing whose inside is not code. A lifetime ('a) is not a character.
_NOT_CODE = re.compile(
    r"""
    (?P<line>//[^\n]*)
  | (?P<block>/\*)
  | (?P<raw>\b(?:b|c)?r(?P<hashes>\#*)".*?"(?P=hashes))
  | (?P<string>"(?:\\.|[^"\\])*")
  | (?P<char>'(?:\\(?:u\{[0-9a-fA-F_]+\}|x[0-9a-fA-F]{2}|.)|[^'\\\n])')
    """,
    re.VERBOSE | re.DOTALL,
)


def _blanked(text):
    """The text with everything but line ends replaced by blanks."""
    return re.sub(r"[^\n]", " ", text)


def _block_comment_end(text, start):
    """Where the (nesting) comment that starts at `start` ends."""
    depth = 0
    for part in re.compile(r"/\*|\*/").finditer(text, start):
        depth += 1 if part.group() == "/*" else -1
        if depth == 0:
            return part.end()
    return len(text)


def code_only(text):
    """`text` with comments and literals blanked out; lines and columns stay where they are."""
    out, at = [], 0
    while match := _NOT_CODE.search(text, at):
        end = match.end()
        if match.group("block"):
            end = _block_comment_end(text, match.start())
        out += [text[at : match.start()], _blanked(text[match.start() : end])]
        at = end
    return "".join(out) + text[at:]


_TOKEN = re.compile(r"[A-Za-z_]\w*|::|->|=>|[^\s\w]")


def tokens(code):
    """(token, line) of blanked text; lines count from 1."""
    line, at = 1, 0
    for match in _TOKEN.finditer(code):
        line += code.count("\n", at, match.start())
        at = match.start()
        yield match.group(), line


def _close(code, start):
    """The offset of the brace that closes the one at `start`."""
    depth = 0
    for brace in re.compile(r"[{}]").finditer(code, start):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.start()
    return len(code) - 1


def _line(code, offset):
    return code.count("\n", 0, offset) + 1


def _without_negations(condition):
    """The condition of a cfg without its not(…) parts, nested parentheses and all."""
    while match := re.search(r"\bnot\s*\(", condition):
        condition = condition[: match.start()] + condition[_signature_end(condition, match.end() - 1) :]
    return condition


def test_ranges(code):
    """Line ranges (first, last) of the items under a #[cfg(…test…)] that is not a not(test)."""
    found = []
    for match in re.finditer(r"#\[cfg\(([^\]]*)\)\]", code):
        if not re.search(r"\b(test|loom|shuttle)\b", _without_negations(match.group(1))):
            continue
        end = re.compile(r"[;{]").search(code, match.end())
        if end is None:
            continue
        last = end.start() if end.group() == ";" else _close(code, end.start())
        found.append((_line(code, match.start()), _line(code, last)))
    return found


_FUNCTION = re.compile(r"\bfn\s+(\w+)")


def functions(code):
    """(name, first line, last line) of each function with a body."""
    for match in _FUNCTION.finditer(code):
        body = re.compile(r"[;{]").search(code, _signature_end(code, match.end()))
        if body and body.group() == "{":
            yield match.group(1), _line(code, match.start()), _line(code, _close(code, body.start()))


def _signature_end(code, at):
    """Past the parameter list: an array type in it may hold a `;`, a const expression a brace."""
    depth = 0
    for bracket in re.compile(r"[()]").finditer(code, at):
        depth += 1 if bracket.group() == "(" else -1
        if depth == 0:
            return bracket.end()
    return at


def unsafe_impl_bodies(code):
    """Line ranges (first, last) of `unsafe impl` items."""
    found = []
    for match in re.finditer(r"\bunsafe\s+impl\b[^{;]*\{", code):
        found.append((_line(code, match.start()), _line(code, _close(code, match.end() - 1))))
    return found


def is_test_file(path):
    """Files that hold tests alone: under a folder `tests` or `models`, or named so."""
    return bool({"tests", "models"}.intersection(Path(path).parts[:-1])) or Path(path).stem == "tests"


def read_tree(root):
    """{path relative to root: text} of the Rust files under root/src."""
    root = Path(root)
    return {
        path.relative_to(root).as_posix(): path.read_text()
        for path in sorted((root / "src").rglob("*.rs"))
    }
