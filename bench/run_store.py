#!/usr/bin/env python3
"""Measures the store beside SQLite: run_store.py BENCH_STORE SOURCE_ROOT [RECORDS]

Writes bench/store.csv with the columns of bench/results.csv. RECORDS is 10,000,000 unless given; that takes about 4 GB
of disk under TMPDIR and some minutes. A ratio says how many times better ours is.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import figures


def main():
    program, root = sys.argv[1], pathlib.Path(sys.argv[2])
    records = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000_000
    with tempfile.TemporaryDirectory() as work:
        out = subprocess.run([program, str(records), work], check=True, capture_output=True, text=True)
    m = json.loads(out.stdout)
    print(out.stdout, end="")
    load = min(m["sqlite_index_load_s"], m["sqlite_rowid_load_s"])
    ask = min(m["sqlite_index_ask_ms"], m["sqlite_rowid_ask_ms"])
    size = min(m["sqlite_index_bytes"], m["sqlite_rowid_bytes"])
    of = f"store of {records} indicators: "
    rows = [
        ["loading", records / m["load_s"], "1/s", "SQLite", records / load, load / m["load_s"]],
        ["10000 looked up as of a day, and their holders counted", m["ask_ms"], "ms", "SQLite", ask, ask / m["ask_ms"]],
        ["bytes a record", m["bytes"] / records, "B", "SQLite", size / records, size / m["bytes"]],
        ["memory of the load, 256 MiB allowed", m["anonymous_mib"], "MiB"],
        ["reading and checking all for the digest", m["describe_s"], "s"],
    ]
    figures.write_measured(root / "bench" / "store.csv", rows, of=of, ratio_format=".1f")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main()
