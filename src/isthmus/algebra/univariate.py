"""The stable root of ż = p(z) for p of degree one or two, in a form without cancellation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from isthmus.algebra import polynomial as poly
from isthmus.algebra.divisor import factors
from isthmus.algebra.expression import ZERO, Expression, add, div, mul, number, power, square_root, symbol
from isthmus.algebra.modular import lacks_small_factors
from isthmus.algebra.polynomial import Polynomial
from isthmus.algebra.textbook import Textbook

Kind = Literal["linear", "linear block", "quadratic"]
# A name that no formula can contain: the unknown of a polynomial given by its coefficients.
_PLACE: Final = symbol("z :")


@dataclass(frozen=True, slots=True)
class Root:
    """A formula for one unknown.

    And the other roots where the stable one could not be told apart by signs.
    """

    formula: Expression
    kind: Kind
    alternatives: tuple[Expression, ...] = ()


def solve_univariate(coefficients: Sequence[Polynomial], orientation: int, book: Textbook) -> Root | str:
    """The root at which p′ has the sign −orientation, or the reason why there is no formula.

    coefficients: [c0, c1, …] by degree, in the other symbols. orientation: 1 for ż = p(z), −1 for ż =
    −p(z), 0 for unknown.
    """
    if len(coefficients) < 2:
        return "the unknown drops out"
    if len(coefficients) == 2:
        if not book.never_zero(coefficients[1]):
            return VANISHES
        return Root(book.fraction(poly.scaled(coefficients[0], -1), coefficients[1]), "linear")
    if len(coefficients) > 3:
        return _factored(coefficients, orientation, book)
    c, b, a = coefficients
    if not c:
        return _with_zero_root(a, b, orientation, book) if book.never_zero(a) else VANISHES
    if not _is_defined(a, b, c, book):
        return VANISHES
    known = orientation or _orientation_of_positive_root(a, c, book)
    if known < 0:
        a, b, c = (poly.scaled(p, -1) for p in (a, b, c))
    stable = _root(a, b, c, book)
    if known:
        return Root(stable, "quadratic")
    a, b, c = (poly.scaled(p, -1) for p in (a, b, c))
    return Root(stable, "quadratic", (_root(a, b, c, book),))


VANISHES: Final = "its coefficient vanishes where a quantity is still zero"


def _is_defined(a: Polynomial, b: Polynomial, c: Polynomial, book: Textbook) -> bool:
    """Whether the formula of `_root` never divides zero by zero.

    2 c / (−b + √(b² − 4 a c)) needs a b that is never zero or an a·c that never is; for b > 0 the other form
    divides by a.
    """
    if book.never_zero(a) and book.never_zero(c):
        return True
    return book.never_zero(a) if book.sign(b) > 0 else book.never_zero(b)


def _factored(coefficients: Sequence[Polynomial], orientation: int, book: Textbook) -> Root | str:
    """A higher polynomial whose only factor that can vanish at positive numbers has degree one or two."""
    degree = len(coefficients) - 1
    if lacks_small_factors(coefficients):
        return f"a polynomial of degree {degree}"
    index = book.normaliser.index(_PLACE)
    whole = poly.plus(
        *({m + poly.atom(index, i): c for m, c in p.items()} for i, p in enumerate(coefficients))
    )
    vanishing: list[Polynomial] = []
    for factor in factors(whole):
        sign = book.sign(factor)
        if not sign and poly.degree(factor, index):
            vanishing.append(factor)
        else:
            orientation *= sign
    if len(vanishing) != 1 or poly.degree(vanishing[0], index) > 2:
        return f"a polynomial of degree {degree}"
    return solve_univariate(poly.collected(vanishing[0], index), orientation, book)


def _root(a: Polynomial, b: Polynomial, c: Polynomial, book: Textbook) -> Expression:
    """The root of a z² + b z + c at which 2 a z + b = −√(b² − 4 a c).

    Where b < 0 it has no cancellation and survives a → 0.
    """
    divisor = _divisor(a, book)
    flip = book.sign(b) > 0
    leading, middle, last = (
        book.quotient(p, divisor) for p in (poly.scaled(a, -1), poly.scaled(b, 1 if flip else -1), c)
    )
    discriminant = add(power(middle, number(2)), mul(number(4), leading, last))
    total = add(middle, square_root(discriminant))
    return div(total, mul(number(2), leading)) if flip else div(mul(number(2), last), total)


def _divisor(leading: Polynomial, book: Textbook) -> Polynomial:
    """|a| where a is made of parameters and its sign is known, else 1."""
    sign = book.sign(leading)
    if not sign or book.variables(leading):
        return poly.constant(1)
    return poly.scaled(leading, sign)


def _orientation_of_positive_root(a: Polynomial, c: Polynomial, book: Textbook) -> int:
    """Where a and c differ in sign exactly one root is positive, and it is stable in this orientation.

    Else 0.
    """
    return -book.sign(a) if book.sign(a) * book.sign(c) < 0 else 0


def _with_zero_root(a: Polynomial, b: Polynomial, orientation: int, book: Textbook) -> Root:
    """z (a z + b) = 0: zero is stable where b < 0, −b/a where b > 0."""
    interior = book.fraction(poly.scaled(b, -1), a)
    match orientation * book.sign(b):
        case 1:
            return Root(interior, "linear")
        case -1:
            return Root(ZERO, "linear")
    return Root(interior, "linear", (ZERO,))


def without_content(coefficients: Sequence[Polynomial], book: Textbook) -> list[Polynomial]:
    """The coefficients without a common monomial and number.

    And without a common positive factor that is one of them.
    """
    present = [p for p in coefficients if p]
    common = poly.common_monomial([m for p in present for m in p])
    result = [{m - common: c for m, c in p.items()} for p in coefficients]
    smallest = min((p for p in result if p), key=len)
    if len(smallest) > 1 and book.sign(smallest):
        flip = book.sign(smallest)
        shares = [poly.divided(p, poly.scaled(smallest, flip)) for p in result]
        if all(share is not None for share in shares):
            return [share for share in shares if share is not None]
    return result
