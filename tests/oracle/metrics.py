"""Random answers to incidents, their metrics computed the slow way from the definitions in docs/CALIBRATION.md, and the
same by the program. Used by metrics_test.py and, with other people's code in its place, by lir_test.py."""
import itertools
import math
import random
import subprocess


def random_answers(seed):
    """Incidents as maps: group, unknown, right, p (candidates, UNKNOWN last), ln_lr."""
    rnd = random.Random(seed)
    candidates = rnd.choice([2, 3, 8, 25])
    incidents = []
    for _ in range(rnd.choice([3, 12, 60])):
        skill, coarse = rnd.choice([0, 1, 3]), rnd.random() < 0.5
        who = rnd.randrange(candidates + 2)
        score = [rnd.gauss(0, 1) + (skill if c == who else 0) for c in range(candidates + 1)]
        if coarse:  # ties
            score = [round(s) for s in score]
        total = sum(math.exp(s) for s in score)
        p = [math.exp(s) / total for s in score]
        if rnd.random() < 0.2:
            p[rnd.randrange(candidates)] = 0.0
        ln_lr = [rnd.gauss(-1, 2) + (skill if c == who else 0) for c in range(candidates)]
        if coarse:
            ln_lr = [float(round(x)) for x in ln_lr]
        right = [who] if who < candidates else []
        if right and candidates > 2 and rnd.random() < 0.1:
            right.append((who + 1) % candidates)
        # who == candidates: nobody of them; beyond: somebody who is no candidate
        incidents.append({"group": rnd.randrange(5), "unknown": who == candidates, "right": right, "p": p,
                          "ln_lr": ln_lr})
    return candidates, incidents


def by_program(program, candidates, incidents):
    lines = [f"{len(incidents)} {candidates}"]
    for i in incidents:
        numbers = [i["group"], int(i["unknown"]), len(i["right"]), *i["right"], *map(repr, i["p"]),
                   *map(repr, i["ln_lr"])]
        lines.append(" ".join(map(str, numbers)))
    done = subprocess.run([program], input="\n".join(lines), capture_output=True, text=True, check=True)
    return {name: float(value) for name, value in (line.split() for line in done.stdout.splitlines())}


def pairs(candidates, incidents):
    """ln LR of pairs of the same actor, and of different ones."""
    same = [i["ln_lr"][c] for i in incidents for c in range(candidates) if c in i["right"]]
    different = [i["ln_lr"][c] for i in incidents for c in range(candidates) if c not in i["right"]]
    return same, different


def _mean(values):
    return math.fsum(values) / len(values) if values else math.nan


def _places(candidates, i):
    """Every place that the best right candidate can have among the wrong ones, each as likely as the others."""
    best = max((i["p"][c] for c in i["right"]), default=0.0)
    wrong = [i["p"][c] for c in range(candidates) if c not in i["right"]]
    first = 1 + len([v for v in wrong if v > best])
    return range(first, first + len([v for v in wrong if v == best]) + 1)


def _isotonic(values):
    """Least squares under a rising order by its max-min formula: values are (sum, weight)."""
    n = len(values)
    sums = [0.0, *itertools.accumulate(v for v, _ in values)]
    weights = [0.0, *itertools.accumulate(w for _, w in values)]

    def mean(low, high):
        return (sums[high] - sums[low]) / (weights[high] - weights[low])

    return [max(min(mean(low, high) for high in range(k + 1, n + 1)) for low in range(k + 1)) for k in range(n)]


def _cllr(same, different):
    return 0.5 * (_mean([math.log2(1 + math.exp(-x)) for x in same]) +
                  _mean([math.log2(1 + math.exp(x)) for x in different]))


def _cllr_min(same, different):
    """P(same) as the rising function of the ratio that fits best when both classes weigh one half."""
    levels = sorted(set(same) | set(different))
    share_same, share_different = 1 / len(same), 1 / len(different)
    values = [(share_same * same.count(x), share_same * same.count(x) + share_different * different.count(x))
              for x in levels]
    posterior = dict(zip(levels, _isotonic(values)))
    return 0.5 * (_mean([-math.log2(posterior[x]) for x in same]) +
                  _mean([-math.log2(1 - posterior[x]) if posterior[x] < 1 - 1e-12 else 0.0 for x in different]))


