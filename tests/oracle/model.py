#!/usr/bin/env python3
"""A slow, independent twin of the evidence model, to check the program against.

Written from the description of the model alone. The formula ids [M-1] ... [M-20] are those of that description.

    model.py CASE [--position ID] [--as-of DAY] [--engine brute|pure|stories|pyagrum] [--sample N] [--seed S]

CASE is a folder with case.yaml or case.json, or such a file. The answer is JSON: the prior and the posterior of every
hypothesis and proposition, and of every undercutter that it holds, at the point values; with --sample also quantiles
over the ranges and the verdict.

There are four engines, each written on its own, that must agree:
    pure      every setting of every undercutter of the whole case, as [M-7] is written down
    brute     the same per connected component, an item's own undercutters summed by hand; 40 digits
    stories   sums over the stories of the shared undercutters; takes arrays of samples
    pyagrum   the explicit Bayesian network, given to another program
"""

import argparse
import datetime
import itertools
import json
import math
import pathlib
import re
import sys
from decimal import Decimal, localcontext

import yaml

Z95 = 1.6448536269514722  # the 95 % quantile of the standard normal distribution
RELIABILITY = {"A": 0.95, "B": 0.85, "C": 0.65, "D": 0.4, "E": 0.15, "F": [0.15, 0.85]}
CREDIBILITY = {"1": 0.95, "2": 0.85, "3": 0.65, "4": 0.4, "5": 0.15}
ENFSI = {"weak": (2, 10), "moderate": (10, 100), "moderately-strong": (100, 1000), "strong": (1e3, 1e4),
         "very-strong": (1e4, 1e6), "extremely-strong": (1e6, 1e8)}
STANDARDS = {"preponderance": 0.5, "clear-and-convincing": 0.75, "beyond-reasonable-doubt": 0.95}
SHARED = {"infrastructure": "relays", "code": "tools"}  # the kind of undercutter that items of an engine get
ROWS = ("likelihood", "ratio", "strength", "says", "compute", "repeats")
PURE_LIMIT, BRUTE_LIMIT, STORIES_LIMIT = 16, 16, 300_000


class CaseError(Exception):
    """The case breaks a rule of the format."""


class Intractable(Exception):
    """This engine would take too long over this case."""


# --- Reading ----------------------------------------------------------------------------------------------------------

class CoreLoader(yaml.SafeLoader):
    """YAML with the plain scalars of the 1.2 core schema (no dates, no yes and no), and no key twice."""
    yaml_implicit_resolvers = {}


for _tag, _pattern, _first in (
        ("null", r"null|Null|NULL|~|", ["~", "n", "N", ""]),
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("int", r"[-+]?[0-9]+", list("-+0123456789")),
        ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789"))):
    CoreLoader.add_implicit_resolver("tag:yaml.org,2002:" + _tag, re.compile(rf"^(?:{_pattern})$"), _first)
CoreLoader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))
CoreLoader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(node.value))


def _mapping(loader, node):
    pairs = [(loader.construct_object(k, deep=True), loader.construct_object(v, deep=True)) for k, v in node.value]
    return _no_key_twice(pairs)


def _no_key_twice(pairs):
    made = dict(pairs)
    if len(made) != len(pairs):
        raise CaseError("a key occurs twice: " + ", ".join(str(k) for k, _ in pairs))
    return made


CoreLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def load_case(where):
    """The parsed case of a folder or a file."""
    path = pathlib.Path(where)
    if path.is_dir():
        found = [path / name for name in ("case.yaml", "case.json") if (path / name).exists()]
        if len(found) != 1:
            raise CaseError(f"{path}: one of case.yaml and case.json is wanted, {len(found)} found")
        path = found[0]
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".json":
        case = json.loads(text, object_pairs_hook=_no_key_twice)
    else:
        case = yaml.load(text, Loader=CoreLoader)
    for item in case.get("evidence", []):
        if "compute" in item:
            item["computed"] = json.loads((path.parent / "computed" / (item["id"] + ".json")).read_text("utf-8"))
    return case


