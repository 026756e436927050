#!/usr/bin/env python3
"""Measures asking a reference for code: run_code_reference.py BENCH_CODE_REFERENCE SOURCE_ROOT [--most N] FILE...

Writes bench/code_reference.csv with the columns of bench/results.csv: references of 10^4 functions to N (10^6), made of the
functions of FILEs with changes. All figures are processor time, but for "first", the time on the clock of the first question to
files that the system does not have in memory."""
import json
import pathlib
import subprocess
import sys
import tempfile

import figures


def main():
    program, root, rest = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    most = int(float(rest[1])) if rest[0] == "--most" else 10**6
    files = [f for f in (rest[2:] if rest[0] == "--most" else rest) if pathlib.Path(f).exists()]
    rows = []
    size = 10**4
    while size <= most:
        with tempfile.TemporaryDirectory() as folder:
            answer = subprocess.run([program, str(size), folder, "31", *files], check=True, capture_output=True, text=True)
        m = json.loads(answer.stdout)
        print(m)
        of = f"{size:.0e} functions: ".replace("e+0", "e")
        asked = f"{m['asked']} functions asked for"
        rows += [
            [of + "loaded", m["functions"] / m["load_s"], "functions/s"],
            [of + "size", m["bytes"] / m["functions"], "bytes/function"],
            [of + asked + " by signatures", m["quick_s"] * 1e3, "ms"],
            [of + asked + " by signatures, the right one first", m["quick_right"] / m["asked"], "part"],
            [of + asked + " by signatures, first", m["quick_cold_s"] * 1e3, "ms"],
            [of + asked + " with what stands around them", m["whole_s"] * 1e3, "ms"],
            [of + asked + " with what stands around them, the right one first", m["whole_right"] / m["asked"], "part"],
            [of + "keys that were not followed", m["cut"], "part"],
        ]
        size *= 10
    figures.write_measured(root / "bench" / "code_reference.csv", rows, of="code: ")


main()
