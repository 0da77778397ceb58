"""Sampled certificates: P{error > tolerance} ≤ η with confidence 1 − δ, on draws never seen before."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from isthmus.certify.attempts import Attempts
from isthmus.certify.clopper_pearson import (
    ALLOWED_FAILURES,
    ERROR_PROBABILITY,
    VIOLATION_PROBABILITY,
    Plan,
    lower_bound,
    make_plan,
    upper_bound,
)
from isthmus.certify.drawing import Drawing, make_drawing
from isthmus.certify.identity import question_key
from isthmus.certify.jumps import allowance
from isthmus.certify.pair import Pair, make_pair
from isthmus.certify.side import Flag
from isthmus.certify.trial import Outcome, judge, keeps_totals, see, side_conditions
from isthmus.certify.wording import claim_words, not_checked_words, percent, sampled_words
from isthmus.dynamics.rates import Dynamics
from isthmus.execute.threads import thread_map
from isthmus.model.domain import domain_text
from isthmus.model.fixed import fixed_quantities
from isthmus.model.question import Question
from isthmus.records.certificate import Certificate, Counterexample, DomainLine
from isthmus.seeds import generator

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """The rule, fixed before anything is drawn, and how to run it.

    eta, delta, failures: see `clopper_pearson.make_plan`. workers: threads; they change no number.
    stop_early: stop once more draws have failed than are allowed, since nothing can then save the claim.
    cancel: set its one number to stop. progress: (done, planned).
    """

    eta: float = VIOLATION_PROBABILITY
    delta: float = ERROR_PROBABILITY
    failures: int = ALLOWED_FAILURES
    workers: int | None = None
    stop_early: bool = True
    cancel: Flag = field(default_factory=lambda: np.zeros(1, dtype=np.int64))
    progress: Progress | None = None


@dataclass(frozen=True, slots=True)
class Sampled:
    """A sampled certificate with everything that was seen on the way.

    errors: of each draw done, NaN where the full model could not be verified. quantities: the conditions as
    run, one row a draw. attempts: the ledger with this
    attempt in it.
    """

    certificate: Certificate
    errors: Floats
    quantities: Floats
    outcomes: tuple[Outcome, ...]
    attempts: Attempts


@dataclass(frozen=True, slots=True)
class _Tally:
    """Outcomes so far; `index` of the draw that broke worst."""

    outcomes: tuple[Outcome, ...]
    tolerance: float

    @property
    def violations(self) -> int:
        return sum(outcome.violates(self.tolerance) for outcome in self.outcomes)

    @property
    def unverified(self) -> int:
        return sum(not outcome.verified for outcome in self.outcomes)

    def verdict(self, plan: Plan) -> str:
        """Kept if all unverified draws may be failures, broken if none needs to be, else undecided."""
        if self.violations > plan.failures:
            return "broken"
        done = len(self.outcomes) == plan.draws
        return "kept" if done and self.violations + self.unverified <= plan.failures else "undecided"


def certify_sampled(
    full: Dynamics,
    reduced: Dynamics,
    question: Question,
    *,
    seed: int | None = None,
    attempts: Attempts | None = None,
    attempt: int | None = None,
    settings: Settings | None = None,
    time_unit: str = "",
) -> Sampled:
    """Judge a reduced model on fresh draws of the question's domain.

    The draws come from H(seed, both model hashes, question, attempt, "certify"), the seed being the
    question's unless given. Attempt j of the ledger, every rung and model counted, spends δ/2ʲ; attempt 0
    announces that there will be no other and spends δ. Raises UsageError where the models cannot be
    compared, NumericalError where they cannot be run at nominal values.
    """
    rule = Settings() if settings is None else settings
    key = question_key(question)
    ledger = Attempts(key) if attempts is None else attempts
    number = ledger.following if attempt is None else attempt
    plan = make_plan(number, rule.eta, rule.delta, rule.failures)
    user_seed = question.seed if seed is None else seed
    pair = make_pair(full, reduced, question)
    drawing = make_drawing(pair.full, question)
    source = generator(user_seed, full.model.sha256, reduced.model.sha256, key, number, "certify")
    claimed, nominal = _nominal(pair, drawing, rule.cancel)
    table = drawing.table(source, plan.draws)
    seen = list(_outcomes(pair, drawing, table, claimed, plan, rule))
    table = np.array([row for row, _ in seen]).reshape(-1, len(full.quantities))
    outcomes = tuple(outcome for _, outcome in seen)
    tally = _Tally(outcomes, question.tolerance)
    words = _extra_words(pair, drawing, claimed)
    certificate = _issue(pair, plan, tally, table, user_seed, nominal, words, time_unit)
    errors = np.array([o.error for o in outcomes], dtype=np.float64)
    return Sampled(certificate, errors, table, outcomes, ledger.recorded(certificate))


def _nominal(pair: Pair, drawing: Drawing, cancel: Flag) -> tuple[NDArray[np.bool_], Outcome]:
    """(which totals the reduced model keeps at nominal and so claims to keep, the outcome there)."""
    none = np.zeros(len(pair.laws), dtype=np.bool_)
    quantities = drawing.nominal
    outcome = judge(pair, quantities, none, cancel)
    if not outcome.verified or math.isinf(outcome.error) or not len(none):
        return none, outcome
    full = pair.full.run(quantities, pair.rtol, cancel)
    reduced = pair.reduced.run(pair.translate(quantities), pair.rtol, cancel)
    if not (full.ok and reduced.ok):
        return none, outcome
    times = pair.grid(full, reduced, pair.align(full, reduced))
    return keeps_totals(pair, see(pair, full, reduced, times)[-1]), outcome


def _outcomes(
    pair: Pair,
    drawing: Drawing,
    table: Floats,
    claimed: NDArray[np.bool_],
    plan: Plan,
    rule: Settings,
) -> Iterator[tuple[Floats, Outcome]]:
    """Outcomes in the order of the draws, up to the one that settled the verdict."""

    def one(row: Floats) -> tuple[Floats, Outcome]:
        settled = drawing.settled(row)
        if settled is None:
            return row, Outcome(False, math.nan, math.nan, 0, why="no steady state to start from was found")
        return settled, judge(pair, settled, claimed, rule.cancel)

    failed = 0
    for index, (row, outcome) in enumerate(thread_map(one, table, rule.workers)):
        if outcome.cancelled:
            return
        yield row, outcome
        failed += outcome.violates(pair.question.tolerance)
        if rule.progress is not None:
            rule.progress(index + 1, plan.draws)
        if rule.stop_early and failed > plan.failures:
            return


def _extra_words(pair: Pair, drawing: Drawing, claimed: NDArray[np.bool_]) -> tuple[str, ...]:
    words: list[str] = []
    if drawing.steady is not None and not drawing.steady.complete:
        words.append("starts off the steady state (initial values given by formulas were left as they are)")
    if not len(drawing.cycles) and any(
        reaction.reversible for reaction in pair.full.dynamics.model.reactions
    ):
        words.append("thermodynamic cycles other than of mass-action steps (none was found)")
    if not claimed.all():
        lost = int((~claimed).sum())
        totals = "1 conserved total" if lost == 1 else f"{lost} conserved totals"
        words.append(f"{totals} that the reduced model does not keep exactly")
    if pair.events:
        words.append(
            "the times between an event of one model and the same of the other, up to "
            f"{allowance(pair.question):.3g} in all"
        )
    return tuple(words)


def _issue(
    pair: Pair,
    plan: Plan,
    tally: _Tally,
    table: Floats,
    seed: int,
    nominal: Outcome,
    extra: Sequence[str],
    time_unit: str,
) -> Certificate:
    question, full = pair.question, pair.full.dynamics
    verdict = tally.verdict(plan)
    n, failures = len(tally.outcomes), tally.violations + tally.unverified
    upper = upper_bound(failures, n, plan.delta) if n else 1.0
    bounds = (lower_bound(tally.violations, n, plan.delta), upper)
    not_checked = not_checked_words(_held(full, question), extra, question.horizon, time_unit)
    counterexample = _counterexample(pair, tally, table) if verdict == "broken" else None
    worst = _worst(tally)
    claim = claim_words(question, pair.metric.name, pair.notes, time_unit)
    worst_words = (
        f"worst error {percent(worst)}" if worst is not None and math.isfinite(worst) else "a run failed"
    )
    counts = (n, failures, tally.unverified)
    sentence = sampled_words(verdict, claim, plan, counts, bounds, worst_words, not_checked)
    cancelled = n < plan.draws and verdict == "undecided"
    return Certificate(
        strength="sampled",
        verdict=verdict,
        tolerance=question.tolerance,
        worst_error=worst,
        draws=n,
        failures=failures,
        violation_probability=upper,
        confidence=1 - plan.overall,
        attempt=plan.attempt,
        metric=pair.metric.name,
        horizon=question.horizon,
        domain=domain_text(question.domain),
        seed=seed,
        before_sha256=full.model.sha256,
        after_sha256=pair.reduced.dynamics.model.sha256,
        not_checked=not_checked,
        after=question.after,
        observables=tuple(observable.name for observable in question.observables),
        error_quantiles=_quantiles(tally, nominal),
        attempt_confidence=1 - plan.delta,
        planned_draws=plan.draws,
        allowed_failures=plan.failures,
        undecided_draws=tally.unverified,
        domain_ranges=tuple(
            DomainLine(r.quantity, r.low, r.high, r.relative) for r in question.domain.ranges
        ),
        side_conditions={
            name: sum(name in o.broken for o in tally.outcomes) for name in side_conditions(pair)
        },
        counterexample=counterexample,
        reason="E-CERT-CANCELLED" if cancelled else "E-CERT-UNVERIFIED" if verdict == "undecided" else "",
        sentence=sentence,
    )


def _held(full: Dynamics, question: Question) -> dict[str, str]:
    """Quantities that the domain leaves alone, and why."""
    fixed = fixed_quantities(full.model, full.quantities, full.nominal)
    varied = {member.quantity for member in question.domain.ranges}
    return {q: fixed.get(q, "not asked for") for q in full.quantities if q not in varied}


def _worst(tally: _Tally) -> float | None:
    errors = [outcome.error for outcome in tally.outcomes if outcome.verified]
    return max(errors, default=None)


def _quantiles(tally: _Tally, nominal: Outcome) -> dict[str, float]:
    errors = np.array([outcome.error for outcome in tally.outcomes if outcome.verified])
    found = {"nominal": nominal.error}
    if len(errors):
        # The nearest rank above needs no arithmetic on infinite errors.
        for name, share in (("median", 0.5), ("p90", 0.9), ("p99", 0.99), ("worst", 1.0)):
            found[name] = float(np.quantile(errors, share, method="higher"))
    return found


def _counterexample(pair: Pair, tally: _Tally, table: Floats) -> Counterexample:
    """The violation with the largest error, side conditions first where no error is above the tolerance."""
    violating = [i for i, outcome in enumerate(tally.outcomes) if outcome.violates(tally.tolerance)]
    index = max(violating, key=lambda i: tally.outcomes[i].error)
    outcome = tally.outcomes[index]
    reasons = [*outcome.broken]
    if tally.tolerance < outcome.error < math.inf:
        reasons.insert(0, f"error {percent(outcome.error)} above {percent(tally.tolerance)}")
    return Counterexample(
        values=dict(zip(pair.full.dynamics.quantities, map(float, table[index]), strict=True)),
        error=outcome.error,
        time=outcome.time,
        observable=pair.question.observables[outcome.observable].name,
        reason="; ".join([*reasons, outcome.why] if outcome.why else reasons),
    )
