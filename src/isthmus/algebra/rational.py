"""Normal forms of expressions as rational functions, and what they decide exactly: is it zero, are two equal.

What is not arithmetic is an atom: exp(u), x^n with a symbolic n, a piecewise. Its arguments are
normalised first, and the laws exp(a + b) = exp(a) exp(b), x^(n + 1) = x^n x and sqrt(u)^2 = u are used;
so two spellings of the same thing become one atom. Numbers are exact rationals throughout. Identities
hold wherever both sides are defined.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.expression import (
    CONDITIONS,
    NUMBER,
    SYMBOL,
    TIME,
    Expression,
    add,
    call,
    constant_value,
    div,
    mul,
    number,
    postorder,
    power,
)
from isthmus.algebra.field import ONE_FORM, Field, Form
from isthmus.algebra.polynomial import Polynomial, TooLarge

_EXPONENT_LIMIT: Final = 12
Grouping = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Atom:
    """Something that polynomials are polynomials in.

    A node, and for functions the normal forms of their arguments.
    """

    node: Expression
    arguments: tuple[Form, ...] = ()


class Normaliser:
    """Expressions to forms over one shared set of atoms.

    positive: every symbol counts as a positive number, so that (x/k)^n = x^n / k^n.
    Raises TooLarge where a form exceeds `limit` terms or a number is not finite, ZeroDivisionError where
    a divisor is zero.
    """

    def __init__(self, *, positive: bool = False, limit: int = poly.TERM_LIMIT) -> None:
        self.field = Field(limit)
        self.positive = positive
        self.atoms: list[Atom] = []
        self._index: dict[Expression, int] = {}
        self._functions: dict[str, list[int]] = {}
        self._forms: dict[Expression, Form] = {}

    def form(self, expression: Expression) -> Form:
        """The normal form; conditions have none (TooLarge never hides one: they only stand inside atoms)."""
        for node in postorder([expression]):
            if node not in self._forms and node.op not in CONDITIONS:
                self._forms[node] = self._form(node)
        return self._forms[expression]

    def _form(self, node: Expression) -> Form:
        match node.op:
            case "number":
                if not isinstance(node.value, Fraction):
                    raise TooLarge("a number that is not finite")
                return self.field.constant(node.value)
            case "add":
                return self.field.add([self._forms[arg] for arg in node.args])
            case "mul":
                result = ONE_FORM
                for arg in node.args:
                    result = self.field.times(result, self._forms[arg])
                return result
            case "div":
                return self.field.times(self._forms[node.args[0]], self._reciprocal(node.args[1]))
            case "pow":
                return self._power(self._forms[node.args[0]], self._forms[node.args[1]])
            case "exp":
                return self._split_exponent(None, self._forms[node.args[0]])
            case "symbol" | "time":
                return self.field.atom(self.index(node))
        if all(arg.op not in CONDITIONS for arg in node.args):
            return self._function(node.op, tuple(self._forms[arg] for arg in node.args))
        return self.field.atom(self.index(self.canonical(node)))

    def _reciprocal(self, node: Expression) -> Form:
        """1 / node, factor by factor, so that a denominator written as a product stays one."""
        result = ONE_FORM
        waiting = [(node, 1)]
        while waiting:
            factor, times = waiting.pop()
            exponent = constant_value(factor.args[1]) if factor.op == "pow" else None
            if factor.op == "mul":
                waiting.extend((arg, times) for arg in factor.args)
            elif exponent is not None and exponent.denominator == 1 and 0 < exponent * times <= 1000:
                waiting.append((factor.args[0], int(exponent) * times))
            else:
                inverse = self.field.reciprocal(self._forms[factor])
                result = self.field.times(result, self.field.raised(inverse, times))
        return result

    def index(self, node: Expression) -> int:
        """The number of the atom that is this very node."""
        known = self._index.get(node)
        if known is None:
            known = self._index[node] = len(self.atoms)
            self.atoms.append(Atom(node))
        return known

    def _function(self, op: str, arguments: tuple[Form, ...]) -> Form:
        """The atom op(arguments), the one already there where the arguments are equal."""
        for index in self._functions.setdefault(op, []):
            known = self.atoms[index].arguments
            if len(known) == len(arguments) and all(map(self.field.is_equal, known, arguments)):
                return self.field.atom(index)
        index = len(self.atoms)
        node = call(op, *(self.expression(argument) for argument in arguments))
        self.atoms.append(Atom(node, arguments))
        self._functions[op].append(index)
        return self.field.atom(index)

    def _power(self, base: Form, exponent: Form) -> Form:
        value = exponent.as_constant()
        if value is None:
            return self._split_exponent(base, exponent)
        if value.denominator == 1:
            if abs(value) > 1000:
                raise TooLarge(f"a power of {value}")
            return self.field.raised(base, int(value))
        return self.field.raised(self._root(base, value.denominator), value.numerator)

    def _root(self, base: Form, order: int) -> Form:
        number_below = base.as_constant()
        if number_below is not None and order == 2 and number_below >= 0:
            above, below = isqrt(number_below.numerator), isqrt(number_below.denominator)
            if above**2 == number_below.numerator and below**2 == number_below.denominator:
                return self.field.constant(Fraction(above, below))
        root = self._function("pow", (base, self.field.constant(Fraction(1, order))))
        (monomial,) = root.numerator
        ((index, _),) = poly.exponents(monomial)
        self.field.radicals.setdefault(index, (order, base))
        return root

    def _split_exponent(self, base: Form | None, exponent: Form) -> Form:
        """base ^ exponent (exp for no base) as a product over the exponent's terms.

        Whole multiples as whole powers.
        """
        terms = [(exponent.numerator, exponent.denominator)]
        if len(exponent.numerator) <= _EXPONENT_LIMIT:
            terms = [({m: c}, exponent.denominator) for m, c in exponent.numerator.items()]
        result = ONE_FORM
        for numerator, denominator in terms:
            coefficient = poly.content(numerator)
            whole = int(coefficient) if coefficient.denominator == 1 and coefficient <= _EXPONENT_LIMIT else 1
            sign = -1 if numerator[max(numerator)] < 0 else 1
            rest = Form(poly.scaled(numerator, Fraction(sign, whole)), denominator)
            constant = rest.as_constant()
            if base is not None and constant is not None:
                part = self._power(base, rest)
            else:
                part = self._function("exp", (rest,)) if base is None else self._factor_powers(base, rest)
            result = self.field.times(result, self.field.raised(part, sign * whole))
        return result

    def _factor_powers(self, base: Form, exponent: Form) -> Form:
        """base ^ exponent; where symbols are positive, a product is raised factor by factor."""
        pieces = self._positive_factors(base) if self.positive else []
        if len(pieces) < 2:
            return self._function("pow", (base, exponent))
        result = ONE_FORM
        for piece, times in pieces:
            raised = self._function("pow", (piece, exponent))
            result = self.field.times(result, self.field.raised(raised, times))
        return result

    def _positive_factors(self, base: Form) -> list[tuple[Form, int]]:
        """The factors of a form that is positive at positive symbols, as (factor, power).

        [] where that is not plain.
        """
        if not base.numerator:
            return []
        common = poly.common_monomial(base.numerator)
        scale = poly.content(base.numerator)
        rest = {m - common: poly.ratio(c, scale) for m, c in base.numerator.items()}
        powers_of_atoms: Polynomial = {common: 1}
        parts: list[Polynomial] = [self.field.factors[n] for n in base.denominator]
        if not all(
            poly.common_sign(part) > 0 and self.is_positive(part) for part in [*parts, rest, powers_of_atoms]
        ):
            return []
        pieces = [(self.field.atom(index), exponent) for index, exponent in poly.exponents(common)]
        pieces += [(Form(self.field.factors[n]), -e) for n, e in base.denominator.items()]
        if rest != {0: 1}:
            pieces.append((Form(rest), 1))
        if scale != 1:
            pieces.append((self.field.constant(scale), 1))
        return pieces

    def is_positive(self, polynomial: Polynomial) -> bool:
        """Whether every atom in the polynomial is positive when all symbols and time are."""
        return all(self._positive_node(self.atoms[i].node) for i in poly.atoms_of(polynomial))

    def _positive_node(self, node: Expression) -> bool:
        if node.op == "pow":
            return self._positive_node(node.args[0])
        if node.op in ("add", "mul", "div"):
            return all(self._positive_node(arg) for arg in node.args)
        return node.op in (SYMBOL, TIME, "exp") or (
            node.op == NUMBER and isinstance(node.value, Fraction) and node.value > 0
        )

    def canonical(self, node: Expression) -> Expression:
        """A node whose numeric arguments are written in normal form, conditions rebuilt around them."""
        written: dict[Expression, Expression] = {}
        for part in postorder([node]):
            if part.op in CONDITIONS or part is node:
                written[part] = call(part.op, *(written[arg] for arg in part.args)) if part.args else part
            else:
                written[part] = self.expression(self.form(part))
        return written[node]

    def expression(self, form: Form, first: Grouping | None = None) -> Expression:
        """The form written out with its denominator in factors; see `polynomial_expression` for `first`."""
        return (
            div(self.polynomial_expression(form.numerator, first), self.denominator_expression(form, first))
            if (form.denominator)
            else self.polynomial_expression(form.numerator, first)
        )

    def denominator_expression(self, form: Form, first: Grouping | None = None) -> Expression:
        """The factored denominator."""
        factors = (
            power(self.polynomial_expression(self.field.factors[n], first), number(e))
            for n, e in form.denominator.items()
        )
        return mul(*factors)

    def polynomial_expression(self, polynomial: Polynomial, first: Grouping | None = None) -> Expression:
        """A polynomial written out: common factors in front, then a sum.

        first: claims parameter names; terms that differ only in parameters are collected, (k1 + k2)*S.
        """
        if not polynomial:
            return number(0)
        scale = poly.content(polynomial)
        if poly.common_sign(polynomial) < 0:
            scale = -scale
        common = poly.common_monomial(polynomial)
        rest = {m - common: poly.ratio(c, scale) for m, c in polynomial.items()}
        if len(rest) == 1:
            return mul(number(scale), self.monomial_expression(common))
        return mul(number(scale), self.monomial_expression(common), self._sum(rest, first))

    def _sum(self, polynomial: Polynomial, first: Grouping | None) -> Expression:
        if first is not None:
            others = [i for i in poly.atoms_of(polynomial) if not self.is_over(i, first)]
            groups = poly.grouped(polynomial, others)
            if 1 < len(groups) < len(polynomial):
                heads: Polynomial = dict.fromkeys(groups, 1)
                return add(
                    *(
                        mul(self.polynomial_expression(groups[m]), self.monomial_expression(m))
                        for m, _ in poly.sorted_terms(heads)
                    )
                )
        return add(*(mul(number(c), self.monomial_expression(m)) for m, c in poly.sorted_terms(polynomial)))

    def is_over(self, index: int, first: Grouping) -> bool:
        """Whether an atom consists only of symbols that `first` claims."""
        for node in postorder([self.atoms[index].node]):
            if node.op == TIME or (node.op == SYMBOL and not first(str(node.value))):
                return False
        return True

    def monomial_expression(self, monomial: int) -> Expression:
        """The product of the monomial's atoms."""
        return mul(*(power(self.atoms[i].node, number(e)) for i, e in poly.exponents(monomial)))


