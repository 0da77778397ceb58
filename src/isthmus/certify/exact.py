"""Exact certificates: a proof, in rationals, that two models say the same for every value of every number.

Let y be the reduced states and h(y) what the reduced model's rules say of the full states x. If h(y(0)) =
x(0) and ∂h/∂y · ẏ + ∂h/∂t = f(h(y)) identically, then h(y(t)) solves the full equations, and solutions are
unique: the models agree for all time. Events must agree as well (`exact_events`). Only the two models are
looked at, never how the reduced one was made.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from isthmus.algebra.differentiate import sparse_jacobian
from isthmus.algebra.evaluate import as_number, evaluate
from isthmus.algebra.expression import (
    RELATIONS,
    TIME_NODE,
    ZERO,
    Expression,
    add,
    free_symbols,
    mul,
    negate,
    postorder,
)
from isthmus.algebra.rational import is_zero
from isthmus.algebra.substitute import substitute
from isthmus.certify.cancellation import without_cancelling_terms
from isthmus.certify.equations import Equations, free
from isthmus.certify.exact_events import EventComparison
from isthmus.certify.mapping import link_quantities, need_same_meaning
from isthmus.errors import IsthmusError
from isthmus.model.model import Model
from isthmus.model.question import Observable

PROVED = "proved"
REFUTED = "refuted"
UNDECIDED = "undecided"

_JUMPING = RELATIONS | {"floor", "ceil"}
_POINTS = 3
_NOTICEABLE = 1e-6


@dataclass(frozen=True, slots=True)
class Witness:
    """Values at which two things that the proof needs to be equal differ."""

    values: Mapping[str, float]
    difference: float


@dataclass(frozen=True, slots=True)
class Proof:
    """The outcome: proved, refuted with a witness, or undecided with a reason.

    shown: full states proved equal, with what the reduced model says of them.
    """

    verdict: str
    reason: str = ""
    witness: Witness | None = None
    shown: tuple[str, ...] = ()


def prove(before: Model, after: Model, observables: Sequence[Observable]) -> Proof:
    """Whether observables, and full states that `after` still defines, agree for all values and times."""
    if before.constraints or after.constraints:
        return Proof(UNDECIDED, "a model with implicit unknowns is not handled by the algebraic proof")
    if any(model.has_delays or any(r.fast for r in model.reactions) for model in (before, after)):
        return Proof(UNDECIDED, "delays and reactions declared fast are not handled by the algebraic proof")
    full, reduced = Equations(before, "before"), Equations(after, "after")
    try:
        return _Comparison(full, reduced).prove(observables)
    except IsthmusError as refusal:
        return Proof(UNDECIDED, str(refusal))


class _Comparison:
    def __init__(self, full: Equations, reduced: Equations) -> None:
        self.full = full
        self.reduced = reduced
        self.numbers = self._numbers()
        defined = [s for s in full.states if s in reduced.model.ids]
        for state in defined:
            need_same_meaning(full.model, reduced.model, state)
        self.claims = dict(
            zip(defined, self._renamed([full.state_from(s, reduced) for s in defined]), strict=True)
        )
        self.in_claims = {full.state(state): claim for state, claim in self.claims.items()}

    def _numbers(self) -> dict[Expression, Expression]:
        """The reduced model's free numbers in those of the full one."""
        links = link_quantities(self.full.model, self.reduced.model, self.reduced.free_ids)
        known = set(self.full.free_ids)
        return {
            free(link.reduced): free(link.full) if link.full in known else self.full.start(link.full)
            for link in links
        }

    def _renamed(self, roots: Sequence[Expression]) -> list[Expression]:
        return substitute(roots, self.numbers)

    def prove(self, observables: Sequence[Observable]) -> Proof:
        missing = self._missing(observables)
        if missing:
            return Proof(
                UNDECIDED, f"the reduced model does not define {missing!r}, which the observables depend on"
            )
        jumping = self._jumping()
        if jumping:
            return Proof(UNDECIDED, f"what the reduced model says of {jumping!r} may jump with a condition")
        for what, residual in self._residuals(observables):
            outcome = _identically_zero(without_cancelling_terms(residual))
            if outcome is None:
                return Proof(
                    UNDECIDED, f"{what} could not be decided: the expressions are too large or not rational"
                )
            if isinstance(outcome, Witness):
                return Proof(REFUTED, f"{what} differs", outcome)
        why = EventComparison(self.full, self.reduced, self.claims, self._renamed).difference()
        if why:
            return Proof(UNDECIDED, why)
        return Proof(PROVED, shown=tuple(self.claims))

    def _missing(self, observables: Sequence[Observable]) -> str:
        """A full state that is needed and not defined by the reduced model, "" if there is none."""
        names = {str(self.full.state(s).value): s for s in self.full.states}
        waiting = [self.full.formula(o.formula) for o in observables] + [
            self.full.derivatives[s] for s in self.claims
        ]
        needed = {names[name] for root in waiting for name in free_symbols(root) if name in names}
        return min(needed - set(self.claims), default="")

    def _jumping(self) -> str:
        """A full state whose claim depends on a condition that time or a state may change, "" if none does.

        Where h jumps its slope says nothing of it, and a state does not jump.
        """
        moving = {TIME_NODE, *map(self.reduced.state, self.reduced.states)}
        for state, claim in self.claims.items():
            jumps = (node for node in postorder([claim]) if node.op in _JUMPING)
            if any(leaf in moving for node in jumps for leaf in postorder([node])):
                return state
        return ""

    def _residuals(self, observables: Sequence[Observable]) -> list[tuple[str, Expression]]:
        claimed = list(self.claims.values())
        states = [self.reduced.state(s) for s in self.reduced.states]
        rates = self._renamed([self.reduced.derivatives[s] for s in self.reduced.states])
        starts = self._renamed([self.reduced.initial_state(s) for s in self.reduced.states])
        at_start: dict[Expression, Expression] = dict(zip(states, starts, strict=True))
        at_start[TIME_NODE] = ZERO
        residuals: list[tuple[str, Expression]] = []
        for observable in observables:
            [there] = substitute([self.full.formula(observable.formula)], self.in_claims)
            [here] = self._renamed([self.reduced.formula(observable.formula)])
            residuals.append((f"observable {observable.name!r}", add(there, negate(here))))
        residuals.extend(self._assigned())
        first = substitute(claimed, at_start)
        for state, value in zip(self.claims, first, strict=True):
            residuals.append(
                (f"the initial value of {state!r}", add(value, negate(self.full.initial_state(state))))
            )
        slopes = sparse_jacobian(claimed, [*states, TIME_NODE])
        for i, state in enumerate(self.claims):
            parts = [
                mul(slope, rates[j]) if j < len(rates) else slope
                for (row, j), slope in slopes.items()
                if row == i
            ]
            [wanted] = substitute([self.full.derivatives[state]], self.in_claims)
            residuals.append((f"the rate of change of {state!r}", add(*parts, negate(wanted))))
        return residuals

    def _assigned(self) -> list[tuple[str, Expression]]:
        """What both models give by a rule must be the same."""
        rules = [r.variable for r in self.full.model.assignments if r.variable in self.reduced.model.ids]
        there = substitute([self.full.value(variable) for variable in rules], self.in_claims)
        here = self._renamed([self.reduced.value(variable) for variable in rules])
        names = {str(self.full.state(s).value) for s in self.full.states}
        return [
            (f"the rule for {variable!r}", add(a, negate(b)))
            for variable, a, b in zip(rules, there, here, strict=True)
            if not free_symbols(a) & names
        ]