def computed_origin(case, item):
    """What the computed row of an item says it was computed from, and must be computed from still."""
    return {"item": item["id"], "engine": item["compute"], "from": item["from"], "as_of": str(item["known"]),
            "leave_out": item.get("leave_out", []),
            "given": [[h["id"], name] for h in case["hypotheses"] for name in h.get("actors", [])]}


def check_computed(case, item):
    row = item["computed"]
    said = {key: row[key] for key in ("item", "engine", "from", "as_of", "leave_out")}
    said["given"] = [[actor["hypothesis"], actor["given"]] for actor in row["actors"]]
    if said != computed_origin(case, item):
        raise CaseError(f"the row of {item['id']} was computed from {said}")


def by_id(entries, what):
    made = {}
    for entry in entries:
        if entry["id"] in made:
            raise CaseError(f"{what} {entry['id']} occurs twice")
        made[entry["id"]] = entry
    return made


# --- Numbers and ranges [M-9] -----------------------------------------------------------------------------------------

def bounds(value, scale):
    """(middle, deviation) of a range on its scale."""
    lo, hi = value
    if not 0 < lo <= hi or (scale == "logit" and not hi < 1):
        raise CaseError(f"not a range: {value}")
    across = (lambda x: math.log(x)) if scale == "log" else (lambda x: math.log(x / (1 - x)))
    return (across(lo) + across(hi)) / 2, (across(hi) - across(lo)) / (2 * Z95)


class Point:
    """Gives every number its point value: a range its median."""

    def number(self, value, scale):
        if not isinstance(value, (list, tuple)):
            return float(value)
        middle, _ = bounds(value, scale)
        return math.exp(middle) if scale == "log" else 1 / (1 + math.exp(-middle))

    def at_most_one(self, value):
        return min(value, 1.0)


class Samples:
    """Gives every number that is a range an array of independent draws."""

    def __init__(self, size, seed):
        import numpy
        self.np, self.size, self.draws = numpy, size, numpy.random.default_rng(seed)

    def number(self, value, scale):
        if not isinstance(value, (list, tuple)):
            return float(value)
        middle, deviation = bounds(value, scale)
        drawn = middle + deviation * self.draws.standard_normal(self.size)
        return self.np.exp(drawn) if scale == "log" else 1 / (1 + self.np.exp(-drawn))

    def at_most_one(self, value):
        return self.np.minimum(value, 1.0)


# --- From a case to numbers -------------------------------------------------------------------------------------------

class Item:
    """One item as a position sees it: who provides it, what can undercut it, its row."""

    def __init__(self, ident, source, credible, circumstances, unseen, row):
        self.id, self.source, self.circumstances, self.row = ident, source, circumstances, row
        self.credible = credible  # P(its credibility undercutter holds), or None
        self.unseen = unseen      # P(its unseen undercutter holds), or None


