"""One run of rates without jumps by the integrator of our own, at the tolerances that its states need."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.solve.ndf import sample_ndf, solve_ndf
from isthmus.solve.result import Samples, Solution
from isthmus.solve.tolerance import FINE, confirmed, guessed_atol, measured_atol


@dataclass(frozen=True, slots=True)
class Smooth:
    """What is integrated, from time 0 on."""

    system: System
    horizon: float
    start: Floats
    parameters: Floats
    rtol: float
    max_steps: int

    def solve(self, times: ArrayLike | None, atol: ArrayLike | None) -> tuple[Solution | Samples, Floats]:
        """The solution, dense where no times are asked for, and the absolute tolerances.

        Without any, those of a coarse pass are taken and its peaks compared with those of the solution; where
        they differ by more than a factor of two, more passes are made (`isthmus.solve.tolerance`).
        """
        if atol is not None:
            given = np.empty_like(self.start)
            given[:] = atol
            return self._at(times, given), given
        problem = (self.system, 0.0, self.horizon, self.start, self.parameters, self.rtol)
        if self.rtol <= FINE:
            guess = guessed_atol(*problem, max_steps=self.max_steps)
            if guess is not None:
                found = self._at(times, guess)
                if found.ok and confirmed(guess, found.peaks, self.start, self.rtol):
                    return found, guess
        measured = measured_atol(*problem, max_steps=self.max_steps)
        return self._at(times, measured), measured

    def _at(self, times: ArrayLike | None, atol: Floats) -> Solution | Samples:
        given = (self.system, 0.0, self.horizon, self.start, self.parameters, self.rtol, atol)
        if times is None:
            return solve_ndf(*given, max_steps=self.max_steps)
        return sample_ndf(*given, times=np.sort(times), max_steps=self.max_steps)
