"""Every route of `onus serve` by every kind of caller, held against the document: routes_test.py ONUS [NAME...]

A route without a line in ASKED fails the test. The TAXII routes have a test of their own.
"""
import gzip
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import uuid

from running import CASE, PASSWORD, ROOT, Server, check, equal, package, people, run, text_of

ONUS = pathlib.Path(sys.argv[1]).resolve()
API, OF_CASE = "/api/v1", "/api/v1/cases/{case}"
PROOF = (ROOT / "examples/custody/sensitive-sources.tlog-proof").read_bytes()
RAW = {"Content_Type": "application/octet-stream"}
RANK = {"anyone": 0, "user": 1, "reader": 2, "party": 3, "owner": 4}


def form():
    parts = [f'--boundary-of-a-form\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n\r\n'.encode() +
             pathlib.Path("/bin/true").read_bytes() + b"\r\n" for name in "ab"]
    return b"".join(parts) + b"--boundary-of-a-form--\r\n"


def asked(case, text):
    """What to ask of each route so that it does what it is for: body, headers, query, places."""
    new = f"n{uuid.uuid4().hex[:12]}"
    return {
        f"GET /assets/{{digest}}/{{name}}": None,  # named by the page
        f"POST {API}/session": {"body": {"user": "reader", "password": PASSWORD}},
        f"POST {API}/session/password": {"body": {"old": PASSWORD, "new": PASSWORD}},
        f"POST {API}/tokens": {"body": {"name": "for a test"}},
        f"DELETE {API}/tokens/{{token}}": {"token": "nothing", "missing": True},
        f"POST {API}/accounts": {"body": {"user": new, "password": PASSWORD}},
        f"PATCH {API}/accounts/{{user}}": {"user": "spare", "body": {"is_disabled": True}},
        f"GET {API}/audit": {"query": "check=1&limit=5"},
        f"POST {API}/cases": {"body": {"id": new, "text": text_of("wizardopium-2019")}},
        f"POST {API}/cases/import": {"body": (ROOT / "examples/statements.csv").read_bytes(), "headers": RAW,
                                     "query": f"id={new}&name=statements.csv"},
        f"PUT {OF_CASE}": {"body": {"base": 1, "text": text.replace("title:", f"title: {new}", 1)}},
        f"POST {OF_CASE}/check": {"body": {"text": text}},
        f"GET {OF_CASE}/versions/{{version}}": {"version": "1"},
        f"GET {OF_CASE}/file": {"query": "path=evidence/techniques.csv"},
        f"GET {OF_CASE}/assess": {"query": "as_of=2014-12-22&brief=1"},
        f"GET {OF_CASE}/compare": {"query": "as_of=2014-12-01"},
        f"GET {OF_CASE}/timeline": {"query": "position=china&as_of=2014-12-19"},
        f"GET {OF_CASE}/explain/{{what}}": {"what": "item:fbi-code"},
        f"POST {OF_CASE}/what-if": {"body": {"overrides": {"reliability": {"fbi": 0.5}}, "brief": True}},
        f"GET {OF_CASE}/matrix": {"query": "brief=1"},
        f"GET {OF_CASE}/export/{{format}}": {"format": "csv"},
        f"POST {OF_CASE}/import": {"body": (ROOT / "examples/statements.csv").read_bytes(), "headers": RAW,
                                   "query": "name=statements.csv"},
        f"POST {OF_CASE}/record": {"unsupported": True},
        f"PUT {OF_CASE}/members/{{user}}": {"user": "spare", "body": {"role": "party", "position": "china"}},
        f"DELETE {OF_CASE}/members/{{user}}": {"user": "spare"},
        f"POST {OF_CASE}/openings": {"body": PROOF, "headers": RAW},
        f"GET {API}/reference/actors": {"query": "name=Lazarus", "unsupported": True},
        f"POST {API}/reference/rank": {"body": b"{}", "headers": RAW, "unsupported": True},
        f"POST {API}/reference/match": {"body": pathlib.Path("/bin/true").read_bytes(), "headers": RAW, "unsupported": True},
        f"POST {API}/match": {"body": form(), "headers": {"Content_Type": "multipart/form-data; boundary=boundary-of-a-form"}},
    }


