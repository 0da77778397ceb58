"""Reductions with errors known from two computations: Michaelis–Menten and the gene with a promoter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tests.study.benches import GENE, MICHAELIS_MENTEN, make, pick

from isthmus.model.reduction import Reduction
from isthmus.study.search.candidate import Written, write
from isthmus.study.search.conditions import settle
from isthmus.study.search.hunt import errors_at, full_answers
from isthmus.study.search.trial import attempt

TOTAL = "total QSSA of C (-1 E, -1 S)"
STANDARD = "QSSA of C (-1 E)"
# Errors in P relative to S0, from a hand-written model integrated at rtol 1e-10; the test allows 5 % of each.
KNOWN = [
    (0.1, STANDARD, 3.1e-3),
    (1.0, STANDARD, 3.1e-2),
    (10.0, STANDARD, 0.32),
    (0.1, TOTAL, 4.7e-4),
    (1.0, TOTAL, 3.3e-3),
    (10.0, TOTAL, 1.9e-2),
]


@pytest.mark.parametrize(("enzyme", "label", "error"), KNOWN)
def test_michaelis_menten_errors_are_the_known_ones(enzyme: float, label: str, error: float) -> None:
    bench, _, steps = make(MICHAELIS_MENTEN.format(enzyme=enzyme), "P", "1%", str(700 / max(enzyme, 1)))
    conditions = settle(bench, [bench.dynamics.nominal])
    reduction = pick(steps, label).on(Reduction())
    assert reduction is not None
    screened = attempt(bench, reduction, conditions, np.inf).worst
    precisely = replace(bench, screening=bench.rtol)
    constrained = attempt(precisely, reduction, conditions, np.inf).worst
    # Trials and hunts use a looser tolerance: it was chosen to change answers by 2 % of what is allowed.
    assert screened == pytest.approx(constrained, abs=0.02 * bench.question.tolerance)
    written = write(precisely, reduction)
    assert isinstance(written, Written)
    as_model = errors_at(precisely, written, full_answers(precisely, [bench.dynamics.nominal]))[0]
    peak = conditions[0].solution.x[:, bench.dynamics.states.index("P")].max()
    assert constrained * peak / 10 == pytest.approx(error, rel=0.05)
    # One truth of a reduction: both readings of it agree to ten times the solver tolerance.
    assert as_model == pytest.approx(constrained, abs=10 * bench.rtol)


GENE_KNOWN = [
    (2, ("total QSSA of ON (-1 A, -1 OFF)",), 4.0e-3),
    (20, ("total QSSA of ON (-1 A, -1 OFF)",), 2.3e-3),
    (2, ("total QSSA of ON (-1 A, -1 OFF)", "QSSA of M"), 2.3e-2),
    (20, ("total QSSA of ON (-1 A, -1 OFF)", "QSSA of M"), 2.1e-2),
    (2, ("QSSA of ON (-1 OFF)", "QSSA of M"), 4.2e-2),
    (20, ("QSSA of ON (-1 OFF)", "QSSA of M"), 2.2e-2),
]


@pytest.mark.parametrize(("inducer", "labels", "error"), GENE_KNOWN)
def test_gene_errors_relative_to_the_final_value(
    inducer: float, labels: tuple[str, ...], error: float
) -> None:
    bench, _, steps = make(GENE.format(inducer=inducer), "P", "5%", "120")
    conditions = settle(bench, [bench.dynamics.nominal])
    reduction = Reduction()
    for label in labels:
        added = pick(steps, label).on(reduction)
        assert added is not None
        reduction = added
    p = conditions[0].solution.x[:, bench.dynamics.states.index("P")]
    worst = attempt(bench, reduction, conditions, np.inf).worst
    assert worst * p.max() / p[-1] == pytest.approx(error, rel=0.05)


def test_first_integrals_of_the_promoter_hold_in_the_reduced_model() -> None:
    bench, _, steps = make(GENE.format(inducer=2), "P", "5%", "120")
    reduction = pick(steps, "total QSSA of ON (-1 A, -1 OFF)").on(Reduction())
    assert reduction is not None
    written = write(bench, reduction)
    assert isinstance(written, Written)
    reduced = written.pair.reduced.dynamics
    from isthmus.algebra.expression import symbol

    sums = reduced.kernel([symbol("OFF") + symbol("ON"), symbol("A") + symbol("ON")])
    start, parameters = reduced.start()
    assert sums(0.0, start, parameters) == pytest.approx([1.0, 2.0], rel=1e-12)


def test_a_slaved_messenger_is_refused_where_the_oscillation_needs_it() -> None:
    rates = "; ".join(
        f"r{i}: -> m{i}; cell*alpha/(1 + p{(i + 2) % 3}^2); d{i}: m{i} -> ; cell*m{i}; "
        f"t{i}: -> p{i}; cell*beta*m{i}; e{i}: p{i} -> ; cell*beta*p{i}"
        for i in range(3)
    )
    species = "".join(f"species m{i} in cell, p{i} in cell; m{i} = {i}; p{i} = {2 * i}; " for i in range(3))
    for beta in (1, 0.05):
        text = f"model r\ncompartment cell = 1; {species}\nalpha = 216; beta = {beta}\n{rates}\nend"
        bench, _, steps = make(text, "p0", "5%", str(60 / beta**0.5))
        conditions = settle(bench, [bench.dynamics.nominal])
        reduction = Reduction()
        for i in range(3):
            added = pick(steps, f"QSSA of m{i}").on(reduction)
            assert added is not None
            reduction = added
        assert attempt(bench, reduction, conditions, np.inf).worst > 0.05
