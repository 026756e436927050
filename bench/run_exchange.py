#!/usr/bin/env python3
"""Measures the import of STIX bundles beside stix2 and jansson: run_exchange.py ONUS BENCH_EXCHANGE SOURCE_ROOT

Writes bench/exchange.csv with the columns of bench/results.csv. All times are of the processor. Import is the whole way from a file
to a checked draft; stix2 makes its objects of a text in memory, jansson a bare tree. A ratio says how many times faster ours is;
for memory it is that of the process to the size of the bundle, and has to stay below 4.
"""
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

import stix2

import figures

ROUNDS = 5
BUNDLE_BYTES = 64 << 20


def every_type(root, path, size, keep=lambda thing: True):
    """A bundle of objects of every type, as the tests make them, of about `size` bytes."""
    sys.path.insert(0, str(root / "tests" / "exchange"))
    import bundles
    rng, seen, written = random.Random(64), set(), 0
    with path.open("w", encoding="utf-8") as out:
        out.write('{"type": "bundle", "id": "' + bundles.identifier(rng, "bundle") + '", "objects": [')
        while written < size:
            for thing in bundles.every_type(rng)["objects"]:
                thing.pop("big", None)  # jansson takes no integer beyond 64 bits
                if thing["id"] in seen or not keep(thing):
                    continue
                seen.add(thing["id"])
                text = (",\n" if written else "\n") + json.dumps(thing)
                written += len(text)
                out.write(text)
        out.write("]}\n")
    return len(seen)


def time_stix2(text):
    start = time.process_time()
    stix2.parse(text, allow_custom=True)
    return time.process_time() - start


def memory_of(*command):
    """The most bytes that a process had in memory."""
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{command}: status {status}")
    return usage.ru_maxrss * 1024


def time_file(program, path, with_stix2, rounds):
    """Medians of MB/s: onus, jansson, stix2 (None unless asked for); each round runs all of them."""
    text = path.read_text(encoding="utf-8")
    ours, jansson, theirs = [], [], []
    for _ in range(rounds):
        out = json.loads(subprocess.run([program, "time", path, "3"], check=True, capture_output=True).stdout)
        ours += out["import_s"]
        jansson += out["jansson_s"]
        if with_stix2:
            theirs.append(time_stix2(text))
    megabytes = path.stat().st_size / 1e6
    return [megabytes / statistics.median(times) if times else None for times in (ours, jansson, theirs)]


def main():
    onus, program, root = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        attack, small, large = work / "attack.json", work / "small.json", work / "large.json"
        subprocess.run([program, "unpack", root / "data" / "reference" / "attack-enterprise.json.zst", attack], check=True)
        every_type(root, small, 2 << 20, keep=lambda thing: thing["type"] != "extension-definition")  # stix2 refuses ours
        n = every_type(root, large, BUNDLE_BYTES)
        for name, path, with_stix2, rounds in [("ATT&CK, 6 MB", attack, True, ROUNDS), ("every type, 2 MB", small, True, ROUNDS),
                                               (f"every type, 64 MiB, {n} objects", large, False, 2)]:
            ours, jansson, theirs = time_file(program, path, with_stix2, rounds)
            if theirs:
                rows.append([f"import of STIX ({name})", f"{ours:.4g}", "MB/s", "stix2", f"{theirs:.4g}", f"{ours / theirs:.1f}"])
            rows.append([f"import of STIX ({name})", f"{ours:.4g}", "MB/s", "jansson, bare parse", f"{jansson:.4g}", f"{ours / jansson:.1f}"])
        size = large.stat().st_size
        for name, more in [("", []), (", with --output", ["--output", str(work / "draft")])]:
            used = memory_of(onus, "import", str(large), "--now", "2026-01-02T03:04:05Z", *more)
            rows.append([f"memory of importing 64 MiB of every type{name}", f"{used / 2**20:.4g}", "MiB", "size of the bundle", f"{size / 2**20:.4g}", f"{used / size:.2f}"])
    figures.write(root / "bench" / "exchange.csv", rows)
    for row in rows:
        print("  ".join(row))


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()