def is_zero(expression: Expression, *, positive: bool = False, limit: int = poly.TERM_LIMIT) -> bool | None:
    """Whether the expression is identically zero: proved, refuted, or None for undecided.

    Refuted only where the atoms are independent of each other (symbols, time, exp and symbolic powers in
    normal form), so that a non-zero normal form is a non-zero function. positive: symbols stand for
    positive numbers.
    """
    normaliser = Normaliser(positive=positive, limit=limit)
    try:
        form = normaliser.form(expression)
    except (TooLarge, ZeroDivisionError):
        return None
    if form.is_zero:
        return True
    atoms = poly.atoms_of(form.numerator)
    return False if all(_is_independent(normaliser, index) for index in atoms) else None


def _is_independent(normaliser: Normaliser, index: int) -> bool:
    """Whether the atom is a symbol, time, or exp(m) or x^m with m a single non-constant term in symbols.

    Such exponentials are algebraically independent: their exponents are linearly independent over the
    rationals (Kolchin 1968).
    """
    atom = normaliser.atoms[index]
    if atom.node.op in (SYMBOL, TIME):
        return True
    if atom.node.op == "pow":
        base, exponent = atom.arguments
        plain = not base.denominator and len(base.numerator) == 1 and atom.node.args[0].op in (SYMBOL, TIME)
    elif atom.node.op == "exp":
        (exponent,), plain = atom.arguments, True
    else:
        return False
    inner = poly.atoms_of(exponent.numerator)
    symbols = all(normaliser.atoms[i].node.op in (SYMBOL, TIME) for i in inner)
    unit = (
        len(exponent.numerator) == 1 and not exponent.denominator and set(exponent.numerator.values()) == {1}
    )
    return plain and symbols and unit and bool(inner)


def equal(
    left: Expression, right: Expression, *, positive: bool = False, limit: int = poly.TERM_LIMIT
) -> bool | None:
    """Whether two expressions are the same function; None where undecided. See `is_zero`."""
    return True if left is right else is_zero(left - right, positive=positive, limit=limit)


def together(
    expression: Expression, first: Grouping | None = None, *, limit: int = poly.TERM_LIMIT
) -> Expression:
    """One fraction over a common, factored denominator.

    The expression itself where that would be too large.
    """
    normaliser = Normaliser(limit=limit)
    try:
        return normaliser.expression(normaliser.form(expression), first)
    except (TooLarge, ZeroDivisionError):
        return expression
