"""onus pull and push against a server of ours that keeps to TAXII 2.1, or does not: client_test.py ONUS [NAME...]"""
import concurrent.futures
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

import client_breaks
import client_gives
import client_hostile
import client_pushes
from client import ONUS

N_AT_ONCE = 4  # most of them wait most of the time
PARTS = (client_gives, client_pushes, client_breaks, client_hostile)
TESTS = {name: test for part in PARTS for name, test in vars(part).items() if name.startswith("test_")}


def run_one(name):
    """In a folder of its own."""
    folder, begun, home = tempfile.mkdtemp(prefix="onus-taxii-"), time.monotonic(), os.getcwd()
    os.chdir(folder)
    verdict = "ok"
    try:
        TESTS[name]()
    except Exception:  # whatever it is, it is told
        verdict = "FAILED\n" + traceback.format_exc()
    os.chdir(home)
    shutil.rmtree(folder, ignore_errors=True)
    print(f"{name}: {verdict} ({time.monotonic() - begun:.1f} s)", flush=True)
    return verdict == "ok"


def run_apart(name):
    done = subprocess.run([sys.executable, __file__, ONUS, name], capture_output=True, text=True, check=False)
    print(done.stdout + done.stderr, end="", flush=True)
    return done.returncode == 0


def main():
    if sys.argv[2:]:
        return not all([run_one(name) for name in sys.argv[2:]])
    with concurrent.futures.ThreadPoolExecutor(N_AT_ONCE) as pool:
        n_good = sum(pool.map(run_apart, TESTS))
    print(f"{len(TESTS)} tests, {len(TESTS) - n_good} failed")
    return n_good != len(TESTS)


if __name__ == "__main__":
    sys.exit(main())
