#!/usr/bin/env python3
"""Random cases that use everything the format has, the same for the same seed.

    random_cases.py OUT [--seed S] [--count N] [--size small|full]

writes OUT/case-S-0/case.json ... . `small` cases suit the enumeration of every setting of every undercutter; `full`
ones have up to 12 hypotheses, 60 items and 20 sources, and suit sums over stories and junction trees.
"""

import argparse
import datetime
import json
import pathlib
import random

LETTERS = ["A", "B", "C", "D", "E", "F"]
WORDS = ["weak", "moderate", "moderately-strong", "strong", "very-strong", "extremely-strong"]
COUNTRIES = ["KP", "RU", "CN", "US", "IR", "NO"]
FIRST_DAY = datetime.date(2015, 1, 1)
# How many combinations of a hypothesis and of the stories of connected undercutters a case may have.
COMBINATIONS = {"small": 3_000, "full": 60_000}


def sixth(x):
    """Six significant digits: what is written is what is meant."""
    return float(f"{x:.6g}")


class Maker:
    def __init__(self, seed, size):
        self.r = random.Random(f"onus {seed} {size}")
        self.size = size
        small = size == "small"
        r = self.r
        self.hypotheses = r.randint(2, 4 if small else 12)
        self.sources = r.randint(1, 3 if small else 20)
        self.items = r.randint(1, 6 if small else 60)
        most = 0
        while most < (2 if small else 6) and (self.hypotheses + 1) ** (most + 2) <= COMBINATIONS[size]:
            most += 1
        self.circumstances = r.randint(0, most)

    def chance(self, p):
        return self.r.random() < p

    def day(self):
        day = (FIRST_DAY + datetime.timedelta(days=self.r.randrange(700))).isoformat()
        if self.chance(0.1):
            return day + self.r.choice(["T00:00:00Z", "T23:59:59Z", "T01:30:00+02:00", "T22:15:00.5-05:00"])
        return day

    def spread(self, low, high):
        """A number on the log scale, sometimes as a range."""
        x = low * (high / low) ** self.r.random()
        if self.chance(0.3):
            w = 1 + self.r.random() * 3
            return [sixth(x / w), sixth(min(x * w, 1.0) if high <= 1 else x * w)]
        return sixth(x)

    def probability(self, low=0.02, high=0.98):
        x = sixth(self.r.uniform(low, high))
        if self.chance(0.3):
            return [sixth(x * 0.6), sixth(1 - (1 - x) * 0.6)]
        return x

    def some(self, ids):
        return self.r.sample(ids, self.r.randint(1, len(ids))) if ids else []

    def row(self, kind=None):
        """One row, as {kind: ...}."""
        named = self.some([h for h in self.ids if h != self.open])
        kind = kind or self.r.choice(["likelihood", "likelihood", "ratio", "strength", "says"])
        if kind == "likelihood":
            row = {h: self.spread(0.005, 1.0) for h in named}
            row[self.open] = self.spread(0.005, 1.0)
            return {kind: row}
        if kind == "ratio":
            return {kind: {h: self.spread(0.02, 60.0) for h in named}}
        if kind == "strength":
            return {kind: {h: self.r.choice(["", "against-"]) + self.r.choice(WORDS[:2] if self.chance(0.8) else WORDS)
                           for h in named}}
        says = {self.r.choice(["that", "not"]): self.r.choice(self.ids + self.propositions)}
        if self.chance(0.4):
            says["if_true"] = self.spread(0.5, 1.0)
            says["if_false"] = self.spread(0.01, 0.4)
        return {"says": says}

    def make_hypotheses(self):
        n, r = self.hypotheses, self.r
        self.ids = [f"h{i}" for i in range(n)]
        self.open = self.ids[r.randrange(n)]
        priors = self.chance(0.8)
        made = []
        for i, h in enumerate(self.ids):
            entry = {"id": h, "name": f"Hypothesis {i}"}
            if h == self.open:
                entry["open"] = True
            elif i and self.chance(0.3):
                target = self.ids[r.randrange(i)]
                if target != self.open:
                    entry["imitates"] = target
            if h != self.open and self.chance(0.5):
                entry["country"] = r.choice(COUNTRIES)
            if priors:
                entry["prior"] = self.probability(0.05, 0.6)
            made.append(entry)
        self.propositions = sorted({"country:" + e["country"] for e in made if "country" in e})
        return made

    def make_item(self, i, before):
        r = self.r
        item = {"id": f"e{i}", "title": f"Finding {i}", "source": r.choice(self.source_ids), "known": self.day()}
        if self.chance(0.5):
            item["credibility"] = r.randint(1, 6)
        if self.chance(0.2):
            item["observed"] = (FIRST_DAY - datetime.timedelta(days=r.randrange(1, 90))).isoformat()
        if self.chance(0.1):
            since = datetime.date.fromisoformat(item["known"][:10])
            item["retracted"] = (since + datetime.timedelta(days=r.randrange(2, 500))).isoformat()
        if self.chance(0.4):
            item["forgeable"] = self.probability() if self.chance(0.8) else r.choice([0, 1])
        if self.circumstance_ids and self.chance(0.4):
            item["undercut"] = r.sample(self.circumstance_ids, min(r.randint(1, 2), len(self.circumstance_ids)))
        originals = [e for e in before if "repeats" not in e]
        if originals and self.chance(0.1):
            original = r.choice(originals)
            item["repeats"] = original["id"]
            since = datetime.date.fromisoformat(original["known"][:10])
            item["known"] = (since + datetime.timedelta(days=r.randrange(2, 60))).isoformat()
            item.pop("retracted", None)
            return item
        if self.chance(0.12):
            item["sealed"] = {"commitment": "sha256:" + "%064x" % r.getrandbits(256), "size": r.choice([1, 2, 8])}
            item["vouched"] = self.row()
            item["unseen"] = self.probability()
            if self.chance(0.6):
                item.update(self.row())
        else:
            item.update(self.row())
        if "says" in item and self.chance(0.4):
            item["would_say_anyway"] = True
        item["reasons"] = "Drawn at random."
        return item

    def make_position(self, i, evidence):
        r = self.r
        made = {"id": f"p{i}", "name": f"Position {i}"}
        if self.chance(0.7):
            made["standard"] = r.choice(["preponderance", "clear-and-convincing", "beyond-reasonable-doubt", 0.6, 0.9])
        sealed = [e["id"] for e in evidence if "sealed" in e]
        if self.chance(0.6):
            made["access"] = r.choice(["all", "public", self.some(sealed)])
        if self.chance(0.5):
            made["prior"] = {h: self.probability(0.05, 0.6) for h in self.some(self.ids)}
        if self.chance(0.5):
            made["reliability"] = {s: r.choice(LETTERS) if self.chance(0.5) else self.probability()
                                   for s in self.some(self.source_ids)}
        if self.circumstance_ids and self.chance(0.5):
            made["probability"] = {k: self.probability() for k in self.some(self.circumstance_ids)}
        if self.chance(0.5):
            made["evidence"] = {}
            for e in r.sample(evidence, min(2, len(evidence))):
                made["evidence"][e["id"]] = change = {}
                plain = "repeats" not in e and "sealed" not in e
                if plain and self.chance(0.6):
                    change.update(self.row())
                if plain and self.chance(0.4):
                    change["forgeable"] = self.probability()
                if self.chance(0.4):
                    change["credibility"] = r.randint(1, 6)
                if "sealed" in e:
                    change["unseen"] = self.probability()
                if plain and "says" in e and not set(change) & {"likelihood", "ratio", "strength"} and self.chance(0.5):
                    change["would_say_anyway"] = not e.get("would_say_anyway", False)
                if not change:
                    change["credibility"] = 3
                change["reasons"] = "Drawn at random."
        return made

    def make_question(self, i):
        rows = [{}, {}]
        for h in sorted({self.open, *self.some(self.ids)}):
            first = sixth(self.r.uniform(0.05, 0.95))
            rows[0][h], rows[1][h] = first, round(1 - first, 9)
        return {"id": f"q{i}", "name": f"Question {i}",
                "outcomes": [{"name": f"outcome {o}", "likelihood": {h: rows[o][h] for h in self.ids if h in rows[o]}}
                             for o in range(2)]}

    def case(self):
        r = self.r
        made = {"onus": 1, "title": "A random case", "question": "Who was it?", "hypotheses": self.make_hypotheses()}
        if self.chance(0.5):
            made["propositions"] = [{"id": f"any{i}", "name": f"Proposition {i}",
                                     "any": self.some(r.sample(self.ids, len(self.ids) - 1))}
                                    for i in range(r.randint(1, 2))]
            self.propositions += [p["id"] for p in made["propositions"]]
        if self.chance(0.5):
            made["about"] = r.choice(self.ids + self.propositions)
        if self.chance(0.2):
            made["scales"] = {"reliability": {"C": self.probability(0.5, 0.8)}, "credibility": {"2": 0.8}}
        self.source_ids = [f"s{i}" for i in range(self.sources)]
        made["sources"] = [{"id": s, "name": f"Source {i}",
                            "reliability": r.choice(LETTERS) if self.chance(0.6) else self.probability()}
                           for i, s in enumerate(self.source_ids)]
        self.circumstance_ids = [f"u{i}" for i in range(self.circumstances)]
        if self.circumstance_ids:
            made["undercutters"] = [{"id": k, "name": f"Circumstance {i}", "probability": self.probability(0.02, 0.6)}
                                    for i, k in enumerate(self.circumstance_ids)]
        made["evidence"] = []
        for i in range(self.items):
            made["evidence"].append(self.make_item(i, made["evidence"]))
        if self.chance(0.4):
            made["questions"] = [self.make_question(i) for i in range(r.randint(1, 2))]
        if self.chance(0.7):
            made["positions"] = [self.make_position(i, made["evidence"]) for i in range(r.randint(1, 3))]
        return made


def random_case(seed, size="full"):
    return Maker(seed, size).case()


def main():
    parser = argparse.ArgumentParser(description="Random cases.")
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--size", choices=["small", "full"], default="full")
    options = parser.parse_args()
    for i in range(options.count):
        folder = options.out / f"case-{options.seed}-{i}"
        folder.mkdir(parents=True, exist_ok=True)
        case = random_case(f"{options.seed}-{i}", options.size)
        (folder / "case.json").write_text(json.dumps(case, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
