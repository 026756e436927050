#!/usr/bin/env python3
"""A reference in a cluster gives what one in a folder gives, to the byte, while nodes are killed, the coordinator is gone,
and a node is slow, breaks off, or talks nonsense. What cannot be right is refused with a word that says why.

    faults_test.py ONUS ROOT ROUNDS       with the nodes in ONUS_TEST_NODES, started by with_cluster.sh
"""

import http.client
import http.server
import json
import os
import pathlib
import random
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ONUS, ROOT, ROUNDS, NODES = sys.argv[1], pathlib.Path(sys.argv[2]), int(sys.argv[3]), os.environ["ONUS_TEST_NODES"]
CLUSTER = os.environ["ONUS_TEST_CLUSTER"]
TOOL = ROOT / "tools/clickhouse_cluster.sh"
PASSWORD = pathlib.Path(os.environ["ONUS_CLICKHOUSE_PASSWORD_FILE"]).read_text().strip()
PORTS = [int(port) for port in re.findall(r":(\d+)", NODES)]
FILES = sorted(str(path) for path in (ROOT / "examples/reference").iterdir())
INCIDENTS = ROOT / "examples/incidents/incidents.jsonl"
TRUTH = ROOT / "examples/incidents/truth.jsonl"
rng = random.Random(7)


def cluster(command, *arguments):
    subprocess.run([TOOL, command, CLUSTER, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def run(*arguments, status=0, **environment):
    done = subprocess.run([ONUS, *map(str, arguments)], capture_output=True, text=True, timeout=240,
                          env={**os.environ, **{key: str(value) for key, value in environment.items()}})
    if status is not None:
        assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def place(database, ports=None):
    return "clickhouse://" + ",".join(f"127.0.0.1:{port}" for port in ports or PORTS) + "/" + database


def answers(reference):
    """Everything that is computed from a reference, without its place."""
    out = []
    for incident in (ROOT / "examples/incidents/phishing.json",):
        out.append(run("rank", incident, "--reference", reference, "--format", "json").stdout)
    out.append(run("evaluate", "--reference", reference, "--incidents", INCIDENTS, "--truth", TRUTH, "--format", "json").stdout)
    return [text.replace(str(reference), "REF") for text in out]


def digest(reference, **environment):
    return json.loads(run("reference", "info", reference, "--format", "json", **environment).stdout)["digest"]


def sql(node, database, text, body=b""):
    request = urllib.request.Request(
        f"http://127.0.0.1:{PORTS[node]}/?" + urllib.parse.urlencode({"query": text, "database": database}), data=body)
    request.add_header("X-ClickHouse-User", "default")
    request.add_header("X-ClickHouse-Key", PASSWORD)
    return urllib.request.urlopen(request).read().decode()


class Proxy:
    """Stands before a node, and passes on, or not."""

    def __init__(self, port):
        self.mode, self.queries = "pass", []
        proxy = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                proxy.queries.append(urllib.parse.parse_qs(urllib.parse.urlsplit(self.path).query)["query"][0])
                if proxy.mode == "slow":
                    time.sleep(5)
                if proxy.mode == "garbage":
                    return self.reply(200, rng.randbytes(rng.randrange(400)))
                if proxy.mode == "busy":
                    return self.reply(500, b"Code: 202, e.displayText() = DB::Exception: Too many simultaneous queries")
                upstream = http.client.HTTPConnection("127.0.0.1", port)
                upstream.request("POST", self.path, body,
                                 {key: self.headers[key] for key in ("Authorization", "Content-Type") if key in self.headers})
                response = upstream.getresponse()
                whole = response.read()
                if proxy.mode == "flipped" and whole:
                    spoilt = bytearray(whole)
                    spoilt[rng.randrange(len(spoilt))] ^= 1 << rng.randrange(8)
                    whole = bytes(spoilt)
                if proxy.mode == "half":
                    self.send_response(200)
                    self.send_header("Content-Length", str(len(whole) + 10))
                    self.end_headers()
                    self.wfile.write(whole[: len(whole) // 2])
                    self.close_connection = True
                    return None
                return self.reply(response.status, whole)

            def reply(self, status, body):
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.handle_error = lambda *_: None  # who asks may leave first
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def check_same_answers(folder):
    run("reference", "import", "--into", folder, *FILES)
    run("reference", "import", "--into", place("same"), *FILES)
    assert digest(folder) == digest(place("same"))
    expected = answers(folder)
    assert answers(place("same")) == expected
    run("reference", "import", "--into", place("same"), *FILES)  # again: nothing changes
    assert digest(folder) == digest(place("same"))
    return expected


def check_bad_nodes(expected):
    proxy = Proxy(PORTS[1])
    through = place("same", [PORTS[0], proxy.port, PORTS[2]])
    for mode in ("pass", "garbage", "half", "busy", "flipped", "slow"):
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


def check_refusals(folder):
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
    run("reference", "import", "--into", place("newer"), FILES[0])
    for node in range(3):
        body = "onus-clickhouse 2\nwhatever\n"
        if node == 0:
            sql(node, "newer", f"INSERT INTO manifest (generation, epoch, body) VALUES (1000, 1000, '{body}')")
    done = run("reference", "info", place("newer"), status=None)
    assert "version 2" in done.stderr and done.returncode != 0, done.stderr
    certificate = pathlib.Path(folder).parent / "certificate.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", certificate, "-out", str(certificate) + ".crt"],
                   check=True, capture_output=True)
    proxy = Proxy(PORTS[0])
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(str(certificate) + ".crt", certificate)
    proxy.server.socket = context.wrap_socket(proxy.server.socket, server_side=True)
    run("reference", "import", "--into", place("tls"), FILES[0])
    # Behind the one proxy all three nodes of this place would be one: it is asked who it is, no more.
    secure = f"clickhouses://127.0.0.1:{proxy.port}/tls"
    done = run("reference", "info", secure, status=1)
    assert "does not prove who it is" in done.stderr, done.stderr
    done = run("reference", "info", secure, status=None, ONUS_CLICKHOUSE_CA_FILE=str(certificate) + ".crt")
    assert "is node 1 of 3" in done.stderr, done.stderr


def main():
    with tempfile.TemporaryDirectory(prefix="onus-faults-") as base:
        folder = os.path.join(base, "folder")
        for name, check in (("same", lambda: globals().__setitem__("expected", check_same_answers(folder))),
                            ("refusals", lambda: check_refusals(folder)),
                            ("hostile names", lambda: check_hostile_names(folder)),
                            ("bad nodes", lambda: check_bad_nodes(expected)),
                            ("kills", lambda: check_kills(expected, folder)),
                            ("coordinator", lambda: check_coordinator(expected, folder))):
            began = time.monotonic()
            check()
            print(f"{name}: {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
