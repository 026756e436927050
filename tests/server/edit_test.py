"""Versions, conflicts and writers at the same time; what was acknowledged is there after kill -9: edit_test.py ONUS N_KILLS"""
import http.client
import json
import pathlib
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from running import PASSWORD, Server, check, equal, run, text_of, wait_until

ONUS = pathlib.Path(sys.argv[1]).resolve()
N_KILLS = int(sys.argv[2])
API = "/api/v1"
TEXT = text_of("wizardopium-2019")


def titled(text, item, title):
    """The text with another title of one item."""
    changed = re.sub(rf"(- id: {item}\n    title: ).*", rf"\g<1>{title}", text)
    check(changed != text, item)
    return changed


def make(server, name="wiz"):
    local = server.client().be_local()
    local.post(f"{API}/cases", {"id": name, "text": TEXT})
    return local


def put(client, body, name="wiz"):
    return client.ask("PUT", f"{API}/cases/{name}", body)


def test_edits_of_different_items_are_put_together():
    with Server(ONUS) as server:
        local = make(server)
        equal(put(local, {"base": 1, "text": titled(TEXT, "patch", "One")}).json, {"id": "wiz", "version": 2, "merged": False})
        equal(put(local, {"base": 1, "text": titled(TEXT, "target", "Two")}).json, {"id": "wiz", "version": 3, "merged": True})
        newest = local.get(f"{API}/cases/wiz/versions/3").body.decode()
        equal(newest, titled(titled(TEXT, "patch", "One"), "target", "Two"))
        equal(local.get(f"{API}/cases/wiz/versions/1").body.decode(), TEXT, "the first is as it was")
        answer = put(local, {"base": 1, "text": titled(TEXT, "patch", "Three")})
        equal((answer.status, answer.json["version"]), (409, 3))
        equal([(c["path"], c["mine"], c["theirs"]) for c in answer.json["conflicts"]], [("evidence/patch/title", "Three", "One")])
        equal(put(local, {"base": 3, "text": titled(newest, "patch", "Three")}).status, 201, "having seen it")
        same = put(local, {"base": 4, "text": titled(newest, "patch", "Three")})
        equal((same.status, same.json["version"]), (200, 4), "nothing changed")
        # one removes a source of which another makes use: each is right alone
        document = local.get(f"{API}/cases/wiz/document").json
        document["evidence"][0]["source"] = "press"
        equal(put(local, {"base": 4, "document": document}).status, 201)
        document = json.loads(json.dumps(document))
        document["evidence"][0]["source"] = "nobody"
        answer = put(local, {"base": 5, "document": document})
        equal(answer.status, 422)
        problem = answer.json["error"]["problems"][0]
        line = answer.json["error"]["text_checked"].splitlines()[problem["line"] - 1]
        check("nobody" in line, line)
        for body in ({"text": TEXT}, {"base": 99, "text": TEXT}, {"base": 0, "text": TEXT}, {"base": 1, "txt": TEXT},
                     {"base": 1, "text": 7}, {"base": 1, "text": TEXT, "document": document}, {"base": 1, "text": "title: ["},
                     [], {"base": 1, "files": [{"path": "x"}]}, {"base": 1, "remove_files": ["x"]}):
            check(put(local, body).status in (400, 422), body)
        equal(local.ask("PUT", f"{API}/cases/wiz", b'{"base":1,"base":2}', Content_Type="application/json").status, 422)
        equal(len(local.get(f"{API}/cases/wiz/versions").json["versions"]), 5)
        # a document keeps the digits of its numbers
        raw = local.get(f"{API}/cases/wiz/document").body.replace(b'"prior":0.6', b'"prior":0.60000000001')
        body = b'{"base":5,"document":' + raw + b"}"
        equal(local.ask("PUT", f"{API}/cases/wiz", body, Content_Type="application/json").status, 201)
        check(b"0.60000000001" in local.get(f"{API}/cases/wiz/versions/6").body, "digits")
        equal(local.ask("DELETE", f"{API}/cases/wiz").status, 204)
        local.post(f"{API}/cases", {"id": "wiz", "text": TEXT})
        equal(local.get(f"{API}/cases/wiz/versions/1").body.decode(), TEXT, "a new case of the name")
        equal(local.ask("GET", f"{API}/cases/wiz/versions/2").status, 404)


