#!/usr/bin/env python3
"""The twin's engines against each other, on random cases and on cases worked out by hand, and the examples.

    self_check.py [--count N]

Exit status 0 if all engines agree within 1e-12 and every example comes out as its expected.json says.
"""

import argparse
import json
import math
import pathlib
import sys

import model
from random_cases import random_case

TOLERANCE = 1e-12


def difference(one, other):
    """The largest difference between two answers (posterior, undercutters)."""
    pairs = list(zip(one[0], other[0])) + [(one[1][k], other[1][k]) for k in one[1] | other[1]]
    return max(abs(a - b) for a, b in pairs)


def views(case):
    """Every position of a case, without a day and as of two days."""
    for position in [p["id"] for p in case.get("positions", [])] or [None]:
        for day in (None, "2015-07-01", "2016-06-01"):
            yield position, day


def compare(seeds, size, engines):
    worst, compared, left_out = 0.0, 0, 0
    for seed in seeds:
        case = random_case(seed, size)
        for position, day in views(case):
            problem = model.Problem(case, position, day)
            answers = {}
            for engine in engines:
                try:
                    answers[engine] = model.ENGINES[engine](problem)
                except model.Intractable:
                    left_out += 1
            names = list(answers)
            for name in names[1:]:
                compared += 1
                found = difference(answers[names[0]], answers[name])
                worst = max(worst, found)
                if not found <= TOLERANCE:
                    print(f"seed {seed}, {size}, position {position}, as of {day}: {names[0]} and {name} differ by "
                          f"{found:.3g}")
    print(f"{size}: {compared} comparisons, worst difference {worst:.3g}, {left_out} too large for an engine")
    return worst <= TOLERANCE and compared > 0


def case_of(evidence, sources=None, hypotheses=None, **more):
    return {"onus": 1, "hypotheses": hypotheses or [{"id": "a", "prior": 0.2}, {"id": "b", "prior": 0.3},
                                                    {"id": "o", "prior": 0.5, "open": True}],
            "sources": sources or [{"id": "s", "reliability": 0.8}, {"id": "t", "reliability": 0.6}],
            "evidence": [{"id": f"e{i}", "source": "s", "known": "2020-01-01", **e} for i, e in enumerate(evidence)],
            **more}


