#!/usr/bin/env python3
"""What --memory says is what an import takes: memory.py ONUS [ROWS]

Tables of ROWS indicators, sorted by report, mixed and of one report, plain and packed, are imported with several sizes of
memory. The most that the process ever has in memory stays within the flag and what every import needs; the digest of
the reference does not depend on it, and importing once more, with another size, changes nothing.
"""
import gzip
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

ALWAYS_MIB = 48  # as the help says
SIZES_MIB = (1, 24)

LONG = "report-" * 20  # so that the table is large, and does not fit into the memory of the first size


def write_table(path, rows, report_of):
    draw = random.Random(7)
    with open(path, "w", encoding="utf-8") as out:
        out.write("actor,indicator,report,day\n")
        for i in range(rows):
            report = report_of(i)
            kind = draw.randrange(4)
            what = (f"h{draw.randrange(rows)}.com" if kind == 0 else
                    f"hxxp://h{draw.randrange(rows)}[.]org/{'p' * draw.randrange(60)}" if kind == 1 else
                    f"11.{draw.randrange(256)}.{draw.randrange(256)}.7" if kind == 2 else f"{draw.getrandbits(256):064x}")
            out.write(f"Actor {report % 20},{what},https://vendor.com/{LONG}/{report},2019-03-{1 + report % 28:02}\n")


def load(onus, reference, table, memory_mib):
    """The most memory that the import had, in MiB, or what this script has, if that is more: it begins as a copy of it."""
    process = subprocess.Popen([onus, "reference", "import", "--into", reference, "--memory", str(memory_mib), table],
                               stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{table} with --memory {memory_mib} ended with {process.returncode}"
    return usage.ru_maxrss / 1024


def digest(onus, reference):
    out = subprocess.run([onus, "reference", "info", reference, "--format", "json"], check=True, capture_output=True)
    return json.loads(out.stdout)["digest"]


def main():
    onus, rows = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200_000
    with tempfile.TemporaryDirectory() as work:
        work = pathlib.Path(work)
        tables = {"sorted": lambda i: i // 500, "mixed": lambda i: i * 7919 % 300, "one": lambda i: 1}
        for name, report_of in tables.items():
            table, packed = work / f"{name}.csv", work / name / f"{name}.csv.gz"
            write_table(table, rows, report_of)
            packed.parent.mkdir()
            with open(table, "rb") as plain, gzip.open(packed, "wb", 1) as out:
                shutil.copyfileobj(plain, out)
            digests = set()
            for size in SIZES_MIB:
                reference = work / f"{name}-{size}"
                most = load(onus, reference, packed if size == SIZES_MIB[1] else table, size)
                print(f"{name}, --memory {size}: {most:.1f} MiB")
                assert most <= size + ALWAYS_MIB, f"{most:.1f} MiB with --memory {size}"
                digests.add(digest(onus, reference))
            load(onus, reference, table, SIZES_MIB[0])
            digests.add(digest(onus, reference))
            assert len(digests) == 1, f"the digest of {name} depends on the memory, or on importing twice: {digests}"


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    main()
