"""Units as values: products of base units, which multiply, divide and compare."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Final

from isthmus.model.unit import UnitDefinition, UnitFactor
from isthmus.units import base_of

_SAME_WITHIN: Final = 1e-6
"""Relative: the values of Avogadro's number differ by 1e-6 between editions, real scales by a factor."""

Atom = tuple[str, float]


@dataclass(frozen=True)
class Unit:
    """A product of powers of scaled base units.

    powers: ((base unit, its size), exponent) in the order of the first mention; no exponent is zero. A
    micromole per minute is ((mole, 1e-6), 1), ((second, 60), −1).
    """

    powers: tuple[tuple[Atom, Fraction], ...] = ()

    def __mul__(self, other: Unit) -> Unit:
        return _product((*self.powers, *other.powers))

    def __truediv__(self, other: Unit) -> Unit:
        return self * other ** Fraction(-1)

    def __pow__(self, exponent: Fraction) -> Unit:
        return _product((atom, power * exponent) for atom, power in self.powers)

    @cached_property
    def dimensions(self) -> Mapping[str, Fraction]:
        """SI dimension → exponent."""
        found: dict[str, Fraction] = {}
        for (kind, _), power in self.powers:
            for name, exponent in _base(kind)[1]:
                found[name] = found.get(name, Fraction(0)) + power * exponent
        return {name: exponent for name, exponent in found.items() if exponent}

    @cached_property
    def magnitude(self) -> float:
        """ln of the unit's size in SI units."""
        return math.fsum(
            float(power) * math.log(size * _base(kind)[0]) for (kind, size), power in self.powers
        )

    def has_dimension_of(self, other: Unit) -> bool:
        """Whether both measure the same kind of thing, in whatever scale."""
        return self.dimensions == other.dimensions

    def is_same_as(self, other: Unit) -> bool:
        """Whether both mean the same unit, scale included."""
        return self.has_dimension_of(other) and abs(self.magnitude - other.magnitude) < _SAME_WITHIN

    def times_larger(self, other: Unit) -> float:
        """How many of the other unit one of this unit is; both must have one dimension."""
        return math.exp(min(self.magnitude - other.magnitude, 700.0))

    @property
    def factors(self) -> tuple[UnitFactor, ...]:
        """The factors as a unit definition has them, time last, as people write it."""
        ordered = sorted(self.powers, key=lambda entry: entry[0][0] == "second")
        return tuple(_factor(kind, size, power) for (kind, size), power in ordered)


DIMENSIONLESS: Final = Unit()


def base_unit(kind: str) -> Unit | None:
    """The base unit of that name; None where SBML has none."""
    if base_of(kind) is None:
        return None
    return DIMENSIONLESS if kind == "dimensionless" else Unit((((kind, 1.0), Fraction(1)),))


def defined_unit(definition: UnitDefinition) -> Unit | None:
    """The unit that a definition spells out; None where it names a base unit that SBML does not have."""
    powers = []
    for factor in definition.factors:
        size = factor.multiplier * 10.0**factor.scale
        if base_of(factor.kind) is None or not (size > 0 and math.isfinite(size * factor.exponent)):
            return None
        powers.append(((factor.kind, size), Fraction(repr(factor.exponent))))
    return _product(powers)


def _product(powers: Iterable[tuple[Atom, Fraction]]) -> Unit:
    collected: dict[Atom, Fraction] = {}
    for atom, power in powers:
        collected[atom] = collected.get(atom, Fraction(0)) + power
    return Unit(
        tuple((atom, power) for atom, power in collected.items() if power and atom != ("dimensionless", 1.0))
    )


def _factor(kind: str, size: float, power: Fraction) -> UnitFactor:
    scale = round(math.log10(size))
    if math.isclose(size, 10.0**scale, rel_tol=1e-12):
        return UnitFactor(kind, float(power), scale)
    return UnitFactor(kind, float(power), 0, size)


def _base(kind: str) -> tuple[float, tuple[tuple[str, Fraction], ...]]:
    base = base_of(kind)
    assert base is not None, "a Unit is made of base units only"
    return base
