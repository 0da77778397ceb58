"""From what a person writes to a Question."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from isthmus.algebra.expression import free_symbols, symbol
from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.start import check_start
from isthmus.errors import UsageError
from isthmus.model.domain import parse_vary
from isthmus.model.input import STEPS, Input
from isthmus.model.model import Model
from isthmus.model.question import Domain, Observable, Question
from isthmus.study.horizon import derive_horizon
from isthmus.study.inputs import input_domain, parse_inputs
from isthmus.study.times import parse_time

NOTHING = "none"
METRICS = ("peak", "range", "features")
LEAST_TOLERANCE = 1e-8
"""Solutions are computed to 10⁻⁴ of the tolerance; below this one they drown in rounding."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as texts, the way the command line takes it.

    observe: ids, names or formulas. tolerance: `1%` or `0.01`. horizon, after: numbers or times with units.
    vary: `k1=0.5..2x`, …, or `none` alone. inputs: `dose=steps:0..24/4:0..10`, …
    """

    observe: tuple[str, ...]
    tolerance: str = "1%"
    horizon: str | None = None
    after: str | None = None
    vary: tuple[str, ...] = ()
    seed: int = 1
    metric: str = "peak"
    inputs: tuple[str, ...] = ()


def ask(dynamics: Dynamics, asked: Asked) -> Question:
    """The question about a model read as rates, inputs in it; UsageError for what cannot be asked."""
    model = dynamics.model
    inputs = parse_inputs(asked.inputs, model)
    _refuse_varied_levels(asked, inputs)
    observables = tuple(find_observable(model, text) for text in asked.observe)
    if not observables:
        raise UsageError("E-OBSERVE", "no observable was named", needed="at least one", advice="--observe ID")
    tolerance = parse_tolerance(asked.tolerance)
    after = 0.0 if asked.after is None else parse_time(model, asked.after, "--after")
    require_metric(asked.metric)
    check_start(dynamics)
    if asked.horizon is None:
        derived = derive_horizon(dynamics, observables)
        horizon, reason = derived.value, derived.reason
    else:
        horizon, reason = parse_time(model, asked.horizon, "--horizon"), "asked for"
    if horizon <= 0:
        raise UsageError(
            "E-HORIZON", f"a horizon of {horizon:g}", needed="a positive time", advice="--horizon 100"
        )
    if not 0 <= after < horizon:
        raise UsageError(
            "E-AFTER",
            f"a window from {after:g} to {horizon:g}",
            needed="a start between 0 and the horizon",
            advice="a smaller --after",
        )
    values = dict(zip(dynamics.quantities, map(float, dynamics.nominal), strict=True))
    domain = input_domain(_varied(dynamics, asked.vary), inputs, values)
    return Question(observables, tolerance, horizon, domain, after, asked.metric, asked.seed, reason)


def _varied(dynamics: Dynamics, texts: tuple[str, ...]) -> Domain:
    """The domain without the inputs."""
    if texts == (NOTHING,):
        return Domain()
    return parse_vary(texts, dynamics.model, dynamics.quantities, dynamics.nominal)


def _refuse_varied_levels(asked: Asked, inputs: Sequence[Input]) -> None:
    """Refuse a range for what an input varies already, or for the quantity that it drives."""
    varied = {text.partition("=")[0].strip() for text in asked.vary}
    for scheduled in inputs:
        driven = {scheduled.quantity} if scheduled.kind == STEPS else set()
        for name in sorted(varied & {*scheduled.levels, *driven}):
            outside = f", or {scheduled.resting} for the value outside of it" if driven else ""
            raise UsageError(
                "E-INPUT",
                f"--input {scheduled.text} and --vary {name}=…",
                needed="one range for each quantity",
                advice=f"the bounds of the input{outside}",
            )


def find_observable(model: Model, text: str) -> Observable:
    """An id, a name or a formula over ids; UsageError with the closest names where it is none of them."""
    text = text.strip()
    known = model.ids
    if not text:
        raise UsageError(
            "E-OBSERVE", "an empty text", needed="an id, a name or a formula over ids", advice="--observe ID"
        )
    if text in known:
        return Observable(text, symbol(text))
    named = [identifier for identifier, name in _named(model) if name == text]
    if len(named) == 1:
        return Observable(named[0], symbol(named[0]))
    if len(named) > 1:
        raise UsageError(
            "E-OBSERVE",
            f"the name {text!r} belongs to {', '.join(named)}",
            needed="one quantity",
            advice=f"--observe {named[0]}",
        )
    formula = parse(text, known)
    unknown = sorted(free_symbols(formula) - known)
    if unknown:
        close = _close_names(model, unknown[0])
        hint = f"did you mean {' or '.join(close)}?" if close else "list the ids with `isthmus inspect`"
        raise UsageError(
            "E-OBSERVE",
            f"{unknown[0]!r} is not in the model",
            needed="an id, a name or a formula over ids",
            advice=hint,
        )
    return Observable(text, formula)


def _named(model: Model) -> list[tuple[str, str]]:
    """(id, name) of every quantity."""
    found = [(s.id, s.name) for s in model.species]
    found += [(p.id, p.name) for p in model.parameters]
    return found + [(c.id, c.name) for c in model.compartments]


def _close_names(model: Model, text: str) -> list[str]:
    """Ids and names like a text: first those that differ in upper and lower case only."""
    names = dict.fromkeys(name for pair in _named(model) for name in pair if name)
    same = [name for name in names if name.lower() == text.lower()]
    return same or get_close_matches(text, names, n=3, cutoff=0.4)


def require_metric(name: str) -> None:
    """Refuse (UsageError E-METRIC) what is no metric."""
    if name not in METRICS:
        close = get_close_matches(name, METRICS, n=1)
        raise UsageError(
            "E-METRIC",
            f"metric {name!r}",
            needed=f"one of {', '.join(METRICS)}",
            advice=f"--metric {close[0] if close else METRICS[0]}",
        )


def parse_tolerance(text: str) -> float:
    """`1%` or `0.01` as a fraction, above 0 and below 1."""
    body, scale = (text.strip()[:-1], 100.0) if text.strip().endswith("%") else (text.strip(), 1.0)
    try:
        value = float(body) / scale
    except ValueError:
        value = math.nan
    if not 0.0 < value < 1.0:
        raise UsageError(
            "E-TOLERANCE",
            f"a tolerance of {text!r}",
            needed="more than 0 and less than 100 %",
            advice="--tolerance 1% or --tolerance 0.01",
        )
    if value < LEAST_TOLERANCE:
        raise UsageError(
            "E-TOLERANCE",
            f"a tolerance of {text!r}, which drowns in the rounding of the solutions",
            needed=f"at least {LEAST_TOLERANCE:g}",
            advice="an exact reduction is found and proved at any tolerance",
        )
    return value


def observed_ids(observables: Sequence[Observable]) -> frozenset[str]:
    """Ids that the observables name."""
    return frozenset(free_symbols(*(o.formula for o in observables)))
