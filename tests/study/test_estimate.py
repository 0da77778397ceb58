"""The linearised estimate of a single step against its measured error."""

import numpy as np
from tests.study.benches import GENE, MICHAELIS_MENTEN, make, take

from isthmus.study.search import landscape
from isthmus.study.search.conditions import settle
from isthmus.study.search.dual import dual_estimate
from isthmus.study.search.estimate import estimate
from isthmus.study.search.landscape import promising, sample_path
from isthmus.study.search.trial import attempt


def test_small_errors_are_predicted_and_large_ones_are_not_called_small():
    for text, horizon in ((MICHAELIS_MENTEN.format(enzyme=1), "400"), (GENE.format(inducer=2), "120")):
        bench, _, steps = make(text, "P", "1%", horizon)
        conditions = settle(bench, [bench.dynamics.nominal])
        predicted = estimate(sample_path(bench, conditions[0]), bench.dynamics.states, steps)
        true = np.array([attempt(bench, take(step), conditions, np.inf).worst for step in steps])
        small = (true < 0.05) & (true > 1e-5)
        assert small.any()
        # A first-order estimate: within a factor of two where the step itself is a small change.
        assert (np.abs(np.log2(predicted[small] / true[small])) < 1).all()
        assert (predicted[true > 0.2] > 0.03).all()


def test_duals_give_what_the_forward_march_gives():
    for text, horizon in ((MICHAELIS_MENTEN.format(enzyme=1), "400"), (GENE.format(inducer=2), "120")):
        bench, _, steps = make(text, "P", "1%", horizon)
        path = sample_path(bench, settle(bench, [bench.dynamics.nominal])[0])
        forward = estimate(path, bench.dynamics.states, steps)
        everywhere = dual_estimate(path, bench.dynamics.states, steps, looks=len(path.times))
        frozen = np.array([bool(step.frozen) for step in steps])
        # The same sums in another order: rounding apart, as far as the linear solves allow.
        np.testing.assert_allclose(everywhere[~frozen], forward[~frozen], rtol=1e-8)
        assert frozen.any()
        assert (everywhere[frozen] < 1.01 * forward[frozen]).all()
        few = dual_estimate(path, bench.dynamics.states, steps)
        assert (few <= everywhere * (1 + 1e-9)).all()


def test_duals_let_through_what_the_forward_march_does(monkeypatch):
    bench, _, steps = make(GENE.format(inducer=2), "P", "1%", "120")
    conditions = settle(bench, [bench.dynamics.nominal])
    forward = {step.label for step in promising(bench, conditions, steps, 0.05)}
    monkeypatch.setattr(landscape, "MANY", 0)
    by_duals = {step.label for step in promising(bench, conditions, steps, 0.05)}
    assert forward
    # Duals look less often, and take a frozen state's push without what answers it: they only let more pass.
    assert forward <= by_duals