# --- a small part of JSON Schema, all that the document uses


def fits(value, schema, document, at="answer"):
    if "$ref" in schema:
        name = schema["$ref"]
        if not name.startswith("#/components/schemas/"):
            return  # a file of its own, which tests of the program hold its JSON against
        fits(value, document["components"]["schemas"][name.rsplit("/", 1)[1]], document, at)
        return
    kinds = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
    wanted = schema.get("type", [])
    wanted = [wanted] if isinstance(wanted, str) else wanted
    check(not wanted or any(isinstance(value, kinds[kind]) and not (kind == "integer" and isinstance(value, bool))
                            for kind in wanted), at, "is", value, "and should be", wanted)
    check("enum" not in schema or value in schema["enum"], at, "is", value)
    if isinstance(value, dict):
        check(set(schema.get("required", [])) <= set(value), at, "has no", set(schema.get("required", [])) - set(value))
        for key, inner in value.items():
            check(key in schema.get("properties", {}) or schema.get("additionalProperties", True) is not False, at,
                  "has", key)
            fits(inner, schema.get("properties", {}).get(key, {}), document, f"{at}/{key}")
    if isinstance(value, list):
        check(len(value) <= schema.get("maxItems", len(value)), at, "is too long")
        for i, inner in enumerate(value):
            fits(inner, schema.get("items", {}), document, f"{at}/{i}")


def check_answer(answer, operation, document, what):
    """The answer is one that the document announces, of the type and the form that it says."""
    responses = operation["responses"]
    check(str(answer.status) in responses or answer.status == 501, what, "gives", answer.status, answer.body[:200])
    content = responses.get(str(answer.status), {}).get("content")
    if answer.status == 501:
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    if content is None:
        equal(answer.body, b"", what)
        return
    kind, = content
    found = answer.headers["Content-Type"].split(";")[0]
    if kind == "application/json":
        equal(found, kind, what)
        fits(answer.json, content[kind]["schema"], document, what)
    for name in ("Content-Security-Policy", "X-Content-Type-Options", "Referrer-Policy"):
        check(answer.headers[name], what, "has no", name)
    check("frame-ancestors 'none'" in answer.headers["Content-Security-Policy"], what)


def expected(role, caller, has_case):
    """What the document's role means for a caller: the status, or None when it is let in."""
    if role == "anyone":
        return None
    if caller == "nobody":
        return 401
    if role == "administrator":
        return None if caller == "root" else 403
    if role == "user":
        return None
    if not has_case[caller]:
        return 404
    return None if RANK[has_case[caller]] >= RANK[role] else 403


def fill(pattern, known):
    path = pattern
    for name in re.findall(r"\{(\w+)\}", pattern):
        path = path.replace("{" + name + "}", known[name])
    return path


