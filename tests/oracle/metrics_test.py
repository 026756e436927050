#!/usr/bin/env python3
"""Metrics of rankings and likelihood ratios against their definitions, on random answers with many ties.

usage: metrics_test.py COMPUTE_METRICS [--count N]"""
import argparse
import math

import metrics

arguments = argparse.ArgumentParser()
arguments.add_argument("program")
arguments.add_argument("--count", type=int, default=60)
arguments = arguments.parse_args()

compared, worst = 0, 0.0
for seed in range(arguments.count):
    candidates, incidents = metrics.random_answers(seed)
    slow = len(incidents) * candidates <= 100
    expected = metrics.by_definition(candidates, incidents, slow)
    found = metrics.by_program(arguments.program, candidates, incidents)
    same, different = metrics.pairs(candidates, incidents)
    if same and different:
        metrics.check_bounds(found, same, different)
    for name, value in expected.items():
        if math.isnan(value):
            assert math.isnan(found[name]), f"seed {seed}: {name} is {found[name]}, not nan"
            continue
        off = abs(found[name] - value)
        assert off < 1e-9, f"seed {seed}: {name} is {found[name]}, not {value}"
        compared, worst = compared + 1, max(worst, off)
assert compared > 8 * arguments.count
print(f"{compared} figures, worst difference {worst:.1e}")
