#!/usr/bin/env python3
"""Measures custody: run_custody.py BENCH_CUSTODY ONUS_VERIFY SOURCE_ROOT [ITEMS]

Writes bench/custody.csv with the columns of bench/results.csv: a case of ITEMS items (100,000 unless given) sealed, signed
and verified, a proof checked beside Go's verifiers, a file of 256 MiB digested beside libsodium's own SHA-256. Ours and
the peer's take turns; times are those of the processor, so that what else the machine does counts little. A ratio says
how many times better ours is.
"""
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile

ROUNDS, PROOFS, FILE_BYTES = 7, 2000, 256 << 20

import figures


def make_case(folder, items):
    folder.mkdir()
    with open(folder / "case.yaml", "w", encoding="utf-8") as out:
        out.write("onus: 1\ntitle: A case to be timed\nquestion: Who?\nhypotheses:\n  - {id: a}\n  - {id: o, open: true}\n"
                  "sources:\n  - {id: s, reliability: B}\npositions:\n  - {id: p}\nevidence:\n")
        for i in range(items):
            out.write(f"  - id: e{i:06}\n    title: Item {i}\n    source: s\n    known: 2020-01-{1 + i % 28:02}\n"
                      f"    ratio: {{a: 1.{1 + i % 9}}}\n    reasons: What was seen, number {i}.\n")


def run(*command):
    return json.loads(subprocess.run([*map(str, command)], check=True, capture_output=True, text=True).stdout)


def processor_time(*command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*map(str, command)], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def time_case(program, verify, work, items):
    made = []
    for i in range(3):
        make_case(work / f"case-{i}", items)
        (work / f"store-{i}").mkdir()
        made.append(run(program, "case", work / f"case-{i}", work / f"store-{i}"))
        if not made[-1]["holds"] or made[-1]["items"] != items:
            sys.exit("the case does not hold")
    small = [processor_time(verify, work / "case-0") for _ in range(ROUNDS)]
    of = f"case of {items} sealed items: "
    for figure, key, unit in (("sealing all of them", "seal_s", "s"), ("signing", "sign_s", "s"),
                              ("verifying, with every seal looked up", "verify_s", "s"), ("memory", "peak_mib", "MiB")):
        yield [of + figure, statistics.median(m[key] for m in made), unit]
    yield [of + "onus-verify, a process", statistics.median(small), "s"]


def build_go(root, work):
    go = shutil.which("go") or "/usr/local/go/bin/go"
    if not os.access(go, os.X_OK):
        return None
    shutil.copytree(root / "tests/peers/go", work / "go")
    done = subprocess.run([go, "build", "-o", work / "peers", "."], cwd=work / "go", capture_output=True, text=True,
                          env={**os.environ, "GOFLAGS": "-buildvcs=false", "GOTOOLCHAIN": "local"}, check=False)
    if done.returncode != 0:
        print(done.stderr)
    return work / "peers" if done.returncode == 0 else None


def time_proofs(program, root, work):
    custody = root / "examples/custody"
    proof, key = custody / "sensitive-sources.tlog-proof", (custody / "public-keys").read_text().split()[0]
    peers = build_go(root, work)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(run(program, "proof", proof, key, PROOFS)["proof_s"])
        if peers:
            done = subprocess.run([peers, "time", proof, key, str(PROOFS)], check=True, capture_output=True, text=True)
            theirs.append(float(done.stdout))
    figure, rate = "proofs checked, from bytes to signature", 1 / statistics.median(ours)
    if not peers:
        return [figure, rate, "1/s"]
    return [figure, rate, "1/s", "Go (torchwood)", 1 / statistics.median(theirs),
            statistics.median(t / o for t, o in zip(theirs, ours))]


def time_hash(program, work):
    path = work / "large"
    with open(path, "wb") as out:
        for _ in range(FILE_BYTES >> 20):
            out.write(os.urandom(1 << 20))
    m = run(program, "hash", path)
    mib = m["bytes"] / (1 << 20)
    return ["digest of a file of 256 MiB", mib / m["file_s"], "MiB/s", "libsodium, in memory", mib / m["memory_s"], m["ratio"]]


def main():
    program, verify, root = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve()
    items = int(sys.argv[4]) if len(sys.argv) > 4 else 100_000
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        rows = [*time_case(program, verify, work, items), time_proofs(program, root, work), time_hash(program, work)]
    figures.write_measured(root / "bench" / "custody.csv", rows)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main()
