"""Work out what every name of a model stands for, in terms of states and parameters only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from isthmus.algebra.expression import DELAY, SYMBOL, Expression, has_operation, symbol, symbols_in
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError, Where

if TYPE_CHECKING:
    from isthmus.dynamics.past import Past

_STATE: Final = "x:"
_PAST: Final = "past:"
_INITIAL: Final = "initial:"


def state_symbol(name: str) -> Expression:
    """The state variable of a quantity; no id of a model has a colon."""
    return symbol(_STATE + name)


def initial_symbol(name: str) -> Expression:
    """The initial value of a species or state as the file gives it: the value in the parameter vector."""
    return symbol(_INITIAL + name)


def is_state(node: Expression) -> bool:
    """Whether a node is a state variable."""
    return node.op == SYMBOL and str(node.value).startswith(_STATE)


def past_symbol(state: Expression) -> Expression:
    """What a delay is of, for a state variable: only `delay(past:<id>, lag)` has a value."""
    return symbol(_PAST + str(state.value).removeprefix(_STATE))


def is_past(node: Expression) -> bool:
    """Whether a node is the past of a state variable."""
    return node.op == SYMBOL and str(node.value).startswith(_PAST)


@dataclass(frozen=True, slots=True)
class Definition:
    """What a name stands for, and who says so (for messages)."""

    formula: Expression
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Everything a formula may name, worked out when it is first named.

    definitions: name → what it stands for. plain: names that are parameters themselves. missing:
    declared names that nothing gives a value. past: what resolves delays, None where no definition has one.
    """

    definitions: Mapping[str, Definition]
    plain: frozenset[str]
    missing: frozenset[str]
    file: str = ""
    past: Past | None = None
    _meanings: dict[Expression, Expression] = field(default_factory=dict, repr=False)

    def resolve(self, formulas: Iterable[Expression], source: str) -> list[Expression]:
        """The formulas in states, parameters and time; ModelError for a name without a value, or a circle."""
        roots = list(formulas)
        if not all(root in self._meanings for root in roots):
            self.require(roots, source)
        return self.substitute(roots)

    def substitute(self, formulas: Sequence[Expression]) -> list[Expression]:
        """The formulas in states, parameters and time, where `require` has been called for them."""
        found = substitute(formulas, self._meanings)
        if self.past is None or not has_operation((DELAY,), formulas):
            return found
        return self.past.resolve(found)

    def require(self, formulas: Sequence[Expression], source: str) -> None:
        """Work out every name in the formulas."""
        path: dict[str, None] = {}
        stack = [(name, source, False) for name in self._unknown(formulas)]
        while stack:
            name, origin, left = stack.pop()
            if left:
                del path[name]
                self._settle(name)
            elif name in path:
                raise self._circle([*path], name)
            elif symbol(name) not in self._meanings:
                definition = self._definition(name, origin)
                path[name] = None
                stack.append((name, origin, True))
                stack.extend(
                    (other, definition.source, False) for other in self._unknown([definition.formula])
                )

    def _unknown(self, formulas: Sequence[Expression]) -> list[str]:
        """Names that still have to be worked out."""
        found: list[str] = []
        for node in symbols_in(formulas):
            if node not in self._meanings:
                name = str(node.value)
                if name in self.plain or name.startswith((_STATE, _PAST, _INITIAL)):
                    self._meanings[node] = node
                else:
                    found.append(name)
        return found

    def _settle(self, name: str) -> None:
        formula = self.definitions[name].formula
        self._meanings[symbol(name)] = self.substitute([formula])[0]

    def _definition(self, name: str, source: str) -> Definition:
        definition = self.definitions.get(name)
        if definition is not None:
            return definition
        place = Where(file=self.file, object=source)
        if name in self.missing:
            raise ModelError(
                "E-NO-VALUE",
                f"{name!r} has no value",
                needed="a number, an initial assignment or a rule for every quantity that a formula uses",
                advice=f"give {name!r} a value",
                where=place,
            )
        raise ModelError(
            "E-UNKNOWN-ID",
            f"{name!r} is not in the model",
            needed="the id of a species, parameter, compartment or reaction",
            advice="list the ids with `isthmus inspect`",
            where=place,
        )

    def _circle(self, path: list[str], name: str) -> ModelError:
        members = [*path[path.index(name) :], name]
        return ModelError(
            "E-CIRCULAR-DEFINITION",
            "definitions go round in a circle: " + " → ".join(members),
            needed="rules and initial assignments that can be worked out one after the other",
            advice="break the circle, or write the relation as a rate rule",
            where=Where(file=self.file, object=self.definitions[name].source),
        )
