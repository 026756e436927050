"""What a good server gives."""
import json
import pathlib
import shutil
import subprocess

from client import check, environment, equal, make, objects_of, onus, pull, push, ROOT, summary
from server import API, Collection, Server


def test_list():
    with Server([Collection("one", alias="first"), Collection("two", can_write=False, description="d\x1b[31m")]) as s:
        text = onus("pull", s.url).stdout
        check("one" in text and "two" in text and "first" in text, text)
        check("\x1b" not in text, "a terminal would obey this")
        found = summary(onus("pull", s.origin, "--format", "json"))
        equal([c["title"] for c in found["collections"]], ["one", "two"])
        equal([c["can_write"] for c in found["collections"]], [True, False])
        for url in (s.origin + API, s.origin + API + "collections/", s.origin + API + "collections"):
            equal(summary(onus("pull", url, "--format", "json"))["collections"], found["collections"], url)
        alone = summary(onus("pull", found["collections"][1]["url"], "--format", "json"))
        equal(alone["collections"], found["collections"][1:])


def test_pull():
    things = make(25)
    with Server([Collection("one", things, alias="first")]) as s:
        for name in ("one", "first", next(iter(s.collections))):
            made = summary(pull(s, name, "--page-size", 10))
            equal(objects_of("out.json"), things)
            equal((made["objects"], made["pages"], made["repeated"]), (25, 3, 0))
        first = pathlib.Path("out.json").read_bytes()
        onus("pull", s.origin + API + "collections/" + next(iter(s.collections)), "-o", "again.json")
        equal(pathlib.Path("again.json").read_bytes(), first, "the same objects, the same file:")
        check(not pathlib.Path("out.json.pull").exists(), "the state is left")
        onus("import", "out.json", expect=2)  # nobody attributes anything in it, but it is read
        onus("reference", "import", "--into", "ref", "out.json")


def test_case_there_and_back():
    """A case of ours goes to a server and comes back as the same case."""
    onus("export", ROOT / "examples/sony-2014", "--to", "stix", "--output", "case.json")
    with Server([Collection("one")]) as s:
        made = summary(push(s, "one", "case.json", "--page-size", 50))
        equal(made["accepted"], made["objects"])
        pull(s, "one", "--page-size", 40)
    equal(onus("import", "out.json").stdout, onus("import", "case.json").stdout)


def test_pull_empty():
    with Server([Collection("one")]) as s:
        equal(summary(pull(s, "one"))["objects"], 0)
        equal(objects_of("out.json"), [])


def test_pull_filters():
    things = make(4) + make(1, "tool", type="tool")
    with Server([Collection("one", things)]) as s:
        made = summary(pull(s, "one", "--match-type", "tool,report", "--match-spec-version", "2.1", "--match-version", "all"))
        equal(objects_of("out.json"), things[4:])
        check("match%5Bspec_version%5D=2.1" in s.requests[-1][1] and "match%5Bversion%5D=all" in s.requests[-1][1])
        pull(s, "one", "--match-id", things[2]["id"])
        equal(objects_of("out.json"), things[2:3])
        pull(s, "one", "--added-after", "2024-01-01T00:00:00.000001Z")
        equal(objects_of("out.json"), things[2:])
        pull(s, "one", "--added-after", made["added_last"])
        equal(objects_of("out.json"), [])
        pull(s, "one", "--added-after", "2023-12-31")
        equal(objects_of("out.json"), things)
        pull(s, "one", "--added-after", "yesterday", expect=2, err="yesterday")
        equal(objects_of("out.json"), things, "what was there before a failure stays:")


def test_pull_needs():
    with Server([Collection("one"), Collection("one", can_read=False), Collection("secret", can_read=False)]) as s:
        pull(s, "three", expect=2, err='no collection is called "three".*"one", "secret"')
        pull(s, "secret", expect=2, err="does not let us read")
        onus("pull", s.url, "--output", "out.json", expect=2, err="name a collection")
        onus("pull", s.url, "--collection", "one", expect=2, err="--output FILE")
    check(not pathlib.Path("out.json").exists() and not pathlib.Path("out.json.pull").exists(), "something is left")


