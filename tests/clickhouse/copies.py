"""What faults_test.py asks of copies: pulled into a folder, they give what the cluster gives, whatever ends a pull."""

import fcntl
import json
import os
import pathlib
import random
import re
import resource
import shlex
import signal
import subprocess
import time
import urllib.error

import nodes as t

rng = random.Random(11)


def wait_for(condition, what):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited in vain for {what}")


def pull(database, folder, **more):
    return json.loads(t.run("reference", "pull", t.place(database), "--into", folder, "--format", "json", **more).stdout)


def check_answers(base, expected):
    copy = str(base / "copy")
    out = pull("same", copy)
    schema = json.loads((t.ROOT / "docs/reference-pull.schema.json").read_text())
    kinds = {"integer": int, "string": str, "boolean": bool}
    assert set(out) == set(schema["properties"]) == set(schema["required"]), out
    assert all(type(out[key]) is kinds[of["type"]] for key, of in schema["properties"].items() if "type" in of), out
    assert out["changed"] and out["new_segments"] == out["segments"] > 0 and out["new_bytes"] == out["bytes"]
    assert t.digest(copy) == t.digest(t.place("same")) and t.answers(copy) == expected
    out = pull("same", copy)
    assert not out["changed"] and out["new_bytes"] == 0, out
    return copy


def check_refusals(base, copy):
    refusals = [(("import", "--into", copy, t.FILES[0]), "is a copy of"), (("calibrate", copy, "--incidents", t.INCIDENTS, "--truth", t.TRUTH), "is a copy of"),
                (("pull", t.place("hostile"), "--into", copy), "is a copy of another store"),
                (("pull", t.place("same"), "--into", base / "folder"), "has imports of its own"),
                (("pull", t.place("nothing"), "--into", base / "new"), "no such database")]
    for arguments, word in refusals:
        done = t.run("reference", *arguments, status=2)
        assert word in done.stderr, (arguments, done.stderr)
    assert not (base / "new").exists()
    with open(os.path.join(copy, "LOCK")) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = t.run("reference", "pull", t.place("same"), "--into", copy, status=1)
        assert "is being written by another process" in done.stderr, done.stderr


def start(folder, database, *options, **more):
    return subprocess.Popen([t.ONUS, "reference", "pull", t.place(database), "--into", str(folder), *options],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)


def retired(database):
    body = t.sql(0, database, "SELECT body FROM manifest ORDER BY generation DESC LIMIT 1 FORMAT TSVRaw")
    return [int(number, 16) for number in re.findall(r"part ([0-9a-f]+) retired [1-9]", body)]


def drop(shard, database, part):
    """At the replica that leads; an old one asks it without a password, in vain."""
    for node in (shard, (shard + 1) % 3):
        try:
            return t.sql(node, database, f"ALTER TABLE block_{shard} DROP PARTITION {part}")
        except urllib.error.HTTPError:
            pass
    raise AssertionError(f"shard {shard} cannot drop a partition")


def check_stops(base):
    """A large one: killed, stopped, without room, with a partition that goes meanwhile."""
    listing = base / "large.txt"
    listing.write_text("".join(f"{rng.getrandbits(80):x}.example{n}.org\n" for n in range(60000)))
    says = ("--as", "list", "--actor", "Heron", "--report", "r")
    t.run("reference", "import", "--into", t.place("large"), *says, listing)
    expected = t.digest(t.place("large"))
    for n in range(2 * t.ROUNDS):
        folder = base / f"killed-{n}"
        for _ in range(3):
            puller = start(folder, "large")
            time.sleep(rng.random() * 0.5)
            puller.send_signal(signal.SIGINT if n % 2 else signal.SIGKILL)
            puller.communicate()
            if puller.returncode != 0 and folder.exists():
                done = t.run("reference", "info", folder, status=None)
                assert done.returncode == 0 or "is a copy that is not whole yet" in done.stderr or "no MANIFEST" in done.stderr
        pull("large", folder)
        assert t.digest(folder) == expected
    folder = base / "without-room"
    limit = lambda: (signal.signal(signal.SIGXFSZ, signal.SIG_IGN), resource.setrlimit(resource.RLIMIT_FSIZE, (4 << 20, 4 << 20)))
    puller = start(folder, "large", preexec_fn=limit)
    _, said = puller.communicate()
    assert puller.returncode == 1 and "cannot be written" in said, said
    pull("large", folder)
    assert t.digest(folder) == expected

    # While it is fetched it is merged with three others, and dropped everywhere.
    folder = base / "overtaken"
    puller = start(folder, "large", env={**os.environ, "ONUS_CLICKHOUSE_PATIENCE_S": "2"})
    wait_for(lambda: (folder / "segment-new.part").exists(), "the first bytes")
    puller.send_signal(signal.SIGSTOP)
    for n in range(3):
        listing.write_text("".join(f"{rng.getrandbits(80):x}.example{n}.org\n" for n in range(40000)))
        t.run("reference", "import", "--into", t.place("large"), *says[:-1], f"r{n}", listing)
    wait_for(lambda: len(retired("large")) == 4, "four partitions that were merged")
    for part in retired("large"):
        for shard in range(3):
            drop(shard, "large", part)
    puller.send_signal(signal.SIGCONT)
    _, said = puller.communicate()
    assert puller.returncode == 0, said
    assert t.digest(folder) == t.digest(t.place("large")) != expected


