"""Univariate polynomials modulo a prime: quick proofs that something cannot be factored or divided."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.polynomial import Polynomial

_PRIMES: Final = (
    *(101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157, 163, 167, 173, 179, 181, 191, 193, 197),
    *(199, 211, 223, 227, 229, 233, 239, 241, 251, 257, 263, 269, 271, 277, 281, 283, 293, 307, 311, 313),
)

Image = list[int]


def degree_of_divisor(left: Sequence[int], right: Sequence[int], prime: int) -> int:
    """The degree of the greatest common divisor of two polynomials given by coefficients, lowest first."""
    a, b = _trimmed(left), _trimmed(right)
    while b:
        a, b = b, _remainder(a, b, prime)
    return len(a) - 1


def lacks_small_factors(coefficients: Sequence[Polynomial]) -> bool:
    """Whether no factor of degree one or two in the unknown exists over the rational functions in the rest.

    True is proved, False means only that no prime tried shows it. Such a factor would divide the image at
    any integer point modulo any prime that keeps the leading coefficient, and an image has one exactly if it
    shares a divisor with x^(p²) − x.
    """
    atoms = poly.atoms_of(*coefficients)
    for prime in _PRIMES:
        point = {i: pow(3 + i, 2 * i + prime % 17 + 5, prime) for i in atoms}
        if any(c.denominator % prime == 0 for part in coefficients for c in part.values()):
            continue
        image = [poly.value_modulo(part, point, prime) for part in coefficients]
        if not image[-1]:
            continue
        frobenius = _power_of_x(prime**2, image, prime)
        frobenius += [0] * (2 - len(frobenius))
        frobenius[1] = (frobenius[1] - 1) % prime
        if _trimmed(frobenius) and degree_of_divisor(image, frobenius, prime) == 0:
            return True
    return False


def _power_of_x(exponent: int, modulus: Image, prime: int) -> Image:
    result: Image = [1]
    for bit in bin(exponent)[2:]:
        result = _remainder(_product(result, result, prime), modulus, prime)
        if bit == "1":
            result = _remainder([0, *result], modulus, prime)
    return result


def _product(left: Image, right: Image, prime: int) -> Image:
    total = [0] * (len(left) + len(right) - 1) if left and right else []
    for i, a in enumerate(left):
        for j, b in enumerate(right):
            total[i + j] = (total[i + j] + a * b) % prime
    return total


def _remainder(dividend: Sequence[int], divisor: Image, prime: int) -> Image:
    rest = _trimmed(dividend)
    inverse = pow(divisor[-1], -1, prime)
    while len(rest) >= len(divisor):
        factor = rest[-1] * inverse % prime
        shift = len(rest) - len(divisor)
        for i, value in enumerate(divisor):
            rest[shift + i] = (rest[shift + i] - factor * value) % prime
        rest = _trimmed(rest)
    return rest


def _trimmed(coefficients: Sequence[int]) -> Image:
    result = list(coefficients)
    while result and not result[-1]:
        result.pop()
    return result