class Problem:
    """What one position weighs on one day, all numbers in place."""

    def __init__(self, case, position=None, as_of=None, draw=None):
        draw = draw or Point()
        self.case, self.as_of = case, as_of
        self.hypotheses = list(by_id(case["hypotheses"], "hypothesis").values())
        self.ids = [h["id"] for h in self.hypotheses]
        opened = [h["id"] for h in self.hypotheses if h.get("open")]
        if len(opened) != 1:
            raise CaseError("exactly one hypothesis is open")
        self.open = opened[0]
        self.propositions = self._propositions()
        positions = case.get("positions") or [{"id": "analyst"}]
        chosen = by_id(positions, "position")
        if position is not None and position not in chosen:
            raise CaseError(f"no position {position}")
        self.position = chosen[position] if position is not None else positions[0]
        self.prior = self._prior(draw)
        self.standard = self._standard()
        self._evidence(draw)

    def _propositions(self):
        made = {}
        for p in self.case.get("propositions", []):
            for h in p["any"]:
                if h not in self.ids:
                    raise CaseError(f"proposition {p['id']} names {h}")
            if p["id"] in made or p["id"] in self.ids:
                raise CaseError(f"{p['id']} occurs twice")
            made[p["id"]] = set(p["any"])
        for h in self.hypotheses:
            if "country" in h:
                made.setdefault("country:" + h["country"], set()).add(h["id"])
        return made

    def members(self, name):
        """The hypotheses that a hypothesis' or proposition's id stands for."""
        if name in self.ids:
            return {name}
        if name not in self.propositions:
            raise CaseError(f"no hypothesis or proposition {name}")
        return self.propositions[name]

    def _prior(self, draw):
        given = [h for h in self.hypotheses if "prior" in h]
        if given and len(given) != len(self.hypotheses):
            raise CaseError("a prior is given for all hypotheses or for none")
        own = self.position.get("prior", {})
        for h in own:
            if h not in self.ids:
                raise CaseError(f"a prior names {h}")
        values = []
        for h in self.hypotheses:
            stated = own.get(h["id"], h.get("prior", 1 / len(self.hypotheses)))
            value = draw.number(stated, "logit")
            if not isinstance(stated, (list, tuple)) and not value > 0:
                raise CaseError(f"the prior of {h['id']} is not above 0")
            values.append(value)
        total = sum(values)
        return [v / total for v in values]

    def _standard(self):
        stated = self.position.get("standard", "preponderance")
        if isinstance(stated, str):
            return {"id": stated, "threshold": STANDARDS[stated]}
        return {"id": "custom", "threshold": stated}

    def enough(self, probability):
        """Whether a probability meets the standard [M-12]."""
        if self.standard["id"] == "preponderance":
            return probability > self.standard["threshold"]
        return probability >= self.standard["threshold"]

    def _graded(self, value, scale, draw):
        return draw.number(scale.get(str(value), value), "logit")

    def _counts(self, item):
        """[M-19]"""
        if self.as_of is None:
            return "retracted" not in item
        if utc_day(item["known"]) > utc_day(self.as_of):
            return False
        return "retracted" not in item or utc_day(item["retracted"]) > utc_day(self.as_of)

    def _evidence(self, draw):
        scales = self.case.get("scales", {})
        reliability = {**RELIABILITY, **scales.get("reliability", {})}
        credibility = {**CREDIBILITY, **{str(k): v for k, v in scales.get("credibility", {}).items()}}
        sources = by_id(self.case.get("sources", []), "source")
        circumstances = by_id(self.case.get("undercutters", []), "undercutter")
        own = self._own_undercutters(circumstances)
        by_id(self.case.get("evidence", []), "evidence")
        access = self.position.get("access", "public")
        changes = self.position.get("evidence", {})
        self.items, used_sources, used_circumstances = [], [], []
        for stated in self.case.get("evidence", []):
            if stated["source"] not in sources:
                raise CaseError(f"{stated['id']} names the source {stated['source']}")
            for k in stated.get("undercut", []):
                if k not in circumstances:
                    raise CaseError(f"{stated['id']} names the undercutter {k}")
            if not self._counts(stated):
                continue
            change = changes.get(stated["id"], {})
            may_open = access == "all" or (isinstance(access, list) and stated["id"] in access)
            undercut = list(stated.get("undercut", [])) + own.get(stated["id"], [])
            item = {k: v for k, v in {**stated, **change}.items() if k not in ROWS}
            rows = {k: change[k] for k in ROWS if k in change} or {k: stated[k] for k in ROWS if k in stated}
            if "sealed" in stated and not any(k in change for k in ROWS) and (not may_open or not rows):  # [M-20]
                rows = stated["vouched"]
            if len(rows) != 1:
                raise CaseError(f"{stated['id']} has {len(rows)} rows")
            grade = str(item["credibility"]) if "credibility" in item else "6"
            self.items.append(Item(
                stated["id"], stated["source"],
                None if grade == "6" else 1 - draw.number(credibility[grade], "logit"),
                undercut,
                draw.number(item.get("unseen", 0.5), "logit") if "sealed" in stated and not may_open else None,
                self._row(rows, item, draw)))
            if stated["source"] not in used_sources:
                used_sources.append(stated["source"])
            used_circumstances += [k for k in undercut if k not in used_circumstances]
        self.unreliable, self.probability = {}, {}
        for s in sources:
            if s in used_sources:
                value = self.position.get("reliability", {}).get(s, sources[s]["reliability"])
                self.unreliable[s] = 1 - self._graded(value, reliability, draw)
        for k in circumstances:
            if k in used_circumstances:
                value = self.position.get("probability", {}).get(k, circumstances[k]["probability"])
                self.probability[k] = draw.number(value, "logit")

    def _own_undercutters(self, circumstances):
        """Items of computed infrastructure (code) that no undercutter of kind relays (tools) cuts loose get one of their
        own."""
        own = {}
        for stated in self.case.get("evidence", []):
            if "compute" not in stated:
                continue
            check_computed(self.case, stated)
            kinds = [circumstances[k].get("kind") for k in stated.get("undercut", [])]
            kind = SHARED.get(stated["compute"])
            if kind and kind not in kinds:
                name = kind + ":" + stated["id"]
                own[stated["id"]] = [name]
                circumstances[name] = {"id": name, "probability": stated["computed"][kind]["probability"]}
        return own

    def _row(self, rows, item, draw):
        """One value for each hypothesis [M-1] ... [M-4]."""
        (kind, stated), = rows.items()
        if kind == "repeats" or item.get("would_say_anyway"):
            return [1.0] * len(self.ids)
        if kind == "says":
            said = self.members(stated["that"]) if "that" in stated else set(self.ids) - self.members(stated["not"])
            if_true = draw.at_most_one(draw.number(stated.get("if_true", 0.9), "log"))
            if_false = draw.at_most_one(draw.number(stated.get("if_false", 0.1), "log"))
            return [if_true if h in said else if_false for h in self.ids]
        if kind == "compute":
            kind, stated = "ratio", item["computed"]["ratio"]
        return self.row_of(kind, stated, draw.number(item.get("forgeable", 0.5), "logit"), draw)

    def row_of(self, kind, stated, forgeable, draw):
        """A row stated as likelihood, ratio or strength, imitators filled in [M-2]."""
        for h in stated:
            if h not in self.ids:
                raise CaseError(f"a {kind} names {h}")
        if (self.open in stated) != (kind == "likelihood"):
            raise CaseError(f"a {kind} names the open hypothesis or leaves it out")
        value = {}
        for h, v in stated.items():
            if kind == "strength":
                lo, hi = ENFSI[v.removeprefix("against-")]
                v = [1 / hi, 1 / lo] if v.startswith("against-") else [lo, hi]
            value[h] = draw.number(v, "log")
            if kind == "likelihood":
                if not isinstance(v, (list, tuple)) and not 0 < v <= 1:
                    raise CaseError(f"a likelihood of {v}")
                value[h] = draw.at_most_one(value[h])
        if kind != "likelihood":
            value[self.open] = 1.0
        imitates = {h["id"]: h["imitates"] for h in self.hypotheses if "imitates" in h}

        def resolve(h, on_the_way=()):
            if h in value:
                return value[h]
            if h not in imitates:
                return value[self.open]
            if h in on_the_way:
                raise CaseError(f"{h} imitates itself")
            target = resolve(imitates[h], on_the_way + (h,))
            return forgeable * target + (1 - forgeable) * value[self.open]

        return [resolve(h) for h in self.ids]

    # What the engines share: names of the undercutters, with their probabilities, in the order of the case.
    def undercutters(self):
        made = {"source:" + s: p for s, p in self.unreliable.items()}
        made.update(self.probability)
        made.update({"credibility:" + i.id: i.credible for i in self.items if i.credible is not None})
        made.update({"unseen:" + i.id: i.unseen for i in self.items if i.unseen is not None})
        return made

    def chain(self, item):
        """The undercutters of an item, in the order in which they govern it [M-5]."""
        made = ["source:" + item.source]
        if item.credible is not None:
            made.append("credibility:" + item.id)
        made += item.circumstances
        if item.unseen is not None:
            made.append("unseen:" + item.id)
        return made


