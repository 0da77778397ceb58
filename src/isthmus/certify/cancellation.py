"""Terms of a sum that cancel in pairs, found before anything is expanded.

The rates of a reduced model are those of the full one with other names put in. Brought over one denominator
all together they are too large to compare; term against term they are small, and a root or an exponential
does not matter where both sides carry the same one.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

from isthmus.algebra.evaluate import as_number, evaluate
from isthmus.algebra.expression import Expression, add, free_symbols, mul
from isthmus.algebra.rational import is_zero

_TERMS: Final = 2000
_POINTS: Final = 2
_ALIKE: Final = 1e-6


def without_cancelling_terms(residual: Expression) -> Expression:
    """The same sum without the pairs of terms that are proved to cancel."""
    terms = _terms(residual)
    if len(terms) < 2:
        return residual
    prints = _fingerprints(terms)
    left: list[int] = []
    for i in range(len(terms)):
        for place, j in enumerate(left):
            if _opposite(prints[i], prints[j]) and is_zero(add(terms[i], terms[j])) is True:
                del left[place]
                break
        else:
            left.append(i)
    return add(*(terms[i] for i in left))


def _terms(expression: Expression) -> list[Expression]:
    """The addends, products multiplied out over the sums that stand directly in them, up to a bound."""
    waiting, found = [expression], list[Expression]()
    while waiting:
        node = waiting.pop()
        if len(waiting) + len(found) > _TERMS:
            return [expression]
        if node.op == "add":
            waiting.extend(node.args)
            continue
        sums = [arg for arg in node.args if arg.op == "add"] if node.op == "mul" else []
        if not sums:
            found.append(node)
            continue
        others = [arg for arg in node.args if arg is not sums[0]]
        waiting.extend(mul(*others, part) for part in sums[0].args)
    return found


def _fingerprints(terms: Sequence[Expression]) -> list[tuple[float, ...]]:
    """Values at a few points: only a hint of what to compare."""
    source = random.Random(20)
    names = sorted(free_symbols(*terms))
    rows = []
    for _ in range(_POINTS):
        point = {name: source.uniform(0.5, 2.0) for name in names}
        rows.append(
            [float(as_number(value)) for value in evaluate(terms, point, time=source.uniform(0.5, 2.0))]
        )
    return list(zip(*rows, strict=True))


def _opposite(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return all(
        math.isclose(a, -b, rel_tol=_ALIKE) or not (math.isfinite(a) and math.isfinite(b))
        for a, b in zip(one, other, strict=True)
    )
