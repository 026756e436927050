#!/usr/bin/env python3
"""What can be wrong around a cluster that runs: certificates, clocks, disks. One clear error each, and nothing half written.

    conditions_test.py ONUS ROOT ROUNDS SKEWED_CLOCK      the last a library to be loaded first; see with_cluster.sh
"""

import os
import pathlib
import shutil
import ssl
import subprocess
import sys
import tempfile
import threading
import time

from nodes import FILES, PORTS, ROUNDS, Proxy, cluster, digest, place, rng, run, sql

SKEWED_CLOCK = os.path.abspath(sys.argv[4])
HERE = pathlib.Path(__file__).resolve().parent
skipped = []


def write_list(base, name, n_lines):
    path = pathlib.Path(base) / name
    path.write_text("".join(f"{rng.getrandbits(64):016x}.com\n" for _ in range(n_lines)))
    return ["--as", "list", "--actor", "Heron", "--report", "https://example.org/" + name, path]


# --- certificates -----------------------------------------------------------------------------------------------------


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def make_authority(base, name):
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=" + name, "-keyout", base / f"{name}.key",
            "-out", base / f"{name}.crt")


def make_certificate(base, name, authority, subject_name):
    request, extension = base / f"{name}.csr", base / f"{name}.ext"
    extension.write_text("subjectAltName=" + subject_name)
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=node", "-keyout", base / f"{name}.key", "-out", request)
    openssl("x509", "-req", "-in", request, "-CA", base / f"{authority}.crt", "-CAkey", base / f"{authority}.key", "-CAcreateserial",
            "-days", "2", "-extfile", extension, "-out", base / f"{name}.crt")


