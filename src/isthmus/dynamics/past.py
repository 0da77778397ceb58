"""Delays of formulas as delays of states: what f(x, t) was a lag ago is f(x(t − lag), t − lag)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from isthmus.algebra.expression import (
    DELAY,
    TIME,
    TIME_NODE,
    ZERO,
    Expression,
    add,
    call,
    constant_value,
    delay,
    negate,
    postorder,
)
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.definitions import is_past, is_state, past_symbol
from isthmus.errors import ModelError


@dataclass(frozen=True, slots=True)
class Past:
    """How formulas reach into the past.

    before: what states and constants were before time 0, as formulas of time; anything else was as at the
    start (SBML Level 3 Version 2, section 3.4.6: initial assignments hold at all times up to 0).
    """

    before: Mapping[Expression, Expression]

    def resolve(self, formulas: Sequence[Expression]) -> list[Expression]:
        """The same with every delay one of a single state, `delay(past:<id>, lag)`.

        ModelError for a lag that is a negative number; where one comes out negative, the value is NaN.
        """
        result: dict[Expression, Expression] = {}
        for node in postorder(formulas):
            args = [result[arg] for arg in node.args]
            if node.op == DELAY and not is_past(args[0]):
                result[node] = self._then(args[0], args[1])
            else:
                result[node] = _rebuilt(node, args)
        return [result[formula] for formula in formulas]

    def _then(self, formula: Expression, lag: Expression) -> Expression:
        """The formula, delays of states at most in it, a lag ago."""
        size = constant_value(lag)
        if size is not None and size < 0:
            raise ModelError(
                "E-DELAY-LAG",
                f"a delay by {float(size):g}, which is the future",
                needed="lags that are not negative",
            )
        if size == 0:
            return formula
        then = add(TIME_NODE, negate(lag))
        result: dict[Expression, Expression] = {}
        for node in postorder([formula]):
            if node.op == TIME:
                result[node] = then
            elif is_state(node):
                result[node] = self._begun(node, then, _state_then(node, lag))
            elif node.op == DELAY and is_past(node.args[0]):
                result[node] = delay(node.args[0], add(result[node.args[1]], lag))
            elif node in self.before:
                result[node] = self._begun(node, then, node)
            else:
                result[node] = _rebuilt(node, [result[arg] for arg in node.args])
        return result[formula]

    def _begun(self, leaf: Expression, then: Expression, value: Expression) -> Expression:
        """The value, or before time 0 the formula that held there."""
        before = self.before.get(leaf)
        if before is None:
            return value
        return call("piecewise", substitute([before], {TIME_NODE: then})[0], call("lt", then, ZERO), value)


def lags_in(formulas: Iterable[Expression]) -> list[Expression]:
    """The lags of all delays in resolved formulas, each once."""
    found = [node.args[1] for node in postorder(formulas) if node.op == DELAY]
    return list(dict.fromkeys(found))


def varies(lag: Expression) -> bool:
    """Whether a resolved lag depends on time or on a state."""
    return any(node.op == TIME or is_state(node) or is_past(node) for node in postorder([lag]))


def _state_then(state: Expression, lag: Expression) -> Expression:
    past = delay(past_symbol(state), lag)
    if constant_value(lag) is not None:
        return past
    return call("piecewise", past, call("gt", lag, ZERO), state, call("eq", lag, ZERO))


def _rebuilt(node: Expression, args: Sequence[Expression]) -> Expression:
    same = all(new is old for new, old in zip(args, node.args, strict=True))
    return node if same else call(node.op, *args)
