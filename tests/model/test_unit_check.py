"""Units of formulas: closed examples of what agrees, what does not and what cannot be known."""

from dataclasses import replace
from fractions import Fraction

import pytest

from isthmus.algebra.expression import ONE, TIME_NODE, Expression, add, call, number, power, symbol
from isthmus.model.compartment import Compartment
from isthmus.model.event import Event, EventAssignment
from isthmus.model.model import Model
from isthmus.model.parameter import Parameter
from isthmus.model.reaction import Participant, Reaction
from isthmus.model.rule import AssignmentRule, RateRule
from isthmus.model.species import Species
from isthmus.model.unit import ModelUnits, UnitDefinition, UnitFactor
from isthmus.model.unit_algebra import Unit, defined_unit
from isthmus.model.unit_check import UnitTable, check_units

A, B, C, K1, K2, V, N, KM = map(symbol, ("A", "B", "C", "k1", "k2", "v", "n", "km"))
CONCENTRATION = UnitDefinition("conc", (UnitFactor("mole"), UnitFactor("litre", -1)))
FIRST = UnitDefinition("first", (UnitFactor("second", -1),))
SECOND = UnitDefinition(
    "second_order", (UnitFactor("litre"), UnitFactor("mole", -1), UnitFactor("second", -1))
)
MILLI = UnitDefinition("ml", (UnitFactor("litre", 1, -3),))


def model(rate: Expression = K1 * A * V, **changes: object) -> Model:
    """A ⇌ B in a litre; k1 is first order, k2 second order, km a concentration, x declares nothing."""
    built = Model(
        "m",
        compartments=(Compartment("v"),),
        species=(Species("A", "v", 1.0), Species("B", "v", 1.0), Species("C", "v", 1.0, substance_only=True)),
        parameters=(
            Parameter("k1", 1.0, unit="first"),
            Parameter("k2", 1.0, unit="second_order"),
            Parameter("km", 1.0, unit="conc"),
            Parameter("n", 4.0, unit="dimensionless"),
            Parameter("x", 1.0),
        ),
        reactions=(Reaction("r", (Participant("A"),), (Participant("B"),), rate),),
        units=ModelUnits("mole", "second", "litre", extent="mole"),
        unit_definitions=(CONCENTRATION, FIRST, SECOND, MILLI),
    )
    return replace(built, **changes)  # type: ignore[arg-type]  # the fields of a Model by name


def status(table: UnitTable) -> str:
    return table.checks[0].status


def defined(definition: UnitDefinition) -> Unit:
    found = defined_unit(definition)
    assert found is not None
    return found


RATES = [
    (K1 * A * V, "ok"),
    (K2 * A * B * V, "ok"),
    (K1 * C, "ok"),
    (K1 * A * V - K1 * B * V, "ok"),
    (power(B / KM, N) * K1 * A * V, "ok"),
    (K1 * A * V * power(A, N) / (power(KM, N) + power(A, N)), "ok"),
    (K1 * A * V / (ONE + B / KM), "ok"),
    (K1 * A * V * call("exp", A / KM), "ok"),
    (K1 * V * call("max", A, B, number(0)), "ok"),
    (K1 * V * call("piecewise", A, call("lt", TIME_NODE, number(5)), B), "ok"),
    (K1 * V * power(A * B, number(Fraction(1, 2))), "ok"),
    # A first-order constant in a second-order law, a missing volume, a wrong sum, a wrong argument.
    (K1 * A * B * V, "mismatch"),
    (K1 * A, "mismatch"),
    (K1 * (A + C) * V, "mismatch"),
    (K1 * A * V * call("exp", A), "mismatch"),
    (K1 * A * V * call("piecewise", ONE, call("lt", A, K1), N), "mismatch"),
    (K1 * V * power(A, KM), "mismatch"),
    (K1 * A * V + K2 * A * B, "mismatch"),
    # Undeclared, or a bare number that may carry what is missing.
    (symbol("x") * A, "unknown"),
    (2 * K1 * A, "unknown"),
    (number(1), "unknown"),
    (K1 * (A - 1) * V, "ok"),
]


