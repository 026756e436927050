"""Adding to a collection."""
import json
import pathlib

from client import bundle, check, equal, make, objects_of, onus, pull, push, summary
from server import Collection, Server


def test_push():
    things = make(30)
    bundle("in.json", things)
    with Server([Collection("one")], max_bytes=2000) as s:
        made = summary(push(s, "one", "in.json"))
        equal((made["objects"], made["accepted"], made["refused_count"]), (30, 30, 0))
        equal([item for _, item in s.collections[next(iter(s.collections))].items], things)
        check(all(len(request[2]) <= 2000 for request in s.requests), "too large")
        check(s.count("POST", "objects") > 3)
        check(not pathlib.Path("in.json.push").exists(), "the state is left")
        pull(s, "one")
        equal(objects_of("out.json"), things)


def test_push_duplicates():
    things = make(3)
    bundle("in.json", things + [dict(reversed(things[0].items())) | things[0]] + things[1:2])
    with Server([Collection("one")]) as s:
        equal(summary(push(s, "one", "in.json"))["objects"], 3)
    bundle("in.json", things + [dict(things[0], name="other")])
    with Server([Collection("one")]) as s:
        push(s, "one", "in.json", expect=2, err="in.json:1:.*stands twice")
        equal(len(s.requests), 0)


def test_push_refused():
    things = make(5)
    things[3]["name"] = "refuse me"
    bundle("in.json", things)
    with Server([Collection("one")]) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], made["refused_count"]), (4, 1))
        equal(made["refused"], [{"id": things[3]["id"], "version": things[3]["modified"], "message": "not liked"}])
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], made["from_earlier_run"], made["requests"]), (4, 4, 1))
        equal(len(json.loads(s.requests[-2][2])["objects"]), 1, "only what was refused goes again:")
        text = onus("push", s.url, "in.json", "-c", "one", expect=1).stdout
        check("refused" in text and "not liked" in text, text)
        with Server([Collection("one")]) as other:
            push(other, "one", "in.json", expect=2, err="state of other work")
            push(other, "one", "in.json", "--state", "elsewhere", expect=1)


def test_push_pending():
    bundle("in.json", make(5))
    with Server([Collection("one")], pending_polls=3) as s:
        equal(summary(push(s, "one", "in.json"))["accepted"], 5)
        equal((s.count("POST", "objects"), s.count("GET", "status")), (1, 3))


def test_push_pending_resumed():
    bundle("in.json", make(5))
    with Server([Collection("one")], pending_polls=1) as s:
        s.before = lambda handler: "/status/" in handler.path and (handler.fail(503, "no") or True)
        push(s, "one", "in.json", "--retries", 0, expect=1, err="503")
        s.before = None
        equal(summary(push(s, "one", "in.json"))["accepted"], 5)
        equal(s.count("POST", "objects"), 1, "sent once:")


def test_push_status_forgotten():
    bundle("in.json", make(5))
    with Server([Collection("one")], pending_polls=1) as s:
        s.before = lambda handler: "/status/" in handler.path and (handler.fail(404, "no") or True)
        made = summary(push(s, "one", "in.json"))
        equal((made["accepted"], made["there_already"], s.count("POST", "objects")), (5, 5, 1))


