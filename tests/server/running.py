"""A server of the build, and who asks it."""
import atexit
import concurrent.futures
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import traceback
import urllib.parse

ROOT = pathlib.Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery"
CASE = "sony"


class Failure(Exception):
    pass


def check(condition, *what):
    if not condition:
        raise Failure(" ".join(str(part) for part in what) or "not so")


def equal(found, expected, *what):
    check(found == expected, *what, f"{str(found)[:600]!r} rather than {str(expected)[:300]!r}")


class Answer:
    def __init__(self, response):
        self.status, self.headers, self.body = response.status, response.headers, response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    """One connection at a time; `csrf` is shown where it is needed unless somebody tests that."""

    def __init__(self, server, user=None, token=None):
        self.server, self.user, self.token, self.cookie, self.csrf, self.connection = server, user, token, None, None, None

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        if self.cookie:
            headers.setdefault("Cookie", self.cookie)
        if self.token:
            headers.setdefault("Authorization", f"Bearer {self.token}")
        if self.csrf and method not in ("GET", "HEAD"):
            headers.setdefault("X-Onus-CSRF", self.csrf)
        for attempt in (0, 1):  # a connection that the server closed while it was idle
            if self.connection is None:
                self.connection = self.server.connect()
            try:
                self.connection.request(method, path, body, headers)
                return Answer(self.connection.getresponse())
            except (http.client.HTTPException, OSError):
                self.close()
                if attempt:
                    raise
        return None

    def get(self, path, expect=200):
        answer = self.ask("GET", path)
        equal(answer.status, expect, "GET", path, answer.body[:300])
        return answer

    def post(self, path, body=None, expect=201, **headers):
        answer = self.ask("POST", path, body, **headers)
        equal(answer.status, expect, "POST", path, answer.body[:300])
        return answer

    def log_in(self, password=PASSWORD):
        answer = self.post("/api/v1/session", {"user": self.user, "password": password})
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]
        self.csrf = answer.json["csrf"]
        return self

    def be_local(self):
        self.csrf = self.get("/api/v1/session").json["csrf"]
        return self

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None


class Server:
    def __init__(self, program, data=None, *options, listen="127.0.0.1:0", certificate=None, **how):
        self.program, self.listen, self.options, self.certificate, self.how = program, listen, options, certificate, how
        self.own = None if data else tempfile.mkdtemp(prefix="onus-")
        self.data = pathlib.Path(data or self.own) / "data"
        self.process = self.log = None

    def start(self):
        self.log = tempfile.NamedTemporaryFile("r", prefix="onus-log-")
        with open(self.log.name, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen([self.program, "serve", "--listen", self.listen, "--data", self.data,
                                             *self.options], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out, **self.how)
        atexit.register(self.process.kill)  # whatever becomes of the test
        def listens():
            check(self.process.poll() is None, "it does not start:", self.lines())
            return re.search(r"listening.*?address\W+([\d.]+):(\d+)\b.*\n", self.lines())

        wait_until(listens, "the line that says where it listens")
        match = listens()
        self.host, self.port = match[1], int(match[2])
        return self

    def lines(self):
        return pathlib.Path(self.log.name).read_text(encoding="utf-8")

    def connect(self, timeout=120):
        if self.certificate:
            return http.client.HTTPSConnection("localhost", self.port, timeout=timeout,
                                               context=ssl.create_default_context(cafile=self.certificate))
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def client(self, user=None, **how):
        return Client(self, user, **how)

    def stop(self, expect=0):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
            self.process.send_signal(signal.SIGTERM)  # who asks twice changes nothing
        if self.process:
            equal(self.process.wait(timeout=120), expect, "exit status:", self.lines()[-2000:])
        check("ERROR: AddressSanitizer" not in self.lines() and "runtime error" not in self.lines(), self.lines())

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, *_):
        if kind:
            print(self.lines()[-3000:])
            self.kill()
        else:
            self.stop()
        self.remove()

    def remove(self):
        if self.own:
            shutil.rmtree(self.own, ignore_errors=True)

    def account(self, name, *options, password=PASSWORD, expect=0):
        done = subprocess.run([self.program, "server", "account", name, "--data", self.data, *options],
                              env={**os.environ, "ONUS_PASSPHRASE": password}, capture_output=True, text=True)
        equal(done.returncode, expect, done.stderr)
        return done

    def audit(self, *options, expect=0):
        done = subprocess.run([self.program, "server", "audit", "--data", self.data, *options], capture_output=True,
                              text=True)
        equal(done.returncode, expect, done.stderr)
        return done.stdout.strip() if expect == 0 else done.stderr


def wait_until(condition, what, most_s=120):
    """Waits for something that comes as fast as the machine lets it; only what never comes is a failure."""
    deadline = time.monotonic() + most_s
    while not condition():
        check(time.monotonic() < deadline, "it does not come:", what)
        time.sleep(0.01)


def package(program, example="sony-2014"):
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        subprocess.run([program, "pack", ROOT / "examples" / example, "--output", f"{folder}/case.zip"], check=True,
                       capture_output=True)
        return pathlib.Path(folder, "case.zip").read_bytes()


def text_of(example):
    return (ROOT / "examples" / example / "case.yaml").read_text(encoding="utf-8")


def quote(text):
    return urllib.parse.quote(text, safe="")


def people(server, *names):
    """Accounts with a session each; the first is an administrator."""
    server.account(names[0], "--administrator")
    server.start()
    first = server.client(names[0]).log_in()
    for name in names[1:]:
        first.post("/api/v1/accounts", {"user": name, "password": PASSWORD})
    return {names[0]: first, **{name: server.client(name).log_in() for name in names[1:]}}


def passes(test):
    started = time.monotonic()
    try:
        test()
        print(f"{test.__name__}: {time.monotonic() - started:.1f} s", flush=True)
        return True
    except Failure as failure:
        print(f"{test.__name__} FAILED: {failure}", flush=True)
    except Exception:  # pylint: disable=broad-except
        print(f"{test.__name__} FAILED:\n{traceback.format_exc()}", flush=True)
    return False


def run(tests, chosen, beside=()):
    """Runs functions named test_…, all or those whose names are given; gives the exit status. Those `beside` mostly wait: they
    run while the others do."""
    found = [test for name, test in sorted(tests.items()) if name.startswith("test_")]
    wanted = [test for test in found if not chosen or test.__name__ in chosen]
    with concurrent.futures.ThreadPoolExecutor(1 + len(beside)) as pool:
        waiting = [pool.submit(passes, test) for test in wanted if test in beside]
        n_failed = sum(not passes(test) for test in wanted if test not in beside) + sum(not test.result() for test in waiting)
    print(f"{len(wanted)} tests, {n_failed} failed")
    return 1 if n_failed or not wanted else 0
