"""Sampled certificates on models whose right verdict is known, and on certifiers made weaker on purpose."""

import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from isthmus.algebra.expression import mul, symbol
from isthmus.algebra.infix_parser import parse
from isthmus.certify.attempts import Attempts
from isthmus.certify.clopper_pearson import lower_bound, upper_bound
from isthmus.certify.pair import make_pair
from isthmus.certify.sampled import Sampled, Settings, certify_sampled
from isthmus.certify.steady_start import find_steady_start
from isthmus.certify.trial import END_STATE, NO_BLOW_UP, NON_NEGATIVITY, TOTALS, judge
from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError
from isthmus.model.compartment import Compartment
from isthmus.model.domain import default_domain
from isthmus.model.model import Model
from isthmus.model.question import Domain, Question, Range
from isthmus.model.rule import Constraint

NO_CANCEL = np.zeros(1, dtype=np.int64)
# 58 draws with no failure: a cheap rule for models that are right or wrong nearly everywhere.
COARSE = Settings(eta=0.05, delta=0.1, failures=0, workers=1)
ENZYME_HORIZONS = {0.1: 1000.0, 1.0: 120.0, 10.0: 40.0}


def certify(
    before: Model, after: Model, question: Question, settings: Settings = COARSE, **options
) -> Sampled:
    return certify_sampled(read_rates(before), read_rates(after), question, settings=settings, **options)


def defaults(model: Model) -> Domain:
    full = read_rates(model)
    return default_domain(model, full.quantities, full.nominal)


@pytest.mark.parametrize(
    ("reduced", "enzyme", "expected"),
    [
        ("sqssa", 0.1, 3.1e-3),
        ("sqssa", 1.0, 3.1e-2),
        ("sqssa", 10.0, 0.32),
        ("tqssa", 0.1, 4.7e-4),
        ("tqssa", 1.0, 3.3e-3),
        ("tqssa", 10.0, 1.9e-2),
    ],
)
def test_nominal_errors_of_michaelis_menten(build, reduced, enzyme, expected) -> None:
    question = build.question("P", 0.01, ENZYME_HORIZONS[enzyme], Domain())
    full = read_rates(build.michaelis_menten(enzyme))
    pair = make_pair(full, read_rates(getattr(build, reduced)(enzyme)), question)
    outcome = judge(pair, full.nominal, np.zeros(len(pair.laws), dtype=np.bool_), NO_CANCEL)
    assert outcome.verified
    assert outcome.error == pytest.approx(expected, rel=0.05)


def test_total_quasi_steady_state_is_certified_where_enzyme_is_scarce(build) -> None:
    full = build.michaelis_menten(0.1)
    question = build.question("P", 0.01, 1000.0, defaults(full))
    certificate = certify(full, build.tqssa(0.1), question, Settings()).certificate
    assert certificate.verdict == "kept"
    assert (certificate.draws, certificate.failures, certificate.attempt) == (720, 0, 1)
    # No failure in n draws: the bound in closed form, at the level this attempt spends.
    assert certificate.violation_probability == pytest.approx(1 - 0.025 ** (1 / 720), rel=1e-9)
    assert certificate.failures <= certificate.allowed_failures
    assert certificate.confidence == 0.95
    assert certificate.covers(1000.0)
    assert "at most 1 % of conditions violate, with 95 % confidence" in certificate.sentence


def test_total_quasi_steady_state_breaks_in_the_domain_though_it_holds_at_nominal(build) -> None:
    full = build.michaelis_menten(1.0)
    question = build.question("P", 0.01, 120.0, defaults(full))
    certificate = certify(full, build.tqssa(1.0), question, Settings()).certificate
    assert certificate.verdict == "broken"
    assert certificate.error_quantiles["nominal"] < 0.01
    assert certificate.counterexample is not None
    values = certificate.counterexample.values
    assert by_scipy(values, 120.0) == pytest.approx(certificate.counterexample.error, rel=1e-3)


