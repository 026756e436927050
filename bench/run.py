#!/usr/bin/env python3
"""Measures onus: run.py ONUS BENCH_POSTERIOR SOURCE_ROOT

Writes bench/results.csv (one row a figure) and bench/RESULTS.md (the same as tables). Times are medians; where a peer
does the same work, it is measured in the same run on the same network, and its ratio to ours is written beside.
"""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import figures  # noqa: E402
import make_case  # noqa: E402

ROUNDS = 15


class Bench:
    def __init__(self, onus, bench_posterior, root):
        self.onus, self.bench_posterior, self.root = onus, bench_posterior, pathlib.Path(root)
        self.rows = []

    def record(self, name, value, unit, peer="", peer_value=None):
        ratio = f"{peer_value / value:.1f}" if peer_value else ""
        self.rows.append([name, f"{value:.4g}", unit, peer, f"{peer_value:.4g}" if peer_value else "", ratio])
        print(f"{name:58} {value:12.4g} {unit:6}" + (f" {peer}: {peer_value:.4g}, ratio {ratio}" if peer_value else ""),
              flush=True)

    def posterior(self, folder, repetitions=2000):
        out = subprocess.run([self.bench_posterior, folder, str(repetitions)], check=True, capture_output=True, text=True)
        return json.loads(out.stdout)

    def process(self, *arguments, rounds=ROUNDS):
        """Median wall milliseconds of a whole process."""
        times = []
        for _ in range(rounds):
            start = time.perf_counter()
            subprocess.run([self.onus, *arguments], check=True, stdout=subprocess.DEVNULL)
            times.append((time.perf_counter() - start) * 1e3)
        return statistics.median(times)

    def pyagrum(self, folder, work):
        """pyAgrum's median microseconds of one posterior of the same network, or None without it."""
        bif = work / "network.bif"
        subprocess.run([self.onus, "export", folder, "--to", "bif", "--output", bif], check=True)
        script = self.root / "tests" / "peers" / "time_pyagrum.py"
        out = subprocess.run([sys.executable, script, bif], capture_output=True, text=True)
        if out.returncode != 0:
            print("  pyAgrum is not here: no ratio", file=sys.stderr)
            return None
        return json.loads(out.stdout)["median_us"]


def measure_posteriors(bench, work):
    cases = [
        ("6 hypotheses, 5 sources + 3 circumstances, 40 items", (6, 5, 3, 40)),
        ("6 hypotheses, 4 sources + 4 circumstances, 40 items", (6, 4, 4, 40)),
        ("6 hypotheses, 7 sources + 1 circumstance, 40 items", (6, 7, 1, 40)),
        ("12 hypotheses, 10 sources + 10 circumstances in a chain, 60 items", (12, 10, 10, 60, "chain")),
        ("170 hypotheses, 10 sources + 10 circumstances in a chain, 60 items", (170, 10, 10, 60, "chain")),
    ]
    for title, sizes in cases:
        folder = work / ("posterior-" + "-".join(map(str, sizes)))
        make_case.write_case(folder, *sizes)
        ours = bench.posterior(folder, 200 if sizes[0] > 100 else 2000)
        # 170³ entries a selector: too long a file for any peer
        peer = bench.pyagrum(folder, work) if sizes[0] < 100 else None
        bench.record(f"one posterior: {title}", ours["alone_us"], "us", "pyAgrum" if peer else "", peer)
        bench.record(f"one posterior of several side by side: {title}", ours["in_lanes_us"], "us")
        bench.record(f"compiling the network: {title}", ours["compile_us"], "us")


def measure_examples(bench):
    for name in ("sony-2014", "olympic-destroyer-2018", "wizardopium-2019"):
        folder = bench.root / "examples" / name
        for command in ("check", "assess", "compare", "timeline"):
            arguments = [command, folder] if command == "check" else [command, folder, "--format", "json"]
            bench.record(f"process: onus {command} {name}", bench.process(*arguments), "ms")
        page = bench.process("assess", folder, "--format", "html", "--output", os.devnull, rounds=5)
        bench.record(f"process: onus assess {name} --format html", page, "ms")


