"""onus pull and push against a server of ours that keeps to TAXII 2.1, or does not: client_test.py ONUS [NAME...]"""
import concurrent.futures
import gzip
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import uuid

from server import API, MEDIA_TYPE, Collection, Server

ONUS = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]
N_AT_ONCE = 4  # most of them wait most of the time


class Failure(Exception):
    pass


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(part) for part in what) or "not so")


def equal(found, expected, what=""):
    check(found == expected, what, f"{found!r} rather than {expected!r}")


def make(n, name="thing", first=0, **more):
    return [{"type": "malware", "spec_version": "2.1", "is_family": False, "name": f"{name} {i} é",
             "id": f"malware--{uuid.uuid5(uuid.NAMESPACE_URL, f'{name}{i}')}",
             "created": "2024-01-01T00:00:00.000Z", "modified": "2024-01-01T00:00:00.000Z", **more}
            for i in range(first, first + n)]


def bundle(path, objects):
    pathlib.Path(path).write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": objects}))


def objects_of(path):
    return json.loads(pathlib.Path(path).read_text())["objects"]


def environment(**more):
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("ONUS_TAXII") and not name.lower().endswith("_proxy")}
    return {**clean, "LC_ALL": "C.UTF-8", **more}


def onus(*arguments, env=None, expect=0, err=None, timeout_s=240):
    done = subprocess.run([ONUS, *map(str, arguments)], capture_output=True, text=True, timeout=timeout_s,
                          env=env or environment())
    check(done.returncode == expect, f"exit status {done.returncode} rather than {expect}:", done.stderr, done.stdout)
    if expect != 0 and not done.stdout:
        lines = done.stderr.splitlines()
        check(len(lines) == 1 and lines[0].startswith("onus: "), "one error was expected:", done.stderr)
    if err is not None:
        check(re.search(err, done.stderr), f"{err!r} is not in", done.stderr)
    return done


def size_of(path):
    return os.stat(path).st_size if os.path.exists(path) else 0


def wait_for(condition):
    deadline = time.monotonic() + 120
    while not condition():
        check(time.monotonic() < deadline, "it does not come")
        time.sleep(0.01)


def summary(done):
    return json.loads(done.stdout)


def held_at(page):
    """A server that answers page `page` of objects, and those after it, only once the test sets the event."""
    goes_on, n_pages = threading.Event(), []

    def before(handler):
        if "/objects/" in handler.path:
            n_pages.append(1)
            if len(n_pages) >= page:
                goes_on.wait(240)
    return before, goes_on


def pull(server, collection, *more, output="out.json", **how):
    return onus("pull", server.url, "--collection", collection, "--output", output, "--format", "json", *more, **how)


def push(server, collection, path, *more, **how):
    return onus("push", server.url, path, "--collection", collection, "--format", "json", *more, **how)


# --- what a good server gives


def test_list():
    with Server([Collection("one", alias="first"), Collection("two", can_write=False, description="d\x1b[31m")]) as s:
        text = onus("pull", s.url).stdout
        check("one" in text and "two" in text and "first" in text, text)
        check("\x1b" not in text, "a terminal would obey this")
        found = summary(onus("pull", s.origin, "--format", "json"))
        equal([c["title"] for c in found["collections"]], ["one", "two"])
        equal([c["can_write"] for c in found["collections"]], [True, False])
        for url in (s.origin + API, s.origin + API + "collections/", s.origin + API + "collections"):
            equal(summary(onus("pull", url, "--format", "json"))["collections"], found["collections"], url)
        alone = summary(onus("pull", found["collections"][1]["url"], "--format", "json"))
        equal(alone["collections"], found["collections"][1:])


def test_pull():
    things = make(25)
    with Server([Collection("one", things, alias="first")]) as s:
        for name in ("one", "first", next(iter(s.collections))):
            made = summary(pull(s, name, "--page-size", 10))
            equal(objects_of("out.json"), things)
            equal((made["objects"], made["pages"], made["repeated"]), (25, 3, 0))
        first = pathlib.Path("out.json").read_bytes()
        onus("pull", s.origin + API + "collections/" + next(iter(s.collections)), "-o", "again.json")
        equal(pathlib.Path("again.json").read_bytes(), first, "the same objects, the same file:")
        check(not pathlib.Path("out.json.pull").exists(), "the state is left")
        onus("import", "out.json", expect=2)  # nobody attributes anything in it, but it is read
        onus("reference", "import", "--into", "ref", "out.json")


