"""The full and the reduced model side by side: how one condition is run on both, verified and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import Expression, mul, symbol
from isthmus.certify.error import ErrorMetric, choose_metric, comparison_times, steps_within
from isthmus.certify.extremes import Sums
from isthmus.certify.jumps import Aligned, align, allowance
from isthmus.certify.mapping import link_quantities, need_same_meaning, need_same_values
from isthmus.certify.side import Flag, Run, Side, make_side
from isthmus.dynamics.conservation import conservation_laws
from isthmus.dynamics.kernel import Kernel
from isthmus.dynamics.rates import Dynamics
from isthmus.errors import NumericalError, UsageError
from isthmus.model.model import Model
from isthmus.model.question import Question

Floats = NDArray[np.float64]

RTOL = 1e-6
"""Solver tolerance where the question's tolerance is 0.1 % or more; a thousandth of it below."""

REFERENCE = 0.1
"""The reference solution uses this fraction of the solver tolerance, the second integrator all of it."""

AGREEMENT = 0.05
"""Both integrators must agree on the full model to this fraction of the question's tolerance."""

RETRIES = (1.0, 1e-2)
"""Factors on the solver tolerance at which the verification of the full solution is tried."""


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two prepared models, and what they are compared on.

    species: ids of the watched species, whose amounts are the columns after the observables. laws: rows over
    the watched species of the full model's conserved totals; totals: the same over the columns. taken,
    computed: where the reduced model's quantities come from (`translate`). observed: the observables of the
    full model alone. events: ids of the events that both models have; all_events: of the full model's.
    """

    question: Question
    full: Side
    reduced: Side
    metric: ErrorMetric
    notes: tuple[str, ...]
    species: tuple[str, ...]
    laws: Floats
    totals: Sums
    taken: NDArray[np.int64]
    computed: Kernel | None
    rtol: float
    observed: Kernel
    events: frozenset[str] = frozenset()
    all_events: frozenset[str] = frozenset()

    @property
    def observables(self) -> int:
        """The number of observable columns."""
        return len(self.question.observables)

    def translate(self, quantities: Floats) -> Floats:
        """A condition of the full model as one of the reduced model."""
        if self.computed is None:
            return np.asarray(quantities[self.taken])
        result = np.empty(len(self.taken))
        direct = self.taken >= 0
        result[direct] = quantities[self.taken[direct]]
        start, parameters = self.full.dynamics.start(quantities)
        result[~direct] = self.computed(0.0, start, parameters)
        return result

    def verified_run(self, quantities: Floats, cancel: Flag) -> tuple[Run, bool]:
        """(the full model's reference solution, whether a second integrator agrees on the observables)."""
        run = self.full.run(quantities, self.rtol * REFERENCE, cancel)
        for factor in RETRIES:
            if factor != 1.0:
                run = self.full.run(quantities, self.rtol * REFERENCE * factor, cancel)
            if run.ok and self._agrees(run, self.rtol * factor):
                return run, True
        return run, False

    def _agrees(self, run: Run, rtol: float) -> bool:
        assert run.solution is not None
        times = steps_within(run.solution.t, self.question.after, self.question.horizon)
        from isthmus.solve.evaluate import evaluate_many

        other = self.full.second_opinion(run, rtol, times)
        if not other.samples.ok:
            return False
        allowed = AGREEMENT * allowance(self.question)
        aligned = align(run.executed, other.executed, self.all_events, allowed, self.question.horizon)
        if not aligned.is_same:
            return False
        states = other.samples.at_times
        if aligned.apart:
            seen = aligned.together(times)
            times, states = times[seen], states[seen]
        ours = self.full.along(run, times, self.observed)
        theirs = evaluate_many(self.observed.address, times, states, run.parameters, self.observed.width)
        if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
            return False
        near = AGREEMENT * self.question.tolerance * self.metric.scales(ours)
        return bool((np.abs(ours - theirs).max(axis=0) <= near).all())

    def align(self, full: Run, reduced: Run) -> Aligned:
        """The events that both models have, side by side."""
        allowed = allowance(self.question)
        return align(full.executed, reduced.executed, self.events, allowed, self.question.horizon)

    def grid(self, full: Run, reduced: Run, aligned: Aligned) -> Floats:
        """The union of both solvers' steps within the window, with points in between.

        Without the times between an event of one and the same event of the other, where these are close.
        """
        assert full.solution is not None
        assert reduced.solution is not None
        times = comparison_times(
            full.solution.t, reduced.solution.t, self.question.after, self.question.horizon
        )
        return np.asarray(times[aligned.together(times)]) if aligned.apart else times


def make_pair(full: Dynamics, reduced: Dynamics, question: Question) -> Pair:
    """Compile, link and choose the metric.

    Raises UsageError where the models do not speak of the same things (E-CERT-MAPPING, E-CERT-OBSERVABLE),
    NumericalError where one of them cannot be run at nominal values.
    """
    _check_question(question)
    _check_observables(reduced.model, question)
    need_same_values(full.model, reduced.model)
    species = _watched(full, reduced.model)
    observables = [o.formula for o in question.observables]
    columns = [*observables, *(_amount(full.model, s) for s in species)]
    full_side = make_side(full, columns, question.horizon)
    reduced_side = make_side(reduced, columns, question.horizon)
    metric, notes = choose_metric(question, _nominal_observables(full_side, question))
    taken, computed = _links(full, reduced)
    rtol = min(RTOL, 1e-3 * question.tolerance)
    laws = _laws(full, species)
    all_events = frozenset(e.id for e in full.model.events)
    return Pair(
        question=question,
        full=full_side,
        reduced=reduced_side,
        metric=metric,
        notes=notes,
        species=species,
        laws=laws,
        totals=Sums.of(laws, len(observables)),
        taken=taken,
        computed=computed,
        rtol=rtol,
        observed=full.kernel(observables),
        events=all_events & {e.id for e in reduced.model.events},
        all_events=all_events,
    )


def _check_question(question: Question) -> None:
    if not question.observables:
        raise UsageError("E-CERT-OBSERVABLE", "a question without observables", needed="at least one")
    if not 0 < question.tolerance < 1:
        raise UsageError(
            "E-TOLERANCE", f"a tolerance of {question.tolerance:g}", needed="one above 0 and below 1 (100 %)"
        )
    if not 0 <= question.after < question.horizon < np.inf:
        raise UsageError(
            "E-WINDOW",
            f"a window from {question.after:g} to {question.horizon:g}",
            needed="0 ≤ start < end, both finite",
        )


def _check_observables(reduced: Model, question: Question) -> None:
    from isthmus.algebra.expression import free_symbols

    for observable in question.observables:
        missing = sorted(free_symbols(observable.formula) - reduced.ids)
        if missing:
            raise UsageError(
                "E-CERT-OBSERVABLE",
                f"the observable {observable.name!r} names {missing[0]!r}, not in the reduced model",
                needed="a reduced model that defines every id of the observables",
            )


def _watched(full: Dynamics, reduced: Model) -> tuple[str, ...]:
    """Species that vary in the full model and that the reduced model still defines."""
    found = []
    for state in full.states:
        species = full.model.species_by_id.get(state)
        if species is not None and state in reduced.ids:
            need_same_meaning(full.model, reduced, state)
            if species.substance_only or species.compartment in reduced.ids:
                found.append(state)
    return tuple(found)


def _amount(model: Model, identifier: str) -> Expression:
    species = model.species_by_id[identifier]
    meaning = symbol(identifier)
    return meaning if species.substance_only else mul(meaning, symbol(species.compartment))


def _laws(full: Dynamics, species: Sequence[str]) -> Floats:
    """Conserved totals of the full model that speak of watched species only, by rows.

    Not those of what events assign: such a total jumps.
    """
    jumping = full.model.assigned_by_events
    column = {name: j for j, name in enumerate(species) if name not in jumping}
    rows = []
    for law in conservation_laws(full.gain, full.states):
        if all(name in column for name in law.coefficients):
            row = np.zeros(len(species))
            for name, weight in law.coefficients.items():
                row[column[name]] = float(weight)
            rows.append(row)
    return np.array(rows) if rows else np.zeros((0, len(species)))


def _links(full: Dynamics, reduced: Dynamics) -> tuple[NDArray[np.int64], Kernel | None]:
    """(column of the full model's quantities or −1, kernel of the values for the −1)."""
    column = {name: j for j, name in enumerate(full.quantities)}
    links = link_quantities(full.model, reduced.model, reduced.quantities)
    taken = np.array([column.get(link.full, -1) for link in links], dtype=np.int64)
    formulas = [symbol(link.full) for link in links if link.full not in column]
    return taken, full.kernel(formulas) if formulas else None


def _nominal_observables(side: Side, question: Question) -> Floats:
    run = side.run(side.dynamics.nominal, RTOL, np.zeros(1, dtype=np.int64))
    if not run.ok or run.solution is None:
        raise NumericalError(
            "E-CERT-NOMINAL",
            "the full model cannot be solved at its nominal values",
            needed=f"a solution up to {question.horizon:g}",
            advice=run.code.advice,
        )
    times = comparison_times(run.solution.t, run.solution.t, question.after, question.horizon)
    values = side.columns(run, times, run.solution.at(times))[:, : len(question.observables)]
    if not np.isfinite(values).all():
        raise NumericalError(
            "E-CERT-NOMINAL",
            "an observable is not finite at nominal values",
            needed="finite observables in the window",
        )
    return values
