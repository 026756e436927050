"""How fast `onus serve` answers, beside a bare handler of libmicrohttpd and nginx: run_server.py ONUS BENCH ROOT

Each server answers with as many bytes as the other; all are asked in turns, by the same client, over the loopback. Two figures of
each: answers in a second, and answers in a second of the server's own processor time, which other work on the machine
disturbs less. Writes bench/server.csv. Without nginx its figures are left out.

Then 1,000 cases are filled in, and 100 parties, each of whom may see some of them, ask for theirs all at once and as fast as they are
answered: first what nobody has asked before, then the same again.
"""
import http.client
import json
import os
import pathlib
import random
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

import figures

ONUS, BENCH, ROOT = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
sys.path.insert(0, str(ROOT / "tests/server"))
import running  # pylint: disable=wrong-import-position

CONNECTIONS, SECONDS, ROUNDS = 64, 2.0, int(os.environ.get("ONUS_BENCH_ROUNDS", "7"))
CASE = "/api/v1/cases/sony"
N_CASES, N_PARTIES = 1000, 100
EXAMPLES = ("olympic-destroyer-2018", "wizardopium-2019")


def cpu_seconds(process):
    """Of the process and its children."""
    total = 0
    for pid in [process.pid] + [int(child) for child in subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True).stdout.split()]:
        words = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
        total += (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")
    return total


def resident_mb(process, field="VmRSS"):
    return int(re.search(field + r":\s+(\d+)", pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii"))[1]) / 1024


def load(port, path, connections=CONNECTIONS, seconds=SECONDS):
    done = subprocess.run([BENCH, "load", str(port), path, str(connections), str(seconds)], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{path}: {done.stderr}")
    n, took, median_us, p99_us, _, _ = map(float, done.stdout.split())
    return n, took, median_us, p99_us


class Target:
    def __init__(self, name, process, port, path):
        self.name, self.process, self.port, self.path = name, process, port, path
        self.per_s, self.per_cpu_s, self.p99_ms = [], [], []

    def measure(self):
        before = cpu_seconds(self.process)
        n, took, _, p99_us = load(self.port, self.path)
        self.per_s.append(n / took)
        self.per_cpu_s.append(n / max(cpu_seconds(self.process) - before, 1e-3))
        self.p99_ms.append(p99_us / 1000)


def start_onus(folder):
    log = open(f"{folder}/log", "w+", encoding="utf-8")
    process = subprocess.Popen([ONUS, "serve", "--listen", "127.0.0.1:0", "--data", f"{folder}/data"], stderr=log)
    for _ in range(500):
        if match := re.search(r"address=127\.0\.0\.1:(\d+)", pathlib.Path(log.name).read_text(encoding="utf-8")):
            return process, int(match[1])
        time.sleep(0.02)
    sys.exit("the server does not start")


def pack(example, path):
    subprocess.run([ONUS, "pack", ROOT / "examples" / example, "--output", path], check=True, capture_output=True)
    return pathlib.Path(path).read_bytes()


def fill(port, folder):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/api/v1/session")
    csrf = re.search(rb'"csrf":"(\w+)"', connection.getresponse().read())[1].decode()
    connection.request("POST", "/api/v1/cases?id=sony", pack("sony-2014", f"{folder}/sony.zip"),
                       {"Content-Type": "application/zip", "X-Onus-CSRF": csrf})
    if connection.getresponse().status != 201:
        sys.exit("the case cannot be made")
    connection.close()


def size_of(port, path):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    answer = connection.getresponse()
    if answer.status != 200:
        sys.exit(f"{path}: {answer.status}")
    return len(answer.read())


def start_bare(size):
    process = subprocess.Popen([BENCH, "bare", str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    return process, int(process.stdout.readline())


def start_nginx(folder, sizes):
    if not shutil.which("nginx"):
        return None, 0
    home = pathlib.Path(folder, "nginx")
    home.mkdir()
    for size in sizes:
        (home / str(size)).write_bytes(b"x" * size)
    port = 20000 + os.getpid() % 20000
    (home / "conf").write_text(f"""
worker_processes 2; daemon off; pid {home}/pid; error_log {home}/error; {'user root;' if os.getuid() == 0 else ''}
events {{ worker_connections 1024; use epoll; }}
http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; default_type application/json;
  open_file_cache max=100; client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
  uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
  server {{ listen 127.0.0.1:{port}; root {home}; }} }}
""", encoding="ascii")
    process = subprocess.Popen(["nginx", "-c", home / "conf", "-e", f"{home}/error"], stderr=subprocess.DEVNULL)
    time.sleep(1)
    if process.poll() is not None:
        print("nginx does not start; it is left out:", (home / "error").read_text(encoding="utf-8")[-300:])
        return None, 0
    return process, port


def ratio(ours, theirs):
    return statistics.median(a / b for a, b in zip(ours, theirs))


def rows_of(what, ours, peers):
    rows = []
    for peer in peers:
        rows.append((f"{what}, answers in a second", statistics.median(ours.per_s), "1/s", peer.name,
                     statistics.median(peer.per_s), ratio(ours.per_s, peer.per_s)))
        rows.append((f"{what}, answers in a second of processor time", statistics.median(ours.per_cpu_s), "1/s", peer.name,
                     statistics.median(peer.per_cpu_s), ratio(ours.per_cpu_s, peer.per_cpu_s)))
        rows.append((f"{what}, 99 % of answers are sooner, {CONNECTIONS} connections", statistics.median(ours.p99_ms), "ms",
                     peer.name, statistics.median(peer.p99_ms), ratio(ours.p99_ms, peer.p99_ms)))
    return rows


def main():
    processes, rows = [], []
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        onus, port = start_onus(folder)
        processes.append(onus)
        try:
            fill(port, folder)
            questions = {"assess": f"{CASE}/assess", "the page": "/"}
            sizes = {what: size_of(port, path) for what, path in questions.items()}
            nginx, nginx_port = start_nginx(folder, sizes.values())
            processes += [nginx] if nginx else []
            for what, path in questions.items():
                bare, bare_port = start_bare(sizes[what])
                processes.append(bare)
                ours = Target("onus", onus, port, path)
                peers = [Target("bare libmicrohttpd", bare, bare_port, "/")]
                peers += [Target("nginx", nginx, nginx_port, f"/{sizes[what]}")] if nginx else []
                load(port, path, CONNECTIONS, 0.5)
                for _ in range(ROUNDS):
                    for target in (ours, *peers):
                        target.measure()
                rows += rows_of(f"{what} ({sizes[what]} bytes)", ours, peers)
            rows += memory(onus, port)
        finally:
            for process in processes:
                process.send_signal(signal.SIGTERM)
                process.wait(timeout=60)
    rows += parties()
    figures.write_measured(ROOT / "bench/server.csv", rows)


def memory(onus, port):
    """What a million answers leave behind."""
    load(port, f"{CASE}/assess", CONNECTIONS, 1)
    before, n = resident_mb(onus), 0
    while n < int(os.environ.get("ONUS_BENCH_ANSWERS", "1000000")):
        n += load(port, "/healthz", CONNECTIONS, 5)[0]
        n += load(port, f"{CASE}/assess", CONNECTIONS, 5)[0]
    return [(f"memory after {n / 1e6:.1f} million answers more", resident_mb(onus), "MB", "before them", before,
             resident_mb(onus) / before)]


class Here:
    """Where the clients of the tests connect to."""

    def __init__(self, port):
        self.port = port

    def connect(self):
        return http.client.HTTPConnection("127.0.0.1", self.port)


def make_parties(port, folder):
    """Accounts, each the owner of some cases: their tokens, and who may see what, as [(party, case, example)]."""
    here = Here(port)
    ada, owners = running.Client(here, "ada").log_in(), []
    for i in range(N_PARTIES):
        ada.post("/api/v1/accounts", {"user": f"p{i}", "password": running.PASSWORD})
        party = running.Client(here, f"p{i}").log_in()
        owners.append(running.Client(here, token=party.post("/api/v1/tokens", {"name": "bench"}).json["token"]))
    packed = [pack(example, f"{folder}/{example}.zip") for example in EXAMPLES]
    seen = []
    for i in range(N_CASES):
        owner, example = i % N_PARTIES, i % len(EXAMPLES)
        owners[owner].post(f"/api/v1/cases?id=c{i}", packed[example], Content_Type="application/zip")
        others = {(owner + step) % N_PARTIES for step in (1 + i % 7, 11 + i % 13)}
        for other in others:
            owners[owner].ask("PUT", f"/api/v1/cases/c{i}/members/p{other}", {"role": "party"})
        seen += [(party, i, example) for party in (owner, *others)]
    return [client.token for client in owners], seen


def all_at_once(port, tokens, questions):
    lines = "".join(f"{party} {tokens[party]} {rest}\n" for party, rest in questions)
    done = subprocess.run([BENCH, "parties", str(port), "300"], input=lines, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"parties: {done.stderr}")
    n, took, median_us, p99_us, refused, failed = map(float, done.stdout.split())
    if failed or n != len(questions):
        sys.exit(f"parties: {n:.0f} of {len(questions)} were answered, {failed:.0f} of them with what was not expected")
    return n / took, median_us / 1000, p99_us / 1000, refused / n


def parties():
    """Each party opens its cases in turn: what the case is, its verdict, its versions; of some of its own it writes a version."""
    generator = random.Random(7)
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        subprocess.run([ONUS, "server", "account", "ada", "--administrator", "--data", f"{folder}/data"], check=True,
                       env={**os.environ, "ONUS_PASSPHRASE": running.PASSWORD}, capture_output=True)
        onus, port = start_onus(folder)
        try:
            tokens, seen = make_parties(port, folder)
            generator.shuffle(seen)
            texts = [(ROOT / "examples" / example / "case.yaml").read_text(encoding="utf-8") for example in EXAMPLES]
            first, again = [], []
            for party, i, example in seen:
                reads = [(party, f"GET /api/v1/cases/c{i}{part}") for part in ("", "/assess", "/versions")]
                first += reads
                again += reads
                if i % N_PARTIES == party and i % 5 == 0:
                    edit = json.dumps({"base": 1, "text": texts[example].replace("title:", f"title: {i},", 1)})
                    first.append((party, f"PUT /api/v1/cases/c{i} {edit}"))
            rows, of = [], f"{N_CASES} cases, {N_PARTIES} parties at once, "
            for name, questions in (("first reads and edits", first), ("the same reads again", again)):
                per_s, median_ms, p99_ms, refused = all_at_once(port, tokens, questions)
                rows += [(f"{of}{name}: answers in a second", per_s, "1/s"), (f"{of}{name}: median", median_ms, "ms"),
                         (f"{of}{name}: 99 % of answers are sooner", p99_ms, "ms"),
                         (f"{of}{name}: refused", 100 * refused, "%")]
            rows.append((f"{of}peak memory", resident_mb(onus, "VmHWM"), "MB"))
        finally:
            onus.send_signal(signal.SIGTERM)
            onus.wait(timeout=60)
    return rows


if __name__ == "__main__":
    main()