def by_scipy(values, horizon: float) -> float:
    """The error of the total quasi-steady state by hand-written equations and another integrator."""
    k1, km1, k2, enzyme, substrate = (values[name] for name in ("k1", "km1", "k2", "E", "S"))
    grid = np.linspace(0, horizon, 6001)

    def full(_, y):
        binding = k1 * (enzyme - y[1]) * y[0] - km1 * y[1]
        return [-binding, binding - k2 * y[1], k2 * y[1]]

    def reduced(_, y):
        b = enzyme + (km1 + k2) / k1 + y[0]
        return [-k2 * 2 * enzyme * y[0] / (b + math.sqrt(b * b - 4 * enzyme * y[0]))]

    options = {"method": "LSODA", "t_eval": grid, "rtol": 1e-10, "atol": 1e-12}
    product = solve_ivp(full, (0, horizon), [substrate, 0, 0], **options).y[2]
    total = solve_ivp(reduced, (0, horizon), [substrate], **options).y[0]
    return float(np.abs(product - (substrate - total)).max() / product.max())


@pytest.mark.parametrize(("reduced", "enzyme"), [("sqssa", 1.0), ("sqssa", 10.0), ("tqssa", 10.0)])
def test_nothing_of_leading_order_is_certified_with_much_enzyme(build, reduced, enzyme) -> None:
    full = build.michaelis_menten(enzyme)
    question = build.question("P", 0.01, ENZYME_HORIZONS[enzyme], defaults(full))
    assert certify(full, getattr(build, reduced)(enzyme), question).certificate.verdict == "broken"


def test_an_implicit_reduced_model_is_judged_like_its_closed_form(build) -> None:
    """C by its constraint instead of the root: the same model, so the same errors up to solver tolerance."""
    full, closed = build.michaelis_menten(1.0), build.tqssa(1.0)
    implicit = replace(
        closed,
        assignments=tuple(rule for rule in closed.assignments if rule.variable not in ("C", "b")),
        parameters=tuple(p for p in closed.parameters if p.id != "b"),
        constraints=(Constraint("C", parse("k1*((Et - C)*(T - C) - Km*C)"), parse("Et*T/(Et + Km + T)")),),
    )
    question = build.question("P", 0.01, 120.0, defaults(full))
    settings = replace(COARSE, eta=0.3, stop_early=False)
    one, other = (certify(full, model, question, settings, seed=3) for model in (closed, implicit))
    assert np.allclose(one.errors, other.errors, atol=1e-5)


def test_amounts_of_1e_12_are_judged_like_amounts_of_one(build) -> None:
    """A cell of 4·10⁻¹² litres: a fixed absolute tolerance on amounts would see nothing."""

    def shrunk(model: Model, size: float) -> Model:
        scaled = tuple(replace(r, rate=mul(symbol("cell"), r.rate)) for r in model.reactions)
        return replace(model, compartments=(Compartment("cell", size),), reactions=scaled)

    full, reduced = build.michaelis_menten(1.0), build.sqssa(1.0)
    question = build.question("P", 0.05, 120.0, defaults(full))
    errors = []
    for size in (1.0, 4e-12):
        before, after = read_rates(shrunk(full, size)), read_rates(shrunk(reduced, size))
        pair = make_pair(before, after, question)
        outcome = judge(pair, before.nominal, np.zeros(len(pair.laws), dtype=np.bool_), NO_CANCEL)
        assert outcome.verified
        errors.append(outcome.error)
    assert errors[0] == pytest.approx(errors[1], rel=1e-4)
    assert errors[0] == pytest.approx(3.1e-2, rel=0.05)