@pytest.mark.parametrize(("rate", "expected"), RATES)
def test_a_rate_has_the_unit_of_extent_per_time(rate: Expression, expected: str) -> None:
    assert status(check_units(model(rate))) == expected


def test_a_scale_that_differs_is_a_mismatch() -> None:
    table = check_units(model(compartments=(Compartment("v", unit="ml"),), parameters=model().parameters))
    assert status(table) == "ok", "k1 · A · v is the amount whatever the volume is measured in"
    litres = replace(model(K1 * A * V + K1 * KM * V), compartments=(Compartment("v", unit="ml"),))
    clash = check_units(litres).checks[0].clashes[0]
    assert clash.found.times_larger(clash.needed) == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("formula", "expected"),
    [(K1 * A, "ok"), (A, "mismatch"), (K1 * C, "mismatch"), (K1 * A * TIME_NODE, "mismatch")],
)
def test_a_rate_rule_is_per_time(formula: Expression, expected: str) -> None:
    assert status(check_units(model(reactions=(), rates=(RateRule("A", formula),)))) == expected


def test_what_declares_nothing_is_inferred_and_no_error() -> None:
    table = check_units(model(symbol("x") * A * B * V))
    assert status(table) == "unknown" and table.declared["x"] is None
    (inferred,) = table.inferred["x"]
    assert inferred.is_same_as(defined(SECOND))


def test_an_inference_decides_the_next() -> None:
    """v1 = x · A gives x from the law, and then y from the sum that x stands in."""
    x, y = symbol("x"), symbol("y")
    rules = (AssignmentRule("z", add(x, y)),)
    free = (*model().parameters, Parameter("y", 1.0), Parameter("z", None, constant=False))
    table = check_units(model(x * A * V, parameters=free, assignments=rules))
    assert all(table.inferred[name][0].is_same_as(defined(FIRST)) for name in ("x", "y", "z"))


def test_two_needs_are_both_told() -> None:
    x = symbol("x")
    second = Reaction("s", (Participant("B"),), (), x * A * B * V)
    table = check_units(model(x * A * V, reactions=(*model(x * A * V).reactions, second)))
    assert len(table.inferred["x"]) == 2


def test_an_event_is_checked() -> None:
    event = Event("e", call("gt", A, C), (EventAssignment("A", C), EventAssignment("B", KM)), delay=K1)
    statuses = [check.status for check in check_units(model(reactions=(), events=(event,))).checks]
    # Trigger: a concentration against an amount. Delay: 1/s. A takes an amount, B a concentration.
    assert statuses == ["mismatch", "mismatch", "mismatch", "ok"]


def test_a_species_in_another_unit_than_the_extent_is_told() -> None:
    species = tuple(replace(s, unit="item") if s.id == "B" else s for s in model().species)
    wrong = [c.formula.id for c in check_units(model(species=species)).checks if c.status == "mismatch"]
    assert wrong == ["B"]
    with_factor = tuple(replace(s, conversion="f") if s.id == "B" else s for s in species)
    factor = UnitDefinition("per_mole", (UnitFactor("item"), UnitFactor("mole", -1)))
    right = model(
        species=with_factor,
        parameters=(*model().parameters, Parameter("f", 6e23, unit="per_mole")),
        unit_definitions=(*model().unit_definitions, factor),
    )
    assert {c.status for c in check_units(right).checks} == {"ok"}


def test_a_count_is_a_bare_number_but_rounding_keeps_a_unit() -> None:
    def found(formula: Expression) -> str:
        return status(check_units(model(reactions=(), assignments=(AssignmentRule("A", formula),))))

    # 1*floor(x), with a 1 that may stand for any unit, and floor(x) are one expression.
    assert found(call("floor", B / KM)) == "unknown"
    assert found(call("ceil", K2)) == "mismatch"
    assert found(call("floor", B)) == "ok"
    assert found(B / KM) == "mismatch"


def test_a_model_without_units_is_unknown_not_wrong() -> None:
    assert status(check_units(model(K1 * A * B, units=ModelUnits()))) == "unknown"


def test_forty_doublings_take_no_time() -> None:
    doubled = A
    for _ in range(40):
        doubled = call("max", doubled * B, B * doubled * ONE)
    assert status(check_units(model(K1 * V * doubled))) == "mismatch"
