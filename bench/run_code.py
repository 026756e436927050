#!/usr/bin/env python3
"""Measures fingerprints and matches of code: run_code.py BENCH_CODE SOURCE_ROOT FILE OTHER

Writes bench/code.csv with the columns of bench/results.csv. Zydis, decoding the same instructions with all operands, runs in
the same program; SMDA runs in this one where its package is installed, for discovery alone, and is left out otherwise,
which is said. All figures are processor time. A ratio says how many times better ours is; that to Zydis is the part of its
rate that is left."""
import json
import pathlib
import subprocess
import sys
import time

import figures


def smda_seconds(path):
    """Discovery of one file by SMDA, with the number of functions; None: not installed."""
    try:
        import logging
        logging.disable(logging.CRITICAL)
        from smda.Disassembler import Disassembler
    except ImportError:
        return None
    start = time.process_time()
    report = Disassembler().disassembleFile(path)
    return time.process_time() - start, len(list(report.getFunctions()))


def main():
    program, root, path, other = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    m = json.loads(subprocess.run([program, path, other], check=True, capture_output=True, text=True).stdout)
    print(m)
    mb, ours = m["code_bytes"] / 1e6, m["find_s"] + m["print_s"]
    rows = [
        ["finding functions", mb / m["find_s"], "MB/s", "Zydis", mb / m["decode_s"], m["decode_s"] / m["find_s"]],
        ["fingerprints", mb / m["print_s"], "MB/s", "Zydis", mb / m["decode_s"], m["decode_s"] / m["print_s"]],
        ["functions found and fingerprints taken", mb / ours, "MB/s", "Zydis", mb / m["decode_s"], m["decode_s"] / ours],
    ]
    peer = smda_seconds(path)
    ask = ["functions found and fingerprints taken", m["functions"] / ours, "1/s"]
    if peer:
        ask += ["SMDA", peer[1] / peer[0], (m["functions"] / ours) / (peer[1] / peer[0])]
    else:
        print("SMDA is not installed; its ratio is left out")
    rows += [ask, [f"a program of {m['functions']} functions matched with one of {m['other_functions']}", m["match_s"] * 1e3, "ms"]]
    figures.write_measured(root / "bench" / "code.csv", rows, of="code: ", ratio_format=".2g")


main()