def test_every_route_by_every_caller():
    server = Server(ONUS)
    callers = people(server, "root", "owner", "party", "reader", "stranger", "spare")
    callers["nobody"] = server.client()
    roles = {"root": None, "owner": "owner", "party": "party", "reader": "reader", "stranger": None}
    packed, text = package(ONUS), text_of("sony-2014")
    document = callers["nobody"].get(f"{API}/openapi.json").json
    asset = re.search(rb'(?:src|href)="(/assets/[^"]+)"', gzip.decompress(callers["nobody"].get("/").body))
    n_asked = 0

    def make_case(name):
        callers["owner"].post(f"{API}/cases?id={name}", packed, Content_Type="application/zip")
        for user, role, position in (("party", "party", "us"), ("reader", "reader", None), ("spare", "party", "china")):
            answer = callers["owner"].ask("PUT", f"{API}/cases/{name}/members/{user}",
                                          {"role": role, **({"position": position} if position else {})})
            equal(answer.status, 204, answer.body)

    make_case(CASE)
    for pattern, operations in document["paths"].items():
        if pattern.startswith("/taxii2"):
            continue
        for method, operation in operations.items():
            what = f"{method.upper()} {pattern}"
            for caller in ("nobody", "stranger", "root", "reader", "party", "owner"):
                how = asked(CASE, text).get(what, {}) or {}
                case = CASE
                if what in (f"DELETE {OF_CASE}", f"PUT {OF_CASE}"):
                    case = f"c{uuid.uuid4().hex[:12]}"
                    make_case(case)
                if what.endswith("/members/{user}"):
                    callers["owner"].ask("PUT", f"{API}/cases/{case}/members/spare", {"role": "party", "position": "china"})
                path = asset[1].decode() if pattern.startswith("/assets") else fill(pattern, {"case": case, **{
                    key: value for key, value in how.items() if isinstance(value, str)}})
                path += f"?{how['query']}" if "query" in how else ""
                if pattern.endswith("/events"):
                    check_events(callers[caller], path, expected(operation["x-onus-role"], caller, roles))
                    continue
                answer = callers[caller].ask(method.upper(), path, how.get("body"), **how.get("headers", {}))
                who = f"{what} by {caller}"
                check_answer(answer, operation, document, who)
                refusal = expected(operation["x-onus-role"], caller, roles)
                if what == f"POST {OF_CASE}/openings" and caller == "owner":
                    refusal = 400  # he is at no position
                if refusal:
                    equal(answer.status, refusal, who, answer.body[:200])
                elif how.get("missing"):
                    equal(answer.status, 404, who)
                elif how.get("unsupported"):
                    equal(answer.status, 501, who)
                else:
                    check(200 <= answer.status < 300, who, "gives", answer.status, answer.body[:300])
                n_asked += 1
                if what in (f"DELETE {API}/session", f"POST {API}/session/password") and caller != "nobody":
                    callers[caller].log_in()
                if what == f"PATCH {API}/accounts/{{user}}" and caller == "root":
                    callers["root"].ask("PATCH", path, {"is_disabled": False})
    check(n_asked > 250, "only", n_asked)
    server.audit()
    server.stop()
    server.remove()


def check_events(client, path, refusal):
    connection = client.server.connect()
    connection.request("GET", path, headers={"Cookie": client.cookie} if client.cookie else {})
    response = connection.getresponse()
    equal(response.status, refusal or 200, path)
    if not refusal:
        equal(response.headers["Content-Type"], "text/event-stream")
        told = b""
        while b"event: presence" not in told:  # in one piece or several
            check(piece := response.read1(), "nobody is there", told)
            told += piece
    connection.close()


def onus(*arguments):
    return subprocess.run([ONUS, *map(str, arguments)], check=True, capture_output=True).stdout


