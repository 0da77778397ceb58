"""Slow rows in whole numbers held by doubles: exact like rationals as long as none exceeds 2⁵³, and fast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import lcm

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.system import System
from isthmus.model.reduction import Reduction

Floats = NDArray[np.float64]
Gain = Mapping[str, Mapping[int, Fraction]]

_EXACT = 2.0**53


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """A reduction in doubles, each the nearest to its exact value, with exact zeros.

    relaxation: P (n × e). mass: L and gain: L·N of the slow rows (n × n, n × terms), zero in the rows of
    eliminated states.
    """

    relaxation: Floats
    mass: Floats
    gain: Floats


def integer_rows(
    states: Sequence[str], gain: Gain, full: System, reduction: Reduction
) -> tuple[bool, Rows | None]:
    """(whether whole numbers decide, the rows or None for dependent directions).

    P = D·adj(D_Z)/det(D_Z), the adjugate guessed in doubles and then checked: D_Z·adj = det·1.
    """
    at = {state: i for i, state in enumerate(states)}
    picked = [at[z] for z in reduction.eliminated]
    directions = np.zeros((len(states), len(picked)))
    for k, elimination in enumerate(reduction.eliminations):
        common = lcm(*(value.denominator for _, value in elimination.direction))
        for state, value in elimination.direction:
            directions[at[state], k] = value.numerator * (common // value.denominator)
    decided, adjugate, determinant = _adjugate(directions[picked])
    if not decided or determinant == 0.0:
        return decided, None
    rates, denominator = _whole_gain(states, gain, full)
    moved = directions @ adjugate
    size = np.abs(rates).max(initial=0.0) * (abs(determinant) + len(picked) * np.abs(moved).max(initial=0.0))
    if not (denominator * size < _EXACT and np.abs(moved).max(initial=0.0) < _EXACT):
        return False, None
    if reduction.dropped:
        rates = rates.copy()
        rates[:, list(reduction.dropped)] = 0.0
    slow = determinant * rates - moved @ rates[picked]
    slow[picked + [at[state] for state in reduction.frozen]] = 0.0
    relaxation = moved / determinant
    mass = np.eye(len(states))
    mass[:, picked] -= relaxation
    mass[picked] = 0.0
    return True, Rows(relaxation, mass, slow / (determinant * denominator))


def _adjugate(block: Floats) -> tuple[bool, Floats, float]:
    """(whether verified, adjugate, determinant) of a matrix of whole numbers."""
    size = len(block)
    if size == 0:
        return True, block, 1.0
    # Hadamard's bound times the growth of rounding in Gaussian elimination (Higham 2002, section 9.3).
    error = 1e-16 * size**3 * 2.0**size * float(np.prod(np.linalg.norm(block, axis=1)))
    determinant = float(np.rint(np.linalg.det(block)))
    if not error < 0.25:
        return False, block, 0.0
    if determinant == 0.0:
        return True, block, 0.0
    adjugate = np.rint(np.linalg.inv(block) * determinant)
    largest = size * np.abs(block).max() * np.abs(adjugate).max()
    exact = largest < _EXACT and np.array_equal(block @ adjugate, determinant * np.eye(size))
    return bool(exact), adjugate, determinant


def _whole_gain(states: Sequence[str], gain: Gain, full: System) -> tuple[Floats, float]:
    """(N times its common denominator, that denominator), kept while the rows are the same objects."""
    rows = [gain[state] for state in states]
    known = full.derived.get("whole gain")
    if (
        known is None
        or len(known[0]) != len(rows)
        or any(a is not b for a, b in zip(known[0], rows, strict=True))
    ):
        common = lcm(*(value.denominator for row in rows for value in row.values()))
        matrix = np.zeros((len(rows), full.rates))
        for i, row in enumerate(rows):
            for term, value in row.items():
                matrix[i, term] = value.numerator * (common // value.denominator)
        known = full.derived["whole gain"] = (rows, matrix, float(common))
    return known[1], known[2]
