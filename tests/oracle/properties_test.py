#!/usr/bin/env python3
"""What the model promises of every assessment, tried on the examples and on random cases through the program's JSON.

    properties_test.py PROGRAM [--count N] [--seed S] [--only NAME,…]

Each function below is one property; its name is what --only takes. A property gets a case, a random generator and
`check`, which counts and keeps what fails.
"""

import argparse
import copy
import itertools
import math
import pathlib
import random
import sys

import yaml

import model
from plain_case import Recorder, Steep, plain
from program import EXAMPLES, ONE_DAY, Program, Refused, by_id, lay_out, positions_of, retracted, without
from random_cases import random_case

SAME = 1e-12        # of figures that must not change at all
CLOSE = 1e-9        # of figures reached on two ways
# A quantile of 4096 points has at most the standard error of a plain random sample of that size. On the logit scale, of
# a distribution near a normal one of deviation s, that is s · sqrt(q (1 − q) / 4096) / φ(z_q): 0.033 s for q = 0.05 and
# 0.95, 0.0196 s for the median. Two samples differ by √2 times that; NOISE of these are allowed, for many are compared
# and the tails are not quite normal.
NOISE = 5
DEVIATIONS = {"low": 0.033 * math.sqrt(2) * NOISE, "median": 0.0196 * math.sqrt(2) * NOISE,
              "high": 0.033 * math.sqrt(2) * NOISE}


class Check:
    def __init__(self):
        self.count, self.worst, self.failures, self.where, self.skipped = 0, 0.0, [], "", 0

    def near(self, found, wanted, tolerance, what):
        """Within the tolerance, absolute or, for large figures, relative."""
        self.count += 1
        off = abs(found - wanted) / max(1.0, abs(wanted))
        if math.isfinite(off):
            self.worst = max(self.worst, off / tolerance)
        if not off <= tolerance:
            self.failures.append(f"{self.where}: {what}: {found!r}, expected {wanted!r}")

    def claim(self, holds, what):
        self.count += 1
        if not holds:
            self.failures.append(f"{self.where}: {what}")

    def same(self, found, wanted, tolerance, what):
        """Two pieces of JSON, numbers within the tolerance."""
        if isinstance(wanted, dict) and isinstance(found, dict):
            self.claim(found.keys() == wanted.keys(), f"{what}: keys {sorted(found)}, not {sorted(wanted)}")
            for key in found.keys() & wanted.keys():
                self.same(found[key], wanted[key], 1e-9 if key == "tips_at" else tolerance, f"{what}.{key}")
        elif isinstance(wanted, list) and isinstance(found, list):
            self.claim(len(found) == len(wanted), f"{what}: {len(found)} entries, not {len(wanted)}")
            for i, (f, w) in enumerate(zip(found, wanted)):
                self.same(f, w, tolerance, f"{what}[{i}]")
        elif isinstance(wanted, float) or isinstance(found, float):
            if found is None or wanted is None:
                self.claim(found is wanted, f"{what}: {found}, not {wanted}")
            else:
                self.near(found, wanted, tolerance, what)
        else:
            self.claim(found == wanted, f"{what}: {found!r}, not {wanted!r}")


def logit(p):
    return math.log(p) - math.log1p(-p)


def log_odds(assessment, ids):
    """Of a set of hypotheses, without the cancellation of 1 − p."""
    inside = sum(h["posterior"] for h in assessment["hypotheses"] if h["id"] in ids)
    outside = sum(h["posterior"] for h in assessment["hypotheses"] if h["id"] not in ids)
    return math.log(inside) - math.log(outside)


def prior_log_odds(assessment, ids):
    inside = sum(h["prior"] for h in assessment["hypotheses"] if h["id"] in ids)
    return math.log(inside) - math.log(sum(h["prior"] for h in assessment["hypotheses"] if h["id"] not in ids))


def members(case, about):
    return model.Problem(case).members(about)


def shown(assessment, name):
    return (by_id(assessment["hypotheses"]) | by_id(assessment["propositions"]))[name]