def test_case_there_and_back():
    """A case of ours goes to a server and comes back as the same case."""
    onus("export", ROOT / "examples/sony-2014", "--to", "stix", "--output", "case.json")
    with Server([Collection("one")]) as s:
        made = summary(push(s, "one", "case.json", "--page-size", 50))
        equal(made["accepted"], made["objects"])
        pull(s, "one", "--page-size", 40)
    equal(onus("import", "out.json").stdout, onus("import", "case.json").stdout)


def test_pull_empty():
    with Server([Collection("one")]) as s:
        equal(summary(pull(s, "one"))["objects"], 0)
        equal(objects_of("out.json"), [])


def test_pull_filters():
    things = make(4) + make(1, "tool", type="tool")
    with Server([Collection("one", things)]) as s:
        made = summary(pull(s, "one", "--match-type", "tool,report", "--match-spec-version", "2.1", "--match-version", "all"))
        equal(objects_of("out.json"), things[4:])
        check("match%5Bspec_version%5D=2.1" in s.requests[-1][1] and "match%5Bversion%5D=all" in s.requests[-1][1])
        pull(s, "one", "--match-id", things[2]["id"])
        equal(objects_of("out.json"), things[2:3])
        pull(s, "one", "--added-after", "2024-01-01T00:00:00.000001Z")
        equal(objects_of("out.json"), things[2:])
        pull(s, "one", "--added-after", made["added_last"])
        equal(objects_of("out.json"), [])
        pull(s, "one", "--added-after", "2023-12-31")
        equal(objects_of("out.json"), things)
        pull(s, "one", "--added-after", "yesterday", expect=2, err="yesterday")
        equal(objects_of("out.json"), things, "what was there before a failure stays:")


def test_pull_needs():
    with Server([Collection("one"), Collection("one", can_read=False), Collection("secret", can_read=False)]) as s:
        pull(s, "three", expect=2, err='no collection is called "three".*"one", "secret"')
        pull(s, "secret", expect=2, err="does not let us read")
        onus("pull", s.url, "--output", "out.json", expect=2, err="name a collection")
        onus("pull", s.url, "--collection", "one", expect=2, err="--output FILE")
    check(not pathlib.Path("out.json").exists() and not pathlib.Path("out.json.pull").exists(), "something is left")


def test_login():
    pathlib.Path("word").write_text("p:ä ss\nmore\n")
    pathlib.Path("token").write_text("t0ken\n")
    with Server([Collection("one", make(2))], user="alice", password="p:ä ss") as s:
        pull(s, "one", "--user", "alice", "--password-file", "word")
        pull(s, "one", "--user", "alice", env=environment(ONUS_TAXII_PASSWORD="p:ä ss"))
        pull(s, "one", expect=2, err="401")
        pull(s, "one", "--user", "alice", env=environment(ONUS_TAXII_PASSWORD="wrong"), expect=2, err="who are you")
        pull(s, "one", "--user", "alice", expect=2, err="no password")
        pull(s, "one", "--password-file", "word", expect=2, err="--user")
        pull(s, "one", "--user", "a:b", "--password-file", "word", expect=2, err="colon")
        pull(s, "one", "--user", "alice", "--password-file", "missing", expect=2, err="missing: cannot be opened")
        onus("pull", s.url.replace("//", "//alice:pass@"), expect=2, err="holds a name or password")
    with Server([Collection("one", make(2))], token="t0ken") as s:
        pull(s, "one", "--token-file", "token")
        pull(s, "one", env=environment(ONUS_TAXII_TOKEN="t0ken"))
        pull(s, "one", "--token-file", "token", "--user", "a", expect=2, err="--token-file")
        pull(s, "one", env=environment(ONUS_TAXII_TOKEN="a\nb"), expect=2, err="control character")
        sent = [request[3].get("Authorization") for request in s.requests]
        check(all(one in (None, "Bearer t0ken") for one in sent), sent)


def test_urls():
    for url, err in (("ftp://example.org/", "neither https nor http"), ("nonsense", "no URL"),
                     ("http://example.org/taxii2/", "plain http"), ("http://127.0.0.1.example.org/", "plain http"),
                     ("https://example.org/?a=b", "query"), ("http://localhost:1/x/#f", "fragment"),
                     ("https://example.org/" + "x" * 3000, "at most")):
        onus("pull", url, expect=1 if err == "at most" else 2, err=err)


def test_api_roots():
    def before(handler):
        if handler.url_path == "/taxii2/":
            handler.answer({"title": "x", "default": API, "api_roots": [
                API, s.origin + API, "http://127.0.0.1:1/other/", "https://example.org/", "http://example.org/x/", "/none/"]})
            return True
    with Server([Collection("one", make(1))], before=before) as s:
        found = summary(onus("pull", s.url, "--format", "json"))
        equal(([c["title"] for c in found["collections"]], found["api_roots_elsewhere"], found["api_roots_closed"]),
              (["one"], 3, 1))
        pull(s, "one")


