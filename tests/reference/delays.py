"""A slow twin for delays: SciPy from breakpoint to breakpoint, with a history of its own."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp

Floats = NDArray[np.float64]
Then = Callable[[float], Floats]
# What happens at a time to a state, given the past.
Jump = tuple[float, Callable[[Floats, Then], Floats]]


def method_of_steps(
    slopes: Callable[[float, Floats, Then], Floats],
    start: Sequence[float],
    lags: Sequence[float],
    end: float,
    jumps: Sequence[Jump] = (),
    orders: int = 7,
) -> Callable[[float], Floats]:
    """The solution as a function of time; `slopes` may ask for the state at any t − lag.

    Every time at which one of the first derivatives jumps is a breakpoint, and no piece is longer than the
    smallest lag.
    """
    times = {0.0, end, *(time for time, _ in jumps)}
    front = {0.0, *(time for time, _ in jumps)}
    for _ in range(orders):
        front = {round(time + lag, 12) for time in front for lag in lags if time + lag < end}
        times |= front
    points = [0.0]
    for time in sorted(times)[1:]:
        parts = int(np.ceil((time - points[-1]) / (0.9 * min(lags))))
        points += np.linspace(points[-1], time, parts + 1)[1:].tolist()
    x = np.array(start, dtype=float)
    begins: list[float] = []
    pieces: list[Callable[[float], Floats]] = []

    def at(time: float) -> Floats:
        if time < 0 or not begins:
            return np.array(start, dtype=float)
        return pieces[max(bisect_right(begins, time) - 1, 0)](time)

    for a, b in pairwise(points):
        for when, jump in jumps:
            if when == a:
                x = np.asarray(jump(x, at))
        # Within a piece the past is one smooth piece: it is asked for strictly inside.
        middle, half = 0.5 * (a + b), 0.5 * (b - a) * (1 - 1e-9)

        def right(t: float, state: Floats, middle: float = middle, half: float = half) -> Floats:
            inside = min(max(t, middle - half), middle + half)
            return slopes(inside, state, at)

        done = solve_ivp(right, (a, b), x, method="DOP853", rtol=1e-12, atol=1e-13, dense_output=True)
        begins.append(a)
        pieces.append(done.sol)
        x = done.y[:, -1]
    return at