def test_two_writers_lose_nothing():
    """Each changes its own item over and over, from the newest version that it has seen."""
    items, n_edits, failures = ("patch", "zero-day", "weak-code", "target"), 12, []

    def write(server, item):
        try:
            client = server.client().be_local()
            base, text = 1, TEXT
            for n in range(n_edits):
                answer = put(client, {"base": base, "text": titled(text, item, f"{item} {n}")})
                check(answer.status == 201, answer.status, answer.body[:300])
                base = answer.json["version"]
                text = client.get(f"{API}/cases/wiz/versions/{base}").body.decode()
                check(f"title: {item} {n}\n" in text, "an edit that was acknowledged is not in its version")
        except Exception as failure:  # pylint: disable=broad-except
            failures.append(failure)

    with Server(ONUS) as server:
        local = make(server)
        threads = [threading.Thread(target=write, args=(server, item)) for item in items]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        check(not failures, failures)
        versions = [version["version"] for version in local.get(f"{API}/cases/wiz/versions").json["versions"]]
        equal(versions, list(range(1 + n_edits * len(items), 0, -1)))
        newest = local.get(f"{API}/cases/wiz/versions/{versions[0]}").body.decode()
        for item in items:
            check(f"title: {item} {n_edits - 1}\n" in newest, item, "was lost")


def test_events_tell_of_versions():
    with Server(ONUS) as server:
        local = make(server)
        connection = server.connect()
        connection.request("GET", f"{API}/cases/wiz/events")
        response = connection.getresponse()

        def event():
            """The next one: its name and its data."""
            name = None
            while line := response.readline().decode():
                name = line[6:].strip() if line.startswith("event:") else name
                if line.startswith("data:"):
                    return name, json.loads(line[5:])
            return None

        equal(event(), ("presence", {"users": ["local"]}))
        equal(put(local, {"base": 1, "text": titled(TEXT, "patch", "New")}).status, 201)
        name, data = event()
        equal((name, data["version"]), ("version", 2))
        local.ask("DELETE", f"{API}/cases/wiz")
        while response.readline():
            pass  # the stream of a case that is gone ends
        connection.close()


def write_until_killed(server, kept, stopped):
    client = server.client().be_local()
    base, text = kept["base"], kept["text"]
    while not stopped.is_set():
        title, began = f"edit {kept['n'] + 1}", time.monotonic()
        try:
            answer = put(client, {"base": base, "text": titled(text, "patch", title)})
            if answer.status == 201:
                kept["n"] += 1
                base, text = answer.json["version"], titled(text, "patch", title)
                kept["acknowledged"].append((base, title))
                kept["took_s"] = time.monotonic() - began
        except (OSError, http.client.HTTPException):
            return


def test_what_was_acknowledged_survives_kill_9():
    folder = tempfile.mkdtemp(prefix="onus-")
    generator, acknowledged, title_of = random.Random(7), 0, {}
    server = Server(ONUS, folder).start()
    make(server)
    for _ in range(N_KILLS):
        local = server.client().be_local()
        newest = local.get(f"{API}/cases/wiz").json["version"]
        kept = {"base": newest, "text": local.get(f"{API}/cases/wiz/versions/{newest}").body.decode(), "n": newest,
                "acknowledged": [], "took_s": 0.02}
        n_before_kill = generator.randrange(5)  # edits; then somewhere in the next or the one after, however fast the machine is
        stopped = threading.Event()
        writer = threading.Thread(target=write_until_killed, args=(server, kept, stopped))
        writer.start()
        wait_until(lambda: len(kept["acknowledged"]) >= n_before_kill or not writer.is_alive(), "edits are acknowledged")
        time.sleep(generator.uniform(0, 2 * kept["took_s"]))
        server.kill()
        stopped.set()
        writer.join()
        server = Server(ONUS, folder).start()
        title_of.update(dict(kept["acknowledged"]))
        acknowledged += len(kept["acknowledged"])
        server.audit()
    local = server.client().be_local()
    versions = [version["version"] for version in local.get(f"{API}/cases/wiz/versions").json["versions"]]
    equal(versions, list(range(len(versions), 0, -1)), "there is a gap")
    for number, title in title_of.items():
        text = local.get(f"{API}/cases/wiz/versions/{number}").body.decode()
        check(f"title: {title}\n" in text, f"version {number} was acknowledged with the title {title}")
    equal(len(local.get(f"{API}/audit?limit=1000").json["entries"]), min(1000, len(versions) + 1))
    server.stop()
    check(acknowledged >= N_KILLS, "only", acknowledged, "edits in", N_KILLS, "kills")
    print(f"{N_KILLS} kills, {acknowledged} acknowledged edits, all there")
    shutil.rmtree(folder)


