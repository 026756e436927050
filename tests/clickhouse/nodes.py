"""What the tests of a cluster share: calling onus and the nodes, and a proxy that spoils what a node says. The place of the
nodes is in ONUS_TEST_NODES (with_cluster.sh); arguments begin with ONUS ROOT ROUNDS."""

import http.client
import http.server
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

ONUS, ROOT, ROUNDS, NODES = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3]), os.environ["ONUS_TEST_NODES"]
CLUSTER = os.environ["ONUS_TEST_CLUSTER"]
TOOL = ROOT / "tools/clickhouse_cluster.sh"
PASSWORD = pathlib.Path(os.environ["ONUS_CLICKHOUSE_PASSWORD_FILE"]).read_text().strip()
PORTS = [int(port) for port in re.findall(r":(\d+)", NODES)]
FILES = sorted(str(path) for path in (ROOT / "examples/reference").iterdir())
INCIDENTS = ROOT / "examples/incidents/incidents.jsonl"
TRUTH = ROOT / "examples/incidents/truth.jsonl"
rng = random.Random(7)


def cluster(command, *arguments, **environment):
    subprocess.run([TOOL, command, CLUSTER, *map(str, arguments)], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, **environment})


def run(*arguments, status=0, **environment):
    done = subprocess.run([ONUS, *map(str, arguments)], capture_output=True, text=True, timeout=240,
                          env={**os.environ, **{key: str(value) for key, value in environment.items()}})
    if status is not None:
        assert done.returncode == status, (arguments, done.returncode, done.stderr)
    return done


def place(database, ports=None):
    return "clickhouse://" + ",".join(f"127.0.0.1:{port}" for port in ports or PORTS) + "/" + database


def fill(reference):
    """All that a reference can hold: what is said of actors, and programs."""
    run("reference", "import", "--into", reference, *FILES)
    with tempfile.TemporaryDirectory(prefix="onus-known-") as known:
        for actor, program in (("Heron", "sh"), ("Reed", "cat")):
            family = pathlib.Path(known) / actor / program
            family.mkdir(parents=True)
            shutil.copy(f"/bin/{program}", family)
            run("reference", "import", "--into", reference, "--code", family.parent, "--actor", actor, "--source", "known",
                "--report", f"https://example.org/{actor}", "--day", "2020-05-01")


def compute(reference):
    with tempfile.TemporaryDirectory(prefix="onus-case-") as base:
        case = pathlib.Path(base) / "case"
        shutil.copytree(ROOT / "tests/cli/cases/code", case)
        shutil.copy("/bin/sh", case / "program")
        run("compute", case, "--reference", reference)
        return "".join(path.read_text() for path in sorted((case / "computed").iterdir()))


def answers(reference):
    """Everything that is computed from a reference, without its place."""
    out = [run("rank", ROOT / "examples/incidents/phishing.json", "--reference", reference, "--format", "json").stdout,
           run("evaluate", "--reference", reference, "--incidents", INCIDENTS, "--truth", TRUTH, "--format", "json").stdout,
           run("match", "/bin/sh", "--reference", reference, "--format", "json").stdout,
           run("reference", "names", reference, "--format", "json").stdout,
           compute(reference)]
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
                if proxy.mode == "empty":
                    return self.reply(200, b"")
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