def test_tls():
    if not shutil.which("openssl"):
        return
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
                    "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                   capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k2.pem", "-out", "c2.pem",
                    "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=DNS:other.example"], check=True,
                   capture_output=True)
    with Server([Collection("one", make(3))], certificate=("cert.pem", "key.pem")) as s:
        pull(s, "one", "--ca-file", "cert.pem")
        equal(len(objects_of("out.json")), 3)
        n = len(s.requests)
        pull(s, "one", "--retries", 0, expect=1, err="does not prove who it is")
        pull(s, "one", "--ca-file", "c2.pem", "--retries", 0, expect=1, err="does not prove who it is")
        pull(s, "one", "--ca-file", "nothing.pem", "--retries", 0, expect=1)
        equal(len(s.requests), n, "nothing is asked of whom we do not know:")
    with Server([Collection("one", make(3))], certificate=("c2.pem", "k2.pem")) as s:
        pull(s, "one", "--ca-file", "c2.pem", "--retries", 0, expect=1, err="does not prove who it is")
        equal(len(s.requests), 0)


# --- pushing


def test_push():
    things = make(30)
    bundle("in.json", things)
    with Server([Collection("one")], max_bytes=2000) as s:
        made = summary(push(s, "one", "in.json"))
        equal((made["objects"], made["accepted"], made["refused_count"]), (30, 30, 0))
        equal([item for _, item in s.collections[next(iter(s.collections))].items], things)
        check(all(len(request[2]) <= 2000 for request in s.requests), "too large")
        check(s.count("POST", "objects") > 3)
        check(not pathlib.Path("in.json.push").exists(), "the state is left")
        pull(s, "one")
        equal(objects_of("out.json"), things)


def test_push_duplicates():
    things = make(3)
    bundle("in.json", things + [dict(reversed(things[0].items())) | things[0]] + things[1:2])
    with Server([Collection("one")]) as s:
        equal(summary(push(s, "one", "in.json"))["objects"], 3)
    bundle("in.json", things + [dict(things[0], name="other")])
    with Server([Collection("one")]) as s:
        push(s, "one", "in.json", expect=2, err="in.json:1:.*stands twice")
        equal(len(s.requests), 0)


def test_push_refused():
    things = make(5)
    things[3]["name"] = "refuse me"
    bundle("in.json", things)
    with Server([Collection("one")]) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], made["refused_count"]), (4, 1))
        equal(made["refused"], [{"id": things[3]["id"], "version": things[3]["modified"], "message": "not liked"}])
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], made["from_earlier_run"], made["requests"]), (4, 4, 1))
        equal(len(json.loads(s.requests[-2][2])["objects"]), 1, "only what was refused goes again:")
        text = onus("push", s.url, "in.json", "-c", "one", expect=1).stdout
        check("refused" in text and "not liked" in text, text)
        with Server([Collection("one")]) as other:
            push(other, "one", "in.json", expect=2, err="state of other work")
            push(other, "one", "in.json", "--state", "elsewhere", expect=1)


def test_push_pending():
    bundle("in.json", make(5))
    with Server([Collection("one")], pending_polls=3) as s:
        equal(summary(push(s, "one", "in.json"))["accepted"], 5)
        equal((s.count("POST", "objects"), s.count("GET", "status")), (1, 3))


def test_push_pending_resumed():
    bundle("in.json", make(5))
    with Server([Collection("one")], pending_polls=1) as s:
        s.before = lambda handler: "/status/" in handler.path and (handler.fail(503, "no") or True)
        push(s, "one", "in.json", "--retries", 0, expect=1, err="503")
        s.before = None
        equal(summary(push(s, "one", "in.json"))["accepted"], 5)
        equal(s.count("POST", "objects"), 1, "sent once:")


def test_push_status_forgotten():
    bundle("in.json", make(5))
    with Server([Collection("one")], pending_polls=1) as s:
        s.before = lambda handler: "/status/" in handler.path and (handler.fail(404, "no") or True)
        made = summary(push(s, "one", "in.json"))
        equal((made["accepted"], made["there_already"], s.count("POST", "objects")), (5, 5, 1))


