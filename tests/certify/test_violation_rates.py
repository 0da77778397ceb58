"""How often Michaelis–Menten's reductions are worse than 1 % in the default domain, found twice."""

import numpy as np
import pytest
from scipy.stats import binom
from tests.reference import enzyme_violations as independent

from isthmus.certify.pair import make_pair
from isthmus.certify.trial import judge
from isthmus.dynamics.rates import read_rates
from isthmus.model.domain import default_domain, draws

NO_CANCEL = np.zeros(1, dtype=np.int64)
TOLERANCE = 0.01
# The rates that docs/decisions/0008 states, from 80,000 conditions.
STATED = {"tqssa": 0.0529, "sqssa": 0.0061}
ENZYME = {"tqssa": 1.0, "sqssa": 0.1}
PRODUCT = {"tqssa": independent.total_product, "sqssa": independent.standard_product}


def errors(reduced: str, conditions: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Sup |ΔP| over the peak of P in the same condition, by the independent solver."""
    full = independent.full_product(conditions, times)
    return np.abs(full - PRODUCT[reduced](conditions, times)).max(axis=0) / full.max(axis=0)


@pytest.mark.parametrize("reduced", ["tqssa", "sqssa"])
def test_certifier_and_independent_script_agree_draw_by_draw(build, reduced):
    enzyme = ENZYME[reduced]
    full = read_rates(build.michaelis_menten(enzyme))
    domain = default_domain(full.model, full.quantities, full.nominal)
    horizon = 1000.0 / enzyme
    question = build.question("P", TOLERANCE, horizon, domain)
    pair = make_pair(full, read_rates(getattr(build, reduced)(enzyme)), question)
    columns = [full.quantities.index(name) for name in ("k1", "km1", "k2", "E", "S")]
    table = draws(domain, full.nominal, full.quantities, np.random.default_rng(8), 1000)
    roughly = errors(reduced, table[:, columns], independent.mesh(horizon, 300))
    # Forty as they come, and the forty worst: the verdicts turn there.
    table = np.concatenate((table[:40], table[np.argsort(roughly)[-40:]]))
    claimed = np.zeros(len(pair.laws), dtype=np.bool_)
    outcomes = [judge(pair, row, claimed, NO_CANCEL) for row in table]
    assert all(outcome.verified for outcome in outcomes)
    expected = errors(reduced, table[:, columns], independent.mesh(horizon, 1500))
    found = np.array([outcome.error for outcome in outcomes])
    # The peak of a smooth error lies between the points looked at: second order in their distance.
    assert np.allclose(found, expected, rtol=5e-3)
    clear = np.abs(expected - TOLERANCE) > 5e-3 * TOLERANCE
    flags = np.array([outcome.violates(TOLERANCE) for outcome in outcomes])
    assert (flags == (expected > TOLERANCE))[clear].all()
    assert 0 < flags[clear].sum() < clear.sum()


@pytest.mark.parametrize("reduced", ["tqssa", "sqssa"])
def test_stated_rates(reduced):
    n, enzyme = 3000, ENZYME[reduced]
    conditions = independent.half_to_twice(enzyme, n, np.random.default_rng(3))
    violations = int((errors(reduced, conditions, independent.mesh(1000.0 / enzyme, 300)) > TOLERANCE).sum())
    low, high = binom.interval(0.9999, n, STATED[reduced])
    assert low <= violations <= high


def test_the_rate_falls_when_a_coarse_grid_is_looked_at():
    """Looking at 25 moments instead of everywhere misses violations and never adds one."""
    conditions = independent.half_to_twice(1.0, 3000, np.random.default_rng(3))
    moments = np.linspace(0.0, 100.0, 26)
    times = np.unique(np.concatenate((independent.mesh(1000.0, 300), moments)))
    full = independent.full_product(conditions, times)
    shares = np.abs(full - independent.total_product(conditions, times)) / full.max(axis=0)
    everywhere = shares.max(axis=0) > TOLERANCE
    seen = shares[np.searchsorted(times, moments)].max(axis=0) > TOLERANCE
    assert not (seen & ~everywhere).any()
    low, high = binom.interval(0.9999, 3000, 0.036)
    assert low <= seen.sum() <= high
