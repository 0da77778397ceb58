"""Units as values: closed examples, and the laws of a group on random products."""

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isthmus.model.unit import UnitDefinition, UnitFactor
from isthmus.model.unit_algebra import DIMENSIONLESS, Unit, base_unit, defined_unit
from isthmus.units import base_of

KINDS = ("mole", "litre", "second", "item", "gram", "joule", "dimensionless", "metre")


def unit(*factors: UnitFactor) -> Unit:
    found = defined_unit(UnitDefinition("u", factors))
    assert found is not None
    return found


@st.composite
def units(draw: st.DrawFn) -> Unit:
    count = draw(st.integers(0, 4))
    return unit(
        *(
            UnitFactor(
                draw(st.sampled_from(KINDS)),
                draw(st.integers(-3, 3)),
                draw(st.integers(-9, 9)),
                draw(st.sampled_from([1.0, 60.0, 2.5])),
            )
            for _ in range(count)
        )
    )


# (left, right, left in units of right), by hand.
SAME = [
    ((UnitFactor("litre"),), (UnitFactor("metre", 3, -1),), 1.0),
    ((UnitFactor("joule"),), (UnitFactor("newton"), UnitFactor("metre")), 1.0),
    ((UnitFactor("katal"),), (UnitFactor("mole"), UnitFactor("second", -1, 0, 60.0)), 60.0),
    (
        (UnitFactor("mole", 1, -6), UnitFactor("litre", -1)),
        (UnitFactor("mole"), UnitFactor("litre", -1)),
        1e-6,
    ),
    ((UnitFactor("litre", 1, -3),), (UnitFactor("litre"),), 1e-3),
    ((UnitFactor("gram"),), (UnitFactor("kilogram"),), 1e-3),
    ((UnitFactor("hertz"),), (UnitFactor("second", -1),), 1.0),
]


@pytest.mark.parametrize(("left", "right", "ratio"), SAME)
def test_known_ratios(left: tuple, right: tuple, ratio: float) -> None:
    one, other = unit(*left), unit(*right)
    assert one.has_dimension_of(other)
    assert one.times_larger(other) == pytest.approx(ratio, rel=1e-12)
    assert one.is_same_as(other) == (ratio == 1.0)


def test_an_amount_is_no_number_of_items() -> None:
    assert not unit(UnitFactor("mole")).has_dimension_of(unit(UnitFactor("item")))
    assert not unit(UnitFactor("item")).has_dimension_of(DIMENSIONLESS)


@given(units(), units(), units())
def test_products_are_a_commutative_group(a: Unit, b: Unit, c: Unit) -> None:
    assert (a * b).is_same_as(b * a)
    assert ((a * b) * c).is_same_as(a * (b * c))
    assert (a / a).powers == DIMENSIONLESS.powers
    assert (a ** Fraction(2)).is_same_as(a * a)
    assert ((a * b) / b).is_same_as(a)
    assert (a * b).magnitude == pytest.approx(a.magnitude + b.magnitude, abs=1e-9)


@given(units())
def test_the_factors_define_the_same_unit(a: Unit) -> None:
    assert unit(*a.factors).is_same_as(a)


def test_a_kind_that_sbml_does_not_have_has_no_unit() -> None:
    assert base_unit("parsec") is None
    assert base_unit("inch") is None, "pint knows it, SBML does not"
    assert defined_unit(UnitDefinition("u", (UnitFactor("parsec"),))) is None
    assert defined_unit(UnitDefinition("u", (UnitFactor("metre", 1.0, 0, 0.0),))) is None


def test_base_units_agree_with_the_si() -> None:
    litre, volt = base_of("litre"), base_of("volt")
    assert litre is not None and volt is not None
    assert math.isclose(litre[0], 1e-3) and litre[1] == (("[length]", Fraction(3)),)
    assert dict(volt[1]) == {"[mass]": 1, "[length]": 2, "[time]": -3, "[current]": -1}
