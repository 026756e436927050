#!/usr/bin/env python3
"""A reference in a cluster gives what one in a folder gives, to the byte, while nodes are killed, the coordinator is gone,
and a node is slow, breaks off, or talks nonsense. What cannot be right is refused with a word that says why.

    faults_test.py ONUS ROOT ROUNDS       with the nodes in ONUS_TEST_NODES, started by with_cluster.sh
"""

import os
import pathlib
import random
import re
import subprocess
import tempfile
import threading
import time

import copies
from nodes import FILES, ONUS, PORTS, ROOT, ROUNDS, Proxy, answers, cluster, digest, fill, place, rng, run, sql


def check_same_answers(folder):
    fill(folder)
    fill(place("same"))
    assert digest(folder) == digest(place("same"))
    expected = answers(folder)
    for ours, theirs in zip(answers(place("same")), expected, strict=True):
        assert ours == theirs, (ours[:2000], theirs[:2000])
    fill(place("same"))  # again: nothing changes
    assert digest(folder) == digest(place("same"))
    return expected


def check_bad_nodes(expected):
    proxy = Proxy(PORTS[1])
    through = place("same", [PORTS[0], proxy.port, PORTS[2]])
    for mode in ("pass", "empty", "garbage", "half", "busy", "flipped", "slow"):
        proxy.mode = mode
        for node in range(1 if mode == "slow" else ROUNDS):
            out = run("rank", ROOT / "examples/incidents/phishing.json", "--reference", through, "--format", "json",
                      ONUS_CLICKHOUSE_TIMEOUT_S=2, status=None)
            if mode == "flipped" and out.returncode != 0:  # a flipped number of a node cannot be told from a wrong place
                assert out.stderr.startswith("onus: "), out.stderr
                continue
            assert out.returncode == 0, (mode, out.stderr)
            assert out.stdout.replace(through, "REF") == expected[0], mode


def check_hostile_names(folder):
    hostile = ["'); DROP TABLE manifest; --.example", "x' OR 1=1 --", "a\\'; DROP DATABASE same --", "${IFS}.example", "`id`",
               "evil.example/?q=' UNION SELECT 1", "\u202eexample"]
    lines = hostile + ["".join(chr(rng.choice([*range(33, 127), 0xe9, 0x4e2d])) for _ in range(rng.randrange(1, 60)))
                       for _ in range(3000)]
    path = pathlib.Path(folder).parent / "hostile.txt"
    path.write_text("\n".join(lines) + "\n")
    proxy = Proxy(PORTS[0])
    through = place("hostile", [proxy.port, *PORTS[1:]])
    actor = "O'Brien'); DROP TABLE lease; --"
    local = str(pathlib.Path(folder).parent / "hostile")
    for reference in (local, through):
        run("reference", "import", "--into", reference, "--as", "list", "--actor", actor, "--report", "r'; --", path)
    assert digest(local) == digest(through)
    words = re.compile(r"[A-Za-z_0-9 (),.=!*<>'/]*\Z")
    for query in proxy.queries:
        assert words.match(query.replace(os.uname().nodename, "host").replace(":", "").replace("-", "").replace("%", "")), query
        assert "DROP TABLE" not in query and "Brien" not in query, query


