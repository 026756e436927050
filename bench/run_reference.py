#!/usr/bin/env python3
"""Measures importing into a reference and looking up in it: run_reference.py ONUS BENCH_REFERENCE SOURCE_ROOT [ROWS]

Writes bench/reference.csv with the columns of bench/results.csv, and its part of bench/RESULTS.md: a table of ROWS
indicators (10,000,000 unless given) imported and looked up beside SQLite, how import grows up to that, what memory it
takes under --memory, and ATT&CK's bundle of the reference pack imported beside stix2, which parses it. Needs about 8 GB of
disk under TMPDIR for 10,000,000. Times are those of the processor, so that what else the machine does counts little. A
ratio says how many times better ours is.
"""
import importlib.util
import json
import os
import pathlib
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import figures

ASK_ROUNDS, BUNDLE_ROUNDS, SMALL_ROUNDS, MEMORY_MIB = 15, 7, 3, 64
HEADING = "# Importing and looking up"


def timed(*command):
    """What a program took: seconds of the processor, of the clock, and its most memory in MiB."""
    start = time.monotonic()
    process = subprocess.Popen([*map(str, command)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"run_reference.py: {' '.join(map(str, command))} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def told(*command):
    return json.loads(subprocess.run([*map(str, command)], check=True, capture_output=True, text=True).stdout)


class Bench:
    def __init__(self, onus, peer, root, work):
        self.onus, self.peer, self.root, self.work, self.rows = onus, peer, root, work, []

    def record(self, figure, ours, unit, peer="", theirs=None, ratio=None):
        self.rows.append([figure, f"{ours:.4g}", unit, peer, "" if theirs is None else f"{theirs:.4g}",
                          "" if ratio is None else f"{ratio:.1f}"])
        print("  ".join(self.rows[-1]), flush=True)

    def table(self, rows):
        path = self.work / f"rows-{rows}.csv"
        if not path.exists():
            subprocess.run([self.peer, "rows", str(rows), path], check=True)
        return path

    def load(self, rows, *options):
        shutil.rmtree(self.work / "ref", ignore_errors=True)
        return timed(self.onus, "reference", "import", "--into", self.work / "ref", *options, self.table(rows))


def measure_growth(bench, rows):
    n = 10_000
    while n <= rows:
        taken = [bench.load(n, "--memory", MEMORY_MIB) for _ in range(SMALL_ROUNDS if n < 1_000_000 else 1)]
        what = f"{n} rows imported with --memory {MEMORY_MIB}: "
        bench.record(what + "rows a second", n / statistics.median(t[0] for t in taken), "1/s")
        bench.record(what + "most memory", statistics.median(t[2] for t in taken), "MiB")
        n *= 10


def measure_bulk(bench, rows):
    processor, clock, memory = bench.load(rows)
    databases = {}
    for form in ("rows", "postings"):
        databases[form] = bench.work / f"{form}.sqlite"
        databases[form + "-told"] = told(bench.peer, "load-" + form, bench.table(rows), databases[form])
        if form == "rows":
            databases[form].unlink()
    as_rows, as_postings = databases["rows-told"], databases["postings-told"]
    of = f"{rows} rows, {as_postings['inserted']} postings: "
    bench.record(of + "rows a second, beside rows as they stand in the table", rows / processor, "1/s", "SQLite",
                 rows / as_rows["seconds"], as_rows["seconds"] / processor)
    bench.record(of + "rows a second, beside the same postings", rows / processor, "1/s", "SQLite",
                 rows / as_postings["seconds"], as_postings["seconds"] / processor)
    bench.record(of + "postings a second", as_postings["inserted"] / processor, "1/s", "SQLite",
                 as_postings["inserted"] / as_postings["seconds"], as_postings["seconds"] / processor)
    bench.record(of + "seconds of the clock", clock, "s", "SQLite", as_postings["clock_seconds"],
                 as_postings["clock_seconds"] / clock)
    bench.record(of + "most memory, 256 MiB allowed", memory, "MiB")
    asked = told(bench.peer, "ask", rows, bench.work / "ref", databases["postings"], ASK_ROUNDS)
    of = f"10000 indicators of {rows} rows, {asked['keys']} keys, as of a day and with the holders counted: "
    look_up = asked["ask_ms"] - asked["keys_ms"]
    bench.record(of + "looking the keys up", look_up, "ms", "SQLite", asked["sqlite_ask_ms"],
                 asked["sqlite_ask_ms"] / look_up)
    bench.record(of + "making the keys too", asked["ask_ms"], "ms", "SQLite, given the keys", asked["sqlite_ask_ms"],
                 asked["sqlite_ask_ms"] / asked["ask_ms"])


PARSE = """
import sys, time, stix2
text = open(sys.argv[1], encoding="utf-8").read()
start = time.process_time()
bundle = stix2.parse(text, allow_custom=True)
print(time.process_time() - start)
"""


def measure_bundle(bench):
    bundle = bench.work / "attack.json"
    subprocess.run(["zstd", "-dqf", bench.root / "data" / "reference" / "attack-enterprise.json.zst", "-o", bundle],
                   check=True)
    has_peer = importlib.util.find_spec("stix2") is not None
    ours, theirs = [], []
    for _ in range(BUNDLE_ROUNDS):
        shutil.rmtree(bench.work / "ref", ignore_errors=True)
        ours.append(timed(bench.onus, "reference", "import", "--into", bench.work / "ref", bundle)[0])
        if has_peer:
            out = subprocess.run([sys.executable, "-c", PARSE, bundle], check=True, capture_output=True, text=True)
            theirs.append(float(out.stdout))
    what = "ATT&CK's bundle of the reference pack: importing it, the whole process; the peer parses it only"
    if has_peer:
        bench.record(what, 1e3 * statistics.median(ours), "ms", "stix2", 1e3 * statistics.median(theirs),
                     statistics.median(theirs) / statistics.median(ours))
    else:
        bench.record(what, 1e3 * statistics.median(ours), "ms")


EXPLANATION = f"""{HEADING}

Written by `make bench`; the same figures are in reference.csv. Times are those of the processor (user and system) on
{os.cpu_count()} cores ({platform.machine()}, {platform.system()}); a ratio says how many times better ours is.

The table has four columns, `actor,indicator,report,day`, 500 rows a report: addresses, hosts, hosts below providers of
dynamic DNS, defanged URLs and hashes, a third of them repeated. `onus reference import` is timed as a whole process:
reading the table, understanding each indicator, asking the public suffix list, putting its traces (host, registered
domain, provider, address, network, path, hash), keeping the lists, sorting, writing.

SQLite gets a transaction without a journal and without waiting for the disk, prepared statements, 256 MiB of cache, and
the index that look-ups need, built after the load. Only its own calls are counted, not the reading of the table. It is
loaded in two forms. "Rows as they stand" is one record for each row of the table, which answers less: nothing finds a
network, a registered domain or a provider in it. "The same postings" is a record for each trace, made by onus' own code
and given to SQLite for nothing, which answers the same look-ups; they are asked of this form, and the sums of both
answers are compared. What is asked for is in memory. stix2 parses the bundle from a text in memory,
`stix2.parse(text, allow_custom=True)`; ours is the whole import.

Memory is the most that the process ever had resident (ru_maxrss): with it counts what the flag leaves out, the catalogue of
reports and what every import needs. Figures of 1,000,000 rows and more are of one run, those of less are medians of 3.

"""


def write_results(bench):
    folder = bench.root / "bench"
    figures.write(folder / "reference.csv", bench.rows)
    results = folder / "RESULTS.md"
    before = results.read_text().split(HEADING)[0].rstrip() if results.exists() else ""
    table = "".join("| " + " | ".join(row) + " |\n" for row in [figures.HEADER] + [["---"] * len(figures.HEADER)] + bench.rows)
    results.write_text((before + "\n\n" if before else "") + EXPLANATION + table)


def main():
    onus, peer, root = sys.argv[1:4]
    rows = int(sys.argv[4]) if len(sys.argv) > 4 else 10_000_000
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(onus, peer, pathlib.Path(root), pathlib.Path(work))
        measure_bundle(bench)
        measure_growth(bench, rows)
        measure_bulk(bench, rows)
        write_results(bench)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main()
