"""What the tests of `onus pull` and `onus push` share. The program is the first argument."""
import json
import os
import pathlib
import re
import subprocess
import sys
import threading
import time
import uuid

ONUS = pathlib.Path(sys.argv[1]).resolve()
ROOT = pathlib.Path(__file__).resolve().parents[2]


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
