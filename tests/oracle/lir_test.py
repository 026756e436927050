#!/usr/bin/env python3
"""Cllr, Cllr_min and the bounds of likelihood ratios against lir, of the Netherlands Forensic Institute.

usage: lir_test.py COMPUTE_METRICS [--count N]
77: no lir."""
import argparse
import math
import sys

try:
    import numpy
    from lir.algorithms.bayeserror import calculate_expected_utility
    from lir.data.models import LLRData
    from lir.metrics import cllr, cllr_min
except ImportError:
    print("skipped: the Python package lir is not installed")
    sys.exit(77)

import metrics

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("--count", type=int, default=60)
arguments = arguments.parse_args()

compared, worst, bounds = 0, 0.0, 0
for seed in range(arguments.count):
    candidates, incidents = metrics.random_answers(seed)
    same, different = metrics.pairs(candidates, incidents)
    if not same or not different:
        continue
    found = metrics.by_program(arguments.program, candidates, incidents)
    log10 = numpy.array(same + different) / math.log(10)
    labels = numpy.array([1] * len(same) + [0] * len(different))
    data = LLRData(features=log10.reshape(-1, 1), labels=labels)
    for name, value in (("cllr", cllr(data)), ("cllr_min", cllr_min(data))):
        off = abs(found[name] - value)
        assert off < 1e-9, f"seed {seed}: {name} is {found[name]}, lir's {value}"
        compared, worst = compared + 1, max(worst, off)
    # lir's own search goes in steps and can step over a ratio that costs too much; what each costs is asked instead.
    def costs(log10, labels):
        def cost(t):
            t = numpy.array([math.exp(t)])
            neutral = calculate_expected_utility(numpy.ones(len(labels)), labels, t)
            return (calculate_expected_utility(10 ** log10, labels, t, 1) / neutral)[0]
        return cost

    metrics.check_bound(found["greatest_ln_lr"], same, different, costs(log10, labels))
    metrics.check_bound(-found["least_ln_lr"], [-x for x in different], [-x for x in same], costs(-log10, 1 - labels))
    bounds += 2
assert compared > arguments.count
print(f"{compared} figures, worst difference {worst:.1e}; {bounds} bounds")