def by_hand():
    """Small answers from pen and paper."""
    def posterior(case, engine="pure", **where):
        return model.ENGINES[engine](model.Problem(case, **where))

    # One item, one source: P(E|h) = rho L(h) + (1 - rho) mean.
    row = {"a": 0.9, "b": 0.2, "o": 0.1}
    mean = 0.2 * 0.9 + 0.3 * 0.2 + 0.5 * 0.1
    weight = [p * (0.8 * x + 0.2 * mean) for p, x in zip((0.2, 0.3, 0.5), row.values())]
    after, held = posterior(case_of([{"likelihood": row}]))
    yield "one item", after, [w / sum(weight) for w in weight]
    yield "a source alone says nothing about itself", [held["source:s"]], [0.2]
    # A pile of items of one source: bounded by what its reliability allows.
    after, _ = posterior(case_of([{"ratio": {"a": 1e6}}] * 8), "brute")
    odds = after[0] / after[2] / (0.2 / 0.5)
    yield "a pile is bounded", [odds], [(0.8 + 0.2 * 0.2) / (0.2 * 0.2)]
    # Credibility and source, in this order.
    after, held = posterior(case_of([{"likelihood": row, "credibility": 3}]))
    weight = [p * (0.8 * 0.65 * x + (1 - 0.8 * 0.65) * mean) for p, x in zip((0.2, 0.3, 0.5), row.values())]
    yield "credibility", after, [w / sum(weight) for w in weight]
    # Repeats and words that would be said anyway weigh nothing.
    after, _ = posterior(case_of([{"repeats": "e1"}, {"says": {"not": "a"}, "would_say_anyway": True}]))
    yield "rows of ones", after, [0.2, 0.3, 0.5]
    # Imitation: phi L(t) + (1 - phi) L(open), chains too; a named one keeps its own; says rows are not filled.
    chain = [{"id": "a"}, {"id": "b", "imitates": "a"}, {"id": "c", "imitates": "b"}, {"id": "o", "open": True}]
    case = case_of([{"likelihood": {"a": 0.8, "o": 0.1}, "forgeable": 0.25}, {"ratio": {"a": 9, "b": 5}},
                    {"says": {"that": "a"}}], hypotheses=chain)
    rows = [item.row for item in model.Problem(case).items]
    yield "imitation", rows[0] + rows[1] + rows[2], [0.8, 0.275, 0.14375, 0.1, 9, 5, 3, 1, 0.9, 0.1, 0.1, 0.1]
    # Sealed: opened row, vouched row with access, vouched row behind unseen.
    sealed = {"sealed": {"commitment": "sha256:0", "size": 1}, "vouched": {"ratio": {"a": 4}}, "ratio": {"a": 7}}
    case = case_of([sealed, {k: v for k, v in sealed.items() if k != "ratio"}],
                   positions=[{"id": "in", "access": ["e0", "e1"]}, {"id": "out"}])
    inside, outside = model.Problem(case, "in"), model.Problem(case, "out")
    yield "sealed", [i.row[0] for p in (inside, outside) for i in p.items], [7, 4, 4, 4]
    yield "unseen", [p.undercutters().get("unseen:e0", 0) for p in (inside, outside)], [0, 0.5]
    # Time.
    case = case_of([{"known": "2020-01-01T23:30:00-02:00", "ratio": {"a": 2}},
                    {"ratio": {"a": 3}, "retracted": "2020-03-01"}])
    yield "time", [len(model.Problem(case, as_of=d).items) for d in
                   ("2019-12-31", "2020-01-01", "2020-01-02", "2020-02-29", "2020-03-01", None)], [0, 1, 2, 2, 1, 1]
    # Ranges: the median, on the log and on the logit scale.
    point = model.Point()
    yield "medians", [point.number([2, 8], "log"), point.number([0.1, 0.9], "logit"), point.number("x" and 3, "log")], \
        [4, 0.5, 3]
    draws = model.Samples(200_001, 7)
    drawn = sorted(draws.number([0.2, 0.6], "logit"))
    yield "quantiles of a range (loosely)", [round(drawn[10_000], 2), round(drawn[190_000], 2)], [0.2, 0.6]
    # A position's prior replaces some values, then all are normalised.
    case = case_of([], positions=[{"id": "x", "prior": {"a": 0.7}}])
    yield "a position's prior", model.Problem(case).prior, [0.7 / 1.5, 0.3 / 1.5, 0.5 / 1.5]


def examples():
    """The examples against what they expect; a verdict is expected of what the case is about."""
    good, checked = True, 0
    for path in sorted((pathlib.Path(__file__).resolve().parents[2] / "examples").glob("*/expected.json")):
        case = model.load_case(path.parent)
        for row in json.loads(path.read_text(encoding="utf-8")):
            answer = model.assess(case, row["position"], row.get("as_of"), "stories", 2048 if "verdict" in row else 0)
            found = {e["id"]: e["posterior"] for e in answer["hypotheses"] + answer["propositions"]}[row["about"]]
            checked += 1
            if not row.get("posterior_min", 0) <= found <= row.get("posterior_max", 1) or (
                    "verdict" in row and (answer["about"], answer["verdict"]) != (row["about"], row["verdict"])):
                print(f"{path.parent.name}: {row}, but {found:.4f}, {answer.get('verdict')} on {answer['about']}")
                good = False
    print(f"examples: {checked} expectations checked")
    return good


def main():
    parser = argparse.ArgumentParser(description="The twin's engines against each other.")
    parser.add_argument("--count", type=int, default=50)
    options = parser.parse_args()
    good = True
    for name, found, wanted in by_hand():
        if len(found) != len(wanted) or not all(math.isclose(f, w, rel_tol=1e-12) for f, w in zip(found, wanted)):
            print(f"{name}: {found}, not {wanted}")
            good = False
    count = options.count
    good &= compare(range(count), "small", ["brute", "pure", "stories", "pyagrum"])
    good &= compare(range(count // 2), "full", ["stories", "pyagrum"])
    good &= compare(range(count // 10), "full", ["stories", "brute"])
    good &= examples()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
