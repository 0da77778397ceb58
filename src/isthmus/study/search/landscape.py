"""The facts of a model that reduction methods look at, gathered from its reading and a few trajectories."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isthmus.dynamics.conservation import conservation_laws
from isthmus.model.question import Question
from isthmus.reduce import methods
from isthmus.reduce.base import Landscape, Step
from isthmus.solve.evaluate import evaluate_rates
from isthmus.study.question import observed_ids
from isthmus.study.search.conditions import Bench, Condition, Floats
from isthmus.study.search.dual import dual_estimate
from isthmus.study.search.estimate import Path, estimate

_MESH = 120
_JUMPS = 60
_ALIKE = 1.05
MANY = 20_000
"""States times candidates from which on duals estimate them: so many columns a time step take too long."""


def survey(bench: Bench, conditions: Sequence[Condition]) -> Landscape:
    """Fluxes, laws and time scales of the model along its trajectories."""
    dynamics = bench.dynamics
    flux = np.zeros(len(dynamics.terms))
    memory = np.full(len(dynamics.states), np.inf)
    for condition in conditions:
        path = sample_path(bench, condition)
        flux = np.maximum(flux, np.abs(path.rates).max(axis=0))
        diagonal = np.einsum("nm,kmn->kn", path.gain, path.rate_jacobian)
        with np.errstate(divide="ignore"):
            memory = np.minimum(memory, 1.0 / np.median(np.abs(diagonal), axis=0))
    laws = conservation_laws(dynamics.gain, dynamics.states)
    ruled = {rule.variable for rule in dynamics.model.rates}
    return Landscape(
        dynamics.states,
        frozenset(s for s in dynamics.states if s not in ruled),
        dynamics.gain_by_state,
        tuple(map(float, flux)),
        tuple(dict(law.coefficients) for law in laws),
        dict(zip(dynamics.states, map(float, memory), strict=True)),
        observed_states(bench.question, dynamics.states),
    )


def observed_states(question: Question, states: Sequence[str]) -> frozenset[str]:
    """States that an observable names itself."""
    return observed_ids(question.observables) & frozenset(states)


def all_steps(landscape: Landscape, term_labels: Sequence[str]) -> list[Step]:
    """Every single step of every method, the methods in the order in which they are tried."""
    return [step for method in methods(term_labels) for step in method.steps(landscape)]


def promising(
    bench: Bench, conditions: Sequence[Condition], steps: Sequence[Step], limit: float
) -> list[Step]:
    """Steps whose estimated error is under the limit on every condition, best first within each method.

    limit: on the estimate, in units of the metric.
    """
    if not steps:
        return []
    estimates = np.zeros(len(steps))
    states = bench.dynamics.states
    judge = dual_estimate if len(states) * len(steps) > MANY else estimate
    for condition in conditions:
        estimates = np.maximum(estimates, judge(sample_path(bench, condition), states, steps))
    order = {method: place for place, method in enumerate(dict.fromkeys(step.method for step in steps))}
    place = _places(estimates)
    ranked = sorted(
        range(len(steps)),
        key=lambda i: (order[steps[i].method], place[i], _negative_weights(steps[i]), steps[i].rank),
    )
    return [steps[i] for i in ranked if estimates[i] < limit]


def _places(estimates: Floats) -> list[int]:
    """The place of each estimate in their order; those within 5 % of the first of a group share its place."""
    places = [0] * len(estimates)
    place, first = 0, -1.0
    for i in np.argsort(estimates, kind="stable"):
        if first < 0 or estimates[i] > _ALIKE * first:
            place, first = place + 1, float(estimates[i])
        places[i] = place
    return places


def _negative_weights(step: Step) -> int:
    """How many states the lumps of a step would count negatively.

    Of equal steps the one that counts a moiety is preferred.
    """
    if step.elimination is None:
        return 0
    return sum(value > 0 for state, value in step.elimination.direction if state != step.elimination.species)


def sample_path(bench: Bench, condition: Condition) -> Path:
    """The condition's full trajectory on a coarse mesh of its own steps."""
    dynamics, solution = bench.dynamics, condition.solution
    spread = np.linspace(0, solution.steps, min(_MESH, solution.steps + 1)).astype(int)
    # The states before and after an event: what follows it belongs to no step that leads there.
    jumps = np.flatnonzero(np.diff(solution.t) == 0.0)[:_JUMPS]
    picked = np.unique(np.concatenate([spread, jumps, jumps + 1]))
    times, states = solution.t[picked], solution.x[picked]
    parameters = condition.parameters
    rates = np.array(
        [evaluate_rates(bench.system, t, x, parameters) for t, x in zip(times, states, strict=True)]
    )
    slopes = np.array([dynamics.jacobian.dense(t, x, parameters) for t, x in zip(times, states, strict=True)])
    seen = np.array([bench.gradient.dense(t, x, parameters) for t, x in zip(times, states, strict=True)])
    seen[times < bench.question.after] = 0.0
    observed = bench.observe(solution, times, parameters)
    return Path(times, states, rates, slopes, _gain(bench), seen, bench.metric.scales(observed))


def _gain(bench: Bench) -> Floats:
    return bench.system.gain.dense()