def utc_day(moment):
    """The UTC day of a day or of an RFC 3339 instant."""
    text = str(moment)
    if len(text) == 10:
        return datetime.date.fromisoformat(text)
    instant = datetime.datetime.fromisoformat(text.replace("Z", "+00:00").replace("z", "+00:00"))
    return instant.astimezone(datetime.timezone.utc).date()


# --- Engine: pure enumeration -----------------------------------------------------------------------------------------

def pure(problem):
    """[M-7] and [M-8] as written: one sum over all settings of all undercutters."""
    probability = problem.undercutters()
    names, n = list(probability), len(problem.ids)
    if len(names) > PURE_LIMIT:
        raise Intractable(f"{len(names)} undercutters")
    chains = [(item, problem.chain(item)) for item in problem.items]
    total, held = [0.0] * n, {k: 0.0 for k in names}
    for setting in itertools.product((False, True), repeat=len(names)):
        holds = dict(zip(names, setting))
        weight = math.prod(probability[k] if holds[k] else 1 - probability[k] for k in names)
        told, by_truth = {k: [1.0] * n for k in names if holds[k]}, [1.0] * n
        for item, chain in chains:
            governor = next((k for k in chain if holds[k]), None)
            row = by_truth if governor is None else told[governor]
            for h in range(n):
                row[h] *= item.row[h]
        for row in told.values():
            weight *= sum(p * v for p, v in zip(problem.prior, row))
        share = [weight * p * v for p, v in zip(problem.prior, by_truth)]
        total = [t + s for t, s in zip(total, share)]
        for k in told:
            held[k] += sum(share)
    evidence = sum(total)
    return [t / evidence for t in total], {k: v / evidence for k, v in held.items()}


