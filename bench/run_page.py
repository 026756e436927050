#!/usr/bin/env python3
"""Measures the page in Chromium: run_page.py RUN_SH FOLDER ONUS SOURCE_ROOT

Writes bench/page.csv with the columns of bench/results.csv: from a moved slider to the painted verdict, beside the same
question without a picture in the same browser; from the address to a page that can be used; bytes of the first page. A
ratio says how many times longer ours takes than the peer.
"""
import json
import pathlib
import statistics
import subprocess
import sys

import figures


def main():
    run, folder, onus, root = sys.argv[1:5]
    script = pathlib.Path(root) / "tests/browser/latency.mjs"
    done = subprocess.run(["bash", run, folder, script, onus, root], capture_output=True, text=True, check=False)
    if done.returncode:
        print(done.stderr, file=sys.stderr)
        sys.exit(done.returncode)
    got = json.loads(done.stdout)
    painted, asked = statistics.median(got["painted"]), statistics.median(got["asked"])
    rows = [
        ["what if, sony-2014: slider to painted verdict", painted, "ms", "the question alone", asked, painted / asked],
        ["the same, slowest of twenty", statistics.quantiles(got["painted"], n=20)[-1], "ms"],
        ["the case at a glance, sony-2014: address to a page that can be used", statistics.median(got["interactive"]), "ms"],
        ["the same: bytes", statistics.median(got["bytes"]) / 1024, "KiB"],
    ]
    figures.write_measured(pathlib.Path(root) / "bench/page.csv", rows)


if __name__ == "__main__":
    main()
