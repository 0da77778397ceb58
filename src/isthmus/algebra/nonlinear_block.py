"""Coupled equations that are not linear.

Eliminate unknowns one by one until one polynomial in one unknown is left.

The sign of the determinant of the Jacobian decides which root is stable: at a stable equilibrium of n
equations it is (−1)^n. Solving equation i for z_j and inserting it leaves a Schur complement, det J =
(−1)^(i+j) ∂F_i/∂z_j det J′; multiplying an equation by m multiplies the determinant by m. The sign is
carried along as long as all these signs are known for positive symbols.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.polynomial import Polynomial, TooLarge
from isthmus.algebra.textbook import Textbook
from isthmus.algebra.univariate import Root, solve_univariate, without_content

_TERM_LIMIT: Final = 300
_ATTEMPTS: Final = 12
_STEPS: Final = 60
_PIVOTS: Final = 4


@dataclass(frozen=True, slots=True)
class _System:
    """Rows F_i(z) and the unknowns still in them.

    sign: det J = sign · (something positive) · det of the Jacobian of these rows; 0 where not known.
    solved: (unknown, a, b) for each unknown −b/a that was inserted.
    """

    rows: tuple[Polynomial, ...]
    unknowns: tuple[int, ...]
    sign: int
    solved: tuple[tuple[int, Polynomial, Polynomial], ...] = ()


def solve_nonlinear_block(
    rows: Sequence[Polynomial], unknowns: Sequence[int], sign: int, book: Textbook
) -> list[tuple[int, Root]] | str:
    """(unknown, root) in the order in which they can be evaluated, or the reason why there is no formula.

    sign: 1 where every row is ż_i times something positive, 0 where a sign is unknown.
    """
    start = _System(tuple(without_shared_terms(rows, unknowns)), tuple(unknowns), sign)
    reason = f"{len(unknowns)} coupled unknowns: no short elimination leaves a single one"
    for attempt, system in enumerate(_last_unknowns(start, book, iter(range(_STEPS)))):
        if attempt >= _ATTEMPTS:
            break
        (row,), (unknown,) = system.rows, system.unknowns
        coefficients = without_content(poly.collected(row, unknown), book) if row else []
        # det J = sign · p′ must have the sign (−1)^n; the univariate solver asks for −orientation.
        orientation = -system.sign * (-1) ** len(unknowns)
        root = solve_univariate(coefficients, orientation, book)
        if isinstance(root, Root):
            later = [
                (u, Root(book.fraction(poly.scaled(b, -1), a), "linear"))
                for u, a, b in reversed(system.solved)
            ]
            return [(unknown, root), *later]
        reason = root
    return reason


def without_shared_terms(rows: Sequence[Polynomial], unknowns: Sequence[int]) -> list[Polynomial]:
    """The rows minus multiples of each other, so that products of unknowns stand in as few as possible.

    Binding terms occur in several balances with opposite signs; this finds the balances without them.
    Keeps the determinant.
    """
    rows = [dict(row) for row in rows]
    free = set(range(len(rows)))
    for monomial in _nonlinear_monomials(rows, unknowns):
        holders = [i for i in free if monomial in rows[i]]
        if len(holders) < 2:
            free.difference_update(holders)
            continue
        pivot = min(holders, key=lambda i: len(rows[i]))
        free.discard(pivot)
        for i in holders:
            if i != pivot:
                factor = Fraction(rows[i][monomial]) / rows[pivot][monomial]
                rows[i] = poly.minus(rows[i], poly.scaled(rows[pivot], factor))
    return rows


def _nonlinear_monomials(rows: Sequence[Polynomial], unknowns: Sequence[int]) -> list[int]:
    return sorted({m for row in rows for m in row if sum(poly.exponent_of(m, u) for u in unknowns) > 1})


def _last_unknowns(system: _System, book: Textbook, steps: Iterator[int]) -> Iterator[_System]:
    """Depth-first over the orders of elimination, the simplest pivots first, down to one row in one unknown.

    Each elimination takes one of `steps`; without them the search ends.
    """
    if len(system.unknowns) == 1:
        yield system
        return
    for i, j, a, b in _pivots(system, book)[:_PIVOTS]:
        if next(steps, None) is None:
            return
        try:
            reduced = _eliminated(system, i, j, a, b, book)
        except TooLarge:
            continue
        yield from _last_unknowns(reduced, book, steps)


def _pivots(system: _System, book: Textbook) -> list[tuple[int, int, Polynomial, Polynomial]]:
    found = []
    for i, row in enumerate(system.rows):
        for j, unknown in enumerate(system.unknowns):
            parts = poly.collected(row, unknown)
            if len(parts) == 2 and book.never_zero(parts[1]):
                found.append((i, j, parts[1], parts[0]))
    others = set(system.unknowns)

    def cost(pivot: tuple[int, int, Polynomial, Polynomial]) -> tuple[bool, bool, int]:
        _, _, a, b = pivot
        return bool(others & set(poly.atoms_of(a))), not book.sign(a), len(a) + len(b)

    return sorted(found, key=cost)


def _eliminated(system: _System, i: int, j: int, a: Polynomial, b: Polynomial, book: Textbook) -> _System:
    """Insert z_j = −b/a from row i into the other rows, each multiplied by as many a as it needs."""
    unknown = system.unknowns[j]
    sign = system.sign * book.sign(a) * (-1) ** (i + j)
    rows = []
    for k, row in enumerate(system.rows):
        if k == i:
            continue
        parts = poly.collected(row, unknown)
        top = max(len(parts) - 1, 0)
        sign *= book.sign(a) ** top
        rows.append(_inserted(parts, a, b, top))
    unknowns = system.unknowns[:j] + system.unknowns[j + 1 :]
    return _System(tuple(rows), unknowns, sign, (*system.solved, (unknown, a, b)))


def _inserted(parts: Sequence[Polynomial], a: Polynomial, b: Polynomial, top: int) -> Polynomial:
    total: Polynomial = {}
    minus_b = poly.scaled(b, -1)
    for power, coefficient in enumerate(parts):
        if coefficient:
            term = poly.times(coefficient, poly.raised(minus_b, power, _TERM_LIMIT), _TERM_LIMIT)
            total = poly.plus(total, poly.times(term, poly.raised(a, top - power, _TERM_LIMIT), _TERM_LIMIT))
    common = poly.common_monomial(total)
    return {m - common: c for m, c in total.items()}
