"""Cases with every number spelt out, so that a test can move one of them and nothing else."""

import model


class Recorder(model.Problem):
    """A problem that also remembers how each row was stated, for factors on it [M-15]."""

    def __init__(self, case, position=None, as_of=None):
        self.named, self.forgeable = {}, {}
        super().__init__(case, position, as_of)

    def _row(self, rows, item, draw):
        (kind, stated), = rows.items()
        filled = kind in ("likelihood", "ratio", "strength")
        self.named[item["id"]] = set(stated) if filled else set(self.ids)
        self.forgeable[item["id"]] = draw.number(item.get("forgeable", 0.5), "logit")
        return super()._row(rows, item, draw)

    def scaled_row(self, item, about, factor):
        """The item's row with a factor on the hypotheses in `about`; those who imitate one of them follow [M-2]."""
        row = dict(zip(self.ids, item.row))
        imitates = {h["id"]: h["imitates"] for h in self.hypotheses if "imitates" in h}
        phi, opened = self.forgeable[item.id], row[self.open]

        def value(h):
            if h in about:
                return factor * row[h]
            if h in imitates and h not in self.named[item.id]:
                return phi * value(imitates[h]) + (1 - phi) * opened
            return row[h]

        return likelihood([value(h) for h in self.ids], self.ids)


def likelihood(row, ids):
    """A row as the format takes it: only ratios matter, so its largest value may be 1. Raises Steep."""
    top = max(row)
    if min(row) / top < 1e-12:
        raise Steep
    return {h: value / top for h, value in zip(ids, row)}


class Steep(Exception):
    """A row of more than twelve orders of magnitude, which no likelihoods can be written for."""


def plain(problem):
    """What the problem weighs as a case of one position without ranges, imitators, grades and seals: an item's own
    undercutters become named ones, credibility-ID and unseen-ID."""
    undercutters = dict(problem.probability)
    evidence = []
    for item in problem.items:
        undercut = list(item.circumstances)
        if item.credible is not None:
            undercut.insert(0, f"credibility-{item.id}")
            undercutters[undercut[0]] = item.credible
        if item.unseen is not None:
            undercut.append(f"unseen-{item.id}")
            undercutters[undercut[-1]] = item.unseen
        evidence.append({"id": item.id, "title": item.id, "source": item.source, "known": "2015-01-01",
                         "likelihood": likelihood(item.row, problem.ids), "undercut": undercut, "reasons": "As it is."})
    made = {"onus": 1, "title": "Plain", "question": "Who was it?",
            "hypotheses": [{"id": h, "name": h, "prior": p, **({"open": True} if h == problem.open else {})}
                           for h, p in zip(problem.ids, problem.prior)],
            "sources": [{"id": s, "name": s, "reliability": 1 - p} for s, p in problem.unreliable.items()],
            "undercutters": [{"id": k, "name": k, "probability": p} for k, p in undercutters.items()],
            "evidence": evidence}
    propositions = [{"id": p.replace(":", "-"), "name": p, "any": sorted(m)} for p, m in problem.propositions.items()]
    if propositions:
        made["propositions"] = propositions
    standard = problem.standard
    made["positions"] = [{"id": "only", "name": "Only",
                          "standard": standard["threshold"] if standard["id"] == "custom" else standard["id"]}]
    return made
