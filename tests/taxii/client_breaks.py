"""Connections that break, servers that forget, and other work in between."""
import json
import pathlib
import signal
import subprocess
import time

from client import check, environment, equal, held_at, make, objects_of, onus, ONUS, pull, size_of, summary, wait_for
from server import MEDIA_TYPE, Collection, Server


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
