"""Servers that answer with what no server should."""
import gzip
import json
import os
import pathlib
import pty
import re
import socket
import struct
import time

from client import bundle, check, environment, equal, make, objects_of, onus, ONUS, pull, push
from server import API, Collection, Server


def raw(text, times=1, pause_s=0.0):
    """An answer of these bytes, whatever they are."""
    def before(handler):
        if "/objects/" not in handler.path:
            return False
        handler.close_connection = True
        try:
            for _ in range(times):
                handler.wfile.write(text)
                handler.wfile.flush()
                time.sleep(pause_s)
        except OSError:
            pass
        return True
    return before


def answered(body, **how):
    return lambda handler: "/objects/" in handler.path and (handler.answer(body, **how) or True)


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/taxii+json;version=2.1\r\n"


def hostile(before, expect, err, *more):
    with Server([Collection("one", make(3))], before=before) as s:
        begun = time.monotonic()
        pull(s, "one", "--retries", 0, *more, expect=expect, err=err)
        check(not pathlib.Path("out.json").exists() and not pathlib.Path("out.json.pull").exists(), "something is left")
        return time.monotonic() - begun


def test_hostile_codes():
    for code, expect in ((401, 2), (403, 2), (404, 2), (406, 2), (413, 1), (429, 1), (500, 1), (503, 1), (418, 1), (400, 2),
                         (204, 2)):
        hostile(answered({"title": "t", "description": "no <b>\n"}, status=code) if code != 204 else answered(b"", status=204),
                expect, str(code) if code != 204 else "nothing stands")


def test_hostile_types():
    for kind in ("text/html", None, "application/json", "application/taxii+json;version=2.0", "application/taxii+jsonx",
                 "application/vnd.oasis.taxii+json; version=2.0", "x" * 5000):
        hostile(answered({}, content_type=kind), 2, "of the type")
    for kind in ("application/taxii+json", 'Application/TAXII+JSON; charset=utf-8; version="2.1"'):
        with Server([Collection("one")], before=answered({}, content_type=kind)) as s:
            pull(s, "one")


def test_hostile_json():
    thing = make(1)[0]
    deep = b'{"objects": [' + b"[" * 100000 + b"]" * 100000 + b"]}"
    for body, err in ((b"", "nothing stands"), (b"garbage", "no map"), (b"[]", "no map"), (b"[{}]", "no map"), (b"7", "no map"),
                      (b'{"objects": [', "ends too early"), (b"\xff\xfe{}", "."), (b'{"objects": [1]}', "a number"),
                      ({"objects": [{}]}, "`id`"), ({"objects": [{"id": "x"}]}, "`type`"), ({"objects": [{"id": 7}]}, "`id`"),
                      ({"objects": [dict(thing, id="x" * 600)]}, "511 bytes"), ({"more": "yes"}, "`more`"),
                      ({"more": True, "next": "x" * 5000}, "`next`"), ({"more": True, "next": 7}, "`next`"),
                      ({"more": True}, "neither `next`"), (deep, "nested"), (b'{"a":1,"a":2}', "second time"),
                      (b'{"objects": null, "objects": []}', "nothing; an object"), ({"objects": "x"}, "a text"),
                      ({"objects": [dict(thing, x="\ud800")]}, "surrogate")):
        hostile(answered(body), 2 if err != "nested" else 1, err)


def test_hostile_resources():
    for path, body, err in (
            ("/taxii2/", {"title": "x"}, "neither a discovery"), ("/taxii2/", {"api_roots": "x"}, "not a list"),
            ("/taxii2/", {"api_roots": [1]}, "a number"), ("/taxii2/", {"api_roots": []}, "no collection is to be seen"),
            ("/taxii2/", {"api_roots": ["https://example.org/"]}, "on other servers"), ("/taxii2/", [], "a list"),
            ("/taxii2/", {"api_roots": [f"/{i}/" for i in range(200)]}, "more than 100"),
            (API + "collections/", {"collections": {}}, "not a list"), (API + "collections/", {"collections": [1]}, "a number"),
            (API + "collections/", {"collections": [{"id": "x"}]}, "can_read"), (API + "collections/", b"{", "ends too early"),
            (API + "collections/", {"collections": [{"id": "..", "can_read": True, "can_write": True}]}, "no identifier")):
        def before(handler):
            if handler.url_path == path:
                handler.answer(body)
                return True
            if re.match(r"/\d+/collections/", handler.url_path):
                handler.answer({})
                return True
        hostile(before, 1 if err == "more than 100" else 2, err)