# --- Engine: per component, own undercutters summed by hand -----------------------------------------------------------

def components(problem):
    """Groups of (items, shared undercutters) that share no undercutter with each other."""
    groups = []
    for item in problem.items:
        names, items, rest = {"source:" + item.source, *item.circumstances}, [item], []
        for group_names, group_items in groups:
            if group_names & names:
                names, items = names | group_names, group_items + items
            else:
                rest.append((group_names, group_items))
        groups = rest + [(names, items)]
    order = {k: n for n, k in enumerate(problem.undercutters())}
    place = {item.id: n for n, item in enumerate(problem.items)}
    return [(sorted(names, key=order.get), sorted(items, key=lambda i: place[i.id])) for names, items in groups]


def weights(problem, item, given=None):
    """What an item contributes when a source, a circumstance or nothing shared governs it, its own undercutters summed.

    Three rows (governed by its source, by a circumstance, by the hypothesis). given = "credibility" or "unseen" keeps
    only the settings in which that undercutter of the item holds.
    """
    row, one = item.row, 1
    mean = sum(p * v for p, v in zip(problem.prior, row))
    c = 0 if item.credible is None else item.credible
    q = 0 if item.unseen is None else item.unseen
    if given == "credibility":
        return [[c * v for v in row], [c * mean] * len(row), [c * mean] * len(row)]
    if given == "unseen":
        return [[q * v for v in row], [q * (c * mean + (one - c) * v) for v in row], [q * mean] * len(row)]
    return [row, [c * mean + (one - c) * v for v in row],
            [c * mean + (one - c) * (q * mean + (one - q) * v) for v in row]]


def brute(problem):
    """[M-7] and [M-8] per connected component, in decimal numbers of 40 digits."""
    with localcontext() as context:
        context.prec = 40
        return _brute(exact(problem))


def exact(problem):
    """The same problem in decimal numbers."""
    made = object.__new__(Problem)
    made.__dict__.update(problem.__dict__)
    total = sum(Decimal(p) for p in problem.prior)
    made.prior = [Decimal(p) / total for p in problem.prior]
    made.items = [Item(i.id, i.source, None if i.credible is None else Decimal(i.credible), i.circumstances,
                       None if i.unseen is None else Decimal(i.unseen), [Decimal(v) for v in i.row])
                  for i in problem.items]
    made.unreliable = {k: Decimal(p) for k, p in problem.unreliable.items()}
    made.probability = {k: Decimal(p) for k, p in problem.probability.items()}
    return made