def sorted_lists(result):
    """The assessment with every list in the order of its ids: only the order of the file changes that."""
    if isinstance(result, dict):
        return {k: sorted_lists(v) for k, v in result.items() if k != "points"}
    if isinstance(result, list):
        made = [sorted_lists(v) for v in result]
        if made and isinstance(made[0], dict):
            made.sort(key=lambda e: str(e.get("id") or e.get("input") or e.get("name")))
        return made
    return result


def noisy(check, found, wanted, what):
    """Quantiles of two samples of the same thing that were drawn on different coordinates."""
    if wanted["low"] == wanted["high"]:
        spread = 0.0
    else:
        spread = (logit(wanted["high"]) - logit(wanted["low"])) / (2 * model.Z95)
    for name, factor in DEVIATIONS.items():
        off = abs(logit(found[name]) - logit(wanted[name])) if found[name] != wanted[name] else 0.0
        check.claim(off <= factor * spread + 1e-9, f"{what}: {name} {found[name]}, expected {wanted[name]}")
    return spread


def verdict_is_clear(probability, threshold, spread):
    return all(abs(logit(probability[q]) - logit(threshold)) > DEVIATIONS[q] * spread + 1e-9 for q in ("low", "high"))


# --- The properties ---------------------------------------------------------------------------------------------------

def order(program, case, draw, check):
    """The order of lists and keys changes no figure; neither does writing the case as YAML."""
    def shuffled(node, key=None):
        if key in ("actors", "computed"):  # a computed row is of the actors as they stand in the case
            return node
        if isinstance(node, dict):
            pairs = [(k, shuffled(v, k)) for k, v in node.items()]
            draw.shuffle(pairs)
            return dict(pairs)
        if isinstance(node, list):
            made = [shuffled(v) for v in node]
            if made and isinstance(made[0], (dict, str)) and key != "undercut":  # whose order has a meaning
                draw.shuffle(made)
            return made
        return node

    position = draw.choice([p["id"] for p in case.get("positions", [])] or ["analyst"])
    one = program.assess(case, position=position)
    two = program.assess(shuffled(case), position=position, about=one["about"])
    one.pop("about_is_default"), two.pop("about_is_default")
    check.same(sorted_lists(two), sorted_lists(one), SAME, "shuffled")
    folder = pathlib.Path(program.folder.name) / "as-yaml"
    folder.mkdir(exist_ok=True)
    (folder / "case.yaml").write_text(yaml.safe_dump(lay_out(case, folder), sort_keys=False), encoding="utf-8")
    three = program.assess(folder, position=position)
    three.pop("about_is_default")
    check.claim(three == one, "as YAML it is not the same")


def repeat(program, case, draw, check):
    """A repeat of any item changes nothing [M-3]."""
    before = program.assess(case)
    originals = [i for i in case["evidence"] if "repeats" not in i]
    original = draw.choice(originals)
    again = copy.deepcopy(case)
    again["evidence"].insert(0, {"id": original["id"] + "-again", "title": "Once more", "repeats": original["id"],
                                 "source": draw.choice(case["sources"])["id"], "known": original["known"],
                                 "credibility": draw.randint(1, 6)})
    after = program.assess(again)
    after["items"] = [i for i in after["items"] if i["id"] != original["id"] + "-again"]
    check.same(after, before, SAME, f"with a repeat of {original['id']}")


def one_source(program, case, draw, check):
    """One source alone says nothing about its own reliability, and moves no hypothesis beyond its bound.

    Only where its items have no undercutters but the source: with a grade, or a circumstance of their own, they agree
    less perfectly when the source is reliable than one consistent story does, so that they do speak about it.
    """
    problem = Recorder(case)
    bare = plain(problem)
    if not bare["evidence"]:  # all of it was retracted
        return
    source = draw.choice(bare["sources"])
    bare["sources"] = [source]
    bare["evidence"] = [{**i, "source": source["id"], "undercut": []} for i in bare["evidence"]]
    result = program.assess(bare)
    told = by_id(result["sources"])[source["id"]]
    check.near(told["reliability_posterior"], source["reliability"], SAME, "reliability of the only source")
    for h in result["hypotheses"]:
        moved = log_odds(result, {h["id"]}) - prior_log_odds(result, {h["id"]})
        check.claim(moved <= bound(source["reliability"], h["prior"]) + 1e-9, f"{h['id']} is moved by {moved}")
    least = min(h["prior"] for h in result["hypotheses"] if h["id"] in members(bare, result["about"]))
    check.near(told["bound"], bound(source["reliability"], least), SAME, "bound")
    bare["evidence"][0]["credibility"] = 3
    told = by_id(program.assess(bare)["sources"])[source["id"]]
    check.claim(told["bound"] is None, "a bound is told of a source whose items have undercutters of their own")