def test_a_backup_while_others_write():
    with Server(ONUS) as server:
        local = make(server)
        stopped, kept = threading.Event(), {"base": 1, "text": TEXT, "n": 1, "acknowledged": []}
        writer = threading.Thread(target=write_until_killed, args=(server, kept, stopped))
        writer.start()
        with tempfile.TemporaryDirectory(prefix="onus-") as folder:
            wait_until(lambda: len(kept["acknowledged"]) >= 3 or not writer.is_alive(), "edits are acknowledged")
            n_before = len(kept["acknowledged"])
            check(n_before >= 3, "the writer has ended")
            subprocess.run([ONUS, "server", "backup", f"{folder}/copy", "--data", server.data], check=True)
            stopped.set()
            writer.join()
            again = subprocess.run([ONUS, "server", "backup", f"{folder}/copy", "--data", server.data], capture_output=True)
            equal(again.returncode, 2, "one that is there is left alone")
            pathlib.Path(folder, "data").mkdir()
            shutil.move(f"{folder}/copy", f"{folder}/data/onus.sqlite")
            copy = Server(ONUS, folder).start()
            found = copy.client().be_local().get(f"{API}/cases/wiz").json["version"]
            check(found >= n_before + 1, f"the copy has version {found} after {n_before} edits")
            copy.audit()
            copy.stop()
        equal(local.get("/healthz").json["status"], "ok")


def test_a_disk_that_is_full():
    """Files may not grow beyond a limit: the write fails as on a full disk, and what was there stays."""
    import resource
    import signal

    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))

    with Server(ONUS) as server:
        make(server)
        server.stop()
        server.how = {"preexec_fn": limit}
        server.start()
        local = server.client().be_local()
        statuses, good = [], []
        for i in range(12):
            filler = f"# {random.Random(i).randbytes(60_000).hex()}\n"
            answer = put(local, {"base": 1 + len(good), "text": titled(TEXT, "patch", f"edit {i}") + filler})
            statuses.append(answer.status)
            if answer.status == 201:
                good.append(i)
        check(503 in statuses or 507 in statuses, "the limit was not reached:", statuses)
        check(set(statuses) <= {201, 503, 507}, statuses)
        equal(local.get("/healthz").json["status"], "ok", "it still reads")
        server.stop()
        server.how = {}
        server.start()
        local.close()
        local.be_local()
        equal(local.get(f"{API}/cases/wiz").json["version"], 1 + len(good))
        equal(put(local, {"base": 1 + len(good), "text": TEXT}).status, 201, "there is room again")
        server.audit()


def test_statements_of_the_database():
    """What is asked often is looked up, not searched for."""
    with Server(ONUS) as server:
        make(server)
        server.stop()
        database = sqlite3.connect(server.data / "onus.sqlite")
        for statement in ("SELECT role FROM members WHERE case_id='a' AND account='b'",
                          "SELECT max(time) FROM versions", "SELECT account FROM sessions WHERE digest=x'00'",
                          "SELECT * FROM files WHERE set_id=1", "SELECT * FROM audit WHERE case_id='a' AND number<5"):
            plan = " ".join(row[3] for row in database.execute("EXPLAIN QUERY PLAN " + statement))
            check("SCAN" not in plan, statement, plan)
        equal(database.execute("PRAGMA journal_mode").fetchone()[0], "wal")
        database.close()
        server.start()
        check(PASSWORD, "")


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[3:]))