def test_push_in_doubt():
    """The server takes an envelope, and its answer is lost."""
    things = make(20)
    bundle("in.json", things)
    lost = []

    def before(handler):
        if handler.command == "POST" and len(lost) < 2:
            lost.append(1)
            objects = json.loads(handler.body)["objects"]
            collection.add(objects[:len(objects) // 2])  # some of it at least
            handler.close_connection = True
            return True
    collection = Collection("one")
    with Server([collection], before=before) as s:
        made = summary(push(s, "one", "in.json", "--page-size", 8))
        equal(made["accepted"], 20)
        equal(sorted(item["id"] for _, item in collection.items), sorted(item["id"] for item in things), "nothing twice:")


def test_push_in_doubt_unreadable():
    bundle("in.json", make(4))
    lost = []

    def before(handler):
        if handler.command == "POST" and not lost:
            lost.append(1)
            collection.add(json.loads(handler.body)["objects"])
            handler.close_connection = True
            return True
    collection = Collection("one", can_read=False)
    with Server([collection], before=before) as s:
        equal(summary(push(s, "one", "in.json"))["accepted"], 4)
        equal(len(collection.items), 4)


def test_push_too_large():
    things = make(6)
    things[2]["description"] = "x" * 3000
    bundle("in.json", things)
    with Server([Collection("one")], max_bytes=2000) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], [one["id"] for one in made["refused"]]), (5, [things[2]["id"]]))
    limit = 1500

    def before(handler):  # takes less than it says
        if handler.command == "POST" and len(handler.body) > limit:
            handler.fail(413, "too much")
            return True
    for path in pathlib.Path(".").glob("*.push"):
        path.unlink()
    with Server([Collection("one")], before=before) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], [one["id"] for one in made["refused"]]), (5, [things[2]["id"]]))
        check("413" in made["refused"][0]["message"], made)


def test_push_unprocessable():
    things = make(20)

    def before(handler):
        if handler.command == "POST" and things[7]["id"].encode() in handler.body:
            handler.fail(422, "do not want")
            return True
    bundle("in.json", things)
    with Server([Collection("one")], before=before) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], [one["id"] for one in made["refused"]]), (19, [things[7]["id"]]))
        s.before = lambda handler: handler.command == "POST" and (handler.fail(422, "do not want") or True)
        bundle("in2.json", make(200, "other"))
        push(s, "one", "in2.json", expect=2, err="422")
        check(s.count("POST", "objects") < 80, "asked too often")


def test_push_bad_statuses():
    bundle("in.json", things := make(2))
    good = {"id": "s", "status": "complete", "total_count": 2, "success_count": 2, "failure_count": 0, "pending_count": 0}
    detail = {"id": things[0]["id"], "version": things[0]["modified"]}
    for status, err in (
            (b"", "nothing stands in the file"), (b"{", "ends too early"), (b"[]", "a list"), ({}, "`id`"),
            (dict(good, status="done"), "pending or complete"), (dict(good, total_count=3), "2 objects were sent"),
            (dict(good, success_count=1), "2 objects were sent"), (dict(good, success_count=-1), "whole number"),
            (dict(good, success_count=10**30), "whole number"), (dict(good, success_count=2**52), "2 objects were sent"),
            (dict(good, status="complete", success_count=0, pending_count=2), "complete while"),
            (dict(good, successes={}), "not a list"), (dict(good, successes=[1]), "a number"),
            (dict(good, successes=[detail] * 3), "lists 3"), (dict(good, successes=[detail] * 2), "tells twice"),
            (dict(good, successes=[dict(detail, id="malware--x")]), "was not sent"),
            (dict(good, id="x" * 600), "no identifier"), (dict(good, id=".."), "no identifier")):
        def before(handler):
            if handler.command == "POST":
                handler.answer(status, 202)
                return True
        with Server([Collection("one")], before=before) as s:
            push(s, "one", "in.json", "--retries", 0, expect=2, err=err)
            pathlib.Path("in.json.push").unlink()


def test_push_partial_status():
    """Servers need not list what became of each object; the manifest tells."""
    bundle("in.json", make(4))

    def before(handler):
        if handler.command == "POST":
            collection.add(json.loads(handler.body)["objects"][:3])
            handler.answer({"id": "s", "status": "complete", "total_count": 4, "success_count": 3, "failure_count": 1,
                            "pending_count": 0}, 202)
            return True
    collection = Collection("one")
    with Server([collection], before=before) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], made["refused_count"]), (3, 1))


def test_push_no_room():
    bundle("in.json", make(1))
    with Server([Collection("one")], max_bytes=3) as s:
        push(s, "one", "in.json", expect=2, err="max_content_length")
    with Server([Collection("one", can_write=False)]) as s:
        push(s, "one", "in.json", expect=2, err="does not let us add")


