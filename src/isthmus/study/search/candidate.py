"""A written reduction, compiled and ready to be run at any draw of the full model's quantities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isthmus.algebra.eliminate import NoClosedForm
from isthmus.certify.pair import Pair, make_pair
from isthmus.dynamics.rates import read_rates
from isthmus.errors import ModelError, NumericalError
from isthmus.model.model import Model
from isthmus.model.reduction import Reduction
from isthmus.reduce.prune import without_idle_states
from isthmus.reduce.realise import Realised, realise
from isthmus.study.question import observed_ids
from isthmus.study.search.conditions import Bench, Floats
from isthmus.study.search.settled import settled_values


@dataclass(frozen=True, eq=False)
class Written:
    """A reduction as a compiled model of its own.

    realised: what was written. model: the same without the states that no observable needs any more. pair:
    both models side by side.
    """

    realised: Realised
    model: Model
    pair: Pair
    rtol: float

    def observables(self, quantities: Floats, times: Floats) -> Floats | None:
        """Observables at the times, (k, o); None where the model has no answer at these quantities."""
        translated = self.pair.translate(quantities)
        if not np.isfinite(translated).all():
            return None
        run = self.pair.reduced.run(translated, self.rtol, np.zeros(1, dtype=np.int64))
        if run.solution is None or not run.ok:
            return None
        return self.pair.reduced.columns(run, times, run.solution.at(times))[:, : self.pair.observables]


def write(bench: Bench, reduction: Reduction, *, implicit: bool = False) -> Written | NoClosedForm:
    """The reduction as a compiled model, or why it has no closed form."""
    realised = written_model(bench, reduction, implicit=implicit)
    if isinstance(realised, NoClosedForm):
        return realised
    model = without_idle_states(realised.model, observed_ids(bench.question.observables))
    try:
        pair = make_pair(bench.dynamics, read_rates(model), bench.question)
    except (NumericalError, ModelError) as error:
        return NoClosedForm(f"the written model does not run: {error.found}")
    return Written(realised, model, pair, bench.rtol)


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
