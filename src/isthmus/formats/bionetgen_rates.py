"""Rates of BioNetGen's reactions: mass action, functional, and the rate laws that it has names for.

A statistical factor multiplies every one of them. With reactants x_1, x_2, … in the order of the file:
elementary and functional k · x_1 · x_2 · …; Sat k · Π x_i / Π (K_i + x_i) over as many reactants as there are
K_i; Hill k · x_1^n / (K^n + x_1^n) · x_2 · …; MM, the total quasi-steady state of an enzyme x_2 and its
substrate x_1, k · x_2 · s / (K + s) with s the free substrate, s² + (x_2 + K − x_1) s = K x_1.
(Faeder, Blinov, Hlavacek 2009, Methods Mol. Biol. 500:113; Harris et al. 2016, Bioinformatics 32:3366.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from isthmus.algebra.expression import Expression, add, div, mul, negate, number, power, square_root
from isthmus.formats.bionetgen_blocks import Line
from isthmus.formats.bionetgen_formulas import FormulaReader

_NAMED: Final = {"Ele": "mass action", "Sat": "saturation", "MM": "Michaelis-Menten", "Hill": "Hill"}


def read_rate(text: str, reactants: Sequence[Expression], line: Line, formulas: FormulaReader) -> Expression:
    """The rate of a reaction, in substance per time, from what the file says behind its products."""
    words = text.split()
    factor, _, law = words[0].rpartition("*")
    if law not in _NAMED or len(words) == 1:
        if any(word.isidentifier() for word in words[1:]):
            raise line.unsupported(
                f"the rate law {text!r}", f"a formula or one of {', '.join(_NAMED)} and their constants"
            )
        return mul(formulas.read(text, line), *reactants)
    given = [formulas.read(word, line) for word in words[1:]]
    times = [formulas.read(factor, line)] if factor else []
    return mul(*times, _named(law, given, list(reactants), line))


def _named(law: str, given: list[Expression], reactants: list[Expression], line: Line) -> Expression:
    if law == "Ele" and len(given) == 1:
        return mul(given[0], *reactants)
    if law == "Sat" and 2 <= len(given) <= len(reactants) + 1:
        saturated = [add(constant, x) for constant, x in zip(given[1:], reactants, strict=False)]
        return div(mul(given[0], *reactants), mul(*saturated))
    if law == "Hill" and len(given) == 3 and reactants:
        powered, half = power(reactants[0], given[2]), power(given[1], given[2])
        return mul(given[0], div(powered, add(half, powered)), *reactants[1:])
    if law == "MM" and len(given) == 2 and len(reactants) == 2:
        return _total_quasi_steady_state(*given, *reactants)
    raise line.malformed(
        f"{_NAMED[law]} ({law}) with {len(given)} constants and {len(reactants)} reactants",
        "Ele k; Sat k K… (a K for each of the first reactants); Hill k K n; MM k K with substrate and enzyme",
    )


def _total_quasi_steady_state(
    k: Expression, constant: Expression, substrate: Expression, enzyme: Expression
) -> Expression:
    excess = add(substrate, negate(constant), negate(enzyme))
    root = square_root(add(power(excess, number(2)), mul(number(4), constant, substrate)))
    free = mul(number("0.5"), add(excess, root))
    return div(mul(k, enzyme, free), add(constant, free))