def measure_growth(bench, work):
    for items in (10, 100, 1000, 10000):
        folder = work / f"items-{items}"
        make_case.write_case(folder, 6, max(2, items // 10), max(1, items // 50), items, "groups")
        ours = bench.posterior(folder, max(2, 20000 // items))
        bench.record(f"growth, items = {items}: one posterior", ours["alone_us"], "us")
        bench.record(f"growth, items = {items}: process, onus assess",
                     bench.process("assess", folder, "--format", "json", rounds=3 if items < 5000 else 1), "ms")
    for undercutters in (4, 8, 16, 32, 64, 128, 256):
        folder = work / f"chain-{undercutters}"
        half = undercutters // 2
        make_case.write_case(folder, 6, half, half, undercutters * 3, "chain")
        ours = bench.posterior(folder, 500)
        bench.record(f"growth, undercutters = {undercutters}, each source with 6 of them: one posterior",
                     ours["alone_us"], "us")
    for circumstances in (2, 4, 6, 8, 10):
        folder = work / f"dense-{circumstances}"
        make_case.write_case(folder, 6, 8, circumstances, 8 * circumstances)
        ours = bench.posterior(folder, 50 if circumstances > 6 else 500)
        bench.record(f"growth, {circumstances} circumstances over all of 8 sources: one posterior", ours["alone_us"],
                     "us")


OTHER_PART = "# Importing and looking up"  # run_reference.py writes it


def write_results(bench):
    folder = bench.root / "bench"
    figures.write(folder / "results.csv", bench.rows)
    others = (folder / "RESULTS.md").read_text().partition(OTHER_PART)
    with open(folder / "RESULTS.md", "w") as out:
        out.write("# Speed\n\nWritten by `make bench`; the same figures are in results.csv. Times are medians on "
                  f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()}); a ratio says how many times "
                  "longer the peer takes for the same network in the same run. Other parts have their own: store.csv (beside "
                  "SQLite), reference.csv (below), custody.csv (beside Go and libsodium), code.csv (processor "
                  "time beside Zydis, which decodes the same instructions with all operands in turn with ours, and beside "
                  "SMDA and MCRIT, which read and match the same two files; ratios to Zydis are the part of its rate that "
                  "is left), exchange.csv (beside stix2 and jansson), "
                  "cluster.csv (a reference in a cluster of ClickHouse, three nodes on this machine, beside a plain "
                  "client of the same nodes: a row for each posting, keys sent along as external tables, one insert "
                  "after the other; it keeps hashes of 64 bits, from which no key can be given back, and indicators in "
                  "a second form with whole keys, as ours; it does not wait until both copies are there, and its keys "
                  "of functions are random in all bits, because such as compress well are read slower; both are asked "
                  "in turn, what they answer is compared, and processor time is that of the nodes and the client "
                  "together, of a load until the nodes are at rest), page.csv (in "
                  "Chromium: from a moved slider to the painted verdict), server.csv (answers in a second beside a bare "
                  "handler of libmicrohttpd and nginx; ratios are the part of their rate that is reached; and what 100 parties see "
                  "who ask for 1,000 cases all at once, each as fast as it is answered).\n\n")
        out.write("| " + " | ".join(figures.HEADER) + " |\n|" + " --- |" * len(figures.HEADER) + "\n")
        for row in bench.rows:
            out.write("| " + " | ".join(row) + " |\n")
        out.write("\n" + others[1] + others[2] if others[1] else "")


def main():
    bench = Bench(*sys.argv[1:4])
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        measure_posteriors(bench, work)
        measure_examples(bench)
        measure_growth(bench, work)
    write_results(bench)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    main()
