"""What was opened to one position reaches nobody else, on any route: sealed_test.py ONUS"""
import base64
import json
import pathlib
import subprocess
import sys
import tempfile

from running import CASE, PASSWORD, ROOT, Server, check, equal, package, people, run

ONUS = pathlib.Path(sys.argv[1]).resolve()
API, OF = "/api/v1", f"/api/v1/cases/{CASE}"
PROOF = (ROOT / "examples/custody/sensitive-sources.tlog-proof").read_bytes()
RAW = {"Content_Type": "application/octet-stream"}
ITEM = "sensitive-sources"


def secrets():
    """Words that stand in what was sealed and nowhere else: its salt, its reasons, its attachment."""
    with tempfile.TemporaryDirectory(prefix="onus-") as folder:
        subprocess.run(["cp", "-r", ROOT / "examples/sony-2014", f"{folder}/mine"], check=True)
        subprocess.run([ONUS, "open", f"{folder}/mine", ROOT / "examples/custody/sensitive-sources.tlog-proof",
                        "--position", "us"], check=True, capture_output=True)
        opened = json.loads(pathlib.Path(folder, "mine/opened", f"{ITEM}.json").read_text(encoding="utf-8"))
        disclosure = base64.urlsafe_b64decode(opened["disclosure"] + "===")
        salt, _, value = json.loads(disclosure)
        found = {"salt": salt, "disclosure": opened["disclosure"], "reasons": value["reasons"][:40]}
        for path in pathlib.Path(folder, "mine/opened", ITEM).rglob("*"):
            if path.is_file():
                found[path.name] = path.read_text(encoding="utf-8")[:40]
    text = (ROOT / "examples/sony-2014/case.yaml").read_text(encoding="utf-8")
    check(len(found) >= 4 and all(len(word) > 8 and word not in text for word in found.values()), found)
    return found


def questions():
    """Everything that can be asked of a case by reading, for every position of it."""
    paths = [f"{OF}{path}" for path in ("", "/document", "/files", "/file?path=evidence/techniques.csv", "/versions",
                                        "/versions/1", "/verify", "/audit", "/members", "/openings", "/export/package")]
    paths += [f"{API}/cases", f"{OF}/file?path=opened/{ITEM}.json", f"{OF}/compare?as_of=2014-12-20"]
    for position in ("us", "china"):
        paths += [f"{OF}/{path}position={position}" for path in (
            "assess?brief=1&", "assess?as_of=2014-12-20&", f"explain/item:{ITEM}?", "matrix?", "export/csv?opened=1&",
            "export/stix?opened=1&as_of=2014-12-20&", "export/misp?opened=1&as_of=2014-12-20&",
            "export/navigator?opened=1&", "export/bif?")]
    return paths + [f"{OF}/timeline?position=us&as_of=2014-12-20", f"{OF}/export/html?position=us&as_of=2014-12-19"]


def what_ifs(client):
    for position in ("us", "china"):
        body = {"position": position, "brief": True, "overrides": {"evidence": {ITEM: {"unseen": 0.1}}}}
        yield f"what-if as {position}", client.ask("POST", f"{OF}/what-if", body)


def ask_all(client):
    found = {path: client.ask("GET", path) for path in questions()}
    found.update(what_ifs(client))
    return found


def holds(answer, words):
    text = answer.body.decode("utf-8", "replace") + str(answer.headers)
    plain = json.dumps(text) + text
    return [name for name, word in words.items() if word in plain or json.dumps(word)[1:-1] in plain]