def test_push_in_doubt():
    """The server takes an envelope, and its answer is lost."""
    things = make(20)
    bundle("in.json", things)
    lost = []

    def before(handler):
        if handler.command == "POST" and len(lost) < 2:
            lost.append(1)
            objects = json.loads(handler.body)["objects"]
            collection.add(objects[:len(objects) // 2])  # some of it at least
            handler.close_connection = True
            return True
    collection = Collection("one")
    with Server([collection], before=before) as s:
        made = summary(push(s, "one", "in.json", "--page-size", 8))
        equal(made["accepted"], 20)
        equal(sorted(item["id"] for _, item in collection.items), sorted(item["id"] for item in things), "nothing twice:")


def test_push_in_doubt_unreadable():
    bundle("in.json", make(4))
    lost = []

    def before(handler):
        if handler.command == "POST" and not lost:
            lost.append(1)
            collection.add(json.loads(handler.body)["objects"])
            handler.close_connection = True
            return True
    collection = Collection("one", can_read=False)
    with Server([collection], before=before) as s:
        equal(summary(push(s, "one", "in.json"))["accepted"], 4)
        equal(len(collection.items), 4)


def test_push_too_large():
    things = make(6)
    things[2]["description"] = "x" * 3000
    bundle("in.json", things)
    with Server([Collection("one")], max_bytes=2000) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], [one["id"] for one in made["refused"]]), (5, [things[2]["id"]]))
    limit = 1500

    def before(handler):  # takes less than it says
        if handler.command == "POST" and len(handler.body) > limit:
            handler.fail(413, "too much")
            return True
    for path in pathlib.Path(".").glob("*.push"):
        path.unlink()
    with Server([Collection("one")], before=before) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], [one["id"] for one in made["refused"]]), (5, [things[2]["id"]]))
        check("413" in made["refused"][0]["message"], made)


def test_push_unprocessable():
    things = make(20)

    def before(handler):
        if handler.command == "POST" and things[7]["id"].encode() in handler.body:
            handler.fail(422, "do not want")
            return True
    bundle("in.json", things)
    with Server([Collection("one")], before=before) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], [one["id"] for one in made["refused"]]), (19, [things[7]["id"]]))
        s.before = lambda handler: handler.command == "POST" and (handler.fail(422, "do not want") or True)
        bundle("in2.json", make(200, "other"))
        push(s, "one", "in2.json", expect=2, err="422")
        check(s.count("POST", "objects") < 80, "asked too often")


def test_push_bad_statuses():
    bundle("in.json", things := make(2))
    good = {"id": "s", "status": "complete", "total_count": 2, "success_count": 2, "failure_count": 0, "pending_count": 0}
    detail = {"id": things[0]["id"], "version": things[0]["modified"]}
    for status, err in (
            (b"", "nothing stands in the file"), (b"{", "ends too early"), (b"[]", "a list"), ({}, "`id`"),
            (dict(good, status="done"), "pending or complete"), (dict(good, total_count=3), "2 objects were sent"),
            (dict(good, success_count=1), "2 objects were sent"), (dict(good, success_count=-1), "whole number"),
            (dict(good, success_count=10**30), "whole number"), (dict(good, success_count=2**52), "2 objects were sent"),
            (dict(good, status="complete", success_count=0, pending_count=2), "complete while"),
            (dict(good, successes={}), "not a list"), (dict(good, successes=[1]), "a number"),
            (dict(good, successes=[detail] * 3), "lists 3"), (dict(good, successes=[detail] * 2), "tells twice"),
            (dict(good, successes=[dict(detail, id="malware--x")]), "was not sent"),
            (dict(good, id="x" * 600), "no identifier"), (dict(good, id=".."), "no identifier")):
        def before(handler):
            if handler.command == "POST":
                handler.answer(status, 202)
                return True
        with Server([Collection("one")], before=before) as s:
            push(s, "one", "in.json", "--retries", 0, expect=2, err=err)
            pathlib.Path("in.json.push").unlink()


def test_push_partial_status():
    """Servers need not list what became of each object; the manifest tells."""
    bundle("in.json", make(4))

    def before(handler):
        if handler.command == "POST":
            collection.add(json.loads(handler.body)["objects"][:3])
            handler.answer({"id": "s", "status": "complete", "total_count": 4, "success_count": 3, "failure_count": 1,
                            "pending_count": 0}, 202)
            return True
    collection = Collection("one")
    with Server([collection], before=before) as s:
        made = summary(push(s, "one", "in.json", expect=1))
        equal((made["accepted"], made["refused_count"]), (3, 1))


def test_push_no_room():
    bundle("in.json", make(1))
    with Server([Collection("one")], max_bytes=3) as s:
        push(s, "one", "in.json", expect=2, err="max_content_length")
    with Server([Collection("one", can_write=False)]) as s:
        push(s, "one", "in.json", expect=2, err="does not let us add")
