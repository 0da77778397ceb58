"""Rational functions of numbered atoms: a polynomial over a product of known factors.

Keeping the denominator factored makes sums neat without computing a greatest common divisor: the common
denominator is read off, and what cancels is found by exact division by the factors that are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.polynomial import Coefficient, Polynomial

_FACTORS_TRIED: Final = 40


@dataclass(frozen=True, slots=True)
class Form:
    """numerator / ∏ factor ^ exponent; the factors are named by their number in the field."""

    numerator: Polynomial
    denominator: dict[int, int] = field(default_factory=dict)

    @property
    def is_zero(self) -> bool:
        """Whether the numerator has no terms."""
        return not self.numerator

    def as_constant(self) -> Fraction | None:
        """The value where it is a number, else None."""
        if self.denominator or any(self.numerator):
            return None
        return Fraction(self.numerator.get(0, 0))


ZERO_FORM: Final = Form({})
ONE_FORM: Final = Form({0: 1})


class Field:
    """The factors and radicals that forms refer to, and arithmetic on forms.

    Raises TooLarge beyond `limit` terms.
    """

    def __init__(self, limit: int = poly.TERM_LIMIT) -> None:
        self.limit = limit
        self.factors: list[Polynomial] = []
        self._numbers: dict[frozenset[tuple[int, Coefficient]], int] = {}
        # Atom r with r^q = u, as atom → (q, u).
        self.radicals: dict[int, tuple[int, Form]] = {}

    def factor(self, polynomial: Polynomial) -> int:
        """The number of a primitive polynomial with positive leading coefficient."""
        key = frozenset(polynomial.items())
        known = self._numbers.get(key)
        if known is None:
            known = self._numbers[key] = len(self.factors)
            self.factors.append(polynomial)
        return known

    def constant(self, value: Coefficient) -> Form:
        """A number."""
        return Form(poly.constant(value))

    def atom(self, index: int) -> Form:
        """One atom."""
        return Form({poly.atom(index): 1})

    def denominator_of(self, form: Form) -> Polynomial:
        """The denominator multiplied out."""
        product = poly.constant(1)
        for number, exponent in form.denominator.items():
            product = poly.times(product, poly.raised(self.factors[number], exponent, self.limit), self.limit)
        return product

    def add(self, forms: Sequence[Form]) -> Form:
        """The sum over the least common multiple of the factored denominators."""
        common: dict[int, int] = {}
        reaching: dict[int, int] = {}
        for form in forms:
            for number, exponent in form.denominator.items():
                if exponent > common.get(number, 0):
                    common[number], reaching[number] = exponent, 1
                elif exponent == common[number]:
                    reaching[number] += 1
        numerators = [self._over(form, common) for form in forms]
        total = poly.plus(*numerators)
        poly.check_size(total, self.limit)
        # A factor reached by a single term cannot cancel.
        return self.reduced(
            self.cancelled(Form(total, common), [n for n, count in reaching.items() if count > 1])
        )

    def _over(self, form: Form, common: dict[int, int]) -> Polynomial:
        numerator = form.numerator
        for number, exponent in common.items():
            missing = exponent - form.denominator.get(number, 0)
            if missing:
                numerator = poly.times(
                    numerator, poly.raised(self.factors[number], missing, self.limit), self.limit
                )
        return numerator

    def times(self, left: Form, right: Form) -> Form:
        """The product; factors of one denominator are cancelled against the other numerator."""
        first = self.cancelled(Form(left.numerator, right.denominator), right.denominator)
        second = self.cancelled(Form(right.numerator, left.denominator), left.denominator)
        numerator = poly.times(first.numerator, second.numerator, self.limit)
        if not numerator:
            return ZERO_FORM
        denominator = dict(first.denominator)
        for number, exponent in second.denominator.items():
            denominator[number] = denominator.get(number, 0) + exponent
        return self.reduced(Form(numerator, denominator))

    def cancelled(self, form: Form, numbers: Iterable[int]) -> Form:
        """The form with the given factors divided out of the numerator as often as they go."""
        if not form.numerator:
            return ZERO_FORM
        numerator, denominator = form.numerator, dict(form.denominator)
        for number in list(numbers):
            while denominator.get(number, 0):
                quotient = poly.divided(numerator, self.factors[number])
                if quotient is None:
                    break
                numerator = quotient
                denominator[number] -= 1
        return Form(numerator, {n: e for n, e in denominator.items() if e})

    def reciprocal(self, form: Form) -> Form:
        """1 / form, with the numerator split into atoms, known factors and the rest.

        ZeroDivisionError for zero.
        """
        if not form.numerator:
            raise ZeroDivisionError("division by an expression that is zero")
        scale = poly.content(form.numerator)
        if form.numerator[max(form.numerator)] < 0:
            scale = -scale
        common = poly.common_monomial(form.numerator)
        rest = {m - common: poly.ratio(c, scale) for m, c in form.numerator.items()}
        denominator: dict[int, int] = {}
        result = Form(poly.scaled(self.denominator_of(form), 1 / scale))
        for index, exponent in poly.exponents(common):
            if index in self.radicals:
                order, base = self.radicals[index]
                result = self.times(result, self.raised(self.atom(index), (-exponent) % order))
                result = self.times(result, self.raised(self.reciprocal(base), -(-exponent // order)))
            else:
                denominator[self.factor({poly.atom(index): 1})] = exponent
        while rest != {0: 1}:
            number = self._known_divisor(rest)
            denominator[number] = denominator.get(number, 0) + 1
            quotient = poly.divided(rest, self.factors[number])
            assert quotient is not None
            rest = quotient
        return self.times(result, Form({0: 1}, denominator))

    def _known_divisor(self, polynomial: Polynomial) -> int:
        """The number of a factor that divides the primitive polynomial.

        One seen before, or the polynomial itself.
        """
        for number, known in enumerate(
            self.factors[-_FACTORS_TRIED:], max(0, len(self.factors) - _FACTORS_TRIED)
        ):
            if 1 < len(known) <= len(polynomial) and poly.divided(polynomial, known) is not None:
                return number
        return self.factor(polynomial)

    def raised(self, form: Form, exponent: int) -> Form:
        """form ^ exponent for any integer exponent."""
        if exponent < 0:
            return self.raised(self.reciprocal(form), -exponent)
        if exponent == 0:
            return ONE_FORM
        numerator = poly.raised(form.numerator, exponent, self.limit)
        return self.reduced(Form(numerator, {n: e * exponent for n, e in form.denominator.items()}))

    def reduced(self, form: Form) -> Form:
        """The form with r^q replaced by u for every radical r = u^(1/q)."""
        if not self.radicals:
            return form
        for index in poly.atoms_of(form.numerator):
            if index in self.radicals and poly.degree(form.numerator, index) >= self.radicals[index][0]:
                return self._without_powers(form, index)
        return form

    def _without_powers(self, form: Form, index: int) -> Form:
        order, base = self.radicals[index]
        terms: list[Form] = []
        for exponent, coefficient in enumerate(poly.collected(form.numerator, index)):
            if coefficient:
                whole, left = divmod(exponent, order)
                term = Form(
                    poly.times(coefficient, {poly.atom(index, left): 1}, self.limit), form.denominator
                )
                terms.append(self.times(term, self.raised(base, whole)))
        return self.add(terms)

    def is_equal(self, left: Form, right: Form) -> bool:
        """Whether the difference has no terms."""
        if left.numerator == right.numerator and left.denominator == right.denominator:
            return True
        return self.add([left, Form(poly.scaled(right.numerator, -1), right.denominator)]).is_zero
