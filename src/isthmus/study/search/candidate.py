"""A written reduction, compiled and ready to be run at any draw of the full model's quantities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isthmus.algebra.eliminate import Memory, NoClosedForm
from isthmus.certify.pair import REFERENCE, Pair, make_pair
from isthmus.dynamics.rates import read_rates
from isthmus.errors import ModelError, NumericalError
from isthmus.model.model import Model
from isthmus.model.reduction import Elimination, Reduction
from isthmus.reduce.prune import without_idle_states
from isthmus.reduce.realise import Realised, realise
from isthmus.reduce.slaved import closed_forms
from isthmus.study.question import observed_ids
from isthmus.study.search.at_once import observe_at_once, suits
from isthmus.study.search.conditions import Bench, Floats, Shown
from isthmus.study.search.settled import settled_values
from isthmus.study.search.signs import Signs, allowed, watch_signs

_Constraints = tuple[frozenset[Elimination], frozenset[str], frozenset[int]]


@dataclass(frozen=True, eq=False)
class Written:
    """A reduction as a compiled model of its own.

    realised: what was written. model: the same without the states that no observable needs any more. pair:
    both models side by side. rtol: relative tolerance of its runs. signs: what must not turn negative.
    """

    realised: Realised
    model: Model
    pair: Pair
    rtol: float
    signs: Signs

    def observables(self, quantities: Floats, times: Floats, rtol: float | None = None) -> Shown | None:
        """What is seen at the times; None where the model has no answer at these quantities.

        That a species turns negative is no answer; a loose run may overshoot zero where a precise one does
        not.
        """
        translated = self.pair.translate(quantities)
        if not np.isfinite(translated).all():
            return None
        run = self.pair.reduced.run(translated, rtol or self.rtol, np.zeros(1, dtype=np.int64))
        if run.solution is None or not run.ok:
            return None
        columns = self.pair.reduced.columns(run, times, run.solution.at(times))
        if not self.signs.hold(columns, rtol or self.rtol):
            precise = REFERENCE * self.pair.rtol
            return self.observables(quantities, times, precise) if (rtol or self.rtol) > precise else None
        return Shown(columns[:, : self.pair.observables], run.executed, self.pair.events)

    def observables_at_once(self, table: Floats, times: Floats) -> Floats | None:
        """Observables of each row of quantities, (rows, k, o); None where rows are better run one by one."""
        side, question = self.pair.reduced, self.pair.question
        if not suits(side.dynamics, self.pair.metric, len(table)):
            return None
        translated = np.array([self.pair.translate(row) for row in table])
        atol, lowest = self.rtol * side.atol, self.signs.lowest
        watched = (*question.observables, *((lowest,) if lowest is not None else ()))
        seen = observe_at_once(side.dynamics, translated, times, watched, question.horizon, self.rtol, atol)
        if lowest is not None:
            seen[~(seen[:, :, -1].min(axis=1) >= -allowed(self.rtol))] = np.nan
        return seen[:, :, : self.pair.observables]


def write(bench: Bench, reduction: Reduction, *, implicit: bool = False) -> Written | NoClosedForm:
    """The reduction as a compiled model, or why it has no closed form; written once, then remembered."""
    key = ("written", reduction.eliminations, reduction.frozen, reduction.dropped, implicit)
    if key not in bench.derived:
        bench.derived[key] = _write(bench, reduction, implicit)
    found: Written | NoClosedForm = bench.derived[key]
    return found


def _write(bench: Bench, reduction: Reduction, implicit: bool) -> Written | NoClosedForm:
    realised = written_model(bench, reduction, implicit=implicit)
    if isinstance(realised, NoClosedForm):
        return realised
    model = without_idle_states(realised.model, observed_ids(bench.question.observables))
    try:
        pair = make_pair(bench.dynamics, read_rates(model), bench.question)
    except (NumericalError, ModelError) as error:
        return NoClosedForm(f"the written model does not run: {error.found}")
    return Written(realised, model, pair, bench.screening, watch_signs(pair, bench.drawing.nominal))


def written_model(bench: Bench, reduction: Reduction, *, implicit: bool = False) -> Realised | NoClosedForm:
    """The reduction as a model, not compiled."""
    dynamics = bench.dynamics
    observed = observed_ids(bench.question.observables)
    return realise(
        dynamics.model,
        dynamics.states,
        dynamics.terms,
        dynamics.gain_by_state,
        reduction,
        observed,
        implicit=implicit,
        settled=lambda network: settled_values(bench, reduction, network),
    )


def is_closed(bench: Bench, reduction: Reduction) -> bool:
    """Whether the constraints of a reduction have closed-form solutions; found once, then remembered."""
    known: dict[_Constraints, bool] = bench.derived.setdefault("closed", {})
    key = _constraints(reduction)
    if key not in known:
        dynamics = bench.dynamics
        found = closed_forms(
            dynamics.model,
            dynamics.states,
            dynamics.terms,
            dynamics.gain_by_state,
            reduction,
            lambda network: settled_values(bench, reduction, network),
            bench.derived.setdefault("eliminated", Memory()),
        )
        known[key] = not isinstance(found, NoClosedForm)
    return known[key]


def is_surely_open(bench: Bench, reduction: Reduction) -> bool:
    """Whether part of its eliminations, with all else the same, were found to have no closed form.

    More equations of the same kind very rarely help, and to find that they do not takes long.
    """
    eliminations, frozen, dropped = _constraints(reduction)
    known: dict[_Constraints, bool] = bench.derived.get("closed", {})
    for (part, *rest), closed in known.items():
        if not closed and rest == [frozen, dropped] and part <= eliminations:
            return True
    return False


def _constraints(reduction: Reduction) -> _Constraints:
    """What decides whether there is a closed form."""
    return frozenset(reduction.eliminations), reduction.frozen, reduction.dropped