# --- breaks


def cut_after(n_pages, how="close", most=1000):
    state = {"pages": 0}

    def before(handler):
        if "/objects/" not in handler.path or handler.command != "GET":
            return False
        state["pages"] += 1
        if state["pages"] % n_pages or state["pages"] > n_pages * most:
            return False
        if how == "head":
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: " + MEDIA_TYPE.encode() + b"\r\nContent-Le")
        if how == "half":
            handler.send_response(200)
            handler.send_header("Content-Type", MEDIA_TYPE)
            handler.send_header("Content-Length", "1000")
            handler.end_headers()
            handler.wfile.write(b'{"objects": [')
        handler.close_connection = True
        return True
    return before


def test_pull_broken():
    things = make(100)
    for how in ("close", "head", "half"):
        for n_same in (1, 7):
            collection = Collection("one")
            collection.n_same_time = n_same
            collection.add(things)
            with Server([collection], before=cut_after(5, how)) as s:
                made = summary(pull(s, "one", "--page-size", 10))
                equal(objects_of("out.json"), things)
                check(made["pages"] >= 10, made)


def test_pull_resumed():
    """Every break ends the program; the next run goes on."""
    things = make(100)
    with Server([Collection("one", things)], before=cut_after(4)) as s:
        n_runs, n_before = 0, -1
        while True:
            done = subprocess.run([ONUS, "pull", s.url, "-c", "one", "-o", "out.json", "--page-size", "10", "--retries",
                                   "0", "-f", "json"], capture_output=True, text=True, env=environment())
            n_runs += 1
            if done.returncode == 0:
                break
            equal(done.returncode, 1)
            kept = pathlib.Path("out.json.pull").stat().st_size
            check(kept > n_before and n_runs < 20, "no progress")
            n_before = kept
            check(not pathlib.Path("out.json").exists(), "half a result")
        made = summary(done)
        check(n_runs > 2 and made["from_earlier_run"] > 0, made)
        equal(objects_of("out.json"), things)
        # the state of another question
        s.before = cut_after(1)
        pull(s, "one", "--retries", 0, expect=1)
        check(not pathlib.Path("out.json.pull").exists(), "a state of nothing")


def test_pull_other_work():
    with Server([Collection("one", make(50)), Collection("two", make(5))], before=cut_after(3)) as s:
        pull(s, "one", "--page-size", 10, "--retries", 0, expect=1)
        pull(s, "two", expect=2, err="state of other work")
        pull(s, "one", "--match-type", "tool", expect=2, err="state of other work")
        state = pathlib.Path("out.json.pull")
        whole = state.read_bytes()
        s.before = None
        for cut in (1, 30, len(whole) // 2, len(whole) - 1):  # killed while it wrote
            state.write_bytes(whole[:cut])
            pull(s, "one", "--page-size", 10)
            equal(len(objects_of("out.json")), 50)
        state.write_bytes(whole[:-40] + bytes(40))
        pull(s, "one", "--page-size", 10)
        equal(len(objects_of("out.json")), 50)
        state.write_bytes(whole[:200] + b"?" + whole[201:])
        pull(s, "one", expect=2, err="is damaged at byte")


def test_pull_interrupted():
    before, goes_on = held_at(20)
    things = make(60)
    with Server([Collection("one", things)], before=before) as s:
        command = [ONUS, "pull", s.url, "-c", "one", "-o", "out.json", "--page-size", "2"]
        child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())
        wait_for(lambda: size_of("out.json.pull") > 500)
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=120)  # though the server does not answer
        goes_on.set()
        equal((child.returncode, err), (130, "onus: interrupted; the same command goes on from here\n"))
        check(not pathlib.Path("out.json").exists())
        s.before = None
        made = summary(pull(s, "one", "--page-size", 2))
        check(0 < made["from_earlier_run"] < 60, made)
        equal(objects_of("out.json"), things)


def test_pull_in_use():
    before, goes_on = held_at(3)
    with Server([Collection("one", make(10))], before=before) as s:
        child = subprocess.Popen([ONUS, "pull", s.url, "-c", "one", "-o", "out.json", "--page-size", "2"],
                                 stdout=subprocess.DEVNULL, env=environment())
        wait_for(lambda: size_of("out.json.pull") > 0)
        pull(s, "one", "--page-size", 2, expect=2, err="in use by another onus")
        goes_on.set()
        equal(child.wait(120), 0)