def test_whose_code_is_in_a_program():
    """The answer is that of the program but for the names of files; nobody learns where the reference lies."""
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        shell, path, report = pathlib.Path("/bin/sh").read_bytes(), f"{API}/reference/match", "https://example.org/heron"
        pathlib.Path(folder, "known/shells").mkdir(parents=True)
        pathlib.Path(folder, "known/shells/one").write_bytes(shell)
        onus("reference", "import", "--into", f"{folder}/ref", "--code", f"{folder}/known", "--actor", "Grey Heron", "--report", report,
             "--day", "2024-05-02")
        onus("reference", "import", "--into", f"{folder}/names", ROOT / "examples/reference/cluster.json")
        document = json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8"))["paths"][path]["post"]
        server = Server(ONUS, folder, "--reference", f"{folder}/ref")
        ada = people(server, "ada")["ada"]
        for query, options in (("", []), ("as_of=2024-05-01", ["--as-of", "2024-05-01"]), ("leave_out=x,example.org/heron", ["--leave-out", "x,example.org/heron"])):
            found = ada.ask("POST", f"{path}?{query}", shell, **RAW)
            check_answer(found, document, {}, query)
            expected = json.loads(onus("match", "/bin/sh", "--reference", f"{folder}/ref", "--format", "json", *options))
            for part in (found.json, expected):
                equal(len(part["files"]), 1, query, found.body[:300])
            here, there = found.json, expected
            equal(here["reference"].pop("location"), "reference")
            there["reference"].pop("location")
            check(here["files"][0].pop("path").endswith("program") and there["files"][0].pop("path"), "a path")
            equal(here, there, query)
            equal([one["name"] for one in here["files"][0]["actors"]], [] if query else ["Grey Heron"], query)
        for body, query, status, word in ((b"#!/bin/sh\n", "", 422, "program"), (b"", "", 422, "program"), (shell[:50], "", 422, "program"), (shell, "as_of=yesterday", 400, "yesterday"),
                                          (shell, "as-of=2024-05-01", 400, "as-of"), (shell, "leave_out=" + ",".join("x" * 65), 400, "64")):
            answer = ada.ask("POST", f"{path}?{query}", body, **RAW)
            equal(answer.status, status, query, answer.body[:300])
            check(word in json.dumps(answer.json) and folder not in answer.body.decode(), answer.body)
        equal(ada.ask("POST", path, b"", Content_Length=str(100 << 20), **RAW).status, 413)
        equal(server.client().ask("POST", path, shell, **RAW).status, 401)
        ranked = ada.ask("POST", f"{API}/reference/rank?name=x.json", b'{"indicators":["198.51.100.24"]}', **RAW)
        check(folder not in ranked.body.decode(), ranked.body)
        server.stop()
        server.options = ["--reference", f"{folder}/names"]
        server.start()
        answer = server.client("ada").log_in().ask("POST", path, shell, **RAW)
        equal(answer.status, 501, answer.body)
        check("holds no programs" in answer.json["error"]["text"], answer.body)
        server.stop()


def test_document_is_the_shipped_one():
    with Server(ONUS) as server:
        served = server.client().get(f"{API}/openapi.json").json
    equal(served, json.loads((ROOT / "docs/openapi.json").read_text(encoding="utf-8")),
          "docs/openapi.json is not what the server says; write it anew from GET /api/v1/openapi.json:")
    for pattern, operations in served["paths"].items():
        for method, operation in operations.items():
            check(operation["summary"].endswith("."), method, pattern)
            for parameter in operation["parameters"]:
                check(parameter["in"] == "path" or parameter["description"], parameter)
    named = re.findall(r'"\$ref": "([^#"]+)"', json.dumps(served))
    check(named, "no file is named")
    for name in named:
        check((ROOT / "docs" / name).is_file(), name, "is not there")


def test_other_paths_and_methods():
    with Server(ONUS) as server:
        local = server.client().be_local()
        for method, path, status in (("GET", "/nothing", 404), ("GET", f"{API}/cases/../session", 404),
                                     ("GET", f"{API}/cases/a%2fb", 400), ("GET", f"{API}/cases/%00", 400),
                                     ("GET", f"{API}/cases/%zz", 400), ("GET", f"{API}/session/", 404),
                                     ("DELETE", "/healthz", 405), ("OPTIONS", f"{API}/cases", 405),
                                     ("GET", f"{API}/session?csrf=1", 400), ("GET", "/" + "a/" * 40, 400)):
            answer = local.ask(method, path)
            equal(answer.status, status, method, path, answer.body)
            check(answer.json["error"]["text"], path)
        equal(local.ask("HEAD", "/healthz").status, 200)
        equal(local.ask("DELETE", "/healthz").headers["Allow"], "GET")


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[2:]))