def _identically_zero(residual: Expression) -> bool | Witness | None:
    """True when proved (and 0 at random points), a witness where it clearly is not 0, None when neither."""
    witness = _witness(residual)
    if witness is not None:
        return witness
    return True if is_zero(residual) else None


def _witness(residual: Expression) -> Witness | None:
    names = sorted(free_symbols(residual))
    # Fixed points: the same models give the same witness. By Schwartz and Zippel a nonzero polynomial rarely
    # vanishes at one.
    source = random.Random(20250101)
    for _ in range(_POINTS):
        values = {name: Fraction(source.randint(1, 10**6), source.randint(10**3, 10**6)) for name in names}
        time = Fraction(source.randint(1, 10**6), 10**5)
        value = as_number(evaluate([residual], values, time)[0])
        if isinstance(value, Fraction):
            clear = value != 0
        else:
            clear = value == value and abs(value) > _NOTICEABLE * _size(residual, values, time)
        if clear:
            shown = {name.partition(" ")[2]: float(v) for name, v in values.items()}
            return Witness(shown | {"time": float(time)}, float(value))
    return None


def _size(residual: Expression, values: Mapping[str, Fraction], time: Fraction) -> float:
    """The largest term of a sum: what a difference that is not zero is measured against."""
    terms = residual.args if residual.op == "add" else (residual,)
    return max(1e-300, *(abs(float(as_number(v))) for v in evaluate(list(terms), values, time)))
