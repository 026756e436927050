#!/usr/bin/env python3
"""onus_document_merge beside a plain model of its rules: merge_test.py CALL ROOT [ROUNDS].

Random edits are made to a case by two people. The result and the conflicts must be those of the model."""
import copy
import json
import pathlib
import random
import subprocess
import sys
import tempfile

ROW = ["likelihood", "ratio", "strength", "says", "compute", "from", "leave_out", "repeats"]
WHOLE = ROW + ["sealed", "vouched"]
ABSENT = object()


def same(a, b):
    if a is ABSENT or b is ABSENT:
        return a is b
    if isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    return type(a) in (int, float) and type(b) in (int, float) and a == b or type(a) is type(b) and a == b


def naming(values):
    found = None
    for value in values:
        if value is ABSENT or value == []:
            continue
        own = None
        for name in ("id", "name"):
            names = [e.get(name) if isinstance(e, dict) else None for e in value]
            if all(isinstance(n, str) and n for n in names) and len(set(names)) == len(names):
                own = name
                break
        if own is None or found not in (None, own):
            return None
        found = own
    return found


class Model:
    def __init__(self):
        self.conflicts = []

    def conflict(self, path, base, mine, theirs):
        sides = {"base": base, "mine": mine, "theirs": theirs}
        self.conflicts.append({"path": "/".join(path), **{k: v for k, v in sides.items() if v is not ABSENT}})
        return theirs

    def merge(self, path, base, mine, theirs):
        if same(mine, theirs) or same(base, mine):
            return theirs
        if same(base, theirs):
            return mine
        key = path[-1] if path else ""
        if isinstance(mine, dict) and isinstance(theirs, dict) and (base is ABSENT or isinstance(base, dict)):
            if key not in WHOLE:
                return self.merge_map(path, {} if base is ABSENT else base, mine, theirs)
        elif isinstance(mine, list) and isinstance(theirs, list) and (base is ABSENT or isinstance(base, list)):
            name = naming([base, mine, theirs])
            if name and key not in WHOLE:
                return self.merge_list(path, name, [] if base is ABSENT else base, mine, theirs)
        return self.conflict(path, base, mine, theirs)

    def merge_map(self, path, base, mine, theirs):
        rows = [{k: v for k, v in m.items() if k in ROW} for m in (base, mine, theirs)]
        row = None
        if path and any(rows) and not (rows[0].keys() == rows[1].keys() == rows[2].keys()):
            if same(rows[0], rows[2]) or same(rows[1], rows[2]):
                row = rows[1]
            elif same(rows[0], rows[1]):
                row = rows[2]
            else:
                row = self.conflict(path + ["row"], *rows)
        result = {}
        for key in list(theirs) + [k for k in mine if k not in theirs]:
            sides = [m.get(key, ABSENT) for m in (base, mine, theirs)]
            value = row.get(key, ABSENT) if row is not None and key in ROW else \
                self.merge(path + [key.replace("~", "~0").replace("/", "~1")], *sides)
            if value is not ABSENT:
                result[key] = value
        return result

    def merge_list(self, path, name, base, mine, theirs):
        sides = [{e[name]: e for e in side} for side in (base, mine, theirs)]
        order = [[e[name] for e in side] for side in (base, mine, theirs)]

        def moved(a, b):
            return [x for x in order[a] if x in sides[b]] != [x for x in order[b] if x in sides[a]]
        if moved(0, 1) and moved(0, 2) and moved(1, 2):
            self.conflict(path + ["order"], *order)
        first, second = (1, 2) if moved(0, 1) and not moved(0, 2) else (2, 1)
        names, after = list(order[first]), {}
        last = None
        for n in order[second]:
            if n in sides[first]:
                last = n
            else:
                after.setdefault(last, []).append(n)
        names = after.get(None, []) + [x for n in names for x in [n] + after.get(n, [])]
        result = []
        for n in names:
            value = self.merge(path + [n.replace("~", "~0").replace("/", "~1")], *(s.get(n, ABSENT) for s in sides))
            if value is not ABSENT:
                result.append(value)
        return result


# --- edits -----------------------------------------------------------------------------------------------------------