def _lent_pairs(candidates, incidents):
    """Each incident with the ratios of each other one, without those for what that other's actor did."""
    same, different = [], []
    for i, incident in enumerate(incidents):
        for j, other in enumerate(incidents):
            for c in range(candidates):
                if i != j and c not in other["right"]:
                    (same if c in incident["right"] else different).append(other["ln_lr"][c])
    return same, different


def check_bound(bound, same, different, costs):
    """Up to the bound no ratio costs more than deciding nothing, and right above it one does. `costs(t)` says so for the
    natural logarithm t of a ratio, one more pair of each kind, which goes wrong, counted than was seen."""
    assert bound >= 0
    below = [bound * k / 200 for k in range(1, 201)] + [x for x in same + different if 0 < x <= bound]
    for t in below:
        if t > 1e-9:
            assert costs(t - 1e-9) <= 1 + 1e-12, f"the ratio e^{t} costs too much, the bound is e^{bound}"
    assert costs(bound + 1e-9) > 1, f"right above the bound e^{bound} nothing costs too much"


def check_bounds(found, same, different):
    def costs_of(same, different):
        def costs(t):
            missed = (len([x for x in same if x <= t]) + 1) / (len(same) + 1)
            false = (len([x for x in different if x > t]) + 1) / (len(different) + 1)
            return missed + math.exp(t) * false
        return costs

    check_bound(found["greatest_ln_lr"], same, different, costs_of(same, different))
    turned_same, turned_different = [-x for x in different], [-x for x in same]
    check_bound(-found["least_ln_lr"], turned_same, turned_different, costs_of(turned_same, turned_different))


def by_definition(candidates, incidents, with_slow=True):
    known = [i for i in incidents if not i["unknown"]]
    out = {}
    for name, k in (("top_1", 1), ("top_3", 3), ("top_10", 10)):
        out[name] = _mean([_mean([float(place <= k) for place in _places(candidates, i)]) for i in known])
    out["mrr"] = _mean([_mean([1 / place for place in _places(candidates, i)]) for i in known])
    confidence, hit, brier, loss = [], [], [], []
    for i in incidents:
        truth = set(i["right"]) | ({candidates} if i["unknown"] else set())
        top = [a for a in range(candidates + 1) if i["p"][a] == max(i["p"])]
        confidence.append(max(i["p"]))
        hit.append(len(truth & set(top)) / len(top))
        right = math.fsum(i["p"][a] for a in truth)
        brier.append((1 - right) ** 2 + math.fsum(v * v for a, v in enumerate(i["p"]) if a not in truth))
        loss.append(-math.log(max(right, 1e-6)))
    out.update(accuracy=_mean(hit), brier=_mean(brier), log_loss=_mean(loss))
    bins = {}
    for c, h in zip(confidence, hit):
        bins.setdefault(min([b for b in range(10) if c < (b + 1) / 10] or [9]), []).append((c, h))
    out["ece"] = math.fsum(len(b) / len(incidents) * abs(_mean([c for c, _ in b]) - _mean([h for _, h in b]))
                           for b in bins.values())
    wins = [(a > b) + (a == b) / 2 for a in [1 - i["p"][-1] for i in known]
            for b in [1 - i["p"][-1] for i in incidents if i["unknown"]]]
    out["auc"] = _mean(wins)
    same, different = pairs(candidates, incidents)
    out["cllr"] = _cllr(same, different) if same and different else math.nan
    if same and different and with_slow:
        out["cllr_min"] = _cllr_min(same, different)
    lent_same, lent_different = _lent_pairs(candidates, incidents)
    if lent_same and lent_different and with_slow:
        out["cllr_permuted"] = _cllr_min(lent_same, lent_different)
    return out
