"""onus against medallion, OASIS's TAXII server, with their taxii2-client beside it, over a way that is cut at random:
medallion_test.py ONUS SOURCE_ROOT N_OBJECTS N_CUTS

Everything that is pushed must be there once, and everything that is there must be pulled once, whether onus goes on by
itself after a cut or is started again."""
import json
import os
import pathlib
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
import uuid

try:
    import jsonschema
    import medallion  # noqa: F401
    import taxii2client.v21 as taxii2
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

ONUS, ROOT = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
N_OBJECTS, N_CUTS = int(sys.argv[3]), int(sys.argv[4])
N_PAGE = max(10, N_OBJECTS // 100)
SEED = 20241125
ENVIRONMENT = {**{k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}, "LC_ALL": "C.UTF-8",
               "ONUS_TAXII_PASSWORD": "secret"}


def check(condition, *what):
    if not condition:
        sys.exit("FAILED: " + " ".join(str(part) for part in what))


class CuttingProxy:
    """Hands bytes on, and closes both sides of a connection after a random number of them, `left` times."""

    def __init__(self, port, seed):
        self.target, self.random, self.left, self.n_connections = port, random.Random(seed), 0, 0
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cut, self.n_open = [], 0  # of connections that are to be cut
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            near, _ = self.listener.accept()
            threading.Thread(target=self.connect, args=(near,), daemon=True).start()

    def plan(self):
        """(which way, after how many bytes), or None."""
        with self.lock:
            self.n_connections += 1
            if self.left == 0 or self.random.random() > 0.35:
                return None
            self.left -= 1
            self.n_open += 1
            way = self.random.choice(("there", "back", "back"))
            return way, int(10 ** self.random.uniform(0, 4.5))

    def settle(self):
        """Waits until it has seen the end of what onus has ended."""
        deadline = time.monotonic() + 120
        while self.n_open > 0:
            check(time.monotonic() < deadline, "connections are open that nobody uses")
            time.sleep(0.01)

    def connect(self, near):
        plan = self.plan()
        far = socket.create_connection(("127.0.0.1", self.target))
        done = threading.Event()

        def hand_on(source, sink, way):
            left, is_made = plan[1] if plan and plan[0] == way else None, False
            try:
                while data := source.recv(65536):
                    if left is not None and len(data) >= left:
                        self.cut.append((way, plan[1]))
                        is_made = True
                        sink.sendall(data[:left])
                        break
                    sink.sendall(data)
                    left = left - len(data) if left is not None else None
            except OSError:
                pass
            if left is not None:
                with self.lock:
                    self.left += not is_made  # it ended before: another one is cut
                    self.n_open -= 1
            done.set()
        for arguments in ((near, far, "there"), (far, near, "back")):
            threading.Thread(target=hand_on, args=arguments, daemon=True).start()
        done.wait(900)
        for side in (near, far):
            try:
                side.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            side.close()


def make(n, name):
    made = []
    for i in range(n):
        key = uuid.uuid5(uuid.NAMESPACE_URL, f"{name}{i}")
        times = {"created": "2024-01-01T00:00:00.000Z", "modified": f"2024-01-01T00:00:{i % 60:02}.{i % 1000:03}Z"}
        if i % 3 == 0:
            made.append({"type": "ipv4-addr", "spec_version": "2.1", "id": f"ipv4-addr--{key}",
                         "value": f"198.51.{i // 250 % 250}.{i % 250}"})
        elif i % 3 == 1:
            made.append({"type": "malware", "spec_version": "2.1", "id": f"malware--{key}", "is_family": False,
                         "name": f"{name} {i} \N{SNOWMAN}", "description": "d" * (i % 200), **times})
        else:
            made.append({"type": "relationship", "spec_version": "2.1", "id": f"relationship--{key}",
                         "relationship_type": "communicates-with", "source_ref": made[-1]["id"],
                         "target_ref": made[-2]["id"], "confidence": i % 100, **times})
    return made


def run(*arguments, retries):
    command = [ONUS, *map(str, arguments), "--user", "alice", "--timeout", "900", "--retries", str(retries), "--page-size",
               str(N_PAGE), "--format", "json"]
    return subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True, timeout=7200, check=False)