def repressilator(build, beta: float) -> tuple[Model, Model]:
    """mᵢ′ = −mᵢ + α/(1 + pᵢ₋₁²), pᵢ′ = −β (pᵢ − mᵢ), and the same with mᵢ = α/(1 + pᵢ₋₁²)."""
    proteins = {"p1": 1.0, "p2": 2.0, "p3": 3.0}
    law = {f"m{i}": f"alpha/(1 + p{(i + 1) % 3 + 1}^2)" for i in (1, 2, 3)}
    numbers = {"alpha": 216.0, "beta": beta}
    moves = {f"p{i}": f"beta*(m{i} - p{i})" for i in (1, 2, 3)}
    full = build.make_model(
        "full",
        {},
        proteins | {f"m{i}": 0.0 for i in (1, 2, 3)} | numbers,
        rates=moves | {m: f"{f} - {m}" for m, f in law.items()},
    )
    slaved = build.make_model("slaved", {}, proteins | dict.fromkeys(law) | numbers, rates=moves, rules=law)
    return full, slaved


@pytest.mark.parametrize(("beta", "horizon"), [(1.0, 400.0), (0.05, 8000.0)])
def test_the_repressilator_with_slaved_messenger_is_broken(build, beta, horizon) -> None:
    full, slaved = repressilator(build, beta)
    question = build.question("p1", 0.1, horizon, build.half_to_twice("alpha"))
    result = certify(full, slaved, question)
    assert result.certificate.verdict == "broken"
    assert result.certificate.side_conditions[END_STATE] > 0
    features = replace(question, metric="features", after=horizon / 2)
    assert certify(full, slaved, features).certificate.worst_error == math.inf


def test_a_boundary_layer_between_grid_points_is_seen(build) -> None:
    """10⁻⁴ c′ = s − c from c = 10 against c = s: wrong by 9 in the layer, right after it."""
    full = build.make_model(
        "full", {}, {"s": 1.0, "c": 10.0, "e": 1e-4}, rates={"s": "-s/10", "c": "(s - c)/e"}
    )
    slaved = build.make_model("slaved", {}, {"s": 1.0, "c": None}, rates={"s": "-s/10"}, rules={"c": "s"})
    question = build.question("c", 0.01, 10.0, build.half_to_twice("s", "e"))
    found = certify(full, slaved, question).certificate
    assert found.verdict == "broken"
    assert found.error_quantiles["nominal"] == pytest.approx(0.9, rel=1e-3)
    after = certify(full, slaved, replace(question, after=0.1)).certificate
    assert after.verdict == "kept"
    assert not after.covers(10.0, start=0.0)


def leak(build) -> tuple[Model, Model]:
    full = build.make_model(
        "full",
        {"A": 1.0, "B": 0.0},
        {"k": 1.0, "leak": 1e-6},
        {"there": ("A", "B", "k*A"), "back": ("B", "A", "k*B"), "loss": ("B", "", "leak*B")},
    )
    tight = build.make_model(
        "tight", {"A": 1.0, "B": 0.0}, {"k": 1.0}, {"there": ("A", "B", "k*A"), "back": ("B", "A", "k*B")}
    )
    return full, tight


def test_a_slow_leak_is_fine_for_a_while_and_the_certificate_says_for_how_long(build) -> None:
    full, tight = leak(build)
    question = build.question("B", 0.01, 10.0, defaults(full))
    short = certify(full, tight, question).certificate
    assert short.verdict == "kept"
    with pytest.raises(UsageError, match="E-CERT-HORIZON"):
        short.require(1e7)
    assert certify(full, tight, replace(question, horizon=1e7)).certificate.verdict == "broken"


def test_a_species_that_turns_negative_breaks_the_claim_though_it_is_not_observed(build) -> None:
    """A = total − B forgets the supply of B, and goes below zero; the clock P does not care."""
    numbers = {"k": 1.0, "supply": 0.5, "tick": 1.0}
    parts = {"turn": ("A", "B", "k*A"), "feed": ("", "B", "supply"), "clock": ("", "P", "tick")}
    full = build.make_model("full", {"A": 1.0, "B": 0.0, "P": 0.0}, numbers, parts)
    wrong = build.make_model(
        "wrong",
        {"A": None, "B": 0.0, "P": 0.0},
        numbers | {"A_0": 1.0},
        {"turn": ("", "B", "k*A"), "feed": ("", "B", "supply"), "clock": ("", "P", "tick")},
        rules={"A": "A_0 - B"},
        initial_of={"A_0": "A"},
    )
    question = build.question("P", 0.01, 10.0, defaults(full))
    certificate = certify(full, build.assigned(wrong, "A"), question).certificate
    assert certificate.verdict == "broken"
    assert certificate.side_conditions[NON_NEGATIVITY] == certificate.draws
    assert certificate.error_quantiles["worst"] < 1e-6


