"""Turns what `tmux capture-pane -e -p` prints into an SVG picture.

Usage: terminal_svg.py < ANSI > SVG
"""

import re
import sys
from html import escape

WIDTH, HEIGHT = 8.4, 17
BASIC = ("#000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5")
BRIGHT = ("#666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#fff")


def indexed(number):
    """A colour of the 256."""
    if number < 16:
        return (BASIC + BRIGHT)[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    steps = (0, 95, 135, 175, 215, 255)
    number -= 16
    return "#" + "".join(f"{steps[part]:02x}" for part in (number // 36, number // 6 % 6, number % 6))


def extended(codes):
    """The colour after a 38 or 48."""
    if next(codes) == 5:
        return indexed(next(codes))
    return "#" + "".join(f"{next(codes):02x}" for _ in range(3))


def change(style, text):
    """The style after an escape sequence's numbers."""
    codes = iter([int(code or 0) for code in text.split(";")])
    for code in codes:
        if code == 0:
            style = {}
        elif code == 1:
            style = {**style, "bold": True}
        elif code == 7:
            style = {**style, "reverse": True}
        elif code in (38, 48):
            style = {**style, "ink" if code == 38 else "paper": extended(codes)}
        elif code in (39, 49):
            style = {key: value for key, value in style.items() if key != ("ink" if code == 39 else "paper")}
        else:
            for first, colours, key in ((30, BASIC, "ink"), (90, BRIGHT, "ink"), (40, BASIC, "paper"), (100, BRIGHT, "paper")):
                if first <= code < first + 8:
                    style = {**style, key: colours[code - first]}
    return style


def runs(line, style):
    """Pieces of a line, each with its style; the style at its end."""
    pieces = []
    for part in re.split(r"(\x1b\[[0-9;]*m)", line):
        if part.startswith("\x1b"):
            style = change(style, part[2:-1])
        elif part:
            pieces.append((part, style))
    return pieces, style


def piece(column, row, text, style):
    """A piece's elements."""
    ink, paper = style.get("ink", "#d4d4d4"), style.get("paper")
    if style.get("reverse"):
        ink, paper = paper or "#1e1e1e", ink
    x, y, width = column * WIDTH, row * HEIGHT, len(text) * WIDTH
    if paper:
        yield f'<rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{HEIGHT}" fill="{paper}"/>'
    if text.strip():
        weight = ' font-weight="bold"' if style.get("bold") else ""
        yield (
            f'<text x="{x:.1f}" y="{y + 13}" textLength="{width:.1f}" fill="{ink}"{weight} '
            f'xml:space="preserve">{escape(text)}</text>'
        )


def main():
    lines = sys.stdin.read().rstrip("\n").split("\n")
    elements, style, columns = [], {}, 0
    for row, line in enumerate(lines):
        pieces, style = runs(line, style)
        column = 0
        for text, own in pieces:
            elements += piece(column, row, text, own)
            column += len(text)
        columns = max(columns, column)
    width, height = columns * WIDTH, len(lines) * HEIGHT
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 -8 {width + 16:.0f} {height + 16}" '
        f'font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="14">'
    )
    print(f'<rect x="-8" y="-8" width="{width + 16:.0f}" height="{height + 16}" rx="6" fill="#1e1e1e"/>')
    print("\n".join(elements))
    print("</svg>")


main()