def transfer(validator, proxy, *arguments):
    """With N_CUTS / 2 cuts. onus goes on by itself after one, or gives up and is started again. When it is through before all
    were made, it does the same once more."""
    n_runs, begun = 0, time.monotonic()
    proxy.left += N_CUTS // 2
    while True:
        done = run(*arguments, retries=n_runs % 2)
        n_runs += 1
        proxy.settle()
        if done.returncode == 0 and proxy.left == 0:
            break
        check(done.returncode in (0, 1) and n_runs < 20 * N_CUTS, done.returncode, done.stderr, done.stdout)
    validator.validate(json.loads(done.stdout))
    print(f"  {n_runs} runs, {time.monotonic() - begun:.0f} s, {len(proxy.cut)} cuts", flush=True)


def ids_once(objects, expected, what):
    ids = [item["id"] for item in objects]
    check(len(ids) == len(set(ids)), what, f"{len(ids) - len(set(ids))} objects are there twice")
    check(len(ids) == len(expected), what, f"{len(ids)} objects rather than {len(expected)}")
    key = lambda item: item["id"]  # noqa: E731
    plain = [{k: v for k, v in item.items() if k != "_date_added"} for item in objects]
    check(sorted(plain, key=key) == sorted(expected, key=key), what, "other objects than were sent")


def main():
    folder = tempfile.TemporaryDirectory(prefix="onus-medallion-")
    os.chdir(folder.name)
    schema = json.loads((ROOT / "docs/transfer.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    server = subprocess.Popen([sys.executable, pathlib.Path(__file__).parent / "medallion_server.py", str(N_PAGE), "memory.json",
                               *(["indexed"] if N_OBJECTS > 1000 else [])],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open("medallion.log", "wb"), text=True,
                              env=ENVIRONMENT)
    port = int(server.stdout.readline())
    proxy = CuttingProxy(port, SEED)
    url = f"http://127.0.0.1:{proxy.port}/taxii2/"

    ours, theirs = make(N_OBJECTS, "ours"), make(max(30, N_OBJECTS // 10), "theirs")
    pathlib.Path("ours.json").write_text(json.dumps({"type": "bundle", "id": f"bundle--{uuid.uuid4()}", "objects": ours}))

    print(f"push {N_OBJECTS} objects", flush=True)
    transfer(validator, proxy, "push", url, "ours.json", "--collection", "ours")
    print(f"pull {N_OBJECTS} objects", flush=True)
    transfer(validator, proxy, "pull", url, "--collection", "ours", "--output", "pulled.json", "--match-spec-version", "2.1")
    n_cut = len(proxy.cut)
    check(n_cut == N_CUTS // 2 * 2, f"{n_cut} cuts were made rather than {N_CUTS}")
    ids_once(json.loads(pathlib.Path("pulled.json").read_text())["objects"], ours, "what onus pulled:")
    check(not list(pathlib.Path(".").glob("*.pu??")), "a state is left")

    print("taxii2-client", flush=True)
    root = f"http://127.0.0.1:{port}/api1/collections/"
    client = taxii2.Collection(root + "91a7b528-80eb-42ed-a74d-c6fbd5a26110/", user="alice", password="secret")
    seen = [item for page in taxii2.as_pages(client.get_objects, per_request=N_PAGE, spec_version="2.1")
            for item in page.get("objects", [])]
    ids_once(seen, ours, "what taxii2-client sees:")
    client = taxii2.Collection(root + "91a7b528-80eb-42ed-a74d-c6fbd5a26111/", user="alice", password="secret")
    for first in range(0, len(theirs), 100):
        client.add_objects({"objects": theirs[first:first + 100]})
    proxy.left = 0
    done = run("pull", url, "--collection", "theirs", "--output", "theirs.json", retries=3)
    check(done.returncode == 0, done.stderr)
    ids_once(json.loads(pathlib.Path("theirs.json").read_text())["objects"], theirs, "what taxii2-client pushed:")

    server.stdin.close()
    server.wait(60)
    memory = json.loads(pathlib.Path("memory.json").read_text())["api1"]["collections"]
    ids_once(memory[0]["objects"], ours, "what medallion holds:")
    print(f"{N_OBJECTS} objects, {n_cut} cuts, {proxy.n_connections} connections: nothing lost, nothing twice")


if __name__ == "__main__":
    main()
