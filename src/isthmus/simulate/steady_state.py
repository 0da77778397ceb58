"""The steady state that a model comes to from its initial values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from isthmus.algebra.expression import TIME, postorder, symbol
from isthmus.algebra.linear import left_null_space
from isthmus.dynamics.conservation import link
from isthmus.dynamics.rates import Dynamics
from isthmus.errors import NumericalError, UnsupportedFeature, Where
from isthmus.model.question import Observable
from isthmus.records.steady_state import SteadyState
from isthmus.simulate.rates import chosen_quantities
from isthmus.solve.steady import Totals
from isthmus.solve.steady_search import NotFound, follow_to_rest


def steady_state(
    dynamics: Dynamics,
    quantities: Mapping[str, float] | None = None,
    observables: Sequence[Observable] = (),
) -> SteadyState:
    """Return the steady state that the trajectory from the initial values comes to.

    quantities: values that differ from the nominal ones, by id (a state's id sets its initial value, and with
    it the conserved totals). The conserved totals of the stoichiometry are found in exact rationals and held;
    stability is that of perturbations that keep them.

    Raises UnsupportedFeature where there are events, rates depend on time or unknowns are given by implicit
    equations, and NumericalError with the reason where there is no rest: oscillation, growth, an integration
    that fails.
    """
    system = dynamics.system()
    _refuse_what_never_rests(dynamics)
    values = chosen_quantities(dynamics, quantities or {})
    start, parameters = dynamics.start(values)
    totals = conserved_totals(dynamics)
    found = follow_to_rest(system, totals, start, parameters)
    if isinstance(found, NotFound):
        names = ", ".join(dynamics.states[i] for i in found.states)
        raise NumericalError(
            "E-NO-STEADY-STATE",
            f"no steady state from here: {found.reason}" + (f" ({names})" if names else ""),
            needed="a trajectory that comes to rest",
            advice="start elsewhere or change the parameters, or simulate it to see what it does",
            where=Where(file=dynamics.model.source),
        )
    formulas = [*map(symbol, dynamics.states), *(observable.formula for observable in observables)]
    roots = found.root.eigenvalues
    return SteadyState(
        (*dynamics.states, *(observable.name for observable in observables)),
        dynamics.kernel(formulas)(0.0, found.root.x, parameters),
        found.root.stable,
        roots[np.argsort(-roots.real, kind="stable")],
        found.residual,
        found.how.value,
        len(totals.dependent),
        found.time,
        _units(dynamics),
        dynamics.model.units.time,
        {"model": dynamics.model.id, "model_sha256": dynamics.model.sha256, "reading": "rates"},
    )


def conserved_totals(dynamics: Dynamics) -> Totals:
    """Split the states by the conservation laws of the stoichiometry, in exact rationals."""
    laws = left_null_space({i: dict(row) for i, row in enumerate(dynamics.gain)})
    independent, dependent = link(laws, len(dynamics.states))
    rows = {state: {i: float(weight) for i, weight in row.items()} for state, row in dependent.items()}
    return Totals.of(independent, rows)


def _refuse_what_never_rests(dynamics: Dynamics) -> None:
    source = dynamics.model.source
    unknowns = [name for name, flag in zip(dynamics.states, dynamics.algebraic, strict=True) if flag]
    if unknowns:
        raise UnsupportedFeature(
            "E-STEADY-CONSTRAINT",
            f"{', '.join(unknowns)} given by implicit equations",
            needed="rates for all states, for a steady state",
            advice="take the model before its implicit reduction",
            where=Where(file=source, object=f"constraint for {unknowns[0]!r}"),
        )
    for term in dynamics.terms:
        if any(node.op == TIME for node in postorder([term.formula])):
            raise UnsupportedFeature(
                "E-STEADY-TIME",
                "a rate depends on time itself",
                needed="rates of states and parameters alone, for a steady state",
                advice="replace the input by a constant",
                where=Where(file=source, object=f"{term.kind} {term.owner!r}"),
            )


def _units(dynamics: Dynamics) -> dict[str, str]:
    units = {species.id: species.unit for species in dynamics.model.species}
    units |= {parameter.id: parameter.unit for parameter in dynamics.model.parameters}
    return {name: units[name] for name in dynamics.states if units.get(name)}