def check_following(base):
    folder = base / "following"
    t.run("reference", "import", "--into", t.place("followed"), t.FILES[0])
    follower = start(folder, "followed", "--follow", "1")
    try:
        for n, path in enumerate(t.FILES[1:3]):
            wait_for(lambda: (folder / "MANIFEST").exists() and t.digest(folder) == t.digest(t.place("followed")), "the copy")
            t.run("reference", "import", "--into", t.place("followed"), path)
        wait_for(lambda: t.digest(folder) == t.digest(t.place("followed")), "the last import")
    finally:
        follower.send_signal(signal.SIGINT)
        shown, said = follower.communicate()
    assert follower.returncode == 0 and len(re.findall(": a copy of", shown)) == 3, (follower.returncode, shown, said)


def push(folder, database):
    return json.loads(t.run("reference", "push", folder, "--into", t.place(database), "--format", "json").stdout)


def check_pushes(base, copy, expected):
    out = push(copy, "pushed")
    schema = json.loads((t.ROOT / "docs/reference-push.schema.json").read_text())
    assert set(out) == set(schema["properties"]) == set(schema["required"]), out
    assert out["changed"] and all(out[key] > 0 for key in out if key.startswith("new_")), out
    assert t.digest(t.place("pushed")) == t.digest(copy) and t.answers(t.place("pushed")) == expected
    assert not push(copy, "pushed")["changed"]
    # A folder that goes on; what is pushed then is what it has more.
    own = base / "own"
    t.run("reference", "import", "--into", own, t.FILES[0])
    push(own, "going_on")
    t.run("reference", "import", "--into", own, *t.FILES[1:])
    whole = push(own, "going_on")
    assert 0 < whole["new_records"] < push(own, "anew")["new_records"], whole
    assert t.digest(t.place("going_on")) == t.digest(t.place("anew")) == t.digest(own)
    # One that goes another way; it is said what differs.
    ways = [("ahead", t.FILES, r"has gone on since .*behind-ahead \(\d+ sources against 1\): there is nothing to push"),
            ("elsewhere", t.FILES[1:2], r"has gone another way than .*behind-elsewhere \(name 0 is \"marshboom\" there and \"greyheron\" here\)")]
    for other, files, words in ways:
        t.run("reference", "import", "--into", t.place(other), *files)
        before = t.digest(t.place(other))
        t.run("reference", "import", "--into", base / ("behind-" + other), t.FILES[0])
        done = t.run("reference", "push", base / ("behind-" + other), "--into", t.place(other), status=2)
        assert re.search(words, done.stderr), done.stderr
        assert t.digest(t.place(other)) == before
    for _ in range(t.ROUNDS):  # who dies leaves nothing
        pusher = subprocess.Popen([t.ONUS, "reference", "push", str(own), "--into", t.place("dying")],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(rng.random())
        pusher.kill()
        pusher.wait()
    push(own, "dying")
    assert t.digest(t.place("dying")) == t.digest(own)


def check_examples(base):
    """The examples in the help."""
    for command in ("pull", "push"):
        text = t.run("help", "reference", command).stdout
        for line in re.findall(r"^  (onus .*)$", text.split("\nExamples:\n")[1], re.M):
            words = shlex.split(line.replace("clickhouses://db1:8443,db2:8443,db3:8443/onus", t.place("same")))
            waits = ["timeout", "--preserve-status", "-s", "INT", "2"] if "--follow" in words else []
            done = subprocess.run([*waits, t.ONUS, *words[1:]], cwd=base, capture_output=True, text=True)
            assert done.returncode == 0, (line, done.stderr)


def check(folder, expected):
    base = pathlib.Path(folder).parent
    copy = check_answers(base, expected)
    check_refusals(base, copy)
    check_pushes(base, copy, expected)
    check_following(base)
    check_examples(base)
    check_stops(base)
