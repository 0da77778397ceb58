"""Units through pint: times as people write them, and what the base units of SBML are in SI."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from isthmus.errors import UsageError

_NAMES: Final = (
    "ampere becquerel candela coulomb farad gram gray henry hertz joule katal kelvin kilogram litre lumen lux"
    " metre mole newton ohm pascal radian second siemens sievert steradian tesla volt watt weber"
)
_KINDS: Final = frozenset(_NAMES.split())
_OWN_KINDS: Final[dict[str, tuple[float, tuple[tuple[str, Fraction], ...]]]] = {
    "dimensionless": (1.0, ()),
    "avogadro": (6.02214076e23, ()),
    "item": (1.0, (("[item]", Fraction(1)),)),
}


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()


def seconds(text: str) -> float | None:
    """The seconds that a text such as `1h`, `90 min` or `2 days` stands for; None for a plain number.

    Raises UsageError E-TIME for anything that is neither.
    """
    if re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", text):
        return None
    import pint

    try:
        value = float(_registry().Quantity(text.strip()).to("second").magnitude)
    except (pint.PintError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise UsageError(
            "E-TIME",
            f"{text!r} is not a time",
            needed="a number, or a number with a unit of time",
            advice="90, 90s, 1.5h or 2days",
        ) from error
    if not math.isfinite(value):
        raise UsageError("E-TIME", f"{text!r} is not a finite time", needed="a finite time")
    return value


def base_of(kind: str) -> tuple[float, tuple[tuple[str, Fraction], ...]] | None:
    """(factor, ((dimension, exponent), …)) of a base unit of SBML in SI; None for a name that is none.

    Items are counted, so they have a dimension of their own; an avogadro is a pure number.
    """
    if kind in _OWN_KINDS:
        return _OWN_KINDS[kind]
    if kind not in _KINDS:
        return None
    return _si(kind)


@lru_cache(maxsize=len(_KINDS))
def _si(kind: str) -> tuple[float, tuple[tuple[str, Fraction], ...]]:
    quantity = _registry().Quantity(1.0, kind).to_base_units()
    powers = ((str(name), Fraction(str(power))) for name, power in quantity.dimensionality.items())
    return float(quantity.magnitude), tuple(sorted((name, power) for name, power in powers if power))
