"""Quantities that the default domain leaves alone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.expression import RELATIONS, TIME, Expression, free_symbols, postorder

if TYPE_CHECKING:
    from isthmus.model.model import Model
    from isthmus.model.unit import UnitDefinition

EXPONENT = "an exponent"
CONSTANT = "a physical constant"
COMPARTMENT = "a compartment size"
EVENT_TIME = "an event time"
ZERO = "zero"
SWITCH = "a dimensionless 1"
NOT_FINITE = "not a number"

# Names as people write them, lower case without separators, and the values by which the constant is known
# (units differ).
_CONSTANTS: tuple[tuple[frozenset[str], tuple[float, ...]], ...] = (
    (
        frozenset({"na", "nav", "avogadro", "avogadronumber", "avogadrosnumber"}),
        (6.02214076e23, 6.02214076e14, 602.214076),
    ),
    (
        frozenset({"r", "rgas", "gasconstant"}),
        (8.314462618, 8314.462618, 0.008314462618, 1.987204, 0.001987204, 0.082057366),
    ),
    (frozenset({"f", "faraday", "faradayconstant"}), (96485.33212, 96.48533212, 0.09648533212, 23.0605)),
    (
        frozenset({"kb", "kboltzmann", "boltzmann", "boltzmannconstant"}),
        (1.380649e-23, 1.380649e-16, 8.617333e-5),
    ),
    (frozenset({"h", "planck", "planckconstant"}), (6.62607015e-34,)),
    (frozenset({"pi"}), (math.pi,)),
    (frozenset({"e", "exponentiale"}), (math.e,)),
)
_TEMPERATURES = frozenset({"t", "temp", "temperature", "tabs", "tkelvin"})
_KNOWN_WITHIN = 0.005


def fixed_quantities(model: Model, quantities: Sequence[str], nominal: NDArray[np.float64]) -> dict[str, str]:
    """Quantity → why the default domain leaves it at its nominal value.

    Left alone are: values that are 0 or not finite; compartment sizes; parameters and constant species below
    a `pow` exponent in any formula (directly or through assigned quantities); parameters compared with
    `time` or in the delay of an event; physical constants, told by name *and* value (0.5 %); temperatures
    (by name) from 273 to 323 K; and parameters of value exactly 1 whose declared unit is dimensionless. A 1
    without a declared unit is varied: it is a rate constant more often than a switch.
    """
    exponents, times = _by_role(model)
    dimensionless = _dimensionless_units(model.unit_definitions)
    fixed: dict[str, str] = {}
    for quantity, value in zip(quantities, map(float, nominal), strict=True):
        parameter = model.parameters_by_id.get(quantity)
        if not math.isfinite(value):
            fixed[quantity] = NOT_FINITE
        elif value == 0:
            fixed[quantity] = ZERO
        elif quantity in model.compartments_by_id:
            fixed[quantity] = COMPARTMENT
        elif quantity in exponents:
            fixed[quantity] = EXPONENT
        elif quantity in times:
            fixed[quantity] = EVENT_TIME
        elif parameter is not None and is_physical_constant(
            parameter.name or quantity, quantity, value, parameter.unit
        ):
            fixed[quantity] = CONSTANT
        elif parameter is not None and value == 1 and parameter.unit in dimensionless:
            fixed[quantity] = SWITCH
    return fixed


def is_physical_constant(name: str, identifier: str, value: float, unit: str = "") -> bool:
    """Whether a name and a value together speak of a constant of nature (or of an absolute temperature)."""
    if unit == "avogadro":
        return True
    names = {"".join(c for c in text.lower() if c.isalnum()) for text in (name, identifier)}
    if names & _TEMPERATURES and 273 <= value <= 323.2:
        return True
    return any(
        names & known and any(abs(value / expected - 1) <= _KNOWN_WITHIN for expected in values)
        for known, values in _CONSTANTS
    )


def _formulas(model: Model) -> Iterator[Expression]:
    for reaction in model.reactions:
        yield reaction.rate
    yield from (rule.formula for rule in model.assignments)
    yield from (rule.formula for rule in model.rates)
    yield from (rule.formula for rule in model.initial_assignments)
    for constraint in model.constraints:
        yield constraint.residual
    for event in model.events:
        yield from event.formulas()


def _by_role(model: Model) -> tuple[set[str], set[str]]:
    """(ids below an exponent, ids compared with time), among those that do not move."""
    exponents: set[str] = set()
    times = {name for event in model.events if event.delay is not None for name in free_symbols(event.delay)}
    for node in postorder(_formulas(model)):
        if node.op == "pow":
            exponents |= free_symbols(node.args[1])
        elif node.op in RELATIONS and any(below.op == TIME for below in postorder([node])):
            times |= free_symbols(node)
    moving = {s.id for s in model.species if not s.constant}
    return _through_rules(model, exponents) - moving, _through_rules(model, times) - moving


def _through_rules(model: Model, found: Iterable[str]) -> set[str]:
    """The ids and, where one is given by a formula, the ids in that formula."""
    given = {rule.variable: rule.formula for rule in model.initial_assignments}
    given |= {rule.variable: rule.formula for rule in model.assignments}
    reached: set[str] = set()
    waiting = list(found)
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            if name in given:
                waiting.extend(free_symbols(given[name]))
    return reached


def _dimensionless_units(definitions: Iterable[UnitDefinition]) -> frozenset[str]:
    plain = {
        d.id
        for d in definitions
        if d.factors
        and all(f.kind == "dimensionless" and f.scale == 0 and f.multiplier == 1 for f in d.factors)
    }
    return frozenset({"dimensionless"} | plain)