def bound(reliability, story):
    """[M-7] the logarithm of (ρ + (1 − ρ) π*) / ((1 − ρ) π*)"""
    return math.log((reliability + (1 - reliability) * story) / ((1 - reliability) * story))


def source_bound(program, case, draw, check):
    """Among other sources too, with any undercutters of theirs, a source moves no single hypothesis beyond its bound.

    A theorem only if its own items have no undercutter but the source: then it is a component of its own, and
    P(E_s | h) / P(E_s | g) ≤ (ρ x + (1 − ρ) m) / ((1 − ρ) m) with m = Σ π x ≥ π(h) x(h), whatever weighs the g.
    Of a set of hypotheses it is none: the other evidence may weigh its members otherwise than the prior.
    """
    whole = plain(Recorder(case))
    if not whole["evidence"]:
        return
    source = draw.choice(whole["sources"])
    for item in whole["evidence"]:
        if item["source"] == source["id"]:
            item["undercut"] = []
    result = program.assess(whole)
    alone = program.assess(without(whole, [i["id"] for i in whole["evidence"] if i["source"] == source["id"]]))
    for h in result["hypotheses"]:
        moved = log_odds(result, {h["id"]}) - log_odds(alone, {h["id"]})
        check.claim(moved <= bound(source["reliability"], h["prior"]) + 1e-9, f"{h['id']} is moved by {moved}")


def forgery(program, case, draw, check):
    """Evidence that is wholly forgeable never separates a hypothesis from one that imitates it [M-2]."""
    made = copy.deepcopy(case)
    for h in made["hypotheses"]:
        h.pop("imitates", None)
    target, imitator = draw.sample([h for h in made["hypotheses"] if not h.get("open")], 2)
    imitator["imitates"] = target["id"]

    def leave_out(entry):
        entry.pop("forgeable", None)
        for kind in [k for k in ("likelihood", "ratio", "strength") if k in entry]:
            entry[kind].pop(imitator["id"], None)
            if not entry[kind]:
                entry[kind] = {target["id"]: "weak" if kind == "strength" else 2}
        if "says" in entry:  # says what it says of each hypothesis, which nobody fills in
            entry.pop("says"), entry.pop("would_say_anyway", None)
            entry["ratio"] = {target["id"]: 3}
        if "compute" in entry:  # its row is its own file's, which names whom it names
            for key in ("compute", "computed", "from", "leave_out"):
                entry.pop(key, None)
            entry["ratio"] = {target["id"]: 3}
        if "vouched" in entry:
            leave_out(entry["vouched"])

    for item in made["evidence"]:
        leave_out(item)
        if "repeats" not in item:
            item["forgeable"], item["reasons"] = 1, "Wholly forgeable."
    for position in made.get("positions", []):
        position.pop("evidence", None)
    made.pop("questions", None)
    for position in positions_of(made):
        result = program.assess(made, position=position)
        hypotheses = by_id(result["hypotheses"])
        one, two = hypotheses[target["id"]], hypotheses[imitator["id"]]
        check.near(math.log(one["posterior"] / two["posterior"]), math.log(one["prior"] / two["prior"]), CLOSE,
                   f"odds of {target['id']} to its imitator")


def opened(case):
    return next(h["id"] for h in case["hypotheses"] if h.get("open"))


