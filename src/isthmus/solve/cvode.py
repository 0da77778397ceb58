"""The independent second integrator for ordinary differential equations: CVODE of SUNDIALS."""

from __future__ import annotations

import ctypes
import math
import sys
from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from isthmus.dynamics.system import Floats, System
from isthmus.solve.ndf import checked_input
from isthmus.solve.radau import need_identity
from isthmus.solve.result import Counts, ResultCode, Samples

if TYPE_CHECKING:
    from isthmus.solve.look import Look

_BDF = 2
_SLOPE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_double, *[ctypes.c_void_p] * 3)
# CVODE's least first step, as a part of the times' size.
_LEAST = 100 * sys.float_info.epsilon
# It gives up after seven tries, each about a tenth of the one before: so much too long it still copes with.
_TOO_LONG = 1e5
# What undoing a first step may lose to rounding, in tolerances.
_LOST = 1e-8
_CODES = {
    0: ResultCode.SUCCESS,
    1001: ResultCode.MAX_STEPS,
    1002: ResultCode.STEP_UNDERFLOW,
    -1: ResultCode.MAX_STEPS,
    -2: ResultCode.STEP_UNDERFLOW,
    -3: ResultCode.STEP_UNDERFLOW,
    -4: ResultCode.NEWTON_FAILED,
    -6: ResultCode.NOT_FINITE,
    -8: ResultCode.NOT_FINITE,
    -9: ResultCode.NOT_FINITE,
    -10: ResultCode.NOT_FINITE,
    -11: ResultCode.NOT_FINITE,
}


def solve_cvode(
    system: System,
    t0: float,
    t1: float,
    x0: ArrayLike,
    p: ArrayLike,
    rtol: float = 1e-6,
    atol: ArrayLike = 1e-9,
    *,
    times: ArrayLike = (),
    max_steps: int = 100_000,
    look: Look | None = None,
) -> Samples:
    """Integrate from t0 to t1 by BDF with a dense direct solver, M being the identity.

    look: where a mode changes first, there it ends. Hindmarsh et al. 2005, ACM Trans. Math. Softw. 31:363.
    """
    need_identity(system)
    start, parameters, tolerances = checked_input(system, t0, t1, x0, p, rtol, atol, max_steps)
    asked = np.ascontiguousarray(times, dtype=np.float64).reshape(-1)
    from isthmus.solve.sundials import standing

    if t1 == t0:
        return standing(t0, start, asked, ResultCode.SUCCESS)
    span = (float(t0), float(t1))
    if look is None:
        cvode = _take(system, parameters, rtol, tolerances)
        samples = cvode.march(span, start, parameters, asked, max_steps)
        cvode.close()
        return samples
    kept = look.keep(system, lambda: _take(system, parameters, rtol, tolerances))
    return kept.march(span, start, parameters, asked, max_steps, look.address)


