"""Work out what every name of a model stands for, in terms of states and parameters only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from isthmus.algebra.expression import SYMBOL, Expression, postorder, symbol
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError, Where

_STATE: Final = "x:"
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


@dataclass(frozen=True, slots=True)
class Definition:
    """What a name stands for, and who says so (for messages)."""

    formula: Expression
    source: str


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """Everything a formula may name, worked out when it is first named.

    definitions: name → what it stands for. plain: names that are parameters themselves. missing:
    declared names that nothing gives a value.
    """

    definitions: Mapping[str, Definition]
    plain: frozenset[str]
    missing: frozenset[str]
    file: str = ""
    _meanings: dict[Expression, Expression] = field(default_factory=dict, repr=False)

    def resolve(self, formulas: Iterable[Expression], source: str) -> list[Expression]:
        """The formulas in states, parameters and time; ModelError for a name without a value, or a circle."""
        roots = list(formulas)
        self.require(roots, source)
        return self.substitute(roots)

    def substitute(self, formulas: Sequence[Expression]) -> list[Expression]:
        """The formulas in states, parameters and time, where `require` has been called for them."""
        return substitute(formulas, self._meanings)

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
        for node in postorder(formulas):
            if node.op == SYMBOL and node not in self._meanings:
                name = str(node.value)
                if name not in self.plain and not name.startswith((_STATE, _INITIAL)):
                    found.append(name)
        return found

    def _settle(self, name: str) -> None:
        formula = self.definitions[name].formula
        self._meanings[symbol(name)] = substitute([formula], self._meanings)[0]

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