def _brute(problem):
    n, prior = len(problem.ids), problem.prior
    parts = components(problem)
    for names, _ in parts:
        if len(names) > BRUTE_LIMIT:
            raise Intractable(f"a component of {len(names)} undercutters")
    own = {"credibility": [i for i in problem.items if i.credible is not None],
           "unseen": [i for i in problem.items if i.unseen is not None]}
    likelihoods, with_undercutter = [], []  # per component: P(E, k holds | h)
    for names, items in parts:
        total, held = _enumerate(problem, names, items)
        for kind, wanted in own.items():
            for item in wanted:
                if item in items:
                    held[f"{kind}:{item.id}"], _ = _enumerate(problem, names, items, item, kind)
        likelihoods.append(total)
        with_undercutter.append(held)
    joint = [prior[h] * math.prod(part[h] for part in likelihoods) for h in range(n)]
    evidence = sum(joint)
    held = {}
    for c, part in enumerate(with_undercutter):
        for k, row in part.items():
            held[k] = float(sum(joint[h] / likelihoods[c][h] * row[h] for h in range(n)) / evidence)
    return [float(j / evidence) for j in joint], held


def _enumerate(problem, names, items, special=None, given=None):
    """P(E | h) of a component, and the same with each shared undercutter holding."""
    n, probability = len(problem.ids), problem.undercutters()
    total, held = [Decimal(0)] * n, {k: [Decimal(0)] * n for k in names}
    contributions = [(i, ["source:" + i.source] + i.circumstances, weights(problem, i, given if i is special else None))
                     for i in items]
    for setting in itertools.product((False, True), repeat=len(names)):
        holds = dict(zip(names, setting))
        weight = math.prod(probability[k] if holds[k] else 1 - probability[k] for k in names)
        if not weight:
            continue
        rows = {}
        for _, chain, (by_source, by_circumstance, by_truth) in contributions:
            governor = next((k for k in chain if holds[k]), None)
            row = by_truth if governor is None else by_source if governor == chain[0] else by_circumstance
            rows[governor] = [a * b for a, b in zip(rows[governor], row)] if governor in rows else row
        for governor, row in rows.items():
            if governor is not None:
                weight *= sum(p * v for p, v in zip(problem.prior, row))
        share = [weight * v for v in rows.get(None, [Decimal(1)] * n)]
        total = [t + s for t, s in zip(total, share)]
        for k in names:
            if holds[k]:
                held[k] = [t + s for t, s in zip(held[k], share)]
    return total, held


# --- Engine: sums over stories ----------------------------------------------------------------------------------------

def stories(problem, want_undercutters=True):
    """Given the hypothesis and what every shared circumstance says, sources are independent of each other.

    Numbers may be arrays of samples; the answer's then are too.
    """
    import numpy as np
    n = len(problem.ids)
    parts = _story_parts(problem)
    real = np.longdouble if want_undercutters else np.float64
    prior = np.stack(np.broadcast_arrays(*[np.asarray(p, real) for p in problem.prior]))
    if prior.ndim == 1:
        prior = prior[:, None]
    scaled = {}
    for item in problem.items:
        row = [np.asarray(v, real) for v in item.row]
        top = np.maximum.reduce(np.broadcast_arrays(*row))
        scaled[item.id] = Item(item.id, item.source, item.credible, item.circumstances, item.unseen,
                               [v / top for v in row])
    joint, details = prior, []
    for circumstances, groups in parts:
        total, held = _tell(problem, circumstances, groups, scaled, prior, real, want_undercutters)
        joint = joint * (total / total.max(axis=0))
        details.append((total, held))
    evidence = joint.sum(axis=0)
    held = {}
    for total, part in details:
        for k, row in part.items():
            held[k] = np.squeeze((joint / total * row).sum(axis=0) / evidence)
    posterior = joint / evidence
    if posterior.shape[1] == 1:
        return [float(p) for p in posterior[:, 0]], {k: float(v) for k, v in held.items()}
    return [posterior[h] for h in range(n)], held


def _story_parts(problem):
    """The components, as (circumstances, {source: items}); refuses what has too many combinations of stories."""
    parts = []
    for names, items in components(problem):
        circumstances = [k for k in names if k in problem.probability]
        if (1 + len(problem.ids)) ** len(circumstances) > STORIES_LIMIT:
            raise Intractable(f"{len(circumstances)} connected circumstances")
        groups = {}
        for item in items:
            groups.setdefault(item.source, []).append(item)
        parts.append((circumstances, groups))
    return parts


