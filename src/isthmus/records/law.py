"""What the equations say, before and after: laws, lumped parameters and conserved totals."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, Literal, Self

from isthmus.algebra.expression import Expression, postorder
from isthmus.algebra.layout import Rank
from isthmus.errors import UsageError
from isthmus.records.numbers import decode_number, encode_number

Role = Literal["rate", "derivative", "assignment", "initial", "event"]


@dataclass(frozen=True, slots=True)
class Formula:
    """One formula in the notations that readers ask for.

    infix: for machines and plain text. latex: for papers. mathml: presentation MathML for a browser, ""
    where the formula is too long.
    """

    infix: str
    latex: str = ""
    mathml: str = ""


@dataclass(frozen=True, slots=True)
class Law:
    """One law of the model, before and after the reduction.

    target: a reaction's id (role "rate"), a state's id ("derivative": its time derivative), or the
    quantity that a rule, an initial value or an event defines ("assignment", "initial", "event"). before or
    after is None where the law exists on one side only. event: the event's id, "" for other roles.
    """

    target: str
    role: Role
    before: Formula | None
    after: Formula | None
    event: str = ""

    @property
    def changed(self) -> bool:
        """Whether the reduction touched this law; the order of terms and factors does not count."""
        if self.before is None or self.after is None:
            return True
        return not _same_up_to_order(self.before.infix, self.after.infix)

    def as_json(self) -> dict[str, Any]:
        """Target, role and the formulas."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The law that `as_json` wrote."""
        before, after = (Formula(**data[side]) if data[side] else None for side in ("before", "after"))
        return cls(data["target"], data["role"], before, after, data.get("event", ""))


@dataclass(frozen=True, slots=True)
class Lumped:
    """A lumped parameter: one name for a combination of original parameters."""

    id: str
    formula: Formula
    value: float
    unit: str = ""
    meaning: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {**asdict(self), "value": encode_number(self.value)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The lumped parameter that `as_json` wrote."""
        formula = Formula(**data["formula"])
        return cls(data["id"], formula, decode_number(data["value"]), data["unit"], data["meaning"])


@dataclass(frozen=True, slots=True)
class Total:
    """A conserved total: id, what is summed, and its nominal value."""

    id: str
    formula: Formula
    value: float
    unit: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {**asdict(self), "value": encode_number(self.value)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The total that `as_json` wrote."""
        return cls(data["id"], Formula(**data["formula"]), decode_number(data["value"]), data["unit"])


def formula_of(expression: Expression, rank: Rank | None = None) -> Formula:
    """An expression in every notation; `rank` puts low ranks (parameters) before high ones (species)."""
    from isthmus.algebra.infix_printer import infix
    from isthmus.algebra.latex import latex
    from isthmus.algebra.presentation import to_presentation

    return Formula(
        infix(expression, rank=rank), latex(expression, rank=rank), to_presentation(expression, rank)
    )


@lru_cache(maxsize=4096)
def _same_up_to_order(left: str, right: str) -> bool:
    """Whether two texts spell the same formula, terms and factors in any order; unreadable ones as texts."""
    from isthmus.algebra.infix_parser import parse

    if left == right or len(left) != len(right):
        # Reordering keeps the length of what our own printer writes.
        return left == right
    try:
        return _shape(parse(left)) == _shape(parse(right))
    except UsageError:
        return False


def _shape(expression: Expression) -> str:
    """A digest of the formula that is blind to the order of terms and factors."""
    digests: dict[Expression, str] = {}
    for node in postorder([expression]):
        inside = [digests[arg] for arg in node.args]
        if node.op in ("add", "mul"):
            inside.sort()
        digests[node] = sha256(f"{node.op}|{node.value}|{'|'.join(inside)}".encode()).hexdigest()
    return digests[expression]
