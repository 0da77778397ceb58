"""Sparse polynomials over the rationals in numbered atoms, exact and bounded in size.

A monomial is one integer with sixteen bits of exponent an atom, so that a product of monomials is a sum
of integers and the order of integers is a monomial order (lexicographic, the last atom first). A
polynomial is a dict monomial → coefficient without zeros; no function here changes its arguments.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache, reduce
from math import gcd, lcm
from operator import or_
from typing import Final

Coefficient = int | Fraction
Polynomial = dict[int, Coefficient]

_BITS: Final = 16
_FIELD: Final = (1 << _BITS) - 1
_GUARD: Final = 1 << (_BITS - 1)
_OVERFLOW: Final = 3 << (_BITS - 2)
TERM_LIMIT: Final = 20_000
_WORK_LIMIT: Final = 2_000_000
_WORK_PER_TERM: Final = 100


class TooLarge(ArithmeticError):
    """The expanded form would exceed its bound."""


def constant(value: Coefficient) -> Polynomial:
    """A number as a polynomial."""
    return {0: tidy(value)} if value else {}


def atom(index: int, exponent: int = 1) -> int:
    """The monomial x_index ^ exponent."""
    return exponent << (_BITS * index)


def tidy(value: Coefficient) -> Coefficient:
    """An integer where the value is one: integers are ten times faster than fractions."""
    return value.numerator if isinstance(value, Fraction) and value.denominator == 1 else value


def ratio(above: Coefficient, below: Coefficient) -> Coefficient:
    """above / below, exact."""
    if isinstance(above, int) and isinstance(below, int):
        quotient, rest = divmod(above, below)
        return Fraction(above, below) if rest else quotient
    return tidy(Fraction(above) / below)


@lru_cache(maxsize=256)
def _mask(fields: int, bits: int) -> int:
    return sum(bits << (_BITS * i) for i in range(fields))


def _mask_for(monomial: int, bits: int) -> int:
    return _mask(monomial.bit_length() // _BITS + 1, bits)


@lru_cache(maxsize=1 << 15)
def exponents(monomial: int) -> tuple[tuple[int, int], ...]:
    """(atom, exponent) of a monomial, atoms in rising order."""
    found = []
    while monomial:
        index = ((monomial & -monomial).bit_length() - 1) // _BITS
        exponent = (monomial >> (_BITS * index)) & _FIELD
        found.append((index, exponent))
        monomial -= exponent << (_BITS * index)
    return tuple(found)


def exponent_of(monomial: int, index: int) -> int:
    """The exponent of one atom."""
    return (monomial >> (_BITS * index)) & _FIELD


def divides(divisor: int, monomial: int) -> bool:
    """Whether a monomial divides another."""
    guard = _mask_for(monomial | divisor, _GUARD)
    return ((monomial | guard) - divisor) & guard == guard


def common_monomial(monomials: Iterable[int]) -> int:
    """The greatest monomial that divides all."""
    common: int | None = None
    for monomial in monomials:
        if common is None:
            common = monomial
        elif common != monomial:
            low = {i: min(e, exponent_of(monomial, i)) for i, e in exponents(common)}
            common = sum(atom(i, e) for i, e in low.items())
        if common == 0:
            break
    return common or 0


def atoms_of(*polynomials: Polynomial) -> list[int]:
    """The atoms that occur, in rising order."""
    present = 0
    for polynomial in polynomials:
        present = reduce(or_, polynomial, present)
    return [index for index, _ in exponents(present)]


def plus(*polynomials: Polynomial) -> Polynomial:
    """The sum."""
    total: Polynomial = dict(polynomials[0]) if polynomials else {}
    for polynomial in polynomials[1:]:
        for monomial, coefficient in polynomial.items():
            value = total.get(monomial, 0) + coefficient
            if value:
                total[monomial] = value
            else:
                total.pop(monomial, None)
    return total


def scaled(polynomial: Polynomial, factor: Coefficient, monomial: int = 0) -> Polynomial:
    """factor · monomial · polynomial."""
    if not factor:
        return {}
    if factor == 1:
        return {m + monomial: c for m, c in polynomial.items()} if monomial else polynomial
    if isinstance(factor, int):
        return {m + monomial: tidy(c * factor) for m, c in polynomial.items()}
    above, below = factor.numerator, factor.denominator
    return {m + monomial: ratio(c * above, below) for m, c in polynomial.items()}


def minus(left: Polynomial, right: Polynomial) -> Polynomial:
    """left − right."""
    return plus(left, scaled(right, -1))


def times(left: Polynomial, right: Polynomial, limit: int = TERM_LIMIT) -> Polynomial:
    """The product; raises TooLarge instead of growing beyond `limit` terms or an exponent of 16,383."""
    if len(left) > len(right):
        left, right = right, left
    if len(left) * len(right) > min(_WORK_LIMIT, _WORK_PER_TERM * limit):
        raise TooLarge(f"a product of {len(left)} by {len(right)} terms")
    product: Polynomial = {}
    if len(left) == 1:
        ((monomial, factor),) = left.items()
        product = scaled(right, factor, monomial)
    else:
        get = product.get
        for m, c in left.items():
            for n, d in right.items():
                product[m + n] = get(m + n, 0) + c * d
        product = {m: c for m, c in product.items() if c}
    check_size(product, limit)
    return product


def check_size(polynomial: Polynomial, limit: int) -> None:
    """Raise TooLarge where there are too many terms or too high exponents."""
    if len(polynomial) > limit:
        raise TooLarge(f"more than {limit} terms")
    present = reduce(or_, polynomial, 0)
    if present & _mask_for(present, _OVERFLOW):
        raise TooLarge("an exponent above 16383")


def raised(polynomial: Polynomial, exponent: int, limit: int = TERM_LIMIT) -> Polynomial:
    """polynomial ^ exponent for exponent ≥ 0."""
    if exponent > 1 and (exponent > 1000 or (len(polynomial) > 1 and exponent > 64)):
        raise TooLarge(f"a power of {exponent}")
    result = constant(1)
    for _ in range(exponent):
        result = times(result, polynomial, limit)
    return result


def divided(dividend: Polynomial, divisor: Polynomial) -> Polynomial | None:
    """The exact quotient, None where the division leaves a remainder."""
    lead = max(divisor)
    lead_coefficient = divisor[lead]
    tail = [(m, c) for m, c in divisor.items() if m != lead]
    rest = dict(dividend)
    waiting = [-m for m in rest]
    heapq.heapify(waiting)
    quotient: Polynomial = {}
    while waiting:
        top = -heapq.heappop(waiting)
        value = rest.pop(top, 0)
        if not value:
            continue
        if not divides(lead, top):
            return None
        shift = top - lead
        share = ratio(value, lead_coefficient)
        quotient[shift] = share
        for m, c in tail:
            key = shift + m
            if key not in rest:
                heapq.heappush(waiting, -key)
            rest[key] = rest.get(key, 0) - share * c
    return quotient


def content(polynomial: Polynomial) -> Fraction:
    """The positive rational c for which polynomial / c has coprime integer coefficients; 1 for zero."""
    above = reduce(gcd, (c.numerator for c in polynomial.values()), 0)
    below = reduce(lcm, (c.denominator for c in polynomial.values()), 1)
    return Fraction(above or 1, below)


def common_sign(polynomial: Polynomial) -> int:
    """1 or −1 where all coefficients have that sign, so that it is the sign at positive atoms; else 0."""
    if all(c > 0 for c in polynomial.values()):
        return 1 if polynomial else 0
    return -1 if all(c < 0 for c in polynomial.values()) else 0


def degree(polynomial: Polynomial, index: int) -> int:
    """The degree in one atom; 0 for zero."""
    return max((exponent_of(m, index) for m in polynomial), default=0)


def collected(polynomial: Polynomial, index: int) -> list[Polynomial]:
    """Coefficients by degree in one atom: [c0, c1, …]; [] for zero."""
    parts: list[Polynomial] = [{} for _ in range(degree(polynomial, index) + 1)] if polynomial else []
    for m, c in polynomial.items():
        e = exponent_of(m, index)
        parts[e][m - atom(index, e)] = c
    return parts


def grouped(polynomial: Polynomial, inside: Iterable[int]) -> dict[int, Polynomial]:
    """Monomial in the atoms `inside` → its coefficient, a polynomial in the others."""
    chosen = sum(_FIELD << (_BITS * i) for i in set(inside))
    groups: dict[int, Polynomial] = {}
    for m, c in polynomial.items():
        groups.setdefault(m & chosen, {})[m & ~chosen] = c
    return groups


def value_modulo(polynomial: Polynomial, values: Mapping[int, int], prime: int) -> int:
    """The value at integer atoms modulo a prime; ZeroDivisionError where the prime divides a denominator."""
    total = 0
    for m, c in polynomial.items():
        if isinstance(c, int):
            term = c
        elif c.denominator % prime:
            term = c.numerator * pow(c.denominator, -1, prime)
        else:
            raise ZeroDivisionError
        for index, exponent in exponents(m):
            power = values[index] if exponent == 1 else pow(values[index], exponent, prime)
            term = term * power % prime
        total += term
    return total % prime


def sorted_terms(polynomial: Polynomial) -> Sequence[tuple[int, Coefficient]]:
    """Terms in the order of the first atom's falling powers, then the second's."""
    return sorted(
        polynomial.items(), key=lambda item: [(i, -e) for i, e in exponents(item[0])] or [(1 << 30, 0)]
    )
