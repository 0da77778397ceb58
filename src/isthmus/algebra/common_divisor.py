"""The greatest common divisor of polynomials with integer coefficients, by the greatest of integers.

Heuristic: atoms are put at integers so large that a divisor can be read off its value there, digit by digit;
that it divides both is then tested. Source: Char, Geddes and Gonnet 1989, J. Symb. Comput. 7:31 (GCDHEU).
"""

from __future__ import annotations

from functools import reduce
from math import gcd, isqrt
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.polynomial import Polynomial

_TRIES: Final = 6
_LONGEST: Final = 20_000
"""Bits of a value beyond which another method is quicker."""


def common_divisor(left: Polynomial, right: Polynomial) -> Polynomial | None:
    """The greatest common divisor with a positive leading coefficient; None where the heuristic gives up.

    left, right: not zero, with integer coefficients.
    """
    shared = set(poly.atoms_of(left)) & set(poly.atoms_of(right))
    # What divides both has shared atoms only, so it divides every coefficient of what stands outside.
    parts = sorted((*_coefficients(left, shared), *_coefficients(right, shared)), key=len)
    found: Polynomial | None = parts[0]
    for part in parts[1:]:
        if found is None or found == {0: 1}:
            break
        found = _divisor(found, part)
    return None if found is None else _signed(found)


def _coefficients(polynomial: Polynomial, shared: set[int]) -> list[Polynomial]:
    outside = [index for index in poly.atoms_of(polynomial) if index not in shared]
    return list(poly.grouped(polynomial, outside).values())


def _divisor(left: Polynomial, right: Polynomial) -> Polynomial | None:
    atoms = poly.atoms_of(left, right)
    number = gcd(_content(left), _content(right))
    if not atoms:
        return {0: number}
    left, right = _shrunk(left, number), _shrunk(right, number)
    index = atoms[0]
    point = _first_point(left, right, index)
    degree = max(poly.degree(left, index), poly.degree(right, index))
    for _ in range(_TRIES):
        if degree * point.bit_length() > _LONGEST:
            return None
        first, second = _at(left, index, point), _at(right, index, point)
        if first and second:
            image = _divisor(first, second)
            if image is None:
                return None
            found = _read_off(image, index, point)
            if poly.divided(left, found) is not None and poly.divided(right, found) is not None:
                return poly.scaled(found, number)
        point = 73794 * point * isqrt(isqrt(point)) // 27011
    return None


def _first_point(left: Polynomial, right: Polynomial, index: int) -> int:
    """A number that the coefficients of a divisor, as a rule, do not exceed half of."""
    sizes = [max(abs(int(c)) for c in polynomial.values()) for polynomial in (left, right)]
    bound = 2 * min(sizes) + 29
    leading = [
        min(abs(int(c)) for m, c in polynomial.items() if poly.exponent_of(m, index) == top)
        for polynomial in (left, right)
        for top in (poly.degree(polynomial, index),)
    ]
    ratio = min(size // lead for size, lead in zip(sizes, leading, strict=True))
    return max(min(bound, 99 * isqrt(bound)), 2 * ratio + 4)


def _at(polynomial: Polynomial, index: int, point: int) -> Polynomial:
    value: Polynomial = {}
    for power, part in enumerate(poly.collected(polynomial, index)):
        factor = point**power
        for m, c in part.items():
            value[m] = value.get(m, 0) + c * factor
    return {m: c for m, c in value.items() if c}


def _read_off(image: Polynomial, index: int, point: int) -> Polynomial:
    """The primitive polynomial whose value at the point is the image, by digits of at most half the point."""
    found: Polynomial = {}
    power = 0
    while image:
        rest: Polynomial = {}
        for m, c in image.items():
            digit = int(c) % point
            if digit > point // 2:
                digit -= point
            if digit:
                found[m + poly.atom(index, power)] = digit
            higher = (int(c) - digit) // point
            if higher:
                rest[m] = higher
        image, power = rest, power + 1
    return _shrunk(found, _content(found))


def _content(polynomial: Polynomial) -> int:
    return reduce(gcd, (int(c) for c in polynomial.values()), 0)


def _shrunk(polynomial: Polynomial, number: int) -> Polynomial:
    return polynomial if number == 1 else {m: int(c) // number for m, c in polynomial.items()}


def _signed(polynomial: Polynomial) -> Polynomial:
    """With a positive coefficient of the term that has most of the first atom, then of the second."""
    atoms = poly.atoms_of(polynomial)
    leading = max(polynomial, key=lambda m: [poly.exponent_of(m, index) for index in atoms])
    return polynomial if polynomial[leading] > 0 else poly.scaled(polynomial, -1)
