"""What hostile and broken clients send, and stopping: http_test.py ONUS N_MALFORMED"""
import concurrent.futures
import gzip
import json
import pathlib
import random
import resource
import selectors
import socket
import sqlite3
import sys
import threading
import time

from running import CASE, Server, check, equal, package, people, run, text_of, wait_until

ONUS = pathlib.Path(sys.argv[1]).resolve()
N_MALFORMED = int(sys.argv[2])
API = "/api/v1"
TEXT = text_of("wizardopium-2019")


def talk(server, data, timeout=10):
    """Sends bytes and gives what comes back until the server ends the connection or says no more."""
    answer = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout) as connection:
        try:
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:  # it was ended, or is silent
            pass
        return answer


def is_well(server):
    equal(server.client().get("/healthz").json["status"], "ok")


def metric(server, name):
    text = server.client().get("/metrics").body.decode()
    return [float(line.split()[1]) for line in text.splitlines() if line.startswith(name + " ")][0]


def are_gone(server, but):
    wait_until(lambda: metric(server, "onus_connections") <= but, "connections go")


def test_bodies_that_are_too_large():
    with Server(ONUS) as server:
        local = server.client().be_local()
        for size in (70_000, 3_000_000):
            answer = local.ask("POST", f"{API}/tokens", b"x" * size, Content_Type="application/json")
            equal(answer.status, 413, size)
            check("65536" in answer.json["error"]["text"], answer.body)
        answer = talk(server, f"POST {API}/cases HTTP/1.1\r\nHost: localhost\r\nX-Onus-CSRF: {local.csrf}\r\n"
                      "Content-Length: 99999999999999\r\nContent-Type: application/json\r\n\r\n".encode())
        check(answer.startswith(b"HTTP/1.1 413") or answer == b"", answer[:100])
        chunks = b"".join(b"10000\r\n" + b"x" * 65536 + b"\r\n" for _ in range(40)) + b"0\r\n\r\n"
        answer = talk(server, f"POST {API}/tokens HTTP/1.1\r\nHost: localhost\r\nX-Onus-CSRF: {local.csrf}\r\nContent-Type: "
                      "application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode() + chunks)
        check(answer == b"" or b" 413 " in answer[:20], answer[:100])
        equal(local.ask("GET", f"{API}/cases", b"x").status, 400, "a body where none is taken")
        answer = talk(server, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(
            b"X-%d: %s\r\n" % (i, b"y" * 1000) for i in range(60)) + b"\r\n")
        check(answer[:20].split(b" ")[1:2] in ([], [b"431"], [b"413"], [b"400"]), answer[:60])
        for deep in (b"[" * 100_000, b'{"a":' * 50_000, b'"' + b"\\u0000" * 1000 + b'"'):
            equal(local.ask("POST", f"{API}/cases", deep, Content_Type="application/json").status, 422, deep[:10])
        wait_until(lambda: metric(server, "onus_body_bytes") == 0, "bodies are left")
        is_well(server)


FIXED = [b"", b"\r\n" * 100, b"\0" * 1000, b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"GET http:// HTTP/1.1\r\n\r\n",
         b"GET / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", b"\x16\x03\x01\x02\x00",
         b"GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
         b"GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nx",
         b"GET /%ff%00 HTTP/1.1\r\nHost: localhost\r\n\r\n", b"GET /?%00=%zz&& HTTP/1.1\r\nHost: localhost\r\n\r\n",
         b"POST /api/v1/match HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n"]


def damaged(good, generator):
    data = bytearray(good)
    for _ in range(generator.randrange(1, 8)):
        at = generator.randrange(len(data))
        kind = generator.randrange(4)
        if kind == 0:
            data[at] = generator.randrange(256)
        elif kind == 1:
            del data[at:at + generator.randrange(1, 20)]
            data = data or bytearray(b"x")
        elif kind == 2:
            data[at:at] = generator.randbytes(generator.randrange(1, 40))
        else:
            data[at:at] = data[:generator.randrange(len(data))]
    return bytes(data)


def test_malformed_requests():
    good = f"POST {API}/cases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    generator = random.Random(5)
    with Server(ONUS) as server:
        requests = [(damaged(good, generator), 0.3) for _ in range(N_MALFORMED)]
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            for data, answer in zip(FIXED + [data for data, _ in requests],
                                    pool.map(lambda what: talk(server, *what), [(data, 2) for data in FIXED] + requests)):
                check(b" 500 " not in answer[:20], data, answer[:100])
        is_well(server)


def test_clients_that_are_slow():
    """One byte a second is activity for a web server; here a head has half a minute all the same."""
    ended = {}

    def trickle(server, name, first):
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(first)
            try:
                while time.monotonic() - started < 120:
                    connection.sendall(b"x")
                    connection.settimeout(1)
                    try:
                        if not connection.recv(100):
                            break
                    except TimeoutError:
                        pass
            except ConnectionError:
                pass
        ended[name] = time.monotonic() - started

    with Server(ONUS, None, "--connections", "40") as server:
        threads = [threading.Thread(target=trickle, args=(server, i, b"GET / HTTP/1.1\r\nX: " if i % 2 else b"G"))
                   for i in range(10)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        is_well(server)
        crowd = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(60)]
        time.sleep(0.5)
        for connection in crowd:
            connection.close()
        time.sleep(0.5)
        is_well(server)
        for thread in threads:
            thread.join()
        check(all(25 < took < 100 for took in ended.values()) and len(ended) == 10, ended)
        are_gone(server, 2)


def test_clients_that_go_in_the_middle():
    """The end comes with the last bytes: nobody waits for more, and stopping does not either."""
    part = f"POST {API}/cases HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{{".encode()
    with Server(ONUS) as server:
        for data in 5 * [part, part[:40], b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET", b""]:
            with socket.create_connection(("127.0.0.1", server.port)) as connection:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
        are_gone(server, 1)
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(part)
            time.sleep(0.1)
            connection.shutdown(socket.SHUT_WR)
            started = time.monotonic()
            server.stop()
            check(time.monotonic() - started < 25, "stopping waited for somebody who has gone")


class Crowd:
    """Many requests of one client at once, each on a connection of its own: paths to get, or (method, path, JSON)."""

    def __init__(self, server, client, requests):
        self.left, self.answers = selectors.DefaultSelector(), []
        self.add(server, client, requests)

    def add(self, server, client, requests):
        cookie = f"Cookie: {client.cookie}\r\nX-Onus-CSRF: {client.csrf}\r\n" if client.cookie else ""
        for request in requests:
            method, path, body = ("GET", request, None) if isinstance(request, str) else request
            head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{cookie}Connection: close\r\n"
            data = b"" if body is None else json.dumps(body).encode()
            if body is not None:
                head += f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n"
            connection = socket.create_connection(("127.0.0.1", server.port), 60)
            connection.sendall(head.encode() + b"\r\n" + data)
            self.left.register(connection, selectors.EVENT_READ, [])
        return self

    def read(self, timeout=60.0):
        """Takes what has come, waiting for the first of it."""
        for key, _ in self.left.select(timeout):
            if piece := key.fileobj.recv(65536):
                key.data.append(piece)
            else:
                self.left.unregister(key.fileobj)
                key.fileobj.close()
                self.answers.append(b"".join(key.data))
        return self

    def read_all(self):
        while self.left.get_map():
            self.read()
        return self

    def count(self, status):
        return sum(answer.startswith(f"HTTP/1.1 {status} ".encode()) for answer in self.answers)


def test_a_queue_that_is_full():
    """It has places for 1,024 requests, 256 of one caller. Callers have turns, and what needs no computing has workers of its own.
    The only worker waits for the right to write to the database, which is ours meanwhile."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if 0 <= most < 2048:
        print(f"test_a_queue_that_is_full: not with {most} files")
        return
    resource.setrlimit(resource.RLIMIT_NOFILE, (most if 0 <= most < 8192 else 8192, most))
    server = Server(ONUS, None, "--workers", "1", "--connections", "4096")
    who = people(server, "ada", "bob", "cy", "dan", "eve")
    ada, eve = who["ada"], who["eve"]
    ada.post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
    for name in ("bob", "cy", "dan", "eve"):
        equal(ada.ask("PUT", f"{API}/cases/{CASE}/members/{name}", {"role": "reader"}).status, 204)
    short, change = f"{API}/cases/{CASE}/file?path=evidence/techniques.csv", ("PUT", f"{API}/cases/{CASE}/members/bob", {"role": "reader"})
    ada.get(short)
    writing = sqlite3.connect(server.data / "onus.sqlite", isolation_level=None)
    writing.execute("BEGIN IMMEDIATE")
    crowds = {"ada": Crowd(server, ada, [change])}
    wait_until(lambda: metric(server, "onus_jobs") == 1, "the worker is not busy")
    crowds["ada"].add(server, ada, 9 * [change] + 290 * [short])
    wait_until(lambda: crowds["ada"].read(0.1).count(503) == 44, "of one caller 256 wait")
    crowds["eve"] = Crowd(server, eve, [("POST", f"{API}/cases", {"id": "eves", "text": TEXT})])
    for path in ("/healthz", f"{API}/cases", f"{API}/cases/{CASE}/versions"):
        equal(eve.get(path).status, 200, "what needs no computing is answered")
    for name in ("bob", "cy", "dan", "eve"):
        crowds.setdefault(name, Crowd(server, who[name], [])).add(server, who[name], 256 * [short])
    n_sent = 300 + 1 + 4 * 256
    wait_until(lambda: sum(crowd.read(0.01).count(503) for crowd in crowds.values()) + metric(server, "onus_jobs") == n_sent, "all have come")
    check(all(crowd.count(200) + crowd.count(201) + crowd.count(204) == 0 for crowd in crowds.values()), "answered without a worker")
    writing.execute("ROLLBACK")
    writing.close()
    for crowd in crowds.values():
        crowd.read_all()
    found = {name: (sum(crowd.count(status) for status in (200, 201, 204)), crowd.count(503)) for name, crowd in crowds.items()}
    equal(sum(sum(pair) for pair in found.values()), n_sent, found)
    check(all(answered <= 256 for answered, _ in found.values()), found)
    # Two callers may share a lane, one start in a hundred: they have 256 places together, and eve those that are left.
    check(1024 <= sum(answered for answered, _ in found.values()) <= 1025, found)
    check(all(b"Retry-After: " in answer for crowd in crowds.values() for answer in crowd.answers if answer.startswith(b"HTTP/1.1 503 ")))
    newest_first = [entry["user"] for entry in ada.get(f"{API}/audit?limit=11").json["entries"]]
    check(newest_first.index("eve") >= 8, newest_first, "whoever asks for little has her turn")
    wait_until(lambda: metric(server, "onus_jobs") == 0, "jobs are left")
    server.stop()
    server.remove()


def test_stopping_finishes_what_was_accepted():
    server = Server(ONUS).start()
    local = server.client().be_local()
    local.post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
    found = []
    threads = [threading.Thread(target=lambda seed=seed: found.append(server.client().ask(
        "GET", f"{API}/cases/{CASE}/assess?seed={seed}").status)) for seed in range(1, 6)]
    stream = server.connect()
    stream.request("GET", f"{API}/cases/{CASE}/events")
    response = stream.getresponse()
    for thread in threads:
        thread.start()
    wait_until(lambda: len(found) + metric(server, "onus_jobs") == 5, "all have come")
    server.stop()
    for thread in threads:
        thread.join()
    equal(found, [200] * 5, "requests that were accepted")
    while response.readline():
        pass
    check("stopped" in server.lines(), server.lines())
    server.remove()


def test_many_who_ask_the_same():
    """One answer is made for all of them; where none can be made, each is told."""
    with Server(ONUS) as server:
        local = server.client().be_local()
        local.post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
        crowd = Crowd(server, local, [f"{API}/cases/{CASE}/timeline"] * 60).read_all()
        equal((crowd.count(200), len({answer.partition(b"\r\n\r\n")[2] for answer in crowd.answers})), (60, 1))
        equal((metric(server, "onus_cache_misses_total"), metric(server, "onus_cache_hits_total")), (1, 59))
        crowd = Crowd(server, local, [f"{API}/cases/{CASE}/timeline?position=nobody"] * 60).read_all()
        equal((crowd.count(400), len(crowd.answers)), (60, 60))
        wait_until(lambda: metric(server, "onus_jobs") == 0, "jobs are left")


def test_answers_that_are_kept():
    with Server(ONUS) as server:
        local = server.client().be_local()
        local.post(f"{API}/cases", {"id": "wiz", "text": TEXT})
        path = f"{API}/cases/wiz/assess?position=editor"
        first, second = local.get(path), local.get(path)
        equal(first.body, second.body)
        equal(first.headers["ETag"], second.headers["ETag"])
        check(metric(server, "onus_cache_hits_total") == 1, "it was made again")
        unchanged = local.ask("GET", path, If_None_Match=first.headers["ETag"])
        equal((unchanged.status, unchanged.body), (304, b""))
        equal(local.ask("HEAD", path).headers["Content-Length"], str(len(first.body)))
        changed = TEXT.replace("reliability: {press: B}", "reliability: {press: A, kaspersky: D}")
        equal(local.ask("PUT", f"{API}/cases/wiz", {"base": 1, "text": changed}).status, 201)
        check(local.get(path).body != first.body, "an answer of the version before")
        equal(local.get(path + "&version=1").body, first.body, "the version before is as it was")
        equal(local.ask("GET", path + "&version=3").status, 400)
        equal(local.ask("GET", path + "&positon=editor").status, 400, "misspelt")
        equal(local.ask("GET", f"{API}/cases/wiz/assess?position=nobody").status, 400)
        plain = local.ask("GET", path, Accept_Encoding="gzip;q=0, identity")
        for _ in range(2):  # made, and kept
            packed = local.ask("GET", path, Accept_Encoding="br, gzip")
            equal((packed.headers["Content-Encoding"], plain.headers["Content-Encoding"]), ("gzip", None))
            equal(gzip.decompress(packed.body), plain.body)
            check(3 * len(packed.body) < len(plain.body) and "Accept-Encoding" in plain.headers["Vary"], plain.headers)
            check(packed.headers["ETag"] != plain.headers["ETag"], "other bytes, another tag")
        again = local.ask("GET", path, Accept_Encoding="gzip", If_None_Match=packed.headers["ETag"])
        equal((again.status, again.body), (304, b""))


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[3:], beside=[test_clients_that_are_slow]))