def test_pull_next_forgotten():
    """A server that keeps its place for a short while."""
    things = make(40)
    count = []

    def before(handler):
        if "next=" in handler.path:
            count.append(1)
            if len(count) == 3:
                handler.fail(400, "what next?")
                return True
    with Server([Collection("one", things)], before=before) as s:
        pull(s, "one", "--page-size", 10)
        equal(objects_of("out.json"), things)


def test_pull_no_times():
    """Without the times of adding, a broken chain begins at its start."""
    things = make(30)
    cut = cut_after(3)

    def before(handler):
        send = handler.send_header
        handler.send_header = lambda name, value: None if name.startswith("X-TAXII") else send(name, value)
        return cut(handler)
    with Server([Collection("one", things)], before=before) as s:
        onus("pull", s.url, "-c", "one", "-o", "out.json", "--page-size", 15)
        equal(objects_of("out.json"), things)
        check(all("added_after" not in request[1] for request in s.requests))


def test_pull_backward_times():
    things = make(30)
    collection = Collection("one", things)
    collection.items = list(zip([added for added, _ in reversed(collection.items)], things))
    with Server([collection], before=cut_after(3, most=1)) as s:
        pull(s, "one", "--page-size", 12)
        equal(objects_of("out.json"), things)


def test_disputed():
    things = make(3)
    other = dict(things[1], name="another tale")
    with Server([Collection("one", things + [other, things[0]])]) as s:
        made = summary(pull(s, "one"))
        equal((made["objects"], made["repeated"], made["disputed_count"]), (3, 2, 1))
        equal(objects_of("out.json"), things)
        equal(made["disputed"][0]["id"], other["id"])
        check("different content" in onus("pull", s.url, "-c", "one", "-o", "out.json").stdout)


def test_versions():
    things = make(2)
    later = [dict(thing, modified="2024-05-05T00:00:00Z") for thing in things]
    same = dict(later[0], modified="2024-05-05T00:00:00.000Z")  # the same time, otherwise written
    with Server([Collection("one", things + later + [same])]) as s:
        made = summary(pull(s, "one", "--match-version", "all"))
        equal((made["objects"], made["disputed_count"]), (4, 1))


def test_waiting():
    for code, wait in ((429, "1"), (503, "1"), (503, None), (500, None)):
        begun, seen = time.monotonic(), []

        def before(handler):
            if "/objects/" in handler.path and not seen:
                seen.append(1)
                handler.fail(code, "later", **({"Retry_After": wait} if wait else {}))
                return True
        with Server([Collection("one", make(3))], before=before) as s:
            pull(s, "one")
            check(time.monotonic() - begun >= (1 if wait else 0.5), "came too early")
    with Server([Collection("one")]) as s:
        s.before = lambda handler: handler.fail(429, "later", Retry_After="4000") or True
        pull(s, "one", expect=1, err="come again in 4000 s")
        s.before = lambda handler: handler.fail(500, "broken\x1b[31m") or True
        done = pull(s, "one", "--retries", 2, expect=1, err="given up after 3 attempts")
        check("\x1b" not in done.stderr)


# --- hostile servers


def raw(text, times=1, pause_s=0.0):
    """An answer of these bytes, whatever they are."""
    def before(handler):
        if "/objects/" not in handler.path:
            return False
        handler.close_connection = True
        try:
            for _ in range(times):
                handler.wfile.write(text)
                handler.wfile.flush()
                time.sleep(pause_s)
        except OSError:
            pass
        return True
    return before


def answered(body, **how):
    return lambda handler: "/objects/" in handler.path and (handler.answer(body, **how) or True)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/taxii+json;version=2.1\r\n"


def hostile(before, expect, err, *more):
    with Server([Collection("one", make(3))], before=before) as s:
        begun = time.monotonic()
        pull(s, "one", "--retries", 0, *more, expect=expect, err=err)
        check(not pathlib.Path("out.json").exists() and not pathlib.Path("out.json.pull").exists(), "something is left")
        return time.monotonic() - begun


def test_hostile_codes():
    for code, expect in ((401, 2), (403, 2), (404, 2), (406, 2), (413, 1), (429, 1), (500, 1), (503, 1), (418, 1), (400, 2),
                         (204, 2)):
        hostile(answered({"title": "t", "description": "no <b>\n"}, status=code) if code != 204 else answered(b"", status=204),
                expect, str(code) if code != 204 else "nothing stands")


def test_hostile_types():
    for kind in ("text/html", None, "application/json", "application/taxii+json;version=2.0", "application/taxii+jsonx",
                 "application/vnd.oasis.taxii+json; version=2.0", "x" * 5000):
        hostile(answered({}, content_type=kind), 2, "of the type")
    for kind in ("application/taxii+json", 'Application/TAXII+JSON; charset=utf-8; version="2.1"'):
        with Server([Collection("one")], before=answered({}, content_type=kind)) as s:
            pull(s, "one")


