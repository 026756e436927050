"""Reads an exported network (BIF 0.15) and gives it to pyAgrum number by number.

pyAgrum's own reader keeps single precision, six digits of a probability too few for these tests.
"""

import re

import numpy
import pyagrum

VARIABLE = re.compile(r"variable\s+(\S+)\s*\{\s*type\s+discrete\s*\[\s*(\d+)\s*\]\s*\{([^}]*)\}\s*;\s*\}")
PROBABILITY = re.compile(r"probability\s*\(\s*([^|)\s]+)\s*(?:\|([^)]*))?\)\s*\{([^}]*)\}")


class BadNetwork(Exception):
    """The text is not what the format asks for."""


def read(text):
    """The network as a pyagrum.BayesNet."""
    text = re.sub(r"//[^\n]*", "", text)
    network, states = pyagrum.BayesNet(), {}
    for name, count, labels in VARIABLE.findall(text):
        states[name] = [label.strip() for label in labels.split(",")]
        if len(states[name]) != int(count) or len(set(states[name])) != int(count):
            raise BadNetwork(f"{name}: {count} states are announced, {states[name]} are named")
        network.add(pyagrum.LabelizedVariable(name, name, states[name]))
    blocks = PROBABILITY.findall(text)
    if {b[0] for b in blocks} != states.keys() or len(blocks) != len(states):
        raise BadNetwork("variables and probabilities are not one to one")
    for name, parents, body in blocks:
        parents = [p.strip() for p in parents.split(",")] if parents else []
        for parent in parents:
            network.addArc(parent, name)
        network.cpt(name)[:] = table(name, parents, body, states, network.cpt(name).names)
    return network


def table(name, parents, body, states, order):
    """The numbers of one block, its axes as pyAgrum holds them: the reverse of `order`."""
    place = {v: {s: i for i, s in enumerate(states[v])} for v in parents}
    numbers = numpy.full([len(states[p]) for p in parents] + [len(states[name])], numpy.nan)
    for line in body.split(";"):
        line = line.strip()
        if not line:
            continue
        if parents:
            condition, _, values = line[1:].partition(")")
            at = tuple(place[p][s.strip()] for p, s in zip(parents, condition.split(","), strict=True))
        else:
            at, values = (), line.removeprefix("table")
        if not numpy.isnan(numbers[at]).all():
            raise BadNetwork(f"{name}: {line} stands there twice")
        numbers[at] = [float(v) for v in values.split(",")]
    if numpy.isnan(numbers).any() or (numbers < 0).any() or abs(numbers.sum(axis=-1) - 1).max() > 1e-12:
        raise BadNetwork(f"{name}: not a distribution for every setting of its parents")
    axes = parents + [name]
    return numpy.ascontiguousarray(numbers.transpose([axes.index(v) for v in reversed(order)]))
