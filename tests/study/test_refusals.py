"""Simplifications made by hand that look right and are not: each must get the verdict it deserves."""

import math

import numpy as np
import pytest

from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import read_rates
from isthmus.errors import UsageError
from isthmus.formats import read_model
from isthmus.model.question import Observable
from isthmus.records.certificate import Certificate
from isthmus.simulate.rates import simulate
from isthmus.study.compare import compare
from isthmus.study.question import Asked

ENZYME = """model enzyme
  compartment cell = 1; species S in cell, E in cell, C in cell, P in cell
  S = 1; E = {enzyme!r}; C = 0; P = 0; k1 = 1; km1 = 1; k2 = 1
  bind: S + E -> C; cell*k1*S*E
  release: C -> S + E; cell*km1*C
  convert: C -> E + P; cell*k2*C
end"""
# The enzyme stays in the file as a constant, so that its initial value is the one of the full model.
STANDARD = """model michaelis_menten
  compartment cell = 1; species S in cell, P in cell, $E in cell
  S = 1; P = 0; E = {enzyme!r}; k1 = 1; km1 = 1; k2 = 1
  Km := (km1 + k2)/k1
  Vmax := k2*E
  convert: S -> P; cell*Vmax*S/(Km + S)
end"""
# E0/(Km + S0) with Km = 2 and S0 = 1, and the error of the product at nominal values relative to S0, from
# a separate integration of both models.
RATIOS = {0.0033: 0.0013, 0.033: 0.013, 0.33: 0.12, 3.3: 0.57}


@pytest.fixture
def judged(tmp_path):
    """Compare two model texts as files."""

    def judge(full: str, reduced: str, observe: str, tolerance: str, horizon: str) -> Certificate:
        before, after = tmp_path / "full.ant", tmp_path / "reduced.ant"
        before.write_text(full)
        after.write_text(reduced)
        return compare(str(before), str(after), Asked((observe,), tolerance, horizon))

    return judge


def difference(full: str, reduced: str, observe: str, horizon: float, values: dict[str, float]):
    """(sup |full − reduced|, peak of the full model) on a fine grid, by CVODE, not by the certifier."""
    seen = [Observable(observe, symbol(observe))]
    found = []
    for text in (full, reduced):
        dynamics = read_rates(read_model(text))
        known = {name: values[name] for name in dynamics.quantities if name in values}
        curve = simulate(
            dynamics, horizon, points=2001, quantities=known, observables=seen, rtol=1e-9, method="cvode"
        )
        found.append(curve.columns[observe])
    return float(np.abs(found[0] - found[1]).max()), float(np.abs(found[0]).max())


def horizon_of(ratio: float) -> float:
    """Long enough for all of the substrate: it goes at (k2 E0)/(Km + S0), or at 0.3 where E0 is large."""
    return 6.0 / min(ratio, 0.3)


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_standard_law_has_the_known_error(ratio):
    full, reduced = (text.format(enzyme=3 * ratio) for text in (ENZYME, STANDARD))
    apart, _ = difference(full, reduced, "P", horizon_of(ratio), {})
    assert apart == pytest.approx(RATIOS[ratio], rel=0.06)


@pytest.mark.parametrize("ratio", [0.033, 0.33, 3.3])
def test_the_standard_law_is_broken_where_the_enzyme_is_not_scarce(judged, ratio):
    full, reduced = (text.format(enzyme=3 * ratio) for text in (ENZYME, STANDARD))
    horizon = horizon_of(ratio)
    certificate = judged(full, reduced, "P", "1%", repr(horizon))
    assert certificate.verdict == "broken"
    assert not certificate.kept
    counterexample = certificate.counterexample
    assert counterexample is not None
    assert counterexample.observable == "P"
    # What the counterexample says can be run again and seen.
    apart, peak = difference(full, reduced, "P", horizon, dict(counterexample.values))
    assert apart / peak == pytest.approx(counterexample.error, rel=0.01)
    assert apart / peak > 0.01


def test_a_scarce_enzyme_keeps_the_standard_law_within_its_horizon_only(judged):
    full, reduced = (text.format(enzyme=3 * 0.0033) for text in (ENZYME, STANDARD))
    horizon = horizon_of(0.0033)
    certificate = judged(full, reduced, "P", "1%", repr(horizon))
    assert certificate.kept, certificate.sentence
    assert certificate.strength == "sampled"
    certificate.require(horizon)
    certificate.require(0.5 * horizon)
    for later in (1.01 * horizon, 100 * horizon, math.inf):
        assert not certificate.covers(later)
        with pytest.raises(UsageError, match="E-CERT-HORIZON"):
            certificate.require(later)


LEAK = """model leak
  compartment cell = 1; species A in cell, B in cell
  A = 1; B = 0; go = 1; back = 1; {leak}
  there: A -> B; cell*go*A
  here: B -> A; cell*back*B
  {loss}
end"""
LEAKING = LEAK.format(leak="slow = 1e-6", loss="lose: B -> ; cell*slow*B")
TIGHT = LEAK.format(leak="", loss="")


def test_a_slow_leak_is_seen_by_a_horizon_that_is_long_enough(judged):
    short = judged(LEAKING, TIGHT, "A", "1%", "10")
    assert short.kept, short.sentence
    with pytest.raises(UsageError, match="E-CERT-HORIZON"):
        short.require(1e7)
    long = judged(LEAKING, TIGHT, "A", "1%", "1e7")
    assert long.verdict == "broken"


def repressilator(beta: float, slaved: bool) -> str:
    """Elowitz and Leibler's ring with Hill exponent 2; slaved: the messages follow the proteins at once."""
    lines = [f"compartment cell = 1; alpha = 216; beta = {beta!r}"]
    for i in range(3):
        production = f"alpha/(1 + p{(i + 2) % 3}^2)"
        lines.append(f"species p{i} in cell; p{i} = {2 * i}")
        if slaved:
            lines.append(f"m{i} := {production}")
        else:
            lines.append(f"species m{i} in cell; m{i} = {i}")
            lines.append(f"r{i}: -> m{i}; cell*{production}; d{i}: m{i} -> ; cell*m{i}")
        lines.append(f"t{i}: -> p{i}; cell*beta*m{i}; e{i}: p{i} -> ; cell*beta*p{i}")
    return "model ring\n" + "\n".join(lines) + "\nend"


@pytest.mark.parametrize("beta", [1.0, 0.05])
def test_a_repressilator_without_its_messages_is_broken(judged, beta):
    full, slaved = repressilator(beta, slaved=False), repressilator(beta, slaved=True)
    certificate = judged(full, slaved, "p0", "5%", repr(60 / math.sqrt(beta)))
    assert certificate.verdict == "broken"
    assert certificate.counterexample is not None