def test_hostile_json():
    thing = make(1)[0]
    deep = b'{"objects": [' + b"[" * 100000 + b"]" * 100000 + b"]}"
    for body, err in ((b"", "nothing stands"), (b"garbage", "no map"), (b"[]", "no map"), (b"[{}]", "no map"), (b"7", "no map"),
                      (b'{"objects": [', "ends too early"), (b"\xff\xfe{}", "."), (b'{"objects": [1]}', "a number"),
                      ({"objects": [{}]}, "`id`"), ({"objects": [{"id": "x"}]}, "`type`"), ({"objects": [{"id": 7}]}, "`id`"),
                      ({"objects": [dict(thing, id="x" * 600)]}, "511 bytes"), ({"more": "yes"}, "`more`"),
                      ({"more": True, "next": "x" * 5000}, "`next`"), ({"more": True, "next": 7}, "`next`"),
                      ({"more": True}, "neither `next`"), (deep, "nested"), (b'{"a":1,"a":2}', "second time"),
                      (b'{"objects": null, "objects": []}', "nothing; an object"), ({"objects": "x"}, "a text"),
                      ({"objects": [dict(thing, x="\ud800")]}, "surrogate")):
        hostile(answered(body), 2 if err != "nested" else 1, err)


def test_hostile_resources():
    for path, body, err in (
            ("/taxii2/", {"title": "x"}, "neither a discovery"), ("/taxii2/", {"api_roots": "x"}, "not a list"),
            ("/taxii2/", {"api_roots": [1]}, "a number"), ("/taxii2/", {"api_roots": []}, "no collection is to be seen"),
            ("/taxii2/", {"api_roots": ["https://example.org/"]}, "on other servers"), ("/taxii2/", [], "a list"),
            ("/taxii2/", {"api_roots": [f"/{i}/" for i in range(200)]}, "more than 100"),
            (API + "collections/", {"collections": {}}, "not a list"), (API + "collections/", {"collections": [1]}, "a number"),
            (API + "collections/", {"collections": [{"id": "x"}]}, "can_read"), (API + "collections/", b"{", "ends too early"),
            (API + "collections/", {"collections": [{"id": "..", "can_read": True, "can_write": True}]}, "no identifier")):
        def before(handler):
            if handler.url_path == path:
                handler.answer(body)
                return True
            if re.match(r"/\d+/collections/", handler.url_path):
                handler.answer({})
                return True
        hostile(before, 1 if err == "more than 100" else 2, err)