def weights(program, case, draw, check):
    """The weights of items, and those of sources, add up to what the evidence moved [M-13]."""
    for position in positions_of(case):
        result = program.assess(case, position=position)
        moved = result["log_odds"]["posterior"] - result["log_odds"]["prior"]
        ids = members(case, result["about"])
        check.near(result["log_odds"]["prior"], prior_log_odds(result, ids), CLOSE, "prior log-odds")
        check.near(result["log_odds"]["posterior"], log_odds(result, ids), CLOSE, "posterior log-odds")
        for what in ("items", "sources"):
            exact = sum(1 for e in result[what] if e.get("counts", e.get("n_items"))) <= 14
            check.claim(result["weights"][what] == ("exact" if exact else "sampled"), f"weights of {what}")
            check.near(sum(e["weight"] for e in result[what]), moved, CLOSE, f"sum of the weights of {what}")
            for e in result[what]:
                if not e.get("counts", e.get("n_items")):
                    check.claim(e["weight"] == 0, f"{e['id']} does not count but weighs {e['weight']}")
                check.claim(not exact or e["weight_standard_error"] == 0, f"{e['id']}: exact, with an error")


def shapley(program, case, draw, check):
    """Exact weights of sources are Shapley values: worked out from every subset of the sources [M-13]."""
    whole = plain(Recorder(case))
    speaking = sorted({i["source"] for i in whole["evidence"]})
    if len(speaking) > 5:
        keep = set(draw.sample(speaking, 5))
        whole = without(whole, [i["id"] for i in whole["evidence"] if i["source"] not in keep])
        speaking = sorted(keep)
    result = program.assess(whole)
    ids, value = members(whole, result["about"]), {}
    for size in range(len(speaking) + 1):
        for some in itertools.combinations(speaking, size):
            left = without(whole, [i["id"] for i in whole["evidence"] if i["source"] not in some])
            value[some] = log_odds(program.assess(left, about=result["about"]), ids)
    n = len(speaking)
    for s in speaking:
        phi = sum(math.factorial(len(some)) * math.factorial(n - len(some) - 1) / math.factorial(n)
                  * (value[tuple(sorted((*some, s)))] - value[some]) for some in value if s not in some)
        check.near(by_id(result["sources"])[s]["weight"], phi, CLOSE, f"weight of {s}")


def leave_out(program, case, draw, check):
    """What is left without an item or a source is what the case without it gives, and with the same sample what the
    case gives in which it was retracted, because ranges then keep their coordinates [M-10, M-14]."""
    position = draw.choice(positions_of(case))
    whole = program.assess(case, position=position)
    about = whole["about"]
    some = [(i, [i["id"]]) for i in draw.sample(whole["items"], min(3, len(whole["items"])))]
    some += [(s, [i["id"] for i in case["evidence"] if i["source"] == s["id"]])
             for s in draw.sample(whole["sources"], min(2, len(whole["sources"])))]
    for entry, ids in some:
        told = entry["leave_out"]
        left = program.assess(without(case, ids), position=position, about=about)
        found = shown(left, about)
        what = f"{position} without {entry['id']}"
        check.near(told["posterior"], found["posterior"], CLOSE, what)
        spread = noisy(check, told, found, what)
        if verdict_is_clear(found, left["standard"]["threshold"], spread):
            check.claim(told["verdict"] == left["verdict"], f"{what}: {told['verdict']}, not {left['verdict']}")
        left = program.assess(retracted(case, ids), position=position, about=about)
        found = shown(left, about)
        for q in ("posterior", "low", "median", "high"):
            check.near(told[q], found[q], CLOSE, f"{what}, retracted: {q}")
        check.claim(told["verdict"] == left["verdict"], f"{what}, retracted: {told['verdict']}, not {left['verdict']}")


