"""Quotients in lowest terms and factors; what the heuristic of `common_divisor` gives up is left to sympy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.common_divisor import common_divisor
from isthmus.algebra.modular import degree_of_divisor
from isthmus.algebra.polynomial import Polynomial

_PRIME: Final = 2**31 - 1
_TERMS_FOR_SYMPY: Final = 400
_TERMS_TO_FACTOR: Final = 60
_ATOMS_TO_FACTOR: Final = 9


def cancel(above: Polynomial, below: Polynomial) -> tuple[Polynomial, Polynomial]:
    """above / below in lowest terms with integer coefficients.

    A common divisor of very large polynomials may stay.
    """
    if not above:
        return {}, poly.constant(1)
    scale = poly.content(above) / poly.content(below)
    common = poly.common_monomial([*above, *below])
    above = {m - common: c for m, c in poly.scaled(above, 1 / poly.content(above)).items()}
    below = {m - common: c for m, c in poly.scaled(below, 1 / poly.content(below)).items()}
    if len(above) > 1 and len(below) > 1:
        above, below = _without_common(above, below)
    return poly.scaled(above, scale.numerator), poly.scaled(below, scale.denominator)


def _without_common(above: Polynomial, below: Polynomial) -> tuple[Polynomial, Polynomial]:
    quotient = poly.divided(above, below)
    if quotient is not None:
        return quotient, poly.constant(1)
    quotient = poly.divided(below, above)
    if quotient is not None:
        return poly.constant(1), quotient
    if are_coprime(above, below) or len(above) + len(below) > _TERMS_FOR_SYMPY:
        return above, below
    return _cofactors(above, below)


def are_coprime(left: Polynomial, right: Polynomial) -> bool:
    """True is proved, False means not proved: monomial factors and numbers aside, there is no common divisor.

    In each shared atom, with the others at fixed integers modulo a prime, the images must have a constant
    divisor while one leading coefficient survives; then no common divisor contains that atom (Brown
    1971).
    """
    shared = sorted(set(poly.atoms_of(left)) & set(poly.atoms_of(right)))
    values = {i: (7919 * (i + 2) ** 3 + 104729) % _PRIME for i in poly.atoms_of(left, right)}
    for index in shared:
        first, second = _image(left, index, values), _image(right, index, values)
        if (not first[-1] and not second[-1]) or degree_of_divisor(first, second, _PRIME) > 0:
            return False
    return True


def _image(polynomial: Polynomial, index: int, values: dict[int, int]) -> list[int]:
    return [poly.value_modulo(part, values, _PRIME) for part in poly.collected(polynomial, index)]


def _cofactors(above: Polynomial, below: Polynomial) -> tuple[Polynomial, Polynomial]:
    found = common_divisor(above, below)
    if found is not None:
        first, second = poly.divided(above, found), poly.divided(below, found)
        assert first is not None
        assert second is not None
        return first, second
    atoms = poly.atoms_of(above, below)
    _, first, second = _to_sympy(above, atoms).cofactors(_to_sympy(below, atoms))
    return _from_sympy(first, atoms), _from_sympy(second, atoms)


def factors(polynomial: Polynomial) -> list[Polynomial]:
    """Irreducible factors over the rationals, repeated ones repeatedly, the number in front as one.

    The whole if it is large.
    """
    atoms = poly.atoms_of(polynomial)
    if len(polynomial) > _TERMS_TO_FACTOR or len(atoms) > _ATOMS_TO_FACTOR:
        return [polynomial]
    scale = poly.content(polynomial)
    whole = {m: poly.ratio(c, scale) for m, c in polynomial.items()}
    unit, found = _to_sympy(whole, atoms).factor_list()
    parts = [_from_sympy(factor, atoms) for factor, times in found for _ in range(times)]
    return [poly.constant(scale * int(unit)), *parts]


def _to_sympy(polynomial: Polynomial, atoms: Sequence[int]) -> Any:
    from sympy import ZZ
    from sympy.polys.rings import xring

    ring, _ = xring([f"x{i}" for i in range(len(atoms))], ZZ)
    return ring.from_dict(
        {tuple(poly.exponent_of(m, i) for i in atoms): ZZ(int(c)) for m, c in polynomial.items()}
    )


def _from_sympy(element: dict[tuple[int, ...], int], atoms: Sequence[int]) -> Polynomial:
    return {
        sum(poly.atom(i, e) for i, e in zip(atoms, powers, strict=True)): int(c)
        for powers, c in element.items()
    }