def test_hostile_bytes():
    hostile(raw(b"\x00\x01\x02garbage\r\n\r\n"), 2, "no HTTP|broke")
    hostile(raw(b""), 1, "broke")
    hostile(raw(HEAD[:-2]), 1, "broke")
    hostile(raw(HEAD), 1, "broke")
    hostile(raw(HEAD + b"Content-Length: 100\r\n\r\n{"), 1, "broke")
    hostile(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{"), 1, "broke|failed")
    hostile(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}"), 1, "broke")
    hostile(raw(HEAD + (b"X: " + b"y" * 1000 + b"\r\n") * 100), 1, "head of the answer")
    hostile(raw(HEAD + b"X: " + b"y" * 200000 + b"\r\n"), 1, "in the head of the answer")
    hostile(raw(HEAD + b"X: y\r\n" * 20000), 1, "head of the answer")
    hostile(raw(b"HTTP/1.1 100 Continue\r\n\r\n", 100000), 1, "head of the answer")
    hostile(raw(HEAD + b"Content-Length: -5\r\n\r\n{}"), 2, ".")


def test_hostile_size():
    hostile(raw(HEAD + b'\r\n{"objects": [' + b" " * (1 << 20), 80), 1, "longer than 67108864 bytes")
    hostile(raw(HEAD + b"Content-Length: 99999999999\r\n\r\n" + b" " * (1 << 20), 80), 1, "longer than|broke")


def test_hostile_packing():
    packed = gzip.compress(b'{"objects": [' + b" " * (50 << 20) + b"]}")
    hostile(answered(packed, Content_Encoding="gzip"), 2, "compressed")
    hostile(answered(b"{}", Content_Encoding="br"), 2, "compressed")


def test_hostile_time():
    """Each would go on for two minutes. What is asked before has the time that is given, too."""
    for before, expect, err in ((raw(HEAD + b"Content-Length: 100\r\n\r\n", 1, 120), 1, "objects/.*within 3 s"),
                                (raw(b"X", 1200, 0.1), 2, "no HTTP"), (raw(HEAD[:20], 1, 120), 1, "objects/.*within 3 s")):
        took = hostile(before, expect, err, "--timeout", 3)
        check(took < 60, took)


def test_hostile_pages():
    thing = make(1)[0]
    times = {"X_TAXII_Date_Added_First": "2024-01-01T00:00:00Z", "X_TAXII_Date_Added_Last": "2024-01-01T00:00:00Z"}
    for body in ({"more": True, "next": "same"}, {"more": True, "next": "same", "objects": [thing]}):
        with Server([Collection("one")], before=answered(body, **times)) as s:
            pull(s, "one", expect=2, err="100 pages in a row")
            check(s.count("GET", "objects") <= 110)
    pathlib.Path("out.json.pull").unlink()  # there was an object
    with Server([Collection("one")], before=answered({"more": True, "objects": [thing]}, **times)) as s:
        pull(s, "one", expect=2, err="neither `next`")


def test_hostile_redirects():
    with Server([Collection("one", make(2))], user="alice", password="x") as other:
        for target, expect in ((other.origin + "/x/", 2), ("https://example.org/", 2), ("file:///etc/passwd", 2),
                               ("ftp://127.0.0.1/", 2), ("/loop/", 1)):
            def before(handler):
                if "/objects/" in handler.path or "/loop/" in handler.path:
                    handler.answer(b"", 307, Location=target)
                    return True
            with Server([Collection("one", make(2))], user="alice", password="x", before=before) as s:
                pull(s, "one", "--user", "alice", "--retries", 0, expect=expect, err="another server|HTTP 307",
                     env=environment(ONUS_TAXII_PASSWORD="x"))
                check(len(s.requests) < 20)
                bundle("in.json", make(1))
                push(s, "one", "in.json", "--user", "alice", "--retries", 0, expect=2, err="not sent on",
                     env=environment(ONUS_TAXII_PASSWORD="x"))
                pathlib.Path("in.json.push").unlink()
        equal(len(other.requests), 0, "name and password went elsewhere:")

    def moved(handler):
        if "/objects/" in handler.path:
            handler.answer(b"", 308, Location=handler.path.replace("/objects/", "/things/"))
            return True
        if "/things/" in handler.path:
            handler.answer({"objects": make(1)})
            return True
    with Server([Collection("one")], before=moved) as s:
        pull(s, "one")
        equal(objects_of("out.json"), make(1))


def test_unreachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/taxii2/"
        onus("pull", url, "--retries", 1, expect=1, err="cannot be reached.*given up after 2 attempts")


def test_reset():
    def before(handler):
        if "/objects/" in handler.path:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return True
    hostile(before, 1, "broke")


def test_no_proxy_on_loopback():
    with Server([Collection("one", make(2))]) as s:
        pull(s, "one", env=environment(http_proxy="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1"))


def test_no_room_on_disk():
    with Server([Collection("one", make(2))]) as s:
        pull(s, "one", output="no/such/folder/out.json", expect=1, err="cannot be opened")
        pathlib.Path("folder").mkdir()
        pull(s, "one", output="folder", expect=2, err="is a folder")
        check(pathlib.Path("folder.pull").exists(), "what was fetched is gone")


def test_no_progress_in_a_pipe():
    def before(handler):
        time.sleep(0.3)
    with Server([Collection("one", make(30))], before=before) as s:
        equal(pull(s, "one", "--page-size", 10).stderr, "")


def test_progress_on_a_terminal():
    def before(handler):
        time.sleep(0.3)
    with Server([Collection("one", make(30))], before=before) as s:
        child, terminal = pty.fork()
        if child == 0:
            os.execve(ONUS, ["onus", "pull", s.url, "-c", "one", "-o", "out.json", "--page-size", "10"], environment())
        shown = b""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece
        except OSError:
            pass
        equal(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        check(re.search(rb"\r\d+ objects, \d+ a second", shown), shown)


def run_one(name):
    """In a folder of its own."""
    folder, begun, home = tempfile.mkdtemp(prefix="onus-taxii-"), time.monotonic(), os.getcwd()
    os.chdir(folder)
    verdict = "ok"
    try:
        globals()[name]()
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
    names = [name for name in globals() if name.startswith("test_")]
    with concurrent.futures.ThreadPoolExecutor(N_AT_ONCE) as pool:
        n_good = sum(pool.map(run_apart, names))
    print(f"{len(names)} tests, {len(names) - n_good} failed")
    return n_good != len(names)


if __name__ == "__main__":
    sys.exit(main())
