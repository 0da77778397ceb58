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
from isthmus.algebra.expression import SYMBOL, Expression, postorder, symbols_in
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


_Symbols = frozenset[Expression]
_Roots = list[tuple[Expression, Root]]


@dataclass(frozen=True, slots=True)
class Memory:
    """What was found before with the same `node_limit`, for sets of equations alike.

    present: an equation and the unknowns named in it → those that its numerator has. blocks: coupled
    equations, their unknowns, and those and the parameters in the equations → formulas, or why there are
    none. Formulas are right, but may be written otherwise than without a memory.
    """

    present: dict[tuple[Expression, _Symbols], _Symbols] = field(default_factory=dict)
    blocks: dict[tuple[bool, tuple[Expression, ...], tuple[Expression, ...], _Symbols], _Roots | str] = field(
        default_factory=dict
    )


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
    memory: Memory | None = None,
) -> Elimination | NoClosedForm:
    """Closed forms for 0 = equations, equation i being the rate of change of unknown i.

    is_parameter: the symbols that are positive constants, all others may be zero; laws are divided through by
    a leading coefficient made of those. node_limit: the largest number of nodes a formula may have. memory:
    filled, and used where there is something. Refusals are values, not exceptions.

    A root of a quadratic is the attracting one where the signs prove it, else the only positive one, else a
    candidate with `alternatives`. Linear solutions are unique and not tested for attraction.
    """
    if len(equations) != len(unknowns):
        return NoClosedForm(f"{len(equations)} equations for {len(unknowns)} unknowns", tuple(unknowns))
    solver = _Solver(equations, unknowns, is_parameter, node_limit, memory or Memory())
    try:
        incidence = [solver.incidence(equation) for equation in range(len(equations))]
    except TooLarge as error:
        return NoClosedForm(f"the equations are too large to expand: {error}", tuple(unknowns))
    except ZeroDivisionError:
        return NoClosedForm("an equation divides by zero", tuple(unknowns))
    return solver.solve(incidence)


class _Solver:
    def __init__(
        self,
        equations: Sequence[Expression],
        unknowns: Sequence[Expression],
        is_parameter: Callable[[str], bool] | None,
        node_limit: int,
        memory: Memory,
    ) -> None:
        self.normaliser = Normaliser(limit=_TERM_LIMIT)
        self.equations = equations
        self.unknowns = list(unknowns)
        self.position = {unknown: i for i, unknown in enumerate(unknowns)}
        self.memory = memory
        self.is_parameter = is_parameter
        self.rows: dict[int, _Row] = {}
        self.node_limit = node_limit
        names = {str(unknown.value) for unknown in unknowns}
        known = is_parameter or (lambda name: False)
        self.book = Textbook(
            self.normaliser, lambda name: name not in names and known(name), is_parameter is not None
        )
        self.atoms = [self.normaliser.index(unknown) for unknown in unknowns]
        self.result = Elimination({}, {}, {})

    def row(self, place: int) -> _Row:
        """An equation's numerator, worked out once."""
        if place not in self.rows:
            self.rows[place] = self.numerator(self.equations[place])
        return self.rows[place]

    def incidence(self, place: int) -> set[int]:
        """Positions of the unknowns of an equation."""
        equation = self.equations[place]
        named = frozenset(node for node in symbols_in([equation]) if node in self.position)
        known = self.memory.present.get((equation, named))
        if known is None:
            known = frozenset(self.unknowns[i] for i in self.present(self.row(place).polynomial))
            self.memory.present[equation, named] = known
        return {self.position[unknown] for unknown in known}

    def numerator(self, equation: Expression) -> _Row:
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
        position = self.position
        found: set[int] = set()
        for index in poly.atoms_of(polynomial):
            nodes = postorder([self.normaliser.atoms[index].node])
            found.update(position[node] for node in nodes if node.op == SYMBOL and node in position)
        return found

    def solve(self, incidence: Sequence[set[int]]) -> Elimination | NoClosedForm:
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
            present = frozenset(self.unknowns[u] for i in chosen for u in incidence[i])
            names = tuple(self.unknowns[u] for u in block)
            equations = tuple(self.equations[i] for i in chosen)
            key = (straight, equations, names, present | self.parameters(equations))
            if key not in self.memory.blocks:
                try:
                    self.memory.blocks[key] = self.solve_block(block, [self.row(i) for i in chosen], straight)
                except TooLarge as error:
                    return NoClosedForm(f"the equations are too large to expand: {error}", names)
            outcome = self.memory.blocks[key]
            if isinstance(outcome, str):
                return NoClosedForm(outcome, names)
            for unknown, root in outcome:
                self.record(unknown, root)
        return self.result

    def parameters(self, equations: Sequence[Expression]) -> _Symbols:
        known = self.is_parameter or (lambda name: False)
        return frozenset(node for node in symbols_in(equations) if known(str(node.value)))

    def solve_block(self, block: Sequence[int], rows: Sequence[_Row], straight: bool) -> _Roots | str:
        atoms = [self.atoms[u] for u in block]
        for row in rows:
            for index in poly.atoms_of(row.polynomial):
                if index not in atoms and not self.present({poly.atom(index): 1}).isdisjoint(block):
                    return f"an unknown stands inside {infix(self.normaliser.atoms[index].node)}"
        outcome = self.roots(atoms, rows, straight)
        if isinstance(outcome, str):
            return outcome
        for _, root in outcome:
            if any(len(postorder([f])) > self.node_limit for f in (root.formula, *root.alternatives)):
                return f"a formula of more than {self.node_limit} nodes"
        return [(self.normaliser.atoms[index].node, root) for index, root in outcome]

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
