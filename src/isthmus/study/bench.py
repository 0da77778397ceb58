"""The part of a model that a question is about, and the bench on which its reductions are tried."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.drawing import make_drawing
from isthmus.certify.error import ErrorMetric, choose_metric, comparison_times
from isthmus.certify.jumps import align, allowance
from isthmus.certify.side import Run, Side
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.errors import UsageError
from isthmus.model.model import Model
from isthmus.model.question import Domain, Question
from isthmus.reduce.constants import with_constants
from isthmus.reduce.unreachable import without_unreachable
from isthmus.solve.evaluate import evaluate_many
from isthmus.solve.outcome import require_end
from isthmus.solve.through import solve_through
from isthmus.solve.tolerance import measured_atol
from isthmus.study.question import observed_ids
from isthmus.study.search.at_once import mesh_of
from isthmus.study.search.conditions import Bench

_RTOL = 1e-6
_STILL = 1e-9
_LOOSEST = 1e-2
_SCREENED = 0.02
_TIGHTER = 5.0


def core_of(model: Model, question: Question) -> Model:
    """The model without what cannot reach the observables, and with what never changes declared constant.

    Exact.
    """
    return with_constants(without_unreachable(model, observed_ids(question.observables)))


def make_bench(dynamics: Dynamics, question: Question) -> tuple[Bench, tuple[str, ...]]:
    """(bench, notes on the metric): kernels, tolerances and metric for a core model read as rates."""
    dynamics.need_present()
    known = set(dynamics.quantities)
    domain = Domain(tuple(r for r in question.domain.ranges if r.quantity in known))
    own = replace(question, domain=domain)
    names = ", ".join(o.name for o in question.observables)
    if not dynamics.states:
        raise _still(f"nothing that reacts or moves can influence {names}")
    formulas = [o.formula for o in question.observables]
    kernel = dynamics.kernel(formulas)
    system, switched = dynamics.live_system, dynamics.switched()
    moving = system if switched is None else switched
    rtol = min(_RTOL, 1e-3 * question.tolerance)
    start, parameters = dynamics.start()
    atol = measured_atol(moving, 0.0, question.horizon, start, parameters, rtol)
    done = solve_through(moving, 0.0, question.horizon, start, parameters, rtol, atol)
    solution, named = done.solution, () if switched is None else switched.named(done.executed)
    require_end(solution.code, float(solution.t[-1]), question.horizon)
    observed = np.asarray(evaluate_many(kernel.address, solution.t, solution.x, parameters, kernel.width))
    if _is_still(observed) and not (observed.any() and _is_still(np.asarray(solution.x))):
        raise _still(f"{names} stays the same from 0 to {question.horizon:g} while the model runs")
    times = comparison_times(solution.t, solution.t[:0], question.after, question.horizon)
    nominal = evaluate_many(kernel.address, times, solution.at(times), parameters, kernel.width)
    metric, notes = choose_metric(question, np.asarray(nominal))
    relaxing = system.constraints_alone
    side = Side(dynamics, system, kernel, atol / rtol, question.horizon, relaxing, switched)
    precise = Run(start, parameters, solution, solution.code, named)
    bench = Bench(
        dynamics,
        system,
        own,
        metric,
        kernel,
        dynamics.gradient(formulas),
        atol,
        rtol,
        _screening(side, own, metric, precise, rtol),
        mesh_of(solution.t, question.after, question.horizon),
        make_drawing(side, own),
        switched,
    )
    return bench, notes


def _screening(side: Side, question: Question, metric: ErrorMetric, precise: Run, rtol: float) -> float:
    """The loosest relative tolerance that changes the nominal answer by 2 % of the question's tolerance."""
    assert precise.solution is not None
    times = comparison_times(precise.solution.t, precise.solution.t[:0], question.after, question.horizon)
    answer = side.columns(precise, times, precise.solution.at(times))
    events, allowed = [event.id for event in side.dynamics.model.events], _SCREENED * allowance(question)
    loose = _LOOSEST * question.tolerance
    while loose > rtol:
        run = side.run(np.asarray(side.dynamics.nominal), loose, np.zeros(1, dtype=np.int64))
        if run.ok and run.solution is not None:
            aligned = align(precise.executed, run.executed, events, allowed, question.horizon)
            seen = aligned.together(times)
            shown = side.columns(run, times[seen], run.solution.at(times[seen]))
            strayed = np.abs(shown - answer[seen]).max(axis=0) / metric.scales(answer)
            if aligned.is_same and (strayed <= _SCREENED * question.tolerance).all():
                return loose
        loose /= _TIGHTER
    return rtol


def _is_still(curves: NDArray[np.float64]) -> bool:
    """Whether no column of (times × quantities) moves by more than rounding."""
    return bool((np.ptp(curves, axis=0) <= _STILL * np.abs(curves).max(axis=0)).all())


def _still(found: str) -> UsageError:
    return UsageError(
        "E-STILL",
        found,
        needed="an observable that changes at the nominal values",
        advice="another observable, a longer --horizon or other initial values",
    )


def read_core(model: Model, question: Question) -> Dynamics:
    """The core of a model, compiled."""
    return read_rates(core_of(model, question))
