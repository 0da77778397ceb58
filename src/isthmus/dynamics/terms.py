"""Split rates into the terms they are sums of, so that each can be weighed and dropped on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from isthmus.algebra.expression import (
    SYMBOL,
    TIME,
    Expression,
    add,
    constant_value,
    div,
    mul,
    number,
    postorder,
    power,
    split_coefficient,
    symbol,
)
from isthmus.dynamics.definitions import Names, is_past, is_state
from isthmus.errors import ModelError
from isthmus.model.reaction import opposite

# How many nested factors and denominators are looked through; more is no rate law, and recursion is bounded.
_SPLIT_DEPTH: Final = 20
_CANCEL_DEPTH: Final = 6


@dataclass(frozen=True, slots=True)
class Term:
    """One additive term of a reaction's rate, a rate rule or a constraint's residual.

    The rate is Σ coefficient · written over the terms of the same owner and conversion; coefficient is
    1 or −1. written: in the ids of the model. formula: the same in state variables, parameters and
    time, times the conversion factor where the species changed have one. owner: the id of the reaction
    or of the ruled variable. kind: "reaction", "rate rule" or "constraint". conversion: id of the
    conversion factor, "" for none.
    """

    owner: str
    written: Expression
    formula: Expression
    coefficient: Fraction = Fraction(1)
    kind: str = "reaction"
    conversion: str = ""

    @property
    def reaction(self) -> str:
        """The owner."""
        return self.owner


@dataclass(frozen=True, slots=True)
class Contribution:
    """A rate before it is split: its owner, its formula as written, and what it changes by how much."""

    owner: str
    kind: str
    rate: Expression
    conversion: str
    changes: Mapping[int, Fraction]


def collect_terms(
    contributions: Sequence[Contribution], states: int, names: Names, volumes: frozenset[Expression]
) -> tuple[tuple[Term, ...], tuple[dict[int, Fraction], ...]]:
    """(terms, gain) with x′_i = Σ_j gain[i][j] · formula of term j, in exact rationals.

    volumes: symbols of constant compartment sizes, cancelled from c · x/c in the formulas.
    """
    gain: tuple[dict[int, Fraction], ...] = tuple({} for _ in range(states))
    varies = _variation(names)
    found: list[tuple[Contribution, int, Expression]] = []
    _require_all(names, contributions)
    for part in contributions:
        for sign, written in split_terms(part.rate, varies):
            for state, change in part.changes.items():
                gain[state][len(found)] = change if sign > 0 else opposite(change)
            found.append((part, sign, written))
    formulas = names.substitute([written for _, _, written in found])
    terms: list[Term] = []
    for (part, sign, written), resolved in zip(found, formulas, strict=True):
        formula = resolved
        if part.conversion:
            formula = mul(names.resolve([symbol(part.conversion)], f"species of {part.owner!r}")[0], resolved)
        formula = cancel_volumes(formula, volumes)
        terms.append(Term(part.owner, written, formula, Fraction(sign), part.kind, part.conversion))
    return tuple(terms), gain


def _require_all(names: Names, contributions: Sequence[Contribution]) -> None:
    """Work out every name in the rates; ModelError that says which one names what is not there."""
    try:
        names.require([part.rate for part in contributions], "rates")
    except ModelError:
        for part in contributions:
            names.require([part.rate], f"{part.kind} {part.owner!r}")
        raise


def split_terms(rate: Expression, varies: Callable[[Expression], bool]) -> list[tuple[int, Expression]]:
    """(sign, term) with rate = Σ sign · term; a rate of zero has none.

    A sum is split after constant factors and a common denominator are multiplied out: c·(a − b)/d is
    c·a/d − c·b/d. Sums that something varying multiplies stay whole. varies: whether a leaf depends on
    a state or on time.
    """
    if _is_product_of_powers(rate):
        return [_signed(rate)]

    def varying(node: Expression) -> bool:
        return any(varies(leaf) for leaf in _leaves(node)) if node.args else varies(node)

    parts: list[Expression] = []
    stack = [rate]
    while stack:
        node = stack.pop()
        pieces = [node] if _is_product_of_powers(node) else _pieces(node, varying)
        if len(pieces) == 1:
            parts.append(node)
        else:
            stack.extend(reversed(pieces))
    return [_signed(part) for part in parts if constant_value(part) != 0]


def _leaves(root: Expression) -> Iterator[Expression]:
    """The leaves below a node, each once."""
    seen: set[Expression] = set()
    stack = [root]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            if node.args:
                stack += node.args
            else:
                yield node


def _is_product_of_powers(rate: Expression) -> bool:
    """Whether there is nothing to split: mass action, as most laws of large networks are."""
    return rate.op == "mul" and all(not arg.args or arg.op == "pow" for arg in rate.args)


def _variation(names: Names) -> Callable[[Expression], bool]:
    """Whether a leaf of a written formula depends on a state or on time."""
    known: dict[Expression, bool] = {}

    def varies(leaf: Expression) -> bool:
        told = known.get(leaf)
        if told is None:
            meaning = names.resolve([leaf], "rate") if leaf.op == SYMBOL else [leaf]
            told = any(is_state(node) or is_past(node) or node.op == TIME for node in postorder(meaning))
            known[leaf] = told
        return told

    return varies


def _pieces(
    node: Expression, varying: Callable[[Expression], bool], depth: int = _SPLIT_DEPTH
) -> list[Expression]:
    """The addends of a node, looking through constant factors and denominators."""
    if depth == 0:
        return [node]
    if node.op == "add":
        return list(node.args) if varying(node) else [node]
    if node.op == "div":
        above = _pieces(node.args[0], varying, depth - 1)
        return [div(piece, node.args[1]) for piece in above] if len(above) > 1 else [node]
    if node.op == "mul":
        moving = [arg for arg in node.args if varying(arg)]
        if len(moving) == 1:
            inner = _pieces(moving[0], varying, depth - 1)
            factors = [arg for arg in node.args if arg is not moving[0]]
            return [mul(*factors, piece) for piece in inner] if len(inner) > 1 else [node]
    return [node]


def _signed(formula: Expression) -> tuple[int, Expression]:
    coefficient, rest = split_coefficient(formula)
    if coefficient == -1:
        return -1, rest
    if coefficient < 0:
        return -1, mul(number(-coefficient), rest)
    return 1, formula


def cancel_volumes(formula: Expression, volumes: frozenset[Expression]) -> Expression:
    """The same product with every c · (x / c) written as x, for compartment sizes c, which are never 0."""
    if formula.op != "mul":
        return formula
    for volume in formula.args:
        if volume in volumes:
            rest = mul(*(arg for arg in formula.args if arg is not volume))
            cancelled = _times(volume, rest, _CANCEL_DEPTH)
            if cancelled is not None:
                return cancel_volumes(cancelled, volumes)
    return formula


def _times(volume: Expression, node: Expression, depth: int) -> Expression | None:
    """volume · node without the volume, where node carries 1/volume; None where it does not."""
    if depth == 0:
        return None
    match node.op:
        case "div":
            above, below = node.args
            if below is volume:
                return above
            inner = _times(volume, above, depth - 1)
            return None if inner is None else div(inner, below)
        case "pow":
            base, exponent = node.args
            size = constant_value(exponent)
            if size is None or size.denominator != 1 or size < 2:
                return None
            inner = _times(volume, base, depth - 1)
            return None if inner is None else mul(inner, power(base, number(size - 1)))
        case "mul":
            for i, arg in enumerate(node.args):
                inner = _times(volume, arg, depth - 1)
                if inner is not None:
                    return mul(*node.args[:i], inner, *node.args[i + 1 :])
        case "add":
            inners = [_times(volume, arg, depth - 1) for arg in node.args]
            found = [inner for inner in inners if inner is not None]
            return add(*found) if len(found) == len(inners) else None
    return None
