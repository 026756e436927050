#!/usr/bin/env python3
"""Writes a case of a given size as JSON: make_case.py FOLDER HYPOTHESES SOURCES CIRCUMSTANCES ITEMS [SHAPE]

Every item has one source and one circumstance. SHAPE says which: `dense` (default: every circumstance meets every
source), `chain` (each source meets two neighbouring circumstances), `groups` (each circumstance meets sources of its own,
as where every report has its own relays). Drawn from a fixed seed; the numbers mean nothing: the case is only there to
be timed.
"""
import json
import pathlib
import random
import sys


def likelihood(dice):
    """A number, or in one case of four a range."""
    low = round(10 ** dice.uniform(-2, -0.1), 4)
    return [low, round(min(1.0, low * 1.8), 4)] if dice.random() < 0.25 else low


def circumstance_of(shape, item, n_sources, n_circumstances):
    """The circumstance of an item, whose source is item % n_sources."""
    source, turn = item % n_sources, item // n_sources
    if shape == "groups":
        return source * n_circumstances // n_sources
    if shape == "chain":
        return (source + turn % 2) * n_circumstances // (n_sources + 1)
    return turn % n_circumstances


def make_case(n_hypotheses, n_sources, n_circumstances, n_items, shape="dense", seed=1):
    dice = random.Random(seed)
    hypotheses = [{"id": f"h{i}", "prior": round(dice.uniform(0.05, 0.3), 3)} for i in range(n_hypotheses)]
    hypotheses[-1]["open"] = True
    circumstances = [f"u{i}" for i in range(n_circumstances)]
    evidence = []
    for i in range(n_items):
        item = {
            "id": f"e{i:05}",
            "source": f"s{i % n_sources}",
            "known": f"2020-{1 + i % 12:02}-{1 + i % 28:02}",
            "likelihood": {h["id"]: likelihood(dice) for h in hypotheses},
            "reasons": "drawn at random",
        }
        item["undercut"] = [circumstances[circumstance_of(shape, i, n_sources, n_circumstances)]]
        evidence.append(item)
    return {
        "onus": 1,
        "title": f"{n_hypotheses} hypotheses, {n_sources} sources, {n_circumstances} circumstances, {n_items} items",
        "question": "How long does it take?",
        "about": "h0",
        "hypotheses": hypotheses,
        "sources": [{"id": f"s{i}", "reliability": round(dice.uniform(0.5, 0.95), 3)} for i in range(n_sources)],
        "undercutters": [{"id": u, "probability": round(dice.uniform(0.05, 0.4), 3)} for u in circumstances],
        "evidence": evidence,
    }


def write_case(folder, *sizes):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "case.json").write_text(json.dumps(make_case(*sizes), indent=1))


if __name__ == "__main__":
    if len(sys.argv) < 6:
        sys.exit(__doc__)
    write_case(sys.argv[1], *map(int, sys.argv[2:6]), *sys.argv[6:])
