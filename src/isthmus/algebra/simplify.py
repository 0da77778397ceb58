"""The shortest of several spellings of an expression, each proved to be the same function."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from isthmus.algebra.expression import Expression
from isthmus.algebra.layout import tree_size
from isthmus.algebra.rational import Grouping, equal, together
from isthmus.algebra.sympy_bridge import NotTranslatable, from_sympy, to_sympy

_SIZE_FOR_SYMPY: Final = 150
_TERM_LIMIT: Final = 2_000


def simplify(expression: Expression, first: Grouping | None = None, *, use_sympy: bool = False) -> Expression:
    """The spelling with the fewest nodes among.

    As given, one fraction, and for small ones sympy's cancelled and factored forms.

    first: claims parameter names, whose sums are collected in front of variables. Points where a divisor
    is zero may become regular: x/x is 1. use_sympy: worth its half second of start-up only for what a
    person reads.
    """
    best, best_size = expression, tree_size([expression])
    for candidate in _candidates(expression, first, use_sympy and best_size <= _SIZE_FOR_SYMPY):
        size = tree_size([candidate])
        if size < best_size and equal(expression, candidate, limit=_TERM_LIMIT):
            best, best_size = candidate, size
    return best


def _candidates(expression: Expression, first: Grouping | None, use_sympy: bool) -> Iterator[Expression]:
    yield together(expression, first, limit=_TERM_LIMIT)
    if not use_sympy:
        return
    import sympy

    value, table = to_sympy(expression)
    for method in (sympy.cancel, sympy.factor, sympy.factor_terms):
        try:
            yield from_sympy(method(value), table)
        except (NotTranslatable, sympy.PolynomialError):
            continue
