#!/usr/bin/env python3
"""The program's quantiles [M-10] against a plain random sample of the twin.

    ranges_test.py PROGRAM [--count N] [--samples M] [--positions P] [--seed S]

Tolerance. Let x be what the program gives for the quantile q. The share of the twin's M samples that lie below x is q
but for two sampling errors: that of the M samples, and that of the program's N = 4096 points, whose scrambled Sobol'
sequence is at least as good as N random ones. So the share may be off by

    TOLERATED · sqrt(q (1 − q) · (1/M + 1/N))

With TOLERATED = 4.5 one comparison in 150,000 of a plain random sample would fail by chance. The program is run with
several seeds, whose scrambles are independent: the mean of the shares over K seeds may be off by as many standard
errors with K·N in place of N. And the root mean square of those means over all comparisons must stay below LARGEST_MEAN
standard errors (1 for random points): a bias too small for one comparison shows there. Where many samples fall on one
value (a probability that is not ranged), any share between those below and those not above x is right.
"""

import argparse
import math
import pathlib
import random
import sys

import model
from program import EXAMPLES, Program, by_id, positions_of
from random_cases import random_case

try:
    import numpy as np
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(77)

POINTS, SEEDS = 4096, (None, 1, 2, 3, 4, 5)
TOLERATED, LARGEST_MEAN = 4.5, 1.2
TIE = 1e-9  # relative; values nearer than that are one
QUANTILES = {"low": 0.05, "median": 0.5, "high": 0.95}


class Comparison:
    def __init__(self, n_samples):
        self.n_samples, self.off, self.failures, self.worst = n_samples, [], [], 0.0

    def take(self, values, told, what):
        """`told`: what the program says, for each of the seeds."""
        values = np.sort(np.broadcast_to(values, (self.n_samples,)))
        for name, q in QUANTILES.items():
            x = np.array([t[name] for t in told])
            below = np.searchsorted(values, x * (1 - TIE)) / self.n_samples
            not_above = np.searchsorted(values, x * (1 + TIE), side="right") / self.n_samples
            missed = np.maximum(np.maximum(below - q, q - not_above), 0)
            one = missed.max() / math.sqrt(q * (1 - q) * (1 / self.n_samples + 1 / POINTS))
            mean = max(below.mean() - q, q - not_above.mean(), 0) / math.sqrt(
                q * (1 - q) * (1 / self.n_samples + 1 / (POINTS * len(told))))
            if (not_above - below).max() < 0.5:  # no tie
                self.off.append(mean)
            self.worst = max(self.worst, one, mean)
            if not max(one, mean) <= TOLERATED:
                self.failures.append(f"{what}: {name} is {x}, above {below} of the samples: {one:.1f} standard errors, "
                                     f"the mean {mean:.1f}")

    def tell(self):
        mean = math.sqrt(sum(o * o for o in self.off) / max(1, len(self.off)))
        print(f"{len(self.off)} quantiles compared with {self.n_samples} samples each: worst "
              f"{self.worst:.2f}, root mean square of the means {mean:.2f} standard errors")
        for failure in self.failures[:20]:
            print("  " + failure)
        if mean > LARGEST_MEAN:
            print(f"  the root mean square is above {LARGEST_MEAN}")
        return not self.failures and mean <= LARGEST_MEAN and bool(self.off)


def compare(program, case, where, position, name, comparison, seed):
    """One position: every hypothesis and proposition, and what is left without one item."""
    told = [program.assess(where, position=position, seed=s) for s in SEEDS]
    drawn = model.Problem(case, position, None, model.Samples(comparison.n_samples, seed))
    posterior, _ = model.stories(drawn, want_undercutters=False)
    after = dict(zip(drawn.ids, posterior))
    sets = {h: {h} for h in drawn.ids} | drawn.propositions
    shown = [by_id(t["hypotheses"]) | by_id(t["propositions"]) for t in told]
    for ident, members in sets.items():
        comparison.take(sum(after[h] for h in drawn.ids if h in members),
                        [t[ident] for t in shown], f"{name}, {position}, {ident}")
    if drawn.items:
        about = sets[told[0]["about"]]
        gone = random.Random(f"{name} {position}").choice(drawn.items)
        drawn.items = [i for i in drawn.items if i is not gone]
        posterior, _ = model.stories(drawn, want_undercutters=False)
        comparison.take(sum(p for h, p in zip(drawn.ids, posterior) if h in about),
                        [by_id(t["items"])[gone.id]["leave_out"] for t in told],
                        f"{name}, {position}, without {gone.id}")


def ranged_cases(options):
    """Random cases that an engine of stories can sample: few connected circumstances."""
    made, i = 0, 0
    while made < options.count:
        seed, i = f"{options.seed}-{i}", i + 1
        case = random_case(seed, random.Random(seed).choice(["small", "full"]))
        parts = model.components(model.Problem(case))
        cost = max((1 + len(case["hypotheses"])) ** sum(not k.startswith("source:") for k in names)
                   for names, _ in parts) if parts else 0
        if 0 < cost * len(case["evidence"]) * len(case["hypotheses"]) <= 20_000:
            made += 1
            yield f"random case {seed}", case


def main():
    parser = argparse.ArgumentParser(description="Quantiles against a random sample.")
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--samples", type=int, default=16_384)
    parser.add_argument("--positions", type=int, default=1, help="of each example")
    parser.add_argument("--seed", default="ranges")
    options = parser.parse_args()
    program, comparison, run = Program(options.program), Comparison(options.samples), 0
    for path in sorted(EXAMPLES.glob("*/case.yaml")):
        case = model.load_case(path)
        for position in positions_of(case)[:options.positions]:
            run += 1
            compare(program, case, path.parent, position, path.parent.name, comparison, run)
    for name, case in ranged_cases(options):
        run += 1
        position = random.Random(name).choice(positions_of(case))
        compare(program, case, case, position, name, comparison, run)
    return 0 if comparison.tell() else 1


if __name__ == "__main__":
    sys.exit(main())