def tipping(program, case, draw, check):
    """At a tipping point the probability is the standard; where none is told, no value changes the verdict [M-15]."""
    position = draw.choice(positions_of(case))
    whole = program.assess(case, position=position)
    problem = Recorder(case, position)
    ids = problem.members(whole["about"])
    base, threshold = plain(problem), whole["standard"]["threshold"]
    about = whole["about"].replace(":", "-")
    items = by_id_of(problem.items)
    told, tried = whole["tipping"], []
    if len(told) > 30:
        told = [t for t in told if t["input"] == "prior"] + draw.sample(told, 29)
    for t in told:
        values = [t["tips_at"]] if t["tips_at"] is not None else scan(t["input"])
        for v in values:
            try:
                tried.append((t, v, edited(problem, base, ids, items, t["input"], v)))
            except Steep:
                check.skipped += 1
        tried.append((t, t["value"], edited(problem, base, ids, items, t["input"], t["value"])))
    results = program.together(base, [p for _, _, p in tried], about)
    for (t, value, _), result in zip(tried, results):
        found = shown(result, about)["posterior"]
        if value == t["value"] and value != t["tips_at"]:
            check.near(found, shown(whole, whole["about"])["posterior"], CLOSE, f"{t['input']} where it stands")
        elif t["tips_at"] is None:
            if abs(found - threshold) > CLOSE:  # at the very standard rounding may decide
                check.claim(result["point_verdict"] == whole["point_verdict"],
                            f"no value of {t['input']} was said to change the verdict, but {value} gives {found}")
        else:
            check.near(found, threshold, 1e-6, f"at {t['input']} = {value}")


def by_id_of(items):
    return {item.id: item for item in items}


def scan(name):
    """Twenty values over what an input can be."""
    if name.startswith("item:"):
        return [10 ** (-6 + 12 * (i + 0.5) / 20) for i in range(20)]
    if name == "prior":
        return [1 / (1 + math.exp(-x)) for x in (-12 + 24 * (i + 0.5) / 20 for i in range(20))]
    return [(i + 0.5) / 20 for i in range(20)]


def edited(problem, base, ids, items, name, value):
    """The one position of a plain case, with one input set to another value."""
    position = copy.deepcopy(base["positions"][0])
    kind, _, ident = name.rpartition(":")
    if name == "prior":
        now = sum(p for h, p in zip(problem.ids, problem.prior) if h in ids)
        position["prior"] = {h: p / now * value if h in ids else p / (1 - now) * (1 - value)
                             for h, p in zip(problem.ids, problem.prior)}
    elif kind == "source":
        position["reliability"] = {ident: value}
    elif kind == "item":
        row = problem.scaled_row(items[ident], ids, value)
        position["evidence"] = {ident: {"likelihood": row, "reasons": "A factor."}}
    else:
        position["probability"] = {f"{kind}-{ident}" if kind else ident: value}
    return position


def questions(program, case, draw, check):
    """An outcome has the probability that the posterior gives it, and leads where such an item would lead [M-16]."""
    for position in positions_of(case):
        before = program.assess(case, position=position)
        about, after = before["about"], {h["id"]: h["posterior"] for h in before["hypotheses"]}
        for told in before["questions"]:
            question = by_id(case["questions"])[told["id"]]
            check.near(sum(o["probability"] for o in told["outcomes"]), 1, SAME, f"{told['id']}: sum of outcomes")
            check.near(told["entropy_bits"], entropy(after.values()), CLOSE, f"{told['id']}: entropy")
            expected, enough = 0.0, 0.0
            for o, outcome in zip(told["outcomes"], question["outcomes"], strict=True):
                added = copy.deepcopy(case)
                added["sources"].append({"id": "zz-oracle", "name": "An oracle", "reliability": 1})
                added["evidence"].append({"id": "zz-outcome", "title": "It came out so", "source": "zz-oracle",
                                          "known": ONE_DAY, "likelihood": outcome["likelihood"],
                                          "forgeable": 0,  # outcomes are not: an imitator takes the open one's value
                                          "reasons": "It came out so."})
                then = program.assess(added, position=position, about=about)
                found, what = shown(then, about), f"{position}, {told['id']}, {o['name']}"
                for name in ("posterior", "low", "median", "high"):
                    check.near(o[name], found[name], CLOSE, f"{what}: {name}")
                check.claim(o["verdict"] == then["verdict"], f"{what}: {o['verdict']}, not {then['verdict']}")
                row = by_id(then["items"])["zz-outcome"]["row"]  # over the open hypothesis
                scale = model.Point().number(outcome["likelihood"][opened(case)], "log")
                ranged = any(isinstance(v, list) for v in outcome["likelihood"].values())
                if not ranged:  # ranged outcomes are made to sum to 1 first
                    check.near(o["probability"], sum(after[h] * row[h] * scale for h in after), CLOSE, what)
                expected += o["probability"] * entropy(h["posterior"] for h in then["hypotheses"])
                enough += o["probability"] * (then["verdict"] == "enough")
            check.near(told["expected_drop_bits"], told["entropy_bits"] - expected, CLOSE, f"{told['id']}: drop")
            check.near(told["p_enough"], enough, CLOSE, f"{told['id']}: P(enough)")
        drops = [q["expected_drop_bits"] for q in before["questions"]]
        check.claim(drops == sorted(drops, reverse=True), "questions are not in order")


