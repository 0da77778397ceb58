"""Exact binomial bounds (Clopper and Pearson 1934), sample sizes, and the spending of the confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

VIOLATION_PROBABILITY = 0.01
ERROR_PROBABILITY = 0.05
ALLOWED_FAILURES = 2


def at_most(failures: int, draws: int, probability: float) -> float:
    """P{at most `failures` of `draws`} for independent draws that each fail with `probability`."""
    if failures >= draws or probability <= 0:
        return 1.0
    if probability >= 1:
        return 0.0
    # Terms fall away from the mean, so the sum is taken on the side that leads away from it.
    if failures > draws * probability:
        return 1 - at_most(draws - failures - 1, draws, 1 - probability)
    logarithm = math.lgamma(draws + 1) - math.lgamma(failures + 1) - math.lgamma(draws - failures + 1)
    logarithm += failures * math.log(probability) + (draws - failures) * math.log1p(-probability)
    share = total = 1.0
    for i in range(failures, 0, -1):
        share *= i / (draws - i + 1) * (1 - probability) / probability
        total += share
        if share < 1e-18 * total:
            break
    return min(math.exp(logarithm) * total, 1.0)


def upper_bound(failures: int, draws: int, delta: float) -> float:
    """The largest p with P{at most `failures` | p} ≥ delta: an upper bound with confidence 1 − delta.

    It also holds when drawing stops at the failure that settled the verdict: there the exact bound is that
    of one failure and one draw fewer, which is smaller.
    """
    if failures >= draws:
        return 1.0
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if at_most(failures, draws, middle) > delta:
            low = middle
        else:
            high = middle
    return high


def lower_bound(failures: int, draws: int, delta: float) -> float:
    """The smallest p with P{at least `failures` | p} ≥ delta."""
    return 1 - upper_bound(draws - failures, draws, delta) if failures else 0.0


def sample_size(eta: float, delta: float, failures: int) -> int:
    """The fewest draws for which `failures` failures bound the probability by eta, confidence 1 − delta."""
    if not (0 < eta < 1 and 0 < delta < 1 and failures >= 0):
        raise ValueError(f"sample_size({eta}, {delta}, {failures}): probabilities between 0 and 1 are needed")
    low, high = failures, failures + 1
    while at_most(failures, high, eta) > delta:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if at_most(failures, middle, eta) > delta:
            low = middle
        else:
            high = middle
    return high


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fixed before anything is drawn.

    delta: the error probability that this attempt spends. overall: the one that all attempts share.
    """

    eta: float
    overall: float
    delta: float
    failures: int
    draws: int
    attempt: int


def make_plan(
    attempt: int,
    eta: float = VIOLATION_PROBABILITY,
    delta: float = ERROR_PROBABILITY,
    failures: int = ALLOWED_FAILURES,
) -> Plan:
    """The plan of attempt j ≥ 1, which spends delta/2ʲ; all together spend at most delta (union bound).

    With the defaults: 720 draws at attempt 1, 810 at attempt 2. Attempt 0 is a test announced to be the only
    one: it spends all of delta and takes 628 draws.
    """
    if attempt < 0:
        raise ValueError(f"attempt {attempt}: 0 or more is needed")
    spent = delta / 2**attempt
    return Plan(eta, delta, spent, failures, sample_size(eta, spent, failures), attempt)
