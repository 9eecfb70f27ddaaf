#!/usr/bin/env python3
"""Checks what contrib/ says about DAM's figures.

    check_contrib.py FIGURES EXPRESSIONS

FIGURES is what `dam stats --prometheus` printed. Every series that the dashboard and the alerts name must be in it, with
the labels and the values of them that are asked for. Writes the dashboard's expressions as Prometheus rules to the file
EXPRESSIONS, for promtool to parse."""

import json
import re
import sys
from pathlib import Path

CONTRIB = Path(__file__).resolve().parents[2] / "contrib"
# What Prometheus and the exporter put on every series.
COMMON = {"job", "instance", "command", "pid"}
# Grafana's own variables, by something of the same kind.
VARIABLES = {"$__rate_interval": "5m", "$__range": "1h"}


def figures(text):
    """Of every series, the labels it has and their values."""
    found = {}
    for name, labels in re.findall(r"^(dam_\w+)(?:\{(.*)\})? ", text, re.M):
        values = found.setdefault(name, {})
        for label, value in re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', labels):
            values.setdefault(label, set()).add(value)
    return found


def faults(where, expression, known):
    for name, _, selector in re.findall(r"\b(dam_\w+)(\{([^}]*)\})?", expression):
        if name not in known:
            yield f"{where}: there is no series {name}"
            continue
        for label, operator, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', selector):
            if label in COMMON:
                continue
            if value not in known[name].get(label, ()):
                yield f"{where}: {name} has no {label}{operator}{value!r}"
    for labels in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in labels.replace(",", " ").split():
            names = re.findall(r"\bdam_\w+", expression)
            if label not in COMMON and not any(label in known.get(name, {}) for name in names):
                yield f"{where}: no label {label} to sum by"


def panel_faults(panels):
    cells, ids = {}, set()
    for panel in panels:
        title, place = panel["title"], panel["gridPos"]
        if panel["id"] in ids:
            yield f"{title}: its number is another panel's"
        ids.add(panel["id"])
        if panel["type"] != "row" and not panel.get("description"):
            yield f"{title}: is not described"
        if place["x"] + place["w"] > 24:
            yield f"{title}: wider than the board"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                if other := cells.get((x, y)):
                    yield f"{title}: lies on {other}"
                cells[x, y] = title


def expressions(board):
    for panel in board["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]
    for note in board["annotations"]["list"]:
        yield note["name"], note["expr"]
    for variable in board["templating"]["list"]:
        if "definition" in variable:
            yield variable["name"], re.sub(r"label_values\((.*), \w+\)$", r"\1", variable["definition"])


def main():
    known = figures(Path(sys.argv[1]).read_text())
    board = json.loads((CONTRIB / "grafana/dam.json").read_text())
    found = list(panel_faults(board["panels"]))
    rules = []
    for number, (title, expression) in enumerate(expressions(board)):
        for variable, value in VARIABLES.items():
            expression = expression.replace(variable, value)
        found += faults(title, expression, known)
        rules.append({"record": f"board:{number}", "expr": expression})
    # JSON is YAML.
    Path(sys.argv[2]).write_text(json.dumps({"groups": [{"name": "board", "rules": rules}]}))
    text = (CONTRIB / "prometheus/dam.rules.yml").read_text()
    alerts = re.findall(r"alert: (\w+)\n(?: *#.*\n)* *expr: (>-\n(?: {10}.*\n)+|.*\n)", text)
    if len(alerts) != text.count("alert:"):
        found.append("an alert's expression was not found")
    for name, expression in alerts:
        found += faults(name, expression, known)
    print(*found, sep="\n")
    return len(rules) == 0 or len(known) == 0 or bool(found)


sys.exit(main())
