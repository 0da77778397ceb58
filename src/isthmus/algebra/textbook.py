"""Quotients of polynomials written as textbooks do.

E_t*S/(Km + S) with Km = (km1 + k2)/k1, not k1*E_t*S/(k1*S + km1 + k2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.divisor import cancel
from isthmus.algebra.expression import ZERO, Expression, add, div, mul
from isthmus.algebra.polynomial import Polynomial
from isthmus.algebra.rational import Normaliser

_GROUPS: Final = 4


class Textbook:
    """Writes polynomials of one normaliser; `is_parameter` says which symbols are constants of the law."""

    def __init__(
        self, normaliser: Normaliser, is_parameter: Callable[[str], bool], knows_parameters: bool = True
    ) -> None:
        self.normaliser = normaliser
        self.is_parameter = is_parameter
        self.knows_parameters = knows_parameters
        self._over_parameters: dict[int, bool] = {}

    def sign(self, polynomial: Polynomial) -> int:
        """1 or −1 where that is the sign whenever all symbols are positive, else 0."""
        return poly.common_sign(polynomial) if self.normaliser.is_positive(polynomial) else 0

    def never_zero(self, polynomial: Polynomial) -> bool:
        """Whether it is safe to divide by: its parameter-only part is there and has one sign.

        k + a·x is, a·x is not: it vanishes where x is still zero. Where nobody said which symbols are
        parameters, all are taken to be positive.
        """
        if not self.knows_parameters:
            return True
        groups = poly.grouped(polynomial, self.variables(polynomial))
        constant = groups.get(0, {})
        return bool(constant) and (len(groups) == 1 or bool(self.sign(constant)))

    def variables(self, *polynomials: Polynomial) -> list[int]:
        """The atoms that are not made of parameters only."""
        return [i for i in poly.atoms_of(*polynomials) if not self._constant(i)]

    def _constant(self, index: int) -> bool:
        known = self._over_parameters.get(index)
        if known is None:
            known = self._over_parameters[index] = self.normaliser.is_over(index, self.is_parameter)
        return known

    def fraction(self, above: Polynomial, below: Polynomial) -> Expression:
        """above / below in lowest terms.

        Divided through by a parameter-only leading coefficient of the denominator.
        """
        above, below = cancel(above, below)
        if not above:
            return ZERO
        if self.sign(below) < 0 or (not self.sign(below) and below[max(below)] < 0):
            above, below = poly.scaled(above, -1), poly.scaled(below, -1)
        divisor = self.leading(below) or poly.constant(1)
        return div(self.quotient(above, divisor), self.quotient(below, divisor))

    def leading(self, polynomial: Polynomial) -> Polynomial | None:
        """The positive parameter-only coefficient of the highest monomial in the variables.

        If dividing by it is neat.
        """
        groups = poly.grouped(polynomial, self.variables(polynomial))
        if not 1 < len(groups) <= _GROUPS:
            return None
        degrees = {m: sum(e for _, e in poly.exponents(m)) for m in groups}
        best = min(groups, key=lambda m: (-degrees[m], len(groups[m]), m))
        coefficient = groups[best]
        return coefficient if any(coefficient) and self.sign(coefficient) > 0 else None

    def quotient(self, polynomial: Polynomial, divisor: Polynomial) -> Expression:
        """polynomial / divisor for a parameter-only divisor.

        Collected in the variables, each coefficient cancelled.
        """
        if not polynomial:
            return ZERO
        flipped = poly.common_sign(polynomial) < 0
        if flipped:
            polynomial = poly.scaled(polynomial, -1)
        groups = poly.grouped(polynomial, self.variables(polynomial))
        common = poly.common_monomial(groups)
        order = sorted(groups, key=lambda m: (sum(e for _, e in poly.exponents(m)), m))
        terms = [
            mul(self._share(groups[m], divisor), self.normaliser.monomial_expression(m - common))
            for m in order
        ]
        result = mul(self.normaliser.monomial_expression(common), add(*terms))
        if len(terms) == 1:
            result = mul(*self._factors(terms[0]), self.normaliser.monomial_expression(common))
        return -result if flipped else result

    def _factors(self, term: Expression) -> tuple[Expression, ...]:
        return term.args if term.op == "mul" else (term,)

    def _share(self, coefficient: Polynomial, divisor: Polynomial) -> Expression:
        """coefficient / divisor; what a single-term divisor divides stands apart: E_t + (km1 + k2)/k1."""
        write = self.normaliser.polynomial_expression
        if len(divisor) > 1:
            above, below = cancel(coefficient, divisor)
            return div(write(above), write(below))
        ((monomial, factor),) = divisor.items()
        whole = {
            m - monomial: poly.ratio(c, factor) for m, c in coefficient.items() if poly.divides(monomial, m)
        }
        rest = {m: c for m, c in coefficient.items() if not poly.divides(monomial, m)}
        above, below = cancel(rest, divisor)
        remainder = div(write(above), write(below)) if below != {0: 1} else write(above)
        if not whole:
            return remainder
        return write(whole) if not rest else add(write(whole), remainder)