class Cvode:
    """CVODE with its memory, for marches over one system, one after the other."""

    def __init__(self, system: System, p: Floats, rtol: float, tolerances: Floats) -> None:
        from isthmus.solve.sundials import Session

        self._p, self._state = p.copy(), np.zeros(system.states)
        self._rtol, self._tolerances = rtol, tolerances
        self._session = Session(system, self._p)
        self._memory: ctypes.c_void_p | None = None
        self._told, self._finest = 0.0, float(tolerances.min(initial=math.inf))
        self._is_well = True

    def close(self) -> None:
        """No more marches for now: it is kept for others like them, where none has failed."""
        if self._is_well and len(self._state) <= _MOST_STATES:
            _SPARE.append(self)

    def serves(self, system: System, p: Floats, rtol: float, tolerances: Floats) -> bool:
        """Whether it is what would be made for them."""
        is_same = self._session.system is system and self._rtol == rtol and len(self._p) == len(p)
        return is_same and np.array_equal(self._tolerances, tolerances)

    def march(
        self,
        span: tuple[float, float],
        start: Floats,
        p: Floats,
        asked: Floats,
        max_steps: int,
        watch: int = 0,
    ) -> Samples:
        """Integrate over a span; watch: the address of a `Watch`, to end where a mode changes."""
        from isthmus.solve.sundials import run

        session = self._session
        self._p[:], self._state[:] = p, start
        if self._memory is None:
            self._memory = self._begin(span[0])
        else:
            session.call("cvode", "CVodeReInit", self._memory, ctypes.c_double(span[0]), self._vector)
        session.call("cvode", "CVodeSetStopTime", self._memory, ctypes.c_double(span[1]))
        first = self._first_step(*span)
        if first != self._told:
            session.call("cvode", "CVodeSetInitStep", self._memory, ctypes.c_double(first))
            self._told = first
        names, state = ("CVode", "CVodeGetDky"), (self._vector, self._state)
        given = (state, self._vector, span, asked, max_steps, _CODES, watch)
        self._is_well = False
        samples = run(session, "cvode", names, self._memory, *given)
        self._is_well = samples.ok
        counts = Counts(
            steps=samples.steps,
            rejected=self._counted("ErrTestFails"),
            rates=self._counted("RhsEvals"),
            jacobians=self._counted("JacEvals"),
            factorisations=self._counted("LinSolvSetups"),
            newton_failures=self._counted("NonlinSolvConvFails"),
        )
        return replace(samples, counts=counts)

    def _first_step(self, t0: float, t1: float) -> float:
        """Return a first step where CVODE's own would be far too long for this start, else 0.

        It takes the geometric mean of the least step for times of this size and the longest that the slopes
        allow, even where the least is the longer of the two: the end is far beyond every scale.
        """
        least, slope = _LEAST * max(abs(t0), abs(t1)), self._slope(t0)
        # This takes next to no time and nearly always settles it; squares of the smallest slopes are zero.
        if not least * math.sqrt(max(slope.dot(slope), sys.float_info.min)) > self._finest:
            return 0.0
        x = self._state
        allowed = self._rtol * np.abs(x) + self._tolerances
        with np.errstate(over="ignore", invalid="ignore"):
            speed = float((np.abs(slope) / (0.1 * np.abs(x) + allowed)).max(initial=0.0))
            if not 1.0 < least * speed < math.inf:
                return 0.0
            before, slope, longest = x.copy(), slope.copy(), 1.0 / speed
            x += longest * slope
            change = np.abs(self._slope(t0 + longest) - slope)
            x[:] = before
            bend = math.sqrt(0.5 * speed * float((change / allowed).max()))
            rounding = sys.float_info.epsilon / _LOST * float((np.abs(slope) / allowed).max())
        first = max(1.0 / max(bend, rounding), _LEAST * abs(t0))
        return first if math.sqrt(longest * least) > _TOO_LONG * first else 0.0

    def _slope(self, time: float) -> Floats:
        """x' at a time and the state: it stays until the next call."""
        vector, slope = self._session.between
        self._evaluate(time, self._vector, vector, self._user)
        return slope

    def _begin(self, t0: float) -> ctypes.c_void_p:
        from isthmus.solve.sundials_callbacks import cvode_callbacks

        session = self._session
        slope, jacobian = cvode_callbacks()
        self._evaluate, self._user = _SLOPE(slope.address), session.user.ctypes.data
        self._vector, allowed = session.vector(self._state), session.vector(self._tolerances)
        memory = session.integrator("cvode", "CVode", _BDF)
        start = (ctypes.c_double(t0), self._vector)
        session.call("cvode", "CVodeInit", memory, ctypes.c_void_p(slope.address), *start)
        session.call("cvode", "CVodeSVtolerances", memory, ctypes.c_double(self._rtol), allowed)
        session.call("cvode", "CVodeSetUserData", memory, ctypes.c_void_p(session.user.ctypes.data))
        solver = session.linear_solver(self._vector)
        session.call("cvode", "CVodeSetLinearSolver", memory, solver, session.matrix)
        session.call("cvode", "CVodeSetJacFn", memory, ctypes.c_void_p(jacobian.address))
        session.call("cvode", "CVodeSetMaxHnilWarns", memory, -1)
        return memory

    def _counted(self, what: str) -> int:
        assert self._memory is not None
        return self._session.counter("cvode", f"CVodeGetNum{what}", self._memory)


# Making it takes longer than a short march: some are kept.
_SPARE: deque[Cvode] = deque(maxlen=4)
_MOST_STATES = 512


def _take(system: System, p: Floats, rtol: float, tolerances: Floats) -> Cvode:
    for _ in range(len(_SPARE)):
        try:
            spare = _SPARE.popleft()
        except IndexError:
            break
        if spare.serves(system, p, rtol, tolerances):
            return spare
        _SPARE.append(spare)
    return Cvode(system, p, rtol, tolerances)