def _tell(problem, circumstances, groups, scaled, prior, real, want_undercutters):
    import numpy as np
    n, zero = len(problem.ids), np.zeros((len(problem.ids), 1), real)

    def rows_of(item, given=None):
        made = weights(problem, scaled[item.id], given)
        shape = np.broadcast_shapes(*[np.shape(v) for row in made for v in row], (1,))
        return [np.stack([np.broadcast_to(np.asarray(v, real), shape) for v in row]) for row in made]

    cache = {item.id: rows_of(item) for items in groups.values() for item in items}
    own = []
    if want_undercutters:
        for items in groups.values():
            own += [(f"credibility:{i.id}", i, rows_of(i, "credibility")) for i in items if i.credible is not None]
            own += [(f"unseen:{i.id}", i, rows_of(i, "unseen")) for i in items if i.unseen is not None]

    def source_factor(s, told, special=None, rows=None):
        """(what it gives when unreliable, what it gives otherwise), for each hypothesis."""
        false, true = np.ones((n, 1), real), np.ones((n, 1), real)
        for item in groups[s]:
            by_source, by_circumstance, by_truth = rows if item is special else cache[item.id]
            false = false * by_source
            governor = next((k for k in item.circumstances if told[k] is not None), None)
            true = true * (by_truth if governor is None else by_circumstance[told[governor]][None, :])
        p = np.asarray(problem.unreliable[s], real)
        return p * (prior * false).sum(axis=0), (1 - p) * true

    total, held = zero, {k: zero for k in circumstances}
    held.update({"source:" + s: zero for s in groups})
    held.update({name: zero for name, _, _ in own})
    for told in itertools.product([None, *range(n)], repeat=len(circumstances)):
        told = dict(zip(circumstances, told))
        weight = np.ones(1, real)
        for k, h in told.items():
            p = np.asarray(problem.probability[k], real)
            weight = weight * (1 - p if h is None else p * prior[h])
        factors = {s: source_factor(s, told) for s in groups}
        share = weight * math.prod(false + true for false, true in factors.values())
        total = total + share
        if not want_undercutters:
            continue
        for k, h in told.items():
            if h is not None:
                held[k] = held[k] + share
        for s, (false, true) in factors.items():
            held["source:" + s] = held["source:" + s] + share / (false + true) * false
        for name, item, rows in own:
            false, true = factors[item.source]
            kept = sum(source_factor(item.source, told, item, rows))
            held[name] = held[name] + share / (false + true) * kept
    return (total, held) if want_undercutters else (total, {})


# --- Engine: the explicit network, by pyAgrum -------------------------------------------------------------------------

def network(problem):
    """The Bayesian network: the hypothesis H, for every undercutter whether it holds and its story, for every item a
    chain of selectors [M-5] and an observed two-valued finding."""
    import pyagrum as gum
    n, bn = len(problem.ids), gum.BayesNet("case")
    hypothesis = bn.add(gum.LabelizedVariable("H", "hypothesis", n))
    bn.cpt(hypothesis).fillWith(problem.prior)
    holds, tells, names, findings = {}, {}, {}, []
    for number, (k, p) in enumerate(problem.undercutters().items()):
        names[k] = f"U{number}"
        holds[k] = bn.add(gum.LabelizedVariable(f"U{number}", k, 2))
        bn.cpt(holds[k]).fillWith([1 - p, p])
        tells[k] = bn.add(gum.LabelizedVariable(f"S{number}", "story of " + k, n))
        bn.cpt(tells[k]).fillWith(problem.prior)
    for number, item in enumerate(problem.items):
        value = hypothesis
        for step, k in enumerate(reversed(problem.chain(item))):
            selected = bn.add(gum.LabelizedVariable(f"G{number}_{step}", f"what governs {item.id}", n))
            for parent in (holds[k], tells[k], value):
                bn.addArc(parent, selected)
            cpt = bn.cpt(selected)
            for u, s, v in itertools.product(range(2), range(n), range(n)):
                governed = s if u else v
                cpt[{names[k]: u, bn.variable(tells[k]).name(): s, bn.variable(value).name(): v}] = [
                    1.0 if h == governed else 0.0 for h in range(n)]
            value = selected
        found = bn.add(gum.LabelizedVariable(f"E{number}", item.id, 2))
        bn.addArc(value, found)
        top = max(item.row)
        for h in range(n):
            bn.cpt(found)[{bn.variable(value).name(): h}] = [1 - item.row[h] / top, item.row[h] / top]
        findings.append(f"E{number}")
    return bn, names, findings