def check_kills(expected, folder):
    incident = ROOT / "examples/incidents/phishing.json"
    for n in range(ROUNDS):  # while reading
        node = n % 3 + 1
        killer = threading.Timer(rng.random() * 0.1, cluster, ("kill-node", node))
        killer.start()
        for _ in range(4):
            out = run("rank", incident, "--reference", place("same"), "--format", "json").stdout
            assert out.replace(place("same"), "REF") == expected[0]
        killer.join()
        cluster("start-node", node)
    for n in range(ROUNDS):  # while writing
        node, database = n % 3 + 1, f"killed_{n}"
        run("reference", "import", "--into", place(database), FILES[0])  # all nodes are needed to make a store
        killer = threading.Timer(rng.random() * 0.5, cluster, ("kill-node", node))
        killer.start()
        done = run("reference", "import", "--into", place(database), *FILES, status=None, ONUS_CLICKHOUSE_PATIENCE_S=20)
        killer.join()
        assert done.returncode in (0, 1), done.stderr
        if done.returncode == 0:
            assert digest(place(database)) == digest(folder), "an import that was acknowledged is not there"
        cluster("start-node", node)
        run("reference", "import", "--into", place(database), *FILES)
        assert digest(place(database)) == digest(folder)
    for n in range(ROUNDS):  # the one who writes
        database = f"died_{n}"
        writer = subprocess.Popen([ONUS, "reference", "import", "--into", place(database), *FILES],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random() * 1.5)
        writer.kill()
        writer.wait()
        run("reference", "import", "--into", place(database), *FILES)
        assert digest(place(database)) == digest(folder)


def check_coordinator(expected, folder):
    before = digest(place("killed_0"))
    run("reference", "import", "--into", place("waiting"), FILES[0])
    first = digest(place("waiting"))
    cluster("stop-coordinator")
    assert answers(place("same")) == expected and digest(place("killed_0")) == before
    done = run("reference", "import", "--into", place("waiting"), *FILES, status=1, ONUS_CLICKHOUSE_PATIENCE_S=2)
    assert "coordinator" in done.stderr, done.stderr
    assert digest(place("waiting")) == first
    cluster("start-coordinator")
    run("reference", "import", "--into", place("waiting"), *FILES)
    assert digest(place("waiting")) == digest(folder)


def check_refusals():
    done = run("reference", "info", place("same"), status=1, ONUS_CLICKHOUSE_PASSWORD="wrong")
    assert "refuses the password" in done.stderr, done.stderr
    done = run("reference", "info", place("nothing"), status=None)
    assert done.returncode == 2 and "no such database" in done.stderr, done.stderr
    done = run("reference", "info", place("same", PORTS[1:] + PORTS[:1]), status=None)
    assert "name all nodes, in the order" in done.stderr, done.stderr
    done = run("reference", "info", place("same").replace("127.0.0.1", "192.0.2.1", 1), status=None)
    assert "not encrypted" in done.stderr, done.stderr
    done = run("reference", "info", place("same").replace("//", "//me:secret@", 1), status=None)
    assert "ONUS_CLICKHOUSE_USER" in done.stderr and "secret" not in done.stderr, done.stderr
    run("reference", "import", "--into", place("versions"), FILES[0])
    for generation, version, advice in ((1000, 9, "take a newer onus"), (1001, 2, "pull a copy with the onus that made them")):
        body = f"onus-clickhouse {version}\nwhatever\n"
        sql(0, "versions", f"INSERT INTO manifest (generation, epoch, body) VALUES ({generation}, {generation}, '{body}')")
        for command in (["info", place("versions")], ["import", "--into", place("versions"), *FILES],
                        ["pull", place("versions"), "--into", os.path.join(tempfile.gettempdir(), "onus-none")]):
            done = run("reference", *command, status=1)
            assert f"are of version {version}; " in done.stderr and advice in done.stderr and done.stderr.count("\n") == 1, done.stderr
        assert int(sql(0, "versions", "SELECT max(generation) FROM manifest")) == generation


def main():
    with tempfile.TemporaryDirectory(prefix="onus-faults-") as base:
        folder = os.path.join(base, "folder")
        run("reference", "import", "--into", folder, *FILES)
        for name, check in (("same", lambda: globals().__setitem__("expected", check_same_answers(folder + "-full"))),
                            ("refusals", check_refusals),
                            ("hostile names", lambda: check_hostile_names(folder)),
                            ("copies", lambda: copies.check(folder, expected)),
                            ("bad nodes", lambda: check_bad_nodes(expected)),
                            ("kills", lambda: check_kills(expected, folder)),
                            ("coordinator", lambda: check_coordinator(expected, folder))):
            began = time.monotonic()
            check()
            print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
