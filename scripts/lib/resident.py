"""Compares what a process's figures say is in memory with the kernel's account of each of its mappings.

Usage: resident.py STATS.json /proc/PID/smaps PERCENT
"""

import json
import sys


def main():
    stats_file, smaps_file, percent = sys.argv[1:]
    with open(stats_file, encoding="ascii") as file:
        ours = json.load(file)["resident_bytes"]
    with open(smaps_file, encoding="utf-8", errors="replace") as file:
        kernel = sum(int(line.split()[1]) * 1024 for line in file if line.startswith("Rss:"))
    print(f"DAM: {ours} bytes, the kernel: {kernel}, {ours / kernel:.4f}")
    sys.exit(abs(ours / kernel - 1) * 100 > float(percent))


main()