BASE = {
    "onus": 1, "title": "T", "question": "Q", "standards": {"a/b": 0.5, "c~d": 0.6},
    "hypotheses": [{"id": h, "prior": 0.2, "name": h, "actors": ["x", "y"]} for h in "abc"],
    "sources": [{"id": s, "reliability": "B", "name": s} for s in ("s", "t", "u")],
    "evidence": [{"id": f"e{i}", "source": "s", "known": "2020-01-01", "likelihood": {"a": 0.5, "b": 0.1},
                  "undercut": ["k"], "reasons": "R"} for i in range(5)],
    "questions": [{"id": "q", "outcomes": [{"name": "yes", "likelihood": {"a": 0.5}},
                                           {"name": "no", "likelihood": {"a": 0.5}}]}],
    "positions": [{"id": "p", "prior": {"a": 0.3}, "evidence": {"e1": {"ratio": {"a": 2}}}},
                  {"id": "r", "access": "all", "standard": 0.9}],
}
VALUES = [0.25, 1, "text", True, None, [], ["x"], {"a": 0.7}, [0.1, 0.2], {"id": "q", "n": 1}, {}]


def places(node):
    """All maps and lists, the root too."""
    yield node
    for child in node.values() if isinstance(node, dict) else node:
        if isinstance(child, (dict, list)):
            yield from places(child)


def edit(root, rng):
    place = rng.choice(list(places(root)))
    if isinstance(place, dict):
        keys = list(place)
        what = rng.randrange(5)
        if what == 0 and keys:
            del place[rng.choice(keys)]
        elif what == 1 and keys:
            key = rng.choice(keys)
            place[key] = copy.deepcopy(rng.choice(VALUES)) if not isinstance(place[key], float) else round(rng.random(), 3)
        elif what == 2:
            place[rng.choice(["name", "new/key", "ratio", "strength", "repeats", "reasons"])] = copy.deepcopy(rng.choice(VALUES))
        elif what == 3 and any(k in place for k in ("likelihood", "ratio")):
            for key in ("likelihood", "ratio"):
                place.pop(key, None)
            place[rng.choice(["ratio", "strength", "says"])] = {"a": rng.randrange(3)}
        elif "id" in place:
            place["name"] = f"name {rng.randrange(4)}"
    else:
        what = rng.randrange(4)
        if what == 0 and place:
            del place[rng.randrange(len(place))]
        elif what == 1:
            rng.shuffle(place)
        elif what == 2 and place:
            entry = copy.deepcopy(rng.choice(place))
            if isinstance(entry, dict):
                entry["id"] = f"n{rng.randrange(4)}"
            place.insert(rng.randrange(len(place) + 1), entry)
        else:
            place.append(copy.deepcopy(rng.choice(VALUES)))


def call(program, *arguments):
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, check=False)
    if done.returncode:
        sys.exit(f"{arguments}: {done.stderr.decode()}")
    return json.loads(done.stdout)


def main():
    program, rounds = sys.argv[1], int(sys.argv[3]) if len(sys.argv) > 3 else 300
    n_conflicts = n_clean = n_merged = 0
    with tempfile.TemporaryDirectory() as scratch:
        paths = [pathlib.Path(scratch) / f"{name}.json" for name in ("base", "mine", "theirs")]
        for seed in range(rounds):
            rng = random.Random(seed)
            sides = [copy.deepcopy(BASE) for _ in range(3)]
            for side in sides[1:]:
                for _ in range(rng.randrange(1, 6)):
                    edit(side, rng)
            for path, side in zip(paths, sides):
                path.write_text(json.dumps(side), encoding="utf-8")
            found = call(program, "merge", *paths)
            model = Model()
            expected = model.merge([], *sides)
            if json.dumps(found["text"], sort_keys=True) != json.dumps(expected, sort_keys=True) and not same(found["text"], expected):
                sys.exit(f"seed {seed}: {json.dumps(found['text'])}\ninstead of {json.dumps(expected)}\nfrom {json.dumps(sides)}")

            def key(conflict):
                return json.dumps(conflict, sort_keys=True)
            conflicts = found["result"]["conflicts"]
            if sorted(map(key, conflicts)) != sorted(map(key, model.conflicts)):
                sys.exit(f"seed {seed}: conflicts {conflicts}\ninstead of {model.conflicts}\nfrom {json.dumps(sides)}")
            assert found["n"] == len(conflicts)
            n_conflicts += len(conflicts)
            n_clean += not conflicts
            n_merged += not same(found["text"], sides[1]) and not same(found["text"], sides[2])
    print(f"{rounds} merges as the model has them, {n_clean} without conflicts, {n_merged} that are neither side, {n_conflicts} conflicts")
    assert n_clean > rounds / 10 and n_conflicts > rounds / 10 and n_merged > rounds / 10


main()
