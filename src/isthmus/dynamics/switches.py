"""Where formulas jump: each comparison, floor and ceiling as a mode, a discrete value held within a step.

A mode is 1 or 0 for an inequality, the sign of the difference for an equality (so that passing through it is
seen), and the integer of a floor or ceiling. Formulas in which modes are symbols are smooth past a crossing,
where abs, min and max only have kinks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from isthmus.algebra.differentiate import differentiate
from isthmus.algebra.expression import (
    DELAY,
    MINUS_ONE,
    ONE,
    RELATIONS,
    TIME,
    TIME_NODE,
    ZERO,
    Expression,
    add,
    call,
    div,
    negate,
    postorder,
    symbol,
)
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.definitions import is_past, is_state

_ROUNDED: Final = frozenset({"floor", "ceil"})
_EQUALITIES: Final = frozenset({"eq", "ne"})
_Key = tuple[str, tuple[Expression, ...]]


@dataclass(frozen=True, slots=True)
class Mode:
    """A discrete value: `live` is its formula, `entry` the symbol that holds it.

    op, arguments: the comparison of two, or the floor or ceiling of one.
    """

    entry: Expression
    live: Expression
    op: str
    arguments: tuple[Expression, ...]
    is_timed: bool


@dataclass(frozen=True, slots=True)
class Switches:
    """All modes of some formulas, those of time alone first, and what replaces each jumping node.

    Time alone: with parameters, and with states that only events change.
    """

    modes: tuple[Mode, ...]
    replacements: Mapping[Expression, Expression]

    @property
    def timed(self) -> tuple[Mode, ...]:
        """The modes of time alone."""
        return tuple(mode for mode in self.modes if mode.is_timed)

    @property
    def stated(self) -> tuple[Mode, ...]:
        """The modes that states set."""
        return tuple(mode for mode in self.modes if not mode.is_timed)

    def freeze(self, formulas: Sequence[Expression]) -> list[Expression]:
        """The formulas with every mode held."""
        return substitute(formulas, self.replacements)

    def by_own_margin(self) -> list[Expression]:
        """Each mode as its own comparison or rounding gives it, the modes nested in it being held."""
        return [_live(mode.op, tuple(self.freeze(mode.arguments))) for mode in self.modes]

    def used_by(self, formulas: Sequence[Expression]) -> tuple[bool, ...]:
        """Which modes formulas depend on, those nested in others included."""
        by_entry = {mode.entry: mode for mode in self.modes}
        used: set[Expression] = set()
        waiting = list(formulas)
        while waiting:
            inside = [node for node in postorder(self.freeze(waiting)) if node in by_entry]
            waiting = [arg for entry in inside if entry not in used for arg in by_entry[entry].arguments]
            used.update(inside)
        return tuple(mode.entry in used for mode in self.modes)

    def landmarks(self) -> list[Expression]:
        """Times at which modes of time alone change, while the others stay: of those linear in time."""
        found = [_linear_root(difference) for mode in self.timed for difference in self._differences(mode)]
        return list(dict.fromkeys(root for root in found if root is not None))

    @property
    def has_waves(self) -> bool:
        """Whether a mode of time alone is not linear in time, the others held."""
        differences = [difference for mode in self.timed for difference in self._differences(mode)]
        return any(_slope_in_time(difference) is None for difference in differences)

    def _differences(self, mode: Mode) -> list[Expression]:
        """What changes its sign where a mode changes, the others held."""
        inner = self.freeze(mode.arguments)
        if mode.op in _ROUNDED:
            beyond = ONE if mode.op == "floor" else MINUS_ONE
            return [add(inner[0], negate(mode.entry)), add(inner[0], negate(mode.entry), negate(beyond))]
        return [add(inner[0], negate(inner[1]))]


def find_switches(formulas: Sequence[Expression], inert: frozenset[Expression]) -> Switches:
    """The modes of resolved formulas; inert: states that only events change, and their past."""
    nodes = postorder(formulas)
    varying = _reached(nodes, lambda leaf: leaf.op == TIME or is_state(leaf) or is_past(leaf))
    moving = _reached(nodes, lambda leaf: (is_state(leaf) or is_past(leaf)) and leaf not in inert)
    seen: dict[_Key, bool] = {}
    jumping: list[Expression] = []
    for node in nodes:
        if node in varying and (node.op in RELATIONS or node.op in _ROUNDED):
            jumping.append(node)
            for arguments in _atoms(node):
                if any(argument in varying for argument in arguments):
                    seen[_key(node.op), arguments] = not any(argument in moving for argument in arguments)
    ordered = sorted(seen, key=lambda key: not seen[key])
    modes = {
        key: Mode(symbol(f"mode:{place}"), _live(*key), *key, is_timed=seen[key])
        for place, key in enumerate(ordered)
    }
    replacements = {node: _frozen(node, modes) for node in jumping}
    return Switches(tuple(modes[key] for key in ordered), replacements)


def _reached(nodes: Sequence[Expression], claims: Callable[[Expression], bool]) -> set[Expression]:
    """The nodes with a leaf under them of which something holds."""
    reached: set[Expression] = set()
    for node in nodes:
        if any(arg in reached for arg in node.args) or (not node.args and claims(node)):
            reached.add(node)
    return reached


def _atoms(node: Expression) -> list[tuple[Expression, ...]]:
    """The pairs that a chain of comparisons compares; what a floor or ceiling rounds."""
    return [node.args] if node.op in _ROUNDED else list(pairwise(node.args))


def _key(op: str) -> str:
    return "eq" if op == "ne" else op


def _live(op: str, arguments: tuple[Expression, ...]) -> Expression:
    if op in _EQUALITIES:
        return call("piecewise", ONE, call("gt", *arguments), MINUS_ONE, call("lt", *arguments), ZERO)
    return call(op, *arguments)


def _frozen(node: Expression, modes: Mapping[_Key, Mode]) -> Expression:
    parts: list[Expression] = []
    for arguments in _atoms(node):
        mode = modes.get((_key(node.op), arguments))
        if mode is None:
            parts.append(call(node.op, *arguments))
        else:
            parts.append(call(node.op, mode.entry, ZERO) if node.op in _EQUALITIES else mode.entry)
    return parts[0] if len(parts) == 1 else call("and", *parts)


def _linear_root(difference: Expression) -> Expression | None:
    """The root in time of a difference linear in it, None where it is not or does not depend on it."""
    slope = _slope_in_time(difference)
    if slope is None or slope is ZERO:
        return None
    at_zero = substitute([difference], {TIME_NODE: ZERO})[0]
    return negate(div(at_zero, slope))


def _slope_in_time(difference: Expression) -> Expression | None:
    """The derivative by time where it is constant, None otherwise."""
    if any(node.op in ("factorial", DELAY) for node in postorder([difference])):
        return None
    slope = differentiate(difference, TIME_NODE)
    return None if any(node.op == TIME for node in postorder([slope])) else slope