def frozen_total(build) -> tuple[Model, Model]:
    """A ⇌ B beside a clock; the reduced model has the nominal total of 3 as a number."""
    numbers = {"k": 1.0, "tick": 1.0}
    parts = {"there": ("A", "B", "k*A"), "back": ("B", "A", "k*B"), "clock": ("", "P", "tick")}
    full = build.make_model("full", {"A": 2.0, "B": 1.0, "P": 0.0}, numbers, parts)
    frozen = build.make_model(
        "frozen",
        {"A": None, "B": 1.0, "P": 0.0},
        numbers,
        {"there": ("", "B", "k*A"), "back": ("B", "", "k*B"), "clock": ("", "P", "tick")},
        rules={"A": "3 - B"},
    )
    return full, build.assigned(frozen, "A")


def test_a_total_that_ignores_the_initial_state_breaks_the_claim(build) -> None:
    full, frozen = frozen_total(build)
    certificate = certify(full, frozen, build.question("P", 0.01, 10.0, defaults(full))).certificate
    assert certificate.verdict == "broken"
    assert certificate.side_conditions[TOTALS] == certificate.draws
    assert certificate.counterexample is not None
    assert TOTALS in certificate.counterexample.reason


def test_a_certifier_that_does_not_sample_initial_states_misses_it(build) -> None:
    full, frozen = frozen_total(build)
    weak = build.question("B", 0.01, 10.0, build.half_to_twice("k"))
    assert certify(full, frozen, weak).certificate.verdict == "kept"
    assert certify(full, frozen, replace(weak, domain=defaults(full))).certificate.verdict == "broken"


def test_what_was_not_varied_is_said(build) -> None:
    full, _ = frozen_total(build)
    certificate = certify(full, full, build.question("B", 0.01, 10.0, build.half_to_twice("k"))).certificate
    words = "; ".join(certificate.not_checked)
    assert "A, B, tick (not asked for)" in words
    assert "P (zero)" in words
    assert "cell (a compartment size)" in words


def test_the_same_numbers_at_any_number_of_threads_and_others_for_other_seeds(build) -> None:
    full, reduced = build.michaelis_menten(1.0), build.tqssa(1.0)
    question = build.question("P", 0.005, 120.0, defaults(full))
    one, two = (certify(full, reduced, question, replace(COARSE, workers=n)) for n in (1, 2))
    assert one.certificate == two.certificate
    assert np.array_equal(one.quantities, two.quantities)
    assert np.array_equal(one.errors, two.errors)
    for other in (
        certify(full, reduced, question, seed=2),
        certify(full, reduced, question, attempt=2),
        certify(full, replace(reduced, sha256="f" * 64), question),
        certify(full, reduced, replace(question, tolerance=0.0051)),
    ):
        assert not np.isclose(other.quantities[0, 0], one.quantities[0, 0])


def test_stopping_early_changes_the_work_and_not_the_verdict(build) -> None:
    full, tight = leak(build)
    question = build.question("B", 0.01, 1e7, defaults(full))
    early = certify(full, tight, question, replace(COARSE, failures=1)).certificate
    whole = certify(full, tight, question, replace(COARSE, failures=1, stop_early=False)).certificate
    assert (early.verdict, whole.verdict) == ("broken", "broken")
    assert early.failures == 2
    assert early.draws < whole.draws == whole.planned_draws
    assert early.violation_probability == upper_bound(2, early.draws, 0.05)


