"""A directed search of the domain for the condition at which a written reduction errs most."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isthmus.model.domain import bounds
from isthmus.seeds import generator
from isthmus.study.search.conditions import Bench, Floats
from isthmus.study.search.hunt import Answer, Candidate, errors_at, full_answers

STARTS = 3
ROUNDS = 4
PROPOSALS = 8
_MOVED = 0.3


def worst_case(
    bench: Bench, candidate: Candidate, answers: Sequence[Answer], errors: Floats
) -> tuple[float, Floats]:
    """(error, quantities) of the worst condition found, starting from the worst of the hunt.

    Each round moves some of the varied quantities of each start to an end of its range or part of the way,
    and keeps the worst. What it finds says nothing about how probable it is; only draws do.
    """
    nominal = np.asarray(bench.dynamics.nominal)
    lows, highs = bounds(bench.question.domain, nominal, bench.dynamics.quantities)
    varied = np.flatnonzero(highs > lows)
    order = np.argsort(-np.nan_to_num(errors, posinf=np.inf))[:STARTS]
    best = [(float(errors[i]), answers[i].quantities) for i in order]
    if not len(varied) or not best:
        return best[0] if best else (0.0, nominal)
    source = generator(bench.question.seed, "directed")
    for _ in range(ROUNDS):
        proposals = np.array(
            [_moved(point, lows, highs, varied, source) for _, point in best for _ in range(PROPOSALS)]
        )
        bench.drawing.hold(proposals)
        settled = map(bench.drawing.settled, proposals)
        seen = full_answers(bench, [point for point in settled if point is not None])
        found = errors_at(bench, candidate, seen)
        best += [(float(error), answer.quantities) for error, answer in zip(found, seen, strict=True)]
        best = sorted(best, key=lambda pair: -pair[0])[:STARTS]
    return best[0]


def _moved(
    point: Floats,
    lows: Floats,
    highs: Floats,
    varied: np.ndarray[tuple[int], np.dtype[np.intp]],
    source: np.random.Generator,
) -> Floats:
    """The point with some of its varied quantities moved towards an end of their range."""
    result = np.array(point)
    picked = varied[source.random(len(varied)) < max(_MOVED, 1.0 / len(varied))]
    ends = np.where(source.random(len(picked)) < 0.5, lows[picked], highs[picked])
    share = np.where(source.random(len(picked)) < 0.5, 1.0, source.random(len(picked)))
    result[picked] += share * (ends - result[picked])
    return result
