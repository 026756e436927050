#!/usr/bin/env python3
"""Writes a case of a given size as JSON: make_case.py FOLDER HYPOTHESES SOURCES CIRCUMSTANCES ITEMS [UNDER]

Every item has one source and, with UNDER (default 1), that many circumstances; all drawn from a fixed seed. The numbers
mean nothing: the case is only there to be timed.
"""
import json
import pathlib
import random
import sys


def likelihood(dice):
    """A number, or in one case of four a range."""
    low = round(10 ** dice.uniform(-2, -0.1), 4)
    return [low, round(min(1.0, low * 1.8), 4)] if dice.random() < 0.25 else low


def make_case(n_hypotheses, n_sources, n_circumstances, n_items, under=1, seed=1):
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
        if circumstances and under:
            first = i // n_sources
            item["undercut"] = sorted({circumstances[(first + k) % n_circumstances] for k in range(under)})
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
    write_case(sys.argv[1], *map(int, sys.argv[2:]))