def explosion(build) -> Model:
    """x′ = a x² from 1 is infinite at 1/a: before t = 1.5 for a above 2/3."""
    return build.make_model("boom", {}, {"x": 1.0, "a": 0.6}, rates={"x": "a*x^2"})


def test_draws_that_cannot_be_verified_leave_it_undecided(build) -> None:
    full = explosion(build)
    certificate = certify(full, full, build.question("x", 0.01, 1.5, build.half_to_twice("a"))).certificate
    assert certificate.verdict == "undecided"
    assert certificate.failures == certificate.undecided_draws > 0
    assert certificate.reason == "E-CERT-UNVERIFIED"
    assert not certificate.kept
    assert certificate.sentence.startswith("Undecided whether")
    # Where no draw explodes, the same model is its own faithful reduction.
    mild = build.question("x", 0.01, 1.5, Domain((Range("a", 0.5, 1.05),)))
    assert certify(full, full, mild).certificate.verdict == "kept"


def test_a_reduced_model_that_blows_up_is_broken(build) -> None:
    calm = build.make_model("calm", {}, {"x": 1.0, "a": 0.6}, rates={"x": "a*x"})
    question = build.question("x", 0.5, 1.5, Domain((Range("a", 0.5, 2.0),)))
    certificate = certify(calm, explosion(build), question).certificate
    assert certificate.verdict == "broken"
    assert certificate.side_conditions[NO_BLOW_UP] > 0
    assert certificate.worst_error == math.inf


def test_attempts_are_recorded_and_cost_draws(build) -> None:
    full, tight = leak(build)
    question = build.question("B", 0.01, 10.0, defaults(full))
    first = certify(full, tight, question)
    second = certify(full, tight, question, attempts=first.attempts)
    assert [entry.number for entry in second.attempts.entries] == [1, 2]
    assert second.certificate.draws > first.certificate.draws
    assert second.certificate.attempt_confidence == pytest.approx(1 - 0.1 / 4)
    assert Attempts.from_json(second.attempts.as_json()) == second.attempts


def test_cancelling_is_never_success(build) -> None:
    full, tight = leak(build)
    flag = np.zeros(1, dtype=np.int64)

    def stop_at_ten(done: int, _planned: int) -> None:
        flag[0] = done >= 10

    settings = replace(COARSE, cancel=flag, progress=stop_at_ten)
    certificate = certify(full, tight, build.question("B", 0.01, 10.0, defaults(full)), settings).certificate
    assert certificate.verdict == "undecided"
    assert certificate.reason == "E-CERT-CANCELLED"
    assert certificate.draws == 10


def test_a_start_at_rest_is_found_again_on_every_draw(build) -> None:
    """→ A → with a step of the supply at t = 1: before it, A rests at supply/loss whatever these are."""
    supply = "supply*piecewise(2, time > 1, 1)"
    numbers = {"supply": 6.0, "loss": 3.0}
    model = build.make_model(
        "rest", {"A": 2.0}, numbers, {"in": ("", "A", supply), "out": ("A", "", "loss*A")}
    )
    dynamics = read_rates(model)
    question = build.question("A", 0.01, 4.0, defaults(model))
    steady = find_steady_start(make_pair(dynamics, dynamics, question).full)
    assert steady is not None
    drawn = dict(zip(dynamics.quantities, dynamics.nominal, strict=True)) | {
        "A": 0.3,
        "supply": 9.0,
        "loss": 2.0,
    }
    settled = steady.settled(np.array([drawn[q] for q in dynamics.quantities]))
    assert settled is not None
    assert settled[dynamics.quantities.index("A")] == pytest.approx(4.5, rel=1e-9)
    assert certify(model, model, question).certificate.verdict == "kept"
    moving = build.make_model(
        "off", {"A": 2.1}, numbers, {"in": ("", "A", supply), "out": ("A", "", "loss*A")}
    )
    assert find_steady_start(make_pair(read_rates(moving), read_rates(moving), question).full) is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parameters": {"k": 1.0, "new": 2.0}}, "nothing of that id"),
        ({"initial_of": {"k": "Z"}}, "does not have"),
    ],
)
def test_a_reduced_model_with_numbers_of_its_own_is_refused(build, change, message) -> None:
    full, _ = leak(build)
    options = {"parameters": {"k": 1.0}} | change
    wrong = build.make_model("wrong", {"A": 1.0, "B": 0.0}, reactions={"there": ("A", "B", "k*A")}, **options)
    with pytest.raises(UsageError, match="E-CERT-MAPPING") as refusal:
        certify(full, wrong, build.question("B", 0.01, 10.0, defaults(full)))
    assert message in str(refusal.value)


