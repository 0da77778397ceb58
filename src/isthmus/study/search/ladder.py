"""The ladder: one rung for each number of states that the search passed.

And some below the tolerance that was asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.model.model import Model
from isthmus.model.reduction import Reduction
from isthmus.records.ladder import ErrorQuantiles, Rung
from isthmus.study.search.candidate import Written, write
from isthmus.study.search.conditions import Bench
from isthmus.study.search.hunt import Answer, errors_at, full_answers
from isthmus.study.size import find_size

RUNGS = 8
JUDGED = 40
_TIMED = 7


@dataclass(frozen=True, slots=True, eq=False)
class Foothold:
    """A rung and what it was made from; `written` is None for the full model.

    within: the search holds it within the tolerance.
    """

    rung: Rung
    reduction: Reduction
    written: Written | None
    within: bool = True


def climb_down(
    bench: Bench,
    full: Model,
    kept: Sequence[Reduction],
    beyond: Sequence[Reduction],
    answers: Sequence[Answer],
    *,
    implicit: bool = False,
) -> Iterator[Foothold]:
    """Rungs from the full model down, one after the other as they are judged.

    Each judged on the nominal condition and on the first draws of the hunt.

    kept: reductions that hold within the tolerance, ever simpler; beyond: those that go on at looser ones.
    """
    last = find_size(full)
    yield Foothold(Rung(last, ErrorQuantiles(0.0, 0.0, 0.0, 0.0), 1.0, ()), Reduction(), None)
    judged = list(answers[: JUDGED + 1]) or full_answers(bench, [np.asarray(bench.dynamics.nominal)])
    full_time = _full_time(bench, judged)
    done: tuple[str, ...] = ()
    tried = [(r, True) for r in _chosen([Reduction(), *kept])] + [(r, False) for r in _chosen(beyond)]
    for reduction, within in tried:
        written = write(bench, reduction, implicit=implicit)
        if isinstance(written, NoClosedForm):
            continue
        size = find_size(written.model)
        if size == last:
            continue
        quantiles = _quantiles(bench, reduction, written, judged)
        steps = reduction.steps[len(done) :] or ("exact: unreachable parts, constants and conserved totals",)
        speed = full_time / _reduced_time(written, judged, bench.rtol)
        rung = Rung(size, quantiles, speed, steps, closed_form=not written.model.constraints)
        yield Foothold(rung, reduction, written, within)
        last, done = size, reduction.steps


def _quantiles(
    bench: Bench, reduction: Reduction, written: Written, answers: Sequence[Answer]
) -> ErrorQuantiles:
    """Errors at the nominal condition, which comes first, and over the others; an exact rung has none."""
    if reduction.is_trivial:
        return ErrorQuantiles(0.0, 0.0, 0.0, 0.0)
    errors = errors_at(bench, written, answers)
    others = errors[1:] if len(errors) > 1 else errors
    median, most = np.quantile(others, [0.5, 0.9], method="inverted_cdf")
    return ErrorQuantiles(float(errors[0]), float(median), float(most), float(others.max()))


def _chosen(reductions: Sequence[Reduction]) -> list[Reduction]:
    """The first, the last, and evenly spread ones between."""
    if len(reductions) <= RUNGS:
        return list(reductions)
    places = sorted({round(i * (len(reductions) - 1) / (RUNGS - 1)) for i in range(RUNGS)})
    return [reductions[i] for i in places]


def _full_time(bench: Bench, answers: Sequence[Answer]) -> float:
    timed = []
    for answer in answers[:_TIMED]:
        start, parameters = bench.dynamics.start(answer.quantities)
        began = perf_counter()
        bench.solve(bench.moving, start, parameters, bench.rtol)
        timed.append(perf_counter() - began)
    return float(np.median(timed)) if timed else float("nan")


def _reduced_time(written: Written, answers: Sequence[Answer], rtol: float) -> float:
    timed = []
    for answer in answers[:_TIMED]:
        translated = written.pair.translate(answer.quantities)
        began = perf_counter()
        written.pair.reduced.run(translated, rtol, np.zeros(1, dtype=np.int64))
        timed.append(perf_counter() - began)
    return float(np.median(timed)) if timed else float("nan")
