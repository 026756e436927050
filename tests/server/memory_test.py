"""A running server one of whose allocations fails, again and again: memory_test.py ONUS FAILING_MALLOC STEP

Of each request the first allocations fail in turn, then every one that is STEP times as far; whoever makes them, libraries and
the database too. The answer is the right one, or a refusal, or none; the next is right again, and nothing is half there.
"""
import http.client
import json
import mmap
import os
import pathlib
import struct
import sys
import tempfile

from running import CASE, PASSWORD, Server, check, equal, package, people, run, text_of, wait_until

ONUS, PRELOADED, STEP = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve(), float(sys.argv[3])
API, OF = "/api/v1", f"/api/v1/cases/{CASE}"
TEXT = text_of("sony-2014")
FIRST = 30
ACCEPT = {"Accept": "application/taxii+json;version=2.1"}


class Memory:
    def __init__(self, folder):
        self.path = pathlib.Path(folder, "memory")
        self.path.write_bytes(bytes(24))
        with open(self.path, "r+b") as file:
            self.map = mmap.mmap(file.fileno(), 24)

    def fail_at(self, number):
        self.map[:8] = struct.pack("=q", number)

    @property
    def left(self):
        return struct.unpack("=q", self.map[:8])[0]

    @property
    def n_failed(self):
        return struct.unpack("=q", self.map[8:16])[0]

    @property
    def n_live(self):
        return struct.unpack("=q", self.map[16:])[0]


def steps():
    number = 1
    while True:
        yield number
        number = number + 1 if number < FIRST else int(number * STEP) + 1


class Sweep:
    def __init__(self, server, memory, client):
        self.server, self.memory, self.client, self.n, self.n_refused = server, memory, client, 0, 0

    def try_once(self, number, method, path, body, headers):
        """The status; 0 when no answer came."""
        self.client.close()
        self.memory.fail_at(number)
        try:
            connection = self.server.connect()
            connection.request(method, path, body, {"Cookie": self.client.cookie, "X-Onus-CSRF": self.client.csrf, **ACCEPT, **headers})
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except (http.client.HTTPException, ConnectionError):
            return 0
        finally:
            connection.close()

    def go(self, method, path, good, make_body=None, after=None, content_type="application/json"):
        for number in steps():
            body = make_body(number) if make_body else None
            status = self.try_once(number, method, path.replace("{n}", str(self.n)), body,
                                   {"Content-Type": content_type} if body else {})
            was_reached = self.memory.left <= 0
            self.memory.fail_at(0)
            self.n, self.n_refused = self.n + 1, self.n_refused + (status in (0, 503))
            check(self.server.process.poll() is None, method, path, f"allocation {number}: the server has ended:",
                  self.server.lines()[-4000:])
            check(status in (good, 0, 503), method, path, f"allocation {number}: {status}")
            check(status == good or was_reached, method, path, f"allocation {number} was not reached: {status}", self.server.lines()[-3000:])
            if after:
                after(status, body)
            if not was_reached:
                return


def edits(client):
    """Bodies of edits, and what must hold after each."""
    state = {"version": client.get(OF).json["version"], "n": 0}

    def make(_):
        state["n"] += 1
        state["text"] = TEXT.replace("title:", f"title: {state['n']}", 1)
        return json.dumps({"base": state["version"], "text": state["text"]}).encode()

    def after(status, _):
        version = client.get(OF).json["version"]
        check(version == state["version"] + 1 if status == 201 else version - state["version"] in (0, 1), status, version)
        if version > state["version"]:
            equal(client.get(f"{OF}/versions/{version}").body.decode(), state["text"], "half of an edit")
        state["version"] = version

    return make, after


def sweep_reads(sweep, paths):
    for path in paths:
        equal(sweep.client.ask("GET", path.replace("{n}", "0"), **ACCEPT).status, 200, path)
        sweep.go("GET", path, 200)


def sweep_what_is_kept(sweep):
    """What makes the server keep more: answers, open cases, versions."""
    sweep_reads(sweep, [f"{OF}/assess?brief=1&seed=1{{n}}", f"{OF}/matrix?brief=1&seed=1{{n}}"])
    sweep.go("PUT", OF, 201, *edits(sweep.client))


def sweep_what_leaves_nothing(sweep):
    sweep_reads(sweep, [f"{API}/session", f"{API}/cases", OF, f"{OF}/document", f"{OF}/files", f"{OF}/versions", f"{OF}/members",
                        f"{OF}/file?path=evidence/techniques.csv", f"{OF}/export/stix", f"{OF}/export/package", "/metrics",
                        f"{OF}/audit", "/taxii2/", f"/taxii2/onus/collections/{CASE}/objects/?limit=3"])
    sweep.go("POST", f"{OF}/what-if", 200, lambda _: b'{"brief": true}')
    sweep.go("POST", f"{API}/tokens", 201, lambda _: b'{"name": "a name that is longer than a buffer is at first"}', lambda *_: [
        sweep.client.ask("DELETE", f"{API}/tokens/{token['id']}") for token in sweep.client.get(f"{API}/tokens").json["tokens"]])
    sweep.go("PUT", f"{OF}/members/bob", 204, lambda _: b'{"role": "reader"}')


def test_allocations_that_fail():
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        memory = Memory(folder)
        server = Server(ONUS, folder, env={**os.environ, "LD_PRELOAD": str(PRELOADED), "ONUS_TEST_MALLOC": str(memory.path)})
        ada = people(server, "ada", "bob")["ada"]
        ada.post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
        sweep, live = Sweep(server, memory, ada), []
        sweep_what_is_kept(sweep)
        for _ in range(3):
            sweep_what_leaves_nothing(sweep)
            # Connections end a little after their answers have come.
            wait_until(lambda: not live or memory.n_live - live[-1] < 100, "the server keeps more and more", 60)
            live.append(memory.n_live)
        print(f"{memory.n_failed} failures, {sweep.n_refused} refusals; allocations that live: {live}")
        check(memory.n_failed > 500 and sweep.n_refused > 100, memory.n_failed, sweep.n_refused)
        ada.close()
        equal(server.client("ada").log_in(PASSWORD).get("/healthz").json["status"], "ok")
        server.stop()
        server.audit()


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[4:]))