def secure_place(base, certificate, database):
    """All nodes behind TLS with a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(base / f"{certificate}.crt", base / f"{certificate}.key")
    proxies = [Proxy(port) for port in PORTS]
    for proxy in proxies:
        proxy.server.socket = context.wrap_socket(proxy.server.socket, server_side=True)
    return "clickhouses://" + ",".join(f"127.0.0.1:{proxy.port}" for proxy in proxies) + "/" + database


def check_certificates(base, folder):
    make_authority(base, "ours")
    make_authority(base, "another")
    make_certificate(base, "right", "ours", "IP:127.0.0.1")
    make_certificate(base, "elsewhere", "ours", "IP:192.0.2.1")
    secure = secure_place(base, "right", "secure")
    refusals = [
        (secure, {}, "does not prove who it is"),
        (secure, {"ONUS_CLICKHOUSE_CA_FILE": base / "another.crt"}, "does not prove who it is"),
        (secure, {"ONUS_CLICKHOUSE_CA_FILE": base / "none.crt"}, "none.crt"),
        (secure_place(base, "elsewhere", "secure"), {"ONUS_CLICKHOUSE_CA_FILE": base / "ours.crt"}, "does not prove who it is"),
        (secure, {"ONUS_CLICKHOUSE_CA_FILE": base / "ours.crt", "LD_PRELOAD": SKEWED_CLOCK, "SKEW_S": -30 * 86400}, "not yet valid"),
        (secure, {"ONUS_CLICKHOUSE_CA_FILE": base / "ours.crt", "LD_PRELOAD": SKEWED_CLOCK, "SKEW_S": 30 * 86400}, "expired"),
        (place("secure").replace("clickhouse:", "clickhouses:"), {"ONUS_CLICKHOUSE_CA_FILE": base / "ours.crt"}, "onus: 127.0.0.1:"),
    ]
    for reference, environment, expected in refusals:
        for command in (["info", reference], ["import", "--into", reference, *FILES]):
            done = run("reference", *command, status=1, ONUS_CLICKHOUSE_PATIENCE_S=1, **environment)
            assert expected in done.stderr and done.stderr.count("\n") == 1, (expected, done.stderr)
    assert "secure" not in sql(0, "default", "SHOW DATABASES").split()
    trusted = {"ONUS_CLICKHOUSE_CA_FILE": base / "ours.crt"}
    run("reference", "import", "--into", secure, *FILES, **trusted)
    assert digest(secure, **trusted) == digest(folder)


# --- clocks -----------------------------------------------------------------------------------------------------------


def check_clocks(base, folder):
    """Two nodes, and then whoever imports, live in other times. Nothing but how long is waited may depend on it."""
    wrapper = f"env LD_PRELOAD={SKEWED_CLOCK} SKEW_S="
    for node, skew_s in ((1, 7200), (2, -7200)):
        cluster("stop-node", node)
        cluster("start-node", node, NODE_WRAPPER=wrapper + str(skew_s))
    here, there = (int(sql(node, "default", "SELECT toUnixTimestamp(now())")) for node in (2, 0))
    assert 7100 < there - here < 7300, "the clock of the node is not skewed"
    for path in FILES:  # four seals and more: partitions are merged
        run("reference", "import", "--into", place("clocks"), path)
    assert digest(place("clocks")) == digest(folder)
    for skew_s in (-86400, 86400, 0):
        addition = write_list(base, f"clock{skew_s}.txt", 20)
        for reference in (folder, place("clocks")):
            run("reference", "import", "--into", reference, *addition, LD_PRELOAD=SKEWED_CLOCK, SKEW_S=skew_s)
        assert digest(place("clocks")) == digest(folder)
    # A writer of another machine that has died: how long is waited for it is said, and it is not for ever.
    token = "elsewhere:1:0123456789abcdef"
    sql(0, "clocks", f"INSERT INTO lease (epoch, token) VALUES (1000, '{token}')")
    done = run("reference", "import", "--into", place("clocks"), *FILES, status=1)
    assert "another process" in done.stderr and "if it has died, in " in done.stderr, done.stderr
    for node in (1, 2):
        cluster("stop-node", node)
        cluster("start-node", node)
    sql(0, "clocks", f"INSERT INTO lease (epoch, token, moment) VALUES (1001, '{token}', toDateTime(toUnixTimestamp(now()) - 61))")
    for _ in range(50):  # until the copies know
        if all(sql(node, "clocks", "SELECT max(epoch) FROM lease").strip() == "1001" for node in range(3)):
            break
        time.sleep(0.1)
    run("reference", "import", "--into", place("clocks"), *FILES)
    assert digest(place("clocks")) == digest(folder)


# --- disks ------------------------------------------------------------------------------------------------------------


def check_disks(base, folder):
    wrapper = ["unshare", "-rm", "bash", str(HERE / "small_disk.sh")]
    with tempfile.TemporaryDirectory(dir=base) as trial:
        (pathlib.Path(trial) / "data").mkdir()
        if subprocess.run([*wrapper, "1000", "true"], cwd=trial, capture_output=True, check=False).returncode != 0:
            skipped.append("no disk can be made small here: unshare or mount is not allowed")
            return
    run("reference", "import", "--into", place("disks"), *FILES)
    first, second = write_list(base, "first.txt", 60000), write_list(base, "second.txt", 60000)
    run("reference", "import", "--into", folder, *first)
    cluster("kill-node", 2)
    cluster("start-node", 2, NODE_WRAPPER=" ".join([*wrapper, "300"]))
    run("reference", "import", "--into", place("disks"), *first, ONUS_CLICKHOUSE_PATIENCE_S=3)  # the other copy has room
    assert digest(place("disks")) == digest(folder)
    assert "No space" in sql(1, "system", "SELECT any(last_exception) FROM replication_queue") + \
        (pathlib.Path(os.environ["ONUS_TEST_CLUSTER"]) / "node-2/error.log").read_text(errors="replace"), "the disk was never full"
    cluster("kill-node", 3)
    cluster("start-node", 3, NODE_WRAPPER=" ".join([*wrapper, "300"]))
    done = run("reference", "import", "--into", place("disks"), *second, status=1, ONUS_CLICKHOUSE_PATIENCE_S=3)
    assert "no room left on its disk" in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert digest(place("disks")) == digest(folder), "of an import that failed, something is there"
    for node in (2, 3):
        cluster("kill-node", node)
        cluster("start-node", node)
    for reference in (folder, place("disks")):
        run("reference", "import", "--into", reference, *second)
    assert digest(place("disks")) == digest(folder)


# --- care: what docs/SCALING.md says of backups and of a node that is lost ----------------------------------------------


def data_of(node):
    return pathlib.Path(os.environ["ONUS_TEST_CLUSTER"]) / f"node-{node + 1}/data"


def await_rows(database, table, nodes):
    for _ in range(300):
        if len({sql(node, database, f"SELECT count() FROM {table}") for node in nodes}) == 1:
            return
        time.sleep(0.1)
    raise AssertionError(f"{table} is not the same on its nodes after 30 s")


def check_backup(base, folder):
    """All nodes lose the database; it comes back from one copy of each shard and of the manifest."""
    run("reference", "import", "--into", place("care"), *FILES)
    tables = {node: sql(node, "care", "SHOW TABLES").split() for node in range(3)}
    made = {(node, table): sql(node, "care", f"SHOW CREATE TABLE {table} FORMAT TabSeparatedRaw")
            for node in range(3) for table in tables[node]}
    kept = {"block_0": 0, "block_1": 1, "block_2": 2, "manifest": 0, "lease": 0}
    for table, node in kept.items():
        sql(node, "care", f"ALTER TABLE {table} FREEZE")
        newest = max((data_of(node) / "shadow").glob("[0-9]*"), key=lambda path: int(path.name))
        shutil.copytree(newest / "data/care" / table, base / "backup" / table)
    for node in range(3):
        sql(node, "default", "DROP DATABASE care")
    done = run("reference", "info", place("care"), status=2)
    assert "no such database" in done.stderr, done.stderr
    for node in range(3):
        sql(node, "default", "CREATE DATABASE care")
        for table in tables[node]:
            sql(node, "care", made[node, table])
        sql(node, "care", f"INSERT INTO node VALUES ({node}, 3)")
    for table, node in kept.items():
        for part in (base / "backup" / table).iterdir():
            shutil.copytree(part, data_of(node) / "data/care" / table / "detached" / part.name)
            sql(node, "care", f"ALTER TABLE {table} ATTACH PART '{part.name}'")
    assert digest(place("care")) == digest(folder)
    addition = write_list(base, "care.txt", 20)
    for reference in (folder, place("care")):
        run("reference", "import", "--into", reference, *addition)
    assert digest(place("care")) == digest(folder)


def check_lost_node(base, folder):
    """A node loses all it has, and gets it back from the others."""
    run("reference", "import", "--into", place("lost"), *FILES)
    cluster("kill-node", 3)
    metadata = data_of(2) / "metadata"
    others = {"lease": 0, "manifest": 0, "node": 0, "block_2": 0, "block_1": 1}
    shutil.rmtree(data_of(2))
    for database in [path.name for path in (data_of(0) / "metadata").iterdir() if path.is_dir()]:
        (metadata / database).mkdir(parents=True)  # other databases of this test stay lost
    shutil.copy(data_of(0) / "metadata/lost.sql", metadata)
    for table, node in others.items():
        text = (data_of(node) / "metadata/lost" / f"{table}.sql").read_text()
        (metadata / "lost" / f"{table}.sql").write_text(text.replace(f"'node-{node + 1}'", "'node-3'"))
    (data_of(2) / "flags").mkdir()
    (data_of(2) / "flags/force_restore_data").touch()
    cluster("start-node", 3)
    sql(2, "lost", "INSERT INTO node VALUES (2, 3)")
    for table, nodes in (("manifest", (0, 2)), ("lease", (0, 2)), ("block_2", (0, 2)), ("block_1", (1, 2))):
        await_rows("lost", table, nodes)
    cluster("kill-node", 1)
    assert digest(place("lost")) == digest(folder)
    cluster("start-node", 1)
    addition = write_list(base, "lost.txt", 20)
    for reference in (folder, place("lost")):
        run("reference", "import", "--into", reference, *addition)
    assert digest(place("lost")) == digest(folder)


def check_more_nodes(base, folder):
    """A store of one node becomes one of three."""
    few = place("few", PORTS[:1])
    run("reference", "import", "--into", few, *FILES)
    run("reference", "pull", few, "--into", base / "copy")
    run("reference", "push", base / "copy", "--into", place("many"))
    assert digest(few) == digest(place("many")) == digest(folder)
    addition = write_list(base, "more.txt", 20)
    for reference in (folder, place("many")):
        run("reference", "import", "--into", reference, *addition)
    assert digest(place("many")) == digest(folder)


def check_upgrade(base, folder):
    """Each node is stopped and started again, one after the other as for an upgrade, while others read and import."""
    run("reference", "import", "--into", place("rolling"), *FILES)
    done, trouble = threading.Event(), []

    def ask():
        while not done.is_set():
            if digest(place("rolling")) != expected:
                trouble.append("another digest")

    def write():
        for number in range(1000):
            if done.is_set():
                return number
            addition = write_list(base, f"rolling-{number}.txt", 20)
            for reference in (base / "rolled", place("rolled")):
                run("reference", "import", "--into", reference, *addition)

    def watched(body):
        try:
            body()
        except BaseException as failure:
            trouble.append(repr(failure))

    expected = digest(folder)
    workers = [threading.Thread(target=watched, args=(body,)) for body in (ask, write)]
    before = write_list(base, "before.txt", 20)
    for reference in (place("rolled"), base / "rolled"):
        run("reference", "import", "--into", reference, *before)
    for worker in workers:
        worker.start()
    for node in (1, 2, 3):
        cluster("stop-node", node)
        time.sleep(2)
        cluster("start-node", node)
        for _ in range(300):
            if int(sql(node - 1, "system", "SELECT sum(queue_size) FROM replicas")) == 0:
                break
            time.sleep(0.1)
    done.set()
    for worker in workers:
        worker.join()
    assert not trouble, trouble
    assert digest(place("rolling")) == expected and digest(place("rolled")) == digest(base / "rolled")


def main():
    with tempfile.TemporaryDirectory(prefix="onus-conditions-") as name:
        base = pathlib.Path(name)
        folder = base / "folder"
        run("reference", "import", "--into", folder, *FILES)
        checks = (check_certificates, check_disks, check_clocks, check_backup, check_more_nodes, check_upgrade, check_lost_node)
        for check in checks[: 2 if ROUNDS == 1 else None]:  # nodes start slowly
            began = time.monotonic()
            of_its_own = base / check.__name__
            subprocess.run(["cp", "-r", folder, of_its_own], check=True)
            check(base, of_its_own)
            print(f"{check.__name__}: {time.monotonic() - began:.1f} s", flush=True)
    if skipped:
        print("skipped:", *skipped, sep="\n  ")
        sys.exit(77)


if __name__ == "__main__":
    main()
