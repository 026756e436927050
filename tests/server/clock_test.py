"""A clock that is set forward a year and back an hour while the server runs: clock_test.py ONUS

libfaketime tells the server the time; what measures spans is left to it. Without libfaketime the test is skipped.
"""
import glob
import os
import pathlib
import sys
import tempfile
import threading

from running import PASSWORD, Server, check, equal, people, run, text_of, wait_until

ONUS = pathlib.Path(sys.argv[1]).resolve()
API = "/api/v1"
TEXT = text_of("wizardopium-2019")
FAKETIME = (glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob.glob("/usr/lib/faketime/libfaketimeMT.so.1") + [None])[0]


class Clock:
    """What the server believes, as an offset to the right time."""

    def __init__(self, folder):
        self.path = pathlib.Path(folder, "clock")
        self.set("+0")
        preload = " ".join(filter(None, (FAKETIME, os.environ.get("LD_PRELOAD"))))
        self.environment = {**os.environ, "LD_PRELOAD": preload, "FAKETIME_TIMESTAMP_FILE": str(self.path),
                            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1",
                            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"}

    def set(self, offset):
        new = self.path.with_suffix(".new")
        new.write_text(offset + "\n", encoding="ascii")
        new.rename(self.path)


class Listener(threading.Thread):
    """Reads events until the server ends them."""

    def __init__(self, client, case):
        super().__init__(daemon=True)
        self.connection, self.lines = client.server.connect(), []
        self.connection.request("GET", f"{API}/cases/{case}/events", headers={"Cookie": client.cookie})
        self.answer = self.connection.getresponse()
        equal(self.answer.status, 200)
        self.start()

    def run(self):
        while line := self.answer.readline():
            self.lines.append(line.decode().strip())


def edit(client, base):
    answer = client.ask("PUT", f"{API}/cases/wiz", {"base": base, "text": TEXT.replace("title:", f"title: {base}", 1)})
    equal(answer.status, 201, answer.body)
    return answer.json["version"]


def try_wrongly(client):
    return client.ask("POST", f"{API}/session", {"user": "bob", "password": "wrong password"}).status


def jump(server, clock):
    who = people(server, "ada", "bob")
    ada = who["ada"]
    ada.post(f"{API}/cases", {"id": "wiz", "text": TEXT})
    day, year = (server.client(token=ada.post(f"{API}/tokens", {"name": f"{days}", "days": days}).json["token"])
                 for days in (1, 366))
    listener = Listener(ada, "wiz")
    guesser = server.client()
    equal([try_wrongly(guesser) for _ in range(6)], [401] * 5 + [429])
    equal(edit(ada, 1), 2)

    clock.set("+365d")
    equal(ada.ask("GET", f"{API}/cases").status, 401, "a session lasts twelve hours")
    equal((day.ask("GET", f"{API}/cases").status, year.ask("GET", f"{API}/cases").status), (401, 200), "tokens")
    equal(try_wrongly(guesser), 429, "a jump is no time to wait")
    equal(edit(year, 2), 3)
    later = server.client("ada").log_in()
    equal(later.get(f"{API}/cases").json["cases"][0]["version"], 3)

    clock.set("-1h")
    equal(later.ask("GET", f"{API}/cases").status, 401, "a session that begins next year")
    equal((day.ask("GET", f"{API}/cases").status, year.ask("GET", f"{API}/cases").status), (200, 200), "tokens go on")
    equal(try_wrongly(guesser), 429, "nor is one back")
    equal(edit(year, 3), 4)
    again = server.client("ada").log_in()
    for _ in range(2):
        equal(edit(again, int(again.get(f"{API}/cases/wiz").json["version"])) > 4, True)
    times = [version["time"] for version in again.get(f"{API}/cases/wiz/versions").json["versions"]]
    check(len(set(times)) == 6 and times == sorted(times, reverse=True), "times went back", times)
    entries = again.get(f"{API}/audit?check=1&limit=1000").json
    times = [entry["time"] for entry in entries["entries"]]
    check(entries["holds"] and len(set(times)) == len(times) and times == sorted(times, reverse=True), "the log went back", times)

    clock.set("+0")
    equal(again.ask("GET", f"{API}/cases").status, 200, "an hour more or less ends no session")
    check(PASSWORD not in server.lines(), "a secret is in the log")
    wait_until(lambda: listener.lines.count("event: version") >= 5, "who looks on is told of every version")
    server.audit()
    server.stop()
    listener.join()
    equal(listener.lines.count("event: version"), 5, "who looks on was told of every version once")


def test_a_clock_that_jumps():
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        clock = Clock(folder)
        server = Server(ONUS, folder, env=clock.environment)
        jump(server, clock)


if __name__ == "__main__":
    if FAKETIME is None:
        print("libfaketime is not there")
        sys.exit(77)
    sys.exit(run(globals(), sys.argv[2:]))
