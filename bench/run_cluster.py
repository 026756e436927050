#!/usr/bin/env python3
"""Measures a reference in a cluster of ClickHouse: run_cluster.py BENCH_CLUSTER SOURCE_ROOT [--most N]

Starts a cluster of three nodes of its own with tools/clickhouse_cluster.sh, and writes bench/cluster.csv with the columns of
bench/results.csv: 10^6 functions and, when N (10^6) is as large, 5 * 10^6, and 10 times N indicators, 10^7 at most. Where there is
no ClickHouse it writes nothing and says so. A ratio says how many times better ours is than the plain client, which keeps the keys'
hashes or, in a second form, whole keys as ours does; of the pulled folder, how its time compares with that of a folder that was imported."""
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

import figures

ROUNDS = 15
PEERS = (("plain", "plain client"), ("whole", "plain client with whole keys"))


def measure(program, root, functions, indicators):
    """One run in a new cluster: what the program prints."""
    tool = root / "tools" / "clickhouse_cluster.sh"
    with tempfile.TemporaryDirectory(prefix="onus-bench-cluster-") as folder:
        cluster = pathlib.Path(folder) / "cluster"
        try:
            for _ in range(3):  # another one may have these ports
                started = subprocess.run([tool, "start", cluster, "3", str(20000 + 20 * random.randrange(400))],
                                         stdout=subprocess.PIPE, text=True, check=False)
                if started.returncode == 0:
                    break
                subprocess.run([tool, "stop", cluster], check=False, stderr=subprocess.DEVNULL)
            started.check_returncode()
            pids = [(cluster / f"node-{n}" / "pid").read_text().strip() for n in (1, 2, 3)]
            environment = {**os.environ, "ONUS_CLICKHOUSE_PASSWORD_FILE": str(cluster / "password")}
            place = started.stdout.strip().removesuffix("onus")
            answer = subprocess.run([program, place, folder, str(functions), str(indicators), str(ROUNDS), *pids], check=True,
                                    stdout=subprocess.PIPE, text=True, env=environment)
        finally:
            subprocess.run([tool, "stop", cluster], check=False, stderr=subprocess.DEVNULL)
    print(answer.stdout, end="")
    return json.loads(answer.stdout)


def peers(m, what):
    """The forms of the plain client that were measured."""
    return [(engine, name) for engine, name in PEERS if f"{engine}_{what}_load_s" in m]


def loads(m, what, count):
    """Rows about loading `count` functions or indicators."""
    def rate(engine, part):
        return count / m[f"{engine}_{what}_load{part}_s"]
    for part, of in (("", "loaded"), ("_cpu", "loaded, processor time of nodes and client")):
        for engine, name in peers(m, what):
            ours, plain = rate("ours", part), rate(engine, part)
            yield [of, ours, "1/s", name, plain, ours / plain]
    yield ["loaded into a folder", rate("folder", ""), "1/s"]
    yield ["pulled into a folder", rate("pulled", ""), "1/s"]
    for engine, name in peers(m, what):
        sizes = [m[f"{which}_{what}_bytes"] / count for which in ("ours", engine)]
        yield ["size, one copy", sizes[0], "B each", name, sizes[1], sizes[1] / sizes[0]]
    rows = [m[f"{engine}_{what}_rows"] / count for engine in ("ours", "plain")]
    yield ["rows, one copy", rows[0], "each", "plain client", rows[1], rows[1] / rows[0]]
    yield ["size of the folder", m[f"folder_{what}_bytes"] / count, "B each"]


def asked(m, what, name):
    """Rows about one question, of all clients."""
    for part, of in (("", ""), ("_cpu", ", processor time of nodes and client")):
        for engine, peer in PEERS:
            if f"{engine}_{what}_ms" in m:
                ours, plain = m[f"ours_{what}{part}_ms"], m[f"{engine}_{what}{part}_ms"]
                yield [name + of, ours, "ms", peer, plain, plain / ours]


def folders(m, what, name):
    """A row about the same question to folders."""
    folder, pulled = m[f"folder_{what}_cpu_ms"], m[f"pulled_{what}_cpu_ms"]
    yield [name + ", of a folder", folder, "ms"]
    yield [name + ", of a pulled folder", pulled, "ms", "folder", folder, folder / pulled]


def power(count):
    """1000000 as "10^6"."""
    exponent = len(str(count)) - 1
    first = count // 10**exponent
    return f"10^{exponent}" if first == 1 else f"{first} * 10^{exponent}"


def main():
    program, root, rest = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3:]
    most = int(float(rest[1])) if rest and rest[0] == "--most" else 10**6
    if subprocess.run(["sh", "-c", "command -v clickhouse-server && test -f /usr/share/java/zookeeper.jar"], check=False,
                      stdout=subprocess.DEVNULL).returncode != 0:
        print("skipped: clickhouse-server and zookeeper are not here: tools/install_dependencies.sh cluster")
        return
    rows = []
    for size in [min(most, 10**6)] + ([5 * 10**6] if most >= 5 * 10**6 else []):
        m = measure(program, root, size, min(10 * most, 10**7) if not rows else 0)
        of = f"{power(size)} functions: "
        new = [*loads(m, "functions", size), *asked(m, "batch", "2000 functions asked for"),
               *asked(m, "keys", "… of these the keys' functions"), *asked(m, "signatures", "… the signatures"), *folders(m, "batch", "2000 functions asked for")]
        rows += [[of + name, *others] for name, *others in new]
        if m["indicators"] > 0:
            of = f"{power(m['indicators'])} indicators: "
            new = [*loads(m, "indicators", m["indicators"]),
                   *asked(m, "indicators", "10000 looked up as of a day, and their holders counted"),
                   *folders(m, "indicators", "10000 looked up as of a day, and their holders counted")]
            rows += [[of + name, *others] for name, *others in new]
    figures.write_measured(root / "bench" / "cluster.csv", rows)


if __name__ == "__main__":
    if len(sys.argv) not in (3, 5):
        sys.exit(__doc__)
    main()