def test_amounts_are_not_taken_for_concentrations(build) -> None:
    full, tight = leak(build)
    amounts = replace(tight, species=tuple(replace(s, initial_is_amount=True) for s in tight.species))
    with pytest.raises(UsageError, match="E-CERT-MAPPING"):
        certify(full, amounts, build.question("B", 0.01, 10.0, defaults(full)))
    with pytest.raises(UsageError, match="E-CERT-OBSERVABLE"):
        certify(full, tight, build.question("leak", 0.01, 10.0, defaults(full)))


@pytest.mark.parametrize(
    "change",
    [{"tolerance": 0.0}, {"tolerance": 2.0}, {"horizon": -1.0}, {"after": 20.0}, {"observables": ()}],
)
def test_questions_that_cannot_be_asked_are_refused(build, change) -> None:
    full, tight = leak(build)
    question = replace(build.question("B", 0.01, 10.0, defaults(full)), **change)
    with pytest.raises(UsageError):
        certify(full, tight, question)


def test_every_draw_is_judged_rightly_where_the_truth_is_known(build) -> None:
    """The reduced model caps k at √2: it is wrong on exactly the draws with k above √2, a quarter of them."""
    cap = math.sqrt(2)
    full = build.make_model("full", {"A": 1.0}, {"k": 1.0}, {"decay": ("A", "", "k*A")})
    capped = build.make_model("capped", {"A": 1.0}, {"k": 1.0}, {"decay": ("A", "", f"min(k, {cap!r})*A")})
    question = build.question("A", 1e-3, 3.0, build.half_to_twice("k"))
    result = certify(full, capped, question, replace(COARSE, eta=0.02, stop_early=False))
    k = result.quantities[:, read_rates(full).quantities.index("k")]
    # sup |e^{-kt} − e^{-ct}| is (k − c)/(c e) to first order: 10⁻³ is passed at k = c + 3.8e-3.
    clear = np.abs(k - cap * (1 + 2.7e-3)) > 1e-3
    assert np.array_equal((result.errors > 1e-3)[clear], (k > cap)[clear])
    assert result.certificate.verdict == "broken"
    n, failures = result.certificate.draws, result.certificate.failures
    assert lower_bound(failures, n, 1e-4) < 0.25 < upper_bound(failures, n, 1e-4)


def test_an_initial_value_given_by_a_formula_reaches_the_reduced_model(build) -> None:
    """A(0) = 2 a in the full model is the number A_0 of the reduced one, whatever a is drawn."""
    numbers = {"k": 1.0, "a": 3.0}
    full = build.make_model("full", {"A": None}, numbers, {"r": ("A", "", "k*A")}, starts={"A": "2*a"})
    carried = build.make_model(
        "carried",
        {"A": None},
        {"k": 1.0, "A_0": 1.0},
        {"r": ("A", "", "k*A")},
        starts={"A": "A_0"},
        initial_of={"A_0": "A"},
    )
    question = build.question("A", 1e-3, 3.0, defaults(full))
    dynamics = read_rates(full)
    pair = make_pair(dynamics, read_rates(carried), question)
    place = pair.reduced.dynamics.quantities.index("A_0")
    assert (
        pair.translate(np.array([{"k": 1.0, "a": 7.0, "cell": 1.0}[q] for q in dynamics.quantities]))[place]
        == 14.0
    )
    assert certify(full, carried, question).certificate.verdict == "kept"
