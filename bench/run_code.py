#!/usr/bin/env python3
"""Measures fingerprints and matches of code: run_code.py BENCH_CODE SOURCE_ROOT VENV_SCRIPT VENV FILE OTHER

Writes bench/code.csv with the columns of bench/results.csv. Zydis, decoding the same instructions with all operands, runs in
the same program, in turn with ours; SMDA and MCRIT run in an environment of their own that VENV_SCRIPT makes in VENV, and are
left out, which is said, where it cannot. All times are those of the processor. A ratio says how many times better ours is;
that to Zydis is the part of its rate that is left."""
import json
import os
import pathlib
import subprocess
import sys

import figures


def measured(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def peer_python(script, folder, root):
    """The Python that has SMDA and MCRIT; None, and why, when there is none."""
    environment = dict(os.environ, ONUS_PEERS_REQUIREMENTS=str(root / "tests/peers/requirements-code.txt"))
    environment.pop("ONUS_PEERS_PYTHON", None)  # has the packages of other peers
    made = subprocess.run(["bash", script, folder], env=environment, capture_output=True, text=True)
    if made.returncode != 0:
        print(f"SMDA and MCRIT are left out: {made.stderr.strip()}")
        return None
    return made.stdout.strip()


def peer_rows(m, peer):
    """Beside SMDA, which finds functions, and MCRIT, which hashes those of one program and is asked about the other."""
    mb, ours = m["code_bytes"] / 1e6, m["find_s"] + m["print_s"]
    theirs = peer["smda_s"]
    yield ["functions found and fingerprints taken, beside finding alone", mb / ours, "MB/s", "SMDA", mb / theirs, theirs / ours]
    yield ["functions found and fingerprints taken, beside finding alone", m["functions"] / ours, "1/s", "SMDA",
           peer["functions"] / theirs, m["functions"] / ours * theirs / peer["functions"]]
    ours, theirs = m["other_print_s"] / m["other_functions"], peer["index_s"] / peer["other_functions"]
    yield ["fingerprints, of functions that are found", 1 / ours, "1/s", "MCRIT", 1 / theirs, theirs / ours]
    ours = m["find_s"] + m["print_s"] + m["other_find_s"] + m["other_print_s"] + m["match_s"]
    theirs = peer["smda_s"] + peer["smda_other_s"] + peer["index_s"] + peer["query_s"]
    yield [f"two files, of {m['functions']} and {m['other_functions']} functions, read and matched", ours * 1e3, "ms",
           "SMDA and MCRIT", theirs * 1e3, theirs / ours]
    yield ["most memory for one of them, found and fingerprinted", m["most_mib"], "MiB", "SMDA, found", peer["smda_mib"],
           peer["smda_mib"] / m["most_mib"]]


def large_row(program, python):
    """Memory for a large program that the peers bring along."""
    found = subprocess.run([python, "-c", "import lief; print(lief._lief.__file__)"], capture_output=True, text=True)
    if found.returncode != 0:
        return []
    m = measured(program, found.stdout.strip())
    return [[f"most memory for a file of {m['file_bytes'] / 1e6:.1f} MB with {m['code_bytes'] / 1e6:.1f} MB of code (lief's)",
             m["most_mib"], "MiB"]]


def main():
    program, root, script, folder, path, other = sys.argv[1], pathlib.Path(sys.argv[2]), *sys.argv[3:7]
    m = measured(program, path, other)
    m["most_mib"] = measured(program, path)["most_mib"]
    print(m)
    mb, ours = m["code_bytes"] / 1e6, m["find_s"] + m["print_s"]
    rows = [
        ["finding functions", mb / m["find_s"], "MB/s", "Zydis", mb / m["decode_s"], m["decode_s"] / m["find_s"]],
        ["fingerprints", mb / m["print_s"], "MB/s", "Zydis", mb / m["decode_s"], m["decode_s"] / m["print_s"]],
        ["functions found and fingerprints taken", mb / ours, "MB/s", "Zydis", mb / m["decode_s"], m["decode_s"] / ours],
        ["functions found and fingerprints taken", m["functions"] / ours, "1/s"],
        [f"a program of {m['functions']} functions matched with one of {m['other_functions']}", m["match_s"] * 1e3, "ms"],
    ]
    python = peer_python(script, folder, root)
    if python:
        rows += peer_rows(m, measured(python, str(pathlib.Path(__file__).parent / "peer_code.py"), path, other))
        rows += large_row(program, python)
    figures.write_measured(root / "bench" / "code.csv", rows, of="code: ", ratio_format=".2g")


main()
