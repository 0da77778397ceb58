"""Where a solution through jumps jumped: read off its steps, which end at every change of a mode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from isthmus.dynamics.switched import Flags, SwitchedSystem
from isthmus.dynamics.system import Floats
from isthmus.solve.hybrid import HybridSolution
from isthmus.solve.result import Solution


@dataclass(frozen=True, slots=True, eq=False)
class JumpPoint:
    """One moment: the state before and after it, the modes, and the events executed, in order.

    held: modes of the integration before. found: those of the state before. then: those of the state after.
    earlier: a time and state on the smooth piece that ends here, some way before the end; None at the start.
    """

    time: float
    before: Floats
    after: Floats
    held: Floats
    found: Floats
    then: Floats
    executed: tuple[int, ...]
    earlier: tuple[float, Floats] | None

    @property
    def is_start(self) -> bool:
        """Whether nothing was integrated before."""
        return self.earlier is None


def jump_points(switched: SwitchedSystem, done: HybridSolution[Solution], p: Floats) -> list[JumpPoint]:
    """The start, and every moment at which a mode changed or an event was executed; p: the lengthened one."""
    times, states = done.solution.t, done.solution.x
    modes = _modes_along(switched, times, states, p)
    # Entries of one time are one moment.
    first = np.flatnonzero(np.concatenate([[True], times[1:] != times[:-1]]))
    last = np.concatenate([first[1:], [len(times)]]) - 1
    executed: dict[float, list[int]] = {}
    for time, event in done.executed:
        executed.setdefault(time, []).append(event)
    before = np.maximum(first - 1, 0)
    is_jump = (
        (last > first)
        | differ(modes[first], modes[before]).any(axis=1)
        | np.isin(times[first], list(executed))
    )
    is_jump[0] = True
    points: list[JumpPoint] = []
    begun = 0
    for place in np.flatnonzero(is_jump).tolist():
        a, b = int(first[place]), int(last[place])
        points.append(
            JumpPoint(
                time=float(times[a]),
                before=states[a],
                after=states[b],
                held=modes[max(a - 1, 0)],
                found=modes[a],
                then=modes[b],
                executed=tuple(executed.get(float(times[a]), ())),
                earlier=_earlier(times, states, begun, a) if place else None,
            )
        )
        begun = b
    return points


def _modes_along(switched: SwitchedSystem, times: Floats, states: Floats, p: Floats) -> Floats:
    from isthmus.solve.evaluate import evaluate_many

    parts = [
        evaluate_many(kernel.address, times, states, p, kernel.width)
        for kernel in (switched.timed, switched.stated)
        if kernel.width
    ]
    return np.hstack(parts) if parts else np.zeros((len(times), 0))


def differ(left: Floats, right: Floats) -> Flags:
    """Which entries are others, what is no number being the same as itself."""
    return np.asarray((left != right) & ((left == left) | (right == right)))


def _earlier(times: Floats, states: Floats, begun: int, end: int) -> tuple[float, Floats]:
    """The last step at least a thousandth of the piece before its end."""
    enough = times[end] - 1e-3 * (times[end] - times[begun])
    place = max(int(np.searchsorted(times[begun:end], enough, side="right")) - 1, 0) + begun
    return float(times[place]), states[place]
