"""The text the quick benchmark prints and keeps: a table per workload, then the summary."""

import statistics


def figure(runs, key, scale, form):
    """`median (min-max)` of one figure over the rounds."""
    values = [run[key] / scale for run in runs]
    median, low, high = statistics.median(values), min(values), max(values)
    return f"{median:{form}} ({low:{form}}-{high:{form}})"


def behaviour(source):
    """The opening comment of a workload program: what real behaviour it stands for."""
    lines = []
    for line in source.read_text().splitlines():
        if not line.startswith("//"):
            break
        lines.append(line)
    return lines


class Report:
    def __init__(self, path, workloads, allocators, absent, folder):
        path.parent.mkdir(parents=True, exist_ok=True)
        self.file = path.open("w")
        self.workloads, self.allocators, self.absent = workloads, allocators, absent
        self.folder = folder
        for name, why in absent.items():
            self.say(f"{name} is missing: {why}")

    def say(self, line=""):
        print(line, flush=True)
        self.file.write(line + "\n")

    def tables(self, runs, failures, ratios, means):
        for workload in self.workloads:
            self.workload(workload, runs, failures, ratios)
        self.summary("time", "wall_ms", ratios, means, failures)
        self.summary("processor time", "cpu_ms", ratios, means, failures)
        self.summary("peak resident memory", "peak_kib", ratios, means, failures)

    def workload(self, workload, runs, failures, ratios):
        name, source, *arguments = workload
        self.say(f"\n{name}  ({source}{''.join(' ' + a for a in arguments)})")
        for line in behaviour(self.folder / "workloads" / source):
            self.say("  " + line)
        columns = ("allocator", "time ms (min-max)", "x glibc", "peak MiB (min-max)", "x glibc", "faults")
        self.say("  {:10} {:>22} {:>8} {:>24} {:>8} {:>9}".format(*columns))
        for who in self.allocators:
            if (name, who) in failures:
                self.say(f"  {who:10} FAILED: {failures[name, who]}")
                continue
            each = runs[name, who]
            time, peak = figure(each, "wall_ms", 1, ".0f"), figure(each, "peak_kib", 1024, ".1f")
            faults = statistics.median(run["faults"] for run in each)
            self.say(
                f"  {who:10} {time:>22} {ratios[who]['wall_ms'][name]:>8.2f}"
                f" {peak:>24} {ratios[who]['peak_kib'][name]:>8.2f} {faults:>9.0f}"
            )
        for who in self.absent:
            self.say(f"  {who:10} missing")

    def summary(self, what, key, ratios, means, failures):
        others = [who for who in self.allocators if who != "glibc"]
        self.say(f"\n{what}, ratio to glibc")
        self.say("  {:16}".format("") + "".join(f"{who:>10}" for who in others))
        for name, *_ in self.workloads:
            cells = [ratios[who][key].get(name) for who in others]
            self.say(f"  {name:16}" + "".join("    failed" if c is None else f"{c:10.2f}" for c in cells))
        self.say(f"  {'GEOMETRIC MEAN':16}" + "".join(f"{means[who][key]:10.3f}" for who in others))
        for who in others:
            lost = sum(1 for _, failed in failures if failed == who)
            if lost:
                self.say(f"  (the mean of {who} leaves out {lost} workloads it failed)")

    def verdict(self, missed, is_busy):
        self.say()
        if is_busy:
            self.say("The machine was busy with other work: times are worth little, memory stands.")
        for sentence in missed:
            self.say(f"BAR MISSED: {sentence}")
        if not missed:
            self.say("DAM keeps the bar: time <= 0.70 x glibc, peak resident memory <= 1.05 x glibc")
        self.file.close()
