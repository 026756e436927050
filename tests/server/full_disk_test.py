"""A server whose data lie on a disk that is really full: full_disk_test.py ONUS

The disk is a small file system in memory, in a mount namespace of the test's own. Where there can be none, the test is skipped.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

from running import CASE, Server, check, equal, package, run, text_of

ONUS = pathlib.Path(sys.argv[1]).resolve()
API = "/api/v1"
TEXT = text_of("wizardopium-2019")
MARK = "ONUS_TEST_MOUNTS"


def be_alone():
    """Goes on in a namespace of its own, as its root."""
    if os.environ.get(MARK):
        return
    command = ["unshare", "--mount"] if os.getuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        try:
            done = subprocess.run([*command, "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True, text=True)
            reason = done.stderr.strip() if done.returncode else ""
        except FileNotFoundError as failure:
            reason = str(failure)
    if reason:
        print("no file system can be mounted here:", reason)
        sys.exit(77)
    os.execvpe(command[0], [*command, sys.executable, *sys.argv], {**os.environ, MARK: "1"})


def mount(folder, size, *options):
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(["size=" + size, *options]), "tmpfs", folder], check=True)


def fill(folder):
    """Takes every byte that is left."""
    with open(f"{folder}/ballast", "wb", buffering=0) as out:
        for size in (65536, 4096, 512, 1):
            try:
                while out.write(b"x" * size) == size:
                    pass
            except OSError:
                pass


def new_case(name, text):
    return {"id": name, "text": text + f"# {os.urandom(40_000).hex()}\n"}


def write_until_full(server, token, name, acknowledged):
    """Makes cases until one is refused; gives the answer that refused it."""
    client = server.client(token=token)
    for i in range(1000):
        answer = client.ask("POST", f"{API}/cases", new_case(f"{name}{i}", TEXT))
        if answer.status != 201:
            return answer
        acknowledged.append(f"{name}{i}")
    return None


def refuse_all(client):
    """What would have to be written is refused, each with one clear error."""
    for method, path, body in (("POST", f"{API}/cases", new_case("more", TEXT)),
                               ("PUT", f"{API}/cases/{CASE}", {"base": 1, "text": new_case("", TEXT)["text"]})):
        answer = client.ask(method, path, body)
        equal(answer.status, 507, method, path, answer.body[:300])
        check("No space left" in answer.json["error"]["text"], answer.body)


def check_reads(client, names, seed):
    equal(client.get("/healthz").json["status"], "ok")
    found = {case["id"] for case in client.get(f"{API}/cases").json["cases"]}
    equal(found, {CASE, "unopened", *names}, "what was acknowledged")
    for name in list(names)[-3:]:
        check(client.get(f"{API}/cases/{name}/versions/1").body.startswith(TEXT.encode()), name)
    for path in (f"{CASE}/assess?seed={seed}", f"{CASE}/export/package", f"unopened/assess?seed={seed}", "unopened/document"):
        client.get(f"{API}/cases/{path}")


def test_a_disk_that_is_full():
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        mount(folder, "6m")
        try:
            serve_on_full_disk(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def serve_on_full_disk(folder):
    server = Server(ONUS, folder).start()
    local = server.client().be_local()
    local.post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
    local.post(f"{API}/cases", {"id": "unopened", "text": TEXT})
    local.token = token = local.post(f"{API}/tokens", {"name": "t"}).json["token"]
    acknowledged, refusals = [[] for _ in range(3)], []
    writers = [threading.Thread(target=lambda i=i: refusals.append(write_until_full(server, token, "abc"[i], acknowledged[i])))
               for i in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    equal([answer and answer.status for answer in refusals], [507] * 3)
    names = sum(acknowledged, [])
    check(len(names) >= 10, names)
    fill(folder)
    refuse_all(local)
    check_reads(local, names, 2)
    server.audit()
    server.kill()
    server.start()  # on the full disk
    local.close()
    refuse_all(local)
    check_reads(local, names, 3)
    pathlib.Path(folder, "ballast").unlink()
    mount(folder, "32m", "remount")
    local.post(f"{API}/cases", new_case("again", TEXT))
    check_reads(local, [*names, "again"], 4)
    server.audit()
    server.stop()
    check(not pathlib.Path(server.data, "work").exists(), "copies were left")


if __name__ == "__main__":
    be_alone()
    sys.exit(run(globals(), sys.argv[2:]))