def entropy(probabilities):
    return -sum(p * math.log2(p) for p in probabilities if p > 0)


def disagreement(program, case, draw, check):
    """The parts of a disagreement add up; a crux, and no smaller set, gives b the verdict of a [M-17] [M-18]."""
    if len(case.get("positions", [])) < 2:
        return
    comparison = program.json("compare", case)
    if all(d["same_verdict"] for d in comparison["disagreements"]):  # let them part by a standard between two of them
        case = copy.deepcopy(case)
        one, two = (shown(p, comparison["about"])["posterior"] for p in comparison["positions"][:2])
        for position in case["positions"]:
            position["standard"] = min(max(0.05, (one + two) / 2), 0.95) if draw.random() < 0.7 else 0.05
        comparison = program.json("compare", case)
    about, shown_positions = comparison["about"], {p["position"]: p for p in comparison["positions"]}
    stated = by_id(case["positions"])
    for d in comparison["disagreements"]:
        what = f"{d['a']} and {d['b']}"
        check.near(sum(p["part"] for p in d["parts"]), d["log_odds_b"] - d["log_odds_a"], CLOSE, f"{what}: parts")
        check.near(d["log_odds_a"], shown_positions[d["a"]]["log_odds"]["posterior"], SAME, f"{what}: a")
        verdict = shown_positions[d["a"]]["verdict"]
        check.claim(d["same_verdict"] == (verdict == shown_positions[d["b"]]["verdict"]), f"{what}: same verdict")
        names = [p["difference"] for p in d["parts"]]
        mixed = program.together(case, [mix(case, stated[d["a"]], stated[d["b"]], some) for some in ([], names)], about)
        for result, which in zip(mixed, ("log_odds_b", "log_odds_a")):
            check.near(log_odds(result, members(case, about)), d[which], 1e-8, f"{what}: all or none exchanged")
        if d["same_verdict"] or not d["crux_searched"]:
            check.claim(not d["cruxes"], f"{what}: cruxes without a search")
            continue
        check.claim(bool(d["cruxes"]), f"{what}: no crux")
        size = len(d["cruxes"][0]) if d["cruxes"] else len(names)
        tried = [some for n in range(1, size + 1) for some in itertools.combinations(names, n)]
        if len(tried) > 60:
            tried = [tuple(c) for c in d["cruxes"]]
        told = {frozenset(c) for c in d["cruxes"]}
        results = program.together(case, [mix(case, stated[d["a"]], stated[d["b"]], some) for some in tried], about)
        for some, result in zip(tried, results):
            threshold, found = result["standard"]["threshold"], shown(result, about)
            if min(abs(found[q] - threshold) for q in ("low", "high")) > 1e-4:  # where no rounding decides
                check.claim((result["verdict"] == verdict) == (frozenset(some) in told),
                            f"{what}: with {some} the verdict is {result['verdict']}, the cruxes are {d['cruxes']}")