def test_hostile_bytes():
    hostile(raw(b"\x00\x01\x02garbage\r\n\r\n"), 2, "no HTTP|broke")
    hostile(raw(b""), 1, "broke")
    hostile(raw(HEAD[:-2]), 1, "broke")
    hostile(raw(HEAD), 1, "broke")
    hostile(raw(HEAD + b"Content-Length: 100\r\n\r\n{"), 1, "broke")
    hostile(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n{"), 1, "broke|failed")
    hostile(raw(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{}"), 1, "broke")
    hostile(raw(HEAD + (b"X: " + b"y" * 1000 + b"\r\n") * 100), 1, "head of the answer")
    hostile(raw(HEAD + b"X: " + b"y" * 200000 + b"\r\n"), 1, "in the head of the answer")
    hostile(raw(HEAD + b"X: y\r\n" * 20000), 1, "head of the answer")
    hostile(raw(b"HTTP/1.1 100 Continue\r\n\r\n", 100000), 1, "head of the answer")
    hostile(raw(HEAD + b"Content-Length: -5\r\n\r\n{}"), 2, ".")


def test_hostile_size():
    hostile(raw(HEAD + b'\r\n{"objects": [' + b" " * (1 << 20), 80), 1, "longer than 67108864 bytes")
    hostile(raw(HEAD + b"Content-Length: 99999999999\r\n\r\n" + b" " * (1 << 20), 80), 1, "longer than|broke")


def test_hostile_packing():
    packed = gzip.compress(b'{"objects": [' + b" " * (50 << 20) + b"]}")
    hostile(answered(packed, Content_Encoding="gzip"), 2, "compressed")
    hostile(answered(b"{}", Content_Encoding="br"), 2, "compressed")


def test_hostile_time():
    """Each would go on for two minutes. What is asked before has the time that is given, too."""
    for before, expect, err in ((raw(HEAD + b"Content-Length: 100\r\n\r\n", 1, 120), 1, "objects/.*within 3 s"),
                                (raw(b"X", 1200, 0.1), 2, "no HTTP"), (raw(HEAD[:20], 1, 120), 1, "objects/.*within 3 s")):
        took = hostile(before, expect, err, "--timeout", 3)
        check(took < 60, took)


def test_hostile_pages():
    thing = make(1)[0]
    times = {"X_TAXII_Date_Added_First": "2024-01-01T00:00:00Z", "X_TAXII_Date_Added_Last": "2024-01-01T00:00:00Z"}
    for body in ({"more": True, "next": "same"}, {"more": True, "next": "same", "objects": [thing]}):
        with Server([Collection("one")], before=answered(body, **times)) as s:
            pull(s, "one", expect=2, err="100 pages in a row")
            check(s.count("GET", "objects") <= 110)
    pathlib.Path("out.json.pull").unlink()  # there was an object
    with Server([Collection("one")], before=answered({"more": True, "objects": [thing]}, **times)) as s:
        pull(s, "one", expect=2, err="neither `next`")


def test_hostile_redirects():
    with Server([Collection("one", make(2))], user="alice", password="x") as other:
        for target, expect in ((other.origin + "/x/", 2), ("https://example.org/", 2), ("file:///etc/passwd", 2),
                               ("ftp://127.0.0.1/", 2), ("/loop/", 1)):
            def before(handler):
                if "/objects/" in handler.path or "/loop/" in handler.path:
                    handler.answer(b"", 307, Location=target)
                    return True
            with Server([Collection("one", make(2))], user="alice", password="x", before=before) as s:
                pull(s, "one", "--user", "alice", "--retries", 0, expect=expect, err="another server|HTTP 307",
                     env=environment(ONUS_TAXII_PASSWORD="x"))
                check(len(s.requests) < 20)
                bundle("in.json", make(1))
                push(s, "one", "in.json", "--user", "alice", "--retries", 0, expect=2, err="not sent on",
                     env=environment(ONUS_TAXII_PASSWORD="x"))
                pathlib.Path("in.json.push").unlink()
        equal(len(other.requests), 0, "name and password went elsewhere:")

    def moved(handler):
        if "/objects/" in handler.path:
            handler.answer(b"", 308, Location=handler.path.replace("/objects/", "/things/"))
            return True
        if "/things/" in handler.path:
            handler.answer({"objects": make(1)})
            return True
    with Server([Collection("one")], before=moved) as s:
        pull(s, "one")
        equal(objects_of("out.json"), make(1))


def test_unreachable():
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}/taxii2/"
        onus("pull", url, "--retries", 1, expect=1, err="cannot be reached.*given up after 2 attempts")


def test_reset():
    def before(handler):
        if "/objects/" in handler.path:
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.connection.close()
            handler.close_connection = True
            return True
    hostile(before, 1, "broke")


def test_no_proxy_on_loopback():
    with Server([Collection("one", make(2))]) as s:
        pull(s, "one", env=environment(http_proxy="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1"))


def test_no_room_on_disk():
    with Server([Collection("one", make(2))]) as s:
        pull(s, "one", output="no/such/folder/out.json", expect=1, err="cannot be opened")
        pathlib.Path("folder").mkdir()
        pull(s, "one", output="folder", expect=2, err="is a folder")
        check(pathlib.Path("folder.pull").exists(), "what was fetched is gone")


def test_no_progress_in_a_pipe():
    def before(handler):
        time.sleep(0.3)
    with Server([Collection("one", make(30))], before=before) as s:
        equal(pull(s, "one", "--page-size", 10).stderr, "")


def test_progress_on_a_terminal():
    def before(handler):
        time.sleep(0.3)
    with Server([Collection("one", make(30))], before=before) as s:
        child, terminal = pty.fork()
        if child == 0:
            os.execve(ONUS, ["onus", "pull", s.url, "-c", "one", "-o", "out.json", "--page-size", "10"], environment())
        shown = b""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece
        except OSError:
            pass
        equal(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), 0)
        check(re.search(rb"\r\d+ objects, \d+ a second", shown), shown)
