"""A realistic study to render: Michaelis–Menten with E0 = 0.1, its curves integrated here by scipy."""

import numpy as np
from scipy.integrate import solve_ivp

from isthmus.algebra.expression import Expression, square_root, symbol
from isthmus.model.question import Domain, Observable, Question, Range
from isthmus.records.certificate import Certificate, DomainLine
from isthmus.records.ladder import ErrorQuantiles, Rung, Size
from isthmus.records.law import Formula, Law, Lumped, Total, formula_of
from isthmus.records.overlay import Overlay
from isthmus.records.provenance import Provenance
from isthmus.records.scale_line import ScaleLine
from isthmus.records.study import Study

K1, KM1, K2, S0, E0 = 1.0, 0.5, 0.25, 10.0, 0.1
HORIZON = 600.0
QUANTITIES = ("k1", "km1", "k2", "S", "E")


def full_rates(time: float, y: np.ndarray) -> list[float]:
    """d(S, C)/dt of the mass-action model."""
    s, c = y
    bind = K1 * (E0 - c) * s - KM1 * c
    return [-bind, bind - K2 * c]


def reduced_rates(time: float, y: np.ndarray) -> list[float]:
    """dP/dt of the total quasi-steady-state model."""
    bar = S0 - y[0]
    b = E0 + bar + (KM1 + K2) / K1
    return [K2 * 2 * E0 * bar / (b + np.sqrt(b * b - 4 * E0 * bar))]


def curves() -> Overlay:
    """P(t) of both models on 300 points."""
    times = np.linspace(0, HORIZON, 300)
    options = {"t_eval": times, "method": "LSODA", "rtol": 1e-9, "atol": 1e-12}
    full = solve_ivp(full_rates, (0, HORIZON), [S0, 0.0], **options).y
    reduced = solve_ivp(reduced_rates, (0, HORIZON), [0.0], **options).y
    product = S0 - full[0] - full[1]
    return Overlay(
        times=tuple(times.tolist()),
        observables=("P",),
        full=(tuple(product.tolist()),),
        reduced=(tuple(reduced[0].tolist()),),
        scales=(float(product.max()),),
        units=("µM",),
    )


def certificate() -> Certificate:
    """A sampled certificate that says kept."""
    return Certificate(
        strength="sampled",
        verdict="kept",
        tolerance=0.01,
        worst_error=0.0047,
        draws=628,
        failures=0,
        violation_probability=0.0059,
        confidence=0.95,
        attempt=1,
        metric="peak",
        horizon=HORIZON,
        domain="every parameter and non-zero initial value from half to twice its value, log-uniform",
        seed=1,
        before_sha256="a" * 64,
        after_sha256="b" * 64,
        not_checked=("conditions outside the domain", "values of species other than P"),
        observables=("P",),
        error_quantiles={"median": 4.6e-4, "p90": 1.4e-3},
        attempt_confidence=0.975,
        planned_draws=628,
        allowed_failures=2,
        domain_ranges=tuple(DomainLine(name, 0.5, 2.0, True) for name in QUANTITIES),
        side_conditions={
            "non-negative where the full model is": 0,
            "conserved totals kept": 0,
            "same state at the end": 0,
        },
        sentence=(
            "P is within 1 % for 0–600 s over every parameter and initial value from half to twice its value;"
            " sampled: at most 1 % of conditions violate, with 95 % confidence;"
            " not checked: other observables, and conditions outside the domain."
        ),
    )


def laws() -> tuple[tuple[Law, ...], tuple[Lumped, ...], tuple[Total, ...]]:
    """The total quasi-steady-state law of the enzyme, its lumped parameters and its totals."""
    s, e, c, p = (symbol(name) for name in "SECP")
    k1, km1, k2, vmax, km, bar = (symbol(name) for name in ("k1", "km1", "k2", "Vmax", "Km", "S_free"))
    total = symbol("E_total")

    def rank(name: str) -> int:
        return 1 if name in ("S", "E", "C", "P", "S_free") else 0

    def written(expression: Expression) -> Formula:
        return formula_of(expression, rank)

    b = total + bar + km
    laws = (
        Law("bind", "rate", written(k1 * e * s - km1 * c), None),
        Law(
            "convert",
            "rate",
            written(k2 * c),
            written(2 * vmax * bar / (b + square_root(b**2 - 4 * total * bar))),
        ),
        Law("S_free", "assignment", None, written(symbol("S_total") - p)),
        Law("P", "initial", written(symbol("P_0")), written(symbol("P_0"))),
    )
    lumped = (
        Lumped("Vmax", written(k2 * total), 0.025, "µM/s", "largest rate of convert"),
        Lumped(
            "Km", written((km1 + k2) / k1), 0.75, "µM", "S at which convert runs at half its largest rate"
        ),
    )
    totals = (
        Total("E_total", written(e + c), E0, "µM"),
        Total("S_total", written(s + c + p), S0, "µM"),
    )
    return laws, lumped, totals


def ladder() -> tuple[Rung, ...]:
    """Full, exact, total QSSA, standard QSSA, and one that is too simple."""
    return (
        Rung(Size(4, 2, 3, 3), ErrorQuantiles(0, 0, 0, 0), 1.0),
        Rung(Size(2, 2, 5, 3), ErrorQuantiles(0, 0, 0, 0), 1.3, ("totals E_total and S_total are constant",)),
        Rung(
            Size(1, 1, 4, 1),
            ErrorQuantiles(4.7e-4, 4.6e-4, 1.4e-3, 4.1e-3),
            2.6,
            ("C follows S + C at once (total QSSA)",),
        ),
        Rung(
            Size(1, 1, 3, 1),
            ErrorQuantiles(3.1e-3, 3e-3, 7.4e-3, 1.6e-2),
            2.9,
            ("C follows S at once (QSSA)",),
        ),
        Rung(Size(1, 1, 1, 1), ErrorQuantiles(0.31, 0.28, 0.44, 0.61), 3.1, ("convert is constant",)),
    )


def make_study() -> Study:
    """A certified study of the enzyme."""
    formulas, lumped, totals = laws()
    question = Question(
        observables=(Observable("P", symbol("P")),),
        tolerance=0.01,
        horizon=HORIZON,
        domain=Domain(tuple(Range(name, 0.5, 2.0) for name in QUANTITIES)),
        horizon_reason="1.3 × the time after which P stays within 1 % of its range",
    )
    return Study(
        model="Michaelis–Menten",
        question=question,
        before=Size(4, 2, 3, 3),
        after=Size(1, 1, 4, 1),
        ladder=ladder(),
        chosen=2,
        certificate=certificate(),
        laws=formulas,
        lumped=lumped,
        totals=totals,
        scales=(
            ScaleLine(0.093, "fast", (("C", 0.99), ("S", 0.01)), (("bind", 1.0),)),
            ScaleLine(112.0, "slow", (("S", 0.97), ("C", 0.03)), (("convert", 0.9), ("bind", 0.1))),
        ),
        overlay=curves(),
        provenance=Provenance(
            command="isthmus reduce michaelis_menten.ant --observe P --tolerance 1% --seed 1",
            seed=1,
            source="michaelis_menten.ant",
            hashes=(("full.xml", "a" * 64), ("reduced.xml", "b" * 64)),
            versions=(("isthmus", "0.1.0"), ("numpy", "2.4.6")),
            python="3.11.9",
            platform="Linux",
            cpu_count=2,
            date="2026-01-01T12:00:00Z",
        ),
        notes=("P is the only observable; S, E and C may differ.",),
        seconds={"read": 0.4, "search": 0.3, "certify": 1.1},
        time_unit="s",
    )
