"""Solve 0 = F(z) for fast unknowns in closed form, on the root that attracts.

The equations are put in an order in which they can be solved one after the other or, where they are
coupled, in blocks: jointly linear blocks exactly, others by elimination down to one polynomial of degree
one or two. Symbols are taken to be positive numbers; nothing else is assumed, and where signs do not
decide which root attracts, all candidates are returned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from isthmus.algebra import polynomial as poly
from isthmus.algebra.expression import SYMBOL, Expression, postorder
from isthmus.algebra.field import Form
from isthmus.algebra.incidence import components, match
from isthmus.algebra.infix_printer import infix
from isthmus.algebra.linear_block import coefficients, solve_linear_block
from isthmus.algebra.nonlinear_block import solve_nonlinear_block
from isthmus.algebra.polynomial import Polynomial, TooLarge
from isthmus.algebra.rational import Normaliser
from isthmus.algebra.substitute import substitute
from isthmus.algebra.textbook import Textbook
from isthmus.algebra.univariate import Root, solve_univariate, without_content

NODE_LIMIT: Final = 2_000
_TERM_LIMIT: Final = 3_000


@dataclass(frozen=True, slots=True)
class Elimination:
    """Formulas for the unknowns; a formula may refer to unknowns that come before its own in `order`.

    kind: "linear", "linear block" or "quadratic". alternatives: for an unknown whose attracting root
    could not be told by signs, the other roots; the formula is then a candidate that has to be compared
    with a numerical solution.
    """

    solutions: dict[Expression, Expression]
    kind: dict[Expression, str]
    alternatives: dict[Expression, tuple[Expression, ...]] = field(default_factory=dict)

    @property
    def order(self) -> tuple[Expression, ...]:
        """The unknowns in the order in which they can be evaluated."""
        return tuple(self.solutions)

    def expanded(self) -> dict[Expression, Expression]:
        """The same formulas with every unknown inserted, so that none refers to another."""
        result: dict[Expression, Expression] = {}
        for unknown, formula in self.solutions.items():
            (result[unknown],) = substitute([formula], result)
        return result


@dataclass(frozen=True, slots=True)
class NoClosedForm:
    """Why there is no formula, and for which unknowns."""

    reason: str
    unknowns: tuple[Expression, ...] = ()


@dataclass(frozen=True, slots=True)
class _Row:
    """An equation as a polynomial; sign: 1 where it is ż times something positive, −1 negative, 0 unknown."""

    polynomial: Polynomial
    sign: int


def eliminate(
    equations: Sequence[Expression],
    unknowns: Sequence[Expression],
    *,
    is_parameter: Callable[[str], bool] | None = None,
    node_limit: int = NODE_LIMIT,
) -> Elimination | NoClosedForm:
    """Closed forms for 0 = equations, equation i being the rate of change of unknown i.

    is_parameter: the symbols that are positive constants, all others may be zero; laws are divided through by
    a leading coefficient made of those. node_limit: the largest number of nodes a formula may have. Refusals
    are values, not exceptions.

    A root of a quadratic is the attracting one where the signs prove it, else the only positive one, else a
    candidate with `alternatives`. Linear solutions are unique and not tested for attraction.
    """
    if len(equations) != len(unknowns):
        return NoClosedForm(f"{len(equations)} equations for {len(unknowns)} unknowns", tuple(unknowns))
    solver = _Solver(unknowns, is_parameter, node_limit)
    try:
        rows = [solver.row(equation) for equation in equations]
    except TooLarge as error:
        return NoClosedForm(f"the equations are too large to expand: {error}", tuple(unknowns))
    except ZeroDivisionError:
        return NoClosedForm("an equation divides by zero", tuple(unknowns))
    return solver.solve(rows)


class _Solver:
    def __init__(
        self, unknowns: Sequence[Expression], is_parameter: Callable[[str], bool] | None, node_limit: int
    ) -> None:
        self.normaliser = Normaliser(limit=_TERM_LIMIT)
        self.unknowns = list(unknowns)
        self.node_limit = node_limit
        names = {str(unknown.value) for unknown in unknowns}
        known = is_parameter or (lambda name: False)
        self.book = Textbook(
            self.normaliser, lambda name: name not in names and known(name), is_parameter is not None
        )
        self.atoms = [self.normaliser.index(unknown) for unknown in unknowns]
        self.result = Elimination({}, {}, {})

    def row(self, equation: Expression) -> _Row:
        """The numerator; a factor of the denominator whose sign is unknown makes the orientation unknown."""
        form: Form = self.normaliser.form(equation)
        sign = 1
        for factor, exponent in form.denominator.items():
            if exponent % 2:
                sign *= self.book.sign(self.normaliser.field.factors[factor])
        common = poly.common_monomial(form.numerator)
        scale = poly.content(form.numerator)
        kept = sum(poly.atom(i, e) for i, e in poly.exponents(common) if i in self.atoms)
        shift = common - kept
        polynomial = {m - shift: poly.ratio(c, scale) for m, c in form.numerator.items()}
        return _Row(polynomial, sign if self.normaliser.is_positive({shift: 1}) else 0)

    def present(self, polynomial: Polynomial) -> set[int]:
        """Positions of the unknowns that occur, also inside functions."""
        position = {unknown: i for i, unknown in enumerate(self.unknowns)}
        found: set[int] = set()
        for index in poly.atoms_of(polynomial):
            nodes = postorder([self.normaliser.atoms[index].node])
            found.update(position[node] for node in nodes if node.op == SYMBOL and node in position)
        return found

    def solve(self, rows: Sequence[_Row]) -> Elimination | NoClosedForm:
        incidence = [self.present(row.polynomial) for row in rows]
        assigned = match(incidence)
        if assigned is None:
            empty = [u for i, u in enumerate(self.unknowns) if not any(i in present for present in incidence)]
            return NoClosedForm(
                "no assignment of equations to unknowns: the equations are dependent", tuple(empty)
            )
        row_of = {unknown: i for i, unknown in enumerate(assigned)}
        needs = [incidence[row_of[u]] - {u} for u in range(len(self.unknowns))]
        for block in components(needs):
            # An equation in place of another unknown's says nothing about who is repelled.
            straight = {row_of[u] for u in block} == set(block)
            chosen = block if straight else [row_of[u] for u in block]
            refused = self.solve_block(block, [rows[i] for i in chosen], straight)
            if refused is not None:
                return refused
        return self.result

    def solve_block(self, block: Sequence[int], rows: Sequence[_Row], straight: bool) -> NoClosedForm | None:
        atoms = [self.atoms[u] for u in block]
        names = tuple(self.unknowns[u] for u in block)
        for row in rows:
            for index in poly.atoms_of(row.polynomial):
                if index not in atoms and not self.present({poly.atom(index): 1}).isdisjoint(block):
                    inside = infix(self.normaliser.atoms[index].node)
                    return NoClosedForm(f"an unknown stands inside {inside}", names)
        outcome = self.roots(atoms, rows, straight)
        if isinstance(outcome, str):
            return NoClosedForm(outcome, names)
        for index, root in outcome:
            if any(len(postorder([f])) > self.node_limit for f in (root.formula, *root.alternatives)):
                return NoClosedForm(f"a formula of more than {self.node_limit} nodes", names)
            self.record(self.normaliser.atoms[index].node, root)
        return None

    def roots(
        self, atoms: Sequence[int], rows: Sequence[_Row], straight: bool
    ) -> list[tuple[int, Root]] | str:
        polynomials = [row.polynomial for row in rows]
        sign = int(straight)
        for row in rows:
            sign *= row.sign
        try:
            matrix = coefficients(polynomials, atoms)
            if matrix is not None and len(atoms) > 1:
                solved = solve_linear_block(matrix, atoms, self.book)
                return (
                    solved if isinstance(solved, str) else [(u, Root(f, "linear block")) for u, f in solved]
                )
            if len(atoms) > 1:
                return solve_nonlinear_block(polynomials, atoms, sign, self.book)
            parts = without_content(poly.collected(polynomials[0], atoms[0]), self.book)
            root = solve_univariate(parts, sign, self.book)
        except TooLarge as error:
            return f"the eliminated equations are too large: {error}"
        return root if isinstance(root, str) else [(atoms[0], root)]

    def record(self, unknown: Expression, root: Root) -> None:
        self.result.solutions[unknown] = root.formula
        self.result.kind[unknown] = root.kind
        if root.alternatives:
            self.result.alternatives[unknown] = root.alternatives