def test_login():
    pathlib.Path("word").write_text("p:ä ss\nmore\n")
    pathlib.Path("token").write_text("t0ken\n")
    with Server([Collection("one", make(2))], user="alice", password="p:ä ss") as s:
        pull(s, "one", "--user", "alice", "--password-file", "word")
        pull(s, "one", "--user", "alice", env=environment(ONUS_TAXII_PASSWORD="p:ä ss"))
        pull(s, "one", expect=2, err="401")
        pull(s, "one", "--user", "alice", env=environment(ONUS_TAXII_PASSWORD="wrong"), expect=2, err="who are you")
        pull(s, "one", "--user", "alice", expect=2, err="no password")
        pull(s, "one", "--password-file", "word", expect=2, err="--user")
        pull(s, "one", "--user", "a:b", "--password-file", "word", expect=2, err="colon")
        pull(s, "one", "--user", "alice", "--password-file", "missing", expect=2, err="missing: cannot be opened")
        onus("pull", s.url.replace("//", "//alice:pass@"), expect=2, err="holds a name or password")
    with Server([Collection("one", make(2))], token="t0ken") as s:
        pull(s, "one", "--token-file", "token")
        pull(s, "one", env=environment(ONUS_TAXII_TOKEN="t0ken"))
        pull(s, "one", "--token-file", "token", "--user", "a", expect=2, err="--token-file")
        pull(s, "one", env=environment(ONUS_TAXII_TOKEN="a\nb"), expect=2, err="control character")
        sent = [request[3].get("Authorization") for request in s.requests]
        check(all(one in (None, "Bearer t0ken") for one in sent), sent)


def test_urls():
    for url, err in (("ftp://example.org/", "neither https nor http"), ("nonsense", "no URL"),
                     ("http://example.org/taxii2/", "plain http"), ("http://127.0.0.1.example.org/", "plain http"),
                     ("https://example.org/?a=b", "query"), ("http://localhost:1/x/#f", "fragment"),
                     ("https://example.org/" + "x" * 3000, "at most")):
        onus("pull", url, expect=1 if err == "at most" else 2, err=err)


def test_api_roots():
    def before(handler):
        if handler.url_path == "/taxii2/":
            handler.answer({"title": "x", "default": API, "api_roots": [
                API, s.origin + API, "http://127.0.0.1:1/other/", "https://example.org/", "http://example.org/x/", "/none/"]})
            return True
    with Server([Collection("one", make(1))], before=before) as s:
        found = summary(onus("pull", s.url, "--format", "json"))
        equal(([c["title"] for c in found["collections"]], found["api_roots_elsewhere"], found["api_roots_closed"]),
              (["one"], 3, 1))
        pull(s, "one")


def test_tls():
    if not shutil.which("openssl"):
        return
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem",
                    "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"], check=True,
                   capture_output=True)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "k2.pem", "-out", "c2.pem",
                    "-days", "2", "-subj", "/CN=test", "-addext", "subjectAltName=DNS:other.example"], check=True,
                   capture_output=True)
    with Server([Collection("one", make(3))], certificate=("cert.pem", "key.pem")) as s:
        pull(s, "one", "--ca-file", "cert.pem")
        equal(len(objects_of("out.json")), 3)
        n = len(s.requests)
        pull(s, "one", "--retries", 0, expect=1, err="does not prove who it is")
        pull(s, "one", "--ca-file", "c2.pem", "--retries", 0, expect=1, err="does not prove who it is")
        pull(s, "one", "--ca-file", "nothing.pem", "--retries", 0, expect=1)
        equal(len(s.requests), n, "nothing is asked of whom we do not know:")
    with Server([Collection("one", make(3))], certificate=("c2.pem", "k2.pem")) as s:
        pull(s, "one", "--ca-file", "c2.pem", "--retries", 0, expect=1, err="does not prove who it is")
        equal(len(s.requests), 0)