def test_sealed_items_stay_where_they_were_opened():
    words = secrets()
    server = Server(ONUS)
    who = people(server, "root", "owner", "us", "china", "reader", "stranger")
    who["owner"].post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
    for user, role, position in (("us", "party", "us"), ("china", "party", "china"), ("reader", "reader", "")):
        equal(who["owner"].ask("PUT", f"{OF}/members/{user}", {"role": role, "position": position}).status, 204)
    others = [name for name in who if name != "us"]
    before = {name: ask_all(who[name]) for name in ("china",)}
    equal(who["china"].ask("POST", f"{OF}/openings?position=us", PROOF, **RAW).status, 403)
    equal(who["us"].post(f"{OF}/openings", PROOF, **RAW).json, {"item": ITEM, "position": "us"})
    seen = set()
    for path, answer in ask_all(who["us"]).items():
        check(answer.status in (200, 404, 422), path, answer.status, answer.body[:200])
        seen |= set(holds(answer, words))
    check({"reasons"} <= seen, "the one to whom it was opened does not see it:", seen)
    for name in others:  # what an owner gets is made for the reader too: both are at no position
        for path, answer in ask_all(who[name]).items():
            check(not holds(answer, words), path, "shows", name, holds(answer, words))
            if name in before and answer.status == 200 and not path.endswith(("/audit", "html", "?opened=1")):
                same = before[name][path].body == answer.body or "export/" in path
                check(same, path, "tells", name, "that something was opened")
    check_joining(server, who)
    # a reader asks for the view of the position, which is not his
    explained = who["reader"].get(f"{OF}/explain/{ITEM}?position=us").json
    check(explained != who["us"].get(f"{OF}/explain/{ITEM}?position=us").json, "a reader sees as the position does")
    server.stop()
    # and after a start, from what is on the disk
    server.start()
    for name in ("china", "us"):
        found = server.client(name).log_in().get(f"{OF}/verify").body
        equal(f"sealed item {ITEM}, for us".encode() in found, name == "us", name, found)
    server.audit()
    server.stop()
    server.remove()


def check_joining(server, who):
    """No owner makes himself, or a friend, a member of a position that something was opened to."""
    for user in ("owner", "stranger", "reader", "china"):
        role = "owner" if user == "owner" else "party"
        answer = who["owner"].ask("PUT", f"{OF}/members/{user}", {"role": role, "position": "us"})
        equal(answer.status, 400, user, answer.body)
    equal(who["us"].ask("PUT", f"{OF}/members/stranger", {"role": "party", "position": "us"}).status, 403)


def test_a_case_file_that_holds_what_is_sealed_is_refused():
    text = (ROOT / "examples/sony-2014/case.yaml").read_text(encoding="utf-8")
    held = text.replace("    vouched: {ratio: {dprk: [5, 50]}}\n",
                        "    vouched: {ratio: {dprk: [5, 50]}}\n    ratio: {dprk: 40}\n", 1)
    check(held != text, "the example has another row")
    with Server(ONUS) as server:
        local = server.client().be_local()
        files = [{"path": str(path.relative_to(ROOT / "examples/sony-2014")), "text": path.read_text(encoding="utf-8")}
                 for folder in ("evidence", "computed") for path in (ROOT / "examples/sony-2014" / folder).iterdir()]
        answer = local.ask("POST", f"{API}/cases", {"id": "held", "text": held, "files": files})
        equal(answer.status, 422, answer.body)
        check("holds what was sealed" in answer.json["error"]["text"], answer.body)
        local.post(f"{API}/cases", {"id": "fine", "text": text, "files": files})
        answer = local.ask("PUT", f"{API}/cases/fine", {"base": 1, "text": held})
        equal(answer.status, 422, answer.body)
        for path in ("opened/x.json", "OPENED/x.json", "a/../b", "/etc/x", "a//b", "case.yaml", ".git/x", "a\\b"):
            answer = local.ask("PUT", f"{API}/cases/fine", {"base": 1, "files": [{"path": path, "text": "x"}]})
            equal(answer.status, 422, path, answer.body)


def test_the_only_user_of_a_local_server_is_at_every_position():
    with Server(ONUS) as server:
        local = server.client().be_local()
        local.post(f"{API}/cases?id={CASE}", package(ONUS), Content_Type="application/zip")
        equal(local.ask("POST", f"{OF}/openings", PROOF, **RAW).status, 400)
        for position in ("us", "china"):
            local.post(f"{OF}/openings?position={position}", PROOF, **RAW)
        found = local.get(f"{OF}/verify").body
        check(f"sealed item {ITEM}, for china, us".encode() in found, found)
        equal(local.ask("POST", f"{OF}/openings?position=us", PROOF.replace(b"A", b"B"), **RAW).status, 422)


if __name__ == "__main__":
    sys.exit(run(globals(), sys.argv[2:]))