def mix(case, a, b, names):
    """Position b with the differences of these names set to a's values."""
    made = copy.deepcopy(b)
    hypotheses, sources = by_id(case["hypotheses"]), by_id(case["sources"])
    undercutters = by_id(case.get("undercutters", []))
    for name in names:
        kind, _, ident = name.rpartition(":")
        if name == "prior":
            made["prior"] = {h: a.get("prior", {}).get(h, e.get("prior", 1 / len(hypotheses)))
                             for h, e in hypotheses.items()}
        elif name in ("standard", "access"):
            made.pop(name, None)
            made.update({name: a[name]} if name in a else {})
        elif kind == "source":
            stated = a.get("reliability", {}).get(ident, sources[ident]["reliability"])
            made.setdefault("reliability", {})[ident] = stated
        elif kind == "item":
            made.setdefault("evidence", {}).pop(ident, None)
            if ident in a.get("evidence", {}):
                made["evidence"][ident] = a["evidence"][ident]
        else:
            stated = a.get("probability", {}).get(name, undercutters[name]["probability"])
            made.setdefault("probability", {})[name] = stated
    return made


def as_of(program, case, draw, check):
    """As of a day, it is as if nothing later had been written down [M-19]."""
    position = draw.choice(positions_of(case))
    days = sorted({str(model.utc_day(i[k])) for i in case["evidence"] for k in ("known", "retracted") if k in i})
    for day in draw.sample(days, min(2, len(days))):
        asked = program.assess(case, position=position, as_of=day)
        later = {i["id"] for i in case["evidence"] if model.utc_day(i["known"]) > model.utc_day(day)}
        cut = without(case, later)
        for item in cut["evidence"]:
            if "retracted" in item and model.utc_day(item["retracted"]) > model.utc_day(day):
                del item["retracted"]
        then = program.assess(cut, position=position, about=asked["about"])
        asked["items"] = [i for i in asked["items"] if i["id"] not in later]
        for result in (asked, then):
            for item in result["items"]:
                del item["retracted"]
            for key in ("as_of", "about_is_default"):
                del result[key]
        check.same(asked, then, SAME, f"{position} as of {day}")


def timeline(program, case, draw, check):
    """Each day of a timeline says what an assessment as of that day says."""
    points = program.json("timeline", case)["points"]
    for point in draw.sample(points, min(4, len(points))):
        for told in point["positions"]:
            alone = program.assess(case, position=told["position"], as_of=told["as_of"], about=told["about"])
            alone["undercutters"] = [u for u in alone["undercutters"] if not u["id"].startswith(("credibility:", "unseen:"))]
            check.same(told, {key: alone[key] for key in told}, 1e-10, f"{told['position']} on {told['as_of']}")


PROPERTIES = [order, repeat, one_source, source_bound, forgery, weights, shapley, leave_out, tipping, questions,
              disagreement, as_of, timeline]


def cases(options):
    for path in sorted(EXAMPLES.glob("*/case.yaml")):
        case = model.load_case(path)
        for item in case["evidence"]:
            item.pop("attachments", None)  # they stay in the example's folder
        yield path.parent.name, case
    for i in range(options.count):
        seed = f"{options.seed}-{i}"
        yield f"random case {seed}", random_case(seed, random.Random(seed).choice(["small", "full"]))


def main():
    parser = argparse.ArgumentParser(description="What the model promises.")
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", default="properties")
    parser.add_argument("--only", default="")
    options = parser.parse_args()
    program = Program(options.program)
    only = set(filter(None, options.only.split(",")))
    checks = {p: Check() for p in PROPERTIES if not only or p.__name__ in only}
    for name, case in cases(options):
        for run, check in checks.items():
            check.where = name
            if run is forgery and len(case["hypotheses"]) < 3:
                continue
            try:
                run(program, case, random.Random(name + run.__name__), check)
            except Steep:
                check.skipped += 1
            except Refused as words:
                check.claim(False, str(words))
    good = True
    for run, check in checks.items():
        print(f"{run.__name__}: {check.count} checks, {len(check.failures)} failed, the worst figure off by "
              f"{check.worst:.2g} of what is allowed" + f"; {check.skipped} cases too steep" * bool(check.skipped))
        for failure in check.failures[:8]:
            print("  " + failure[:400])
        good &= not check.failures and check.count > 0
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