def pyagrum(problem):
    import pyagrum as gum
    bn, names, findings = network(problem)
    engine = gum.LazyPropagation(bn)
    engine.setEvidence({name: 1 for name in findings})
    engine.setTargets({"H", *names.values()})
    engine.makeInference()
    posterior = engine.posterior("H")
    return ([float(posterior[h]) for h in range(len(problem.ids))],
            {k: float(engine.posterior(name)[1]) for k, name in names.items()})


ENGINES = {"pure": pure, "brute": brute, "stories": stories, "pyagrum": pyagrum}


# --- Answers ----------------------------------------------------------------------------------------------------------

def about(problem, posterior):
    """The hypothesis or proposition that the verdict is on [M-11]."""
    if "about" in problem.case:
        problem.members(problem.case["about"])
        return problem.case["about"]
    return problem.ids[posterior.index(max(posterior))]


def assess(case, position=None, as_of=None, engine="brute", sample=0, seed=1):
    """Everything that the twin says of one position on one day."""
    problem = Problem(case, position, as_of)
    posterior, held = ENGINES[engine](problem)
    prior = dict(zip(problem.ids, problem.prior))
    after = dict(zip(problem.ids, posterior))
    answer = {
        "position": problem.position["id"], "as_of": as_of, "engine": engine,
        "hypotheses": [{"id": h, "prior": prior[h], "posterior": after[h]} for h in problem.ids],
        "propositions": [{"id": p, "prior": sum(prior[h] for h in problem.ids if h in m),
                          "posterior": sum(after[h] for h in problem.ids if h in m)}
                         for p, m in problem.propositions.items()],
        "undercutters": [{"id": k, "prior": p, "posterior": held[k]} for k, p in problem.undercutters().items()],
        "about": about(problem, posterior),
        "standard": problem.standard,
    }
    if sample:
        _sample(answer, problem, case, position, as_of, sample, seed)
    return answer


def _sample(answer, problem, case, position, as_of, size, seed):
    import numpy as np
    drawn = Problem(case, position, as_of, Samples(size, seed))
    posterior, _ = stories(drawn, want_undercutters=False)
    after = {h: np.broadcast_to(p, (size,)) for h, p in zip(drawn.ids, posterior)}
    for entry in answer["hypotheses"] + answer["propositions"]:
        values = sum(after[h] for h in problem.ids if h in problem.members(entry["id"]))
        entry["quantiles"] = [float(q) for q in np.quantile(values, [0.05, 0.5, 0.95])]
        if entry["id"] == answer["about"]:
            low, _, high = entry["quantiles"]
            answer["verdict"] = ("enough" if problem.enough(low) else
                                 "depends" if problem.enough(high) else "not-enough")
    answer["samples"] = size


def main():
    parser = argparse.ArgumentParser(description="A slow twin of the evidence model.")
    parser.add_argument("case")
    parser.add_argument("--position")
    parser.add_argument("--as-of")
    parser.add_argument("--engine", choices=list(ENGINES), default="brute")
    parser.add_argument("--sample", type=int, default=0, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    try:
        answer = assess(load_case(options.case), options.position, options.as_of, options.engine, options.sample,
                        options.seed)
    except (CaseError, Intractable) as problem:
        print(f"{options.case}: {problem}", file=sys.stderr)
        return 1
    json.dump(answer, sys.stdout, indent=1)
    print()
    return 0


if __name__ == "__main__":
    sys.exit(main())
