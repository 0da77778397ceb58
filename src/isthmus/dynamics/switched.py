"""A system whose rates jump and whose states are assigned anew: the arrays and kernels that solving it takes.

Its parameter vector is longer than p: the ordinary entries, then the modes (see `switches`), then the values
that events assign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.kernel import Kernel, Vector
from isthmus.dynamics.system import System
from isthmus.errors import ModelError

Flags = NDArray[np.bool_]
Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class EventTable:
    """e events with a assignments in all and l changed states in all; what they mean is in `model.event`.

    conditions, delays, priorities: (e,) of (t, x, p); a priority of −inf is none. values: (a,), as ids stand
    for in formulas. landings: (l,), the states after execution, of the states before and the values.
    first_value, first_target: (e + 1,). targets: (l,) places in x.
    """

    ids: tuple[str, ...]
    initially: Flags
    persistent: Flags
    at_trigger: Flags
    conditions: Kernel
    delays: Kernel
    priorities: Kernel
    values: Kernel
    landings: Kernel
    first_value: Places
    first_target: Places
    targets: Places


@dataclass(frozen=True, slots=True, eq=False)
class SwitchedSystem:
    """A system with modes and events.

    frozen: the rates with modes held in p. live: with conditions as written. ordinary: the length of p
    without modes. timed, stated: kernels of the modes of time alone, which come first in p, and of the
    others. landmarks: times at which modes of time alone change, of the ordinary p and the modes.
    of_events: which modes events depend on. events: None without any. relaxing: rates whose rest is the
    state put on the constraints after a jump; None for the constraints alone, all else held. settles:
    whether the start may lie off the constraints and is put on them at once. lags: of the delays that rates
    and triggers have, None for a model without delays; the last ordinary entry of p is then the address of
    the history, see `algebra.llvm_past`. has_waves: whether some
    mode of time alone is not linear in time, so that no landmark tells of its changes.
    """

    frozen: System
    live: System
    ordinary: int
    timed: Kernel
    stated: Kernel
    landmarks: Kernel
    of_events: Flags
    events: EventTable | None
    relaxing: System | None = None
    settles: bool = False
    lags: Kernel | None = None
    has_waves: bool = True

    @property
    def modes(self) -> int:
        """The number of modes."""
        return self.timed.width + self.stated.width

    def lengthened(self, p: Vector) -> Vector:
        """P with room for modes and values."""
        values = 0 if self.events is None else self.events.values.width
        return np.concatenate([p, np.zeros(self.modes + values)])

    def read_modes(self, t: float, x: Vector, p: Vector) -> None:
        """Write the modes at a point into the lengthened p."""
        if self.modes:
            middle = self.ordinary + self.timed.width
            p[self.ordinary : middle] = self.timed(t, x, p)
            p[middle : self.ordinary + self.modes] = self.stated(t, x, p)

    def lag_values(self, t: float, x: Vector, p: Vector) -> tuple[float, ...]:
        """The lags above zero, each once, ascending; ModelError where one is negative or no number."""
        lags = [] if self.lags is None else self.lags(t, x, p).tolist()
        wrong = [lag for lag in lags if not 0.0 <= lag]
        if wrong:
            raise ModelError("E-DELAY-LAG", f"a lag of {wrong[0]:g}", needed="lags that are not negative")
        return tuple(sorted({lag for lag in lags if 0.0 < lag < np.inf}))

    @property
    def onto_constraints(self) -> System | None:
        """The rates that put a state on the constraints, modes held; None without constraints."""
        return self.frozen.constraints_alone if self.relaxing is None else self.relaxing

    def named(self, executed: Iterable[tuple[float, int]]) -> tuple[tuple[float, str], ...]:
        """Executed events by their ids."""
        return () if self.events is None else tuple((t, self.events.ids[place]) for t, place in executed)

    def constrained(self, system: System, relaxing: System) -> SwitchedSystem:
        """The same jumps and events where the state is held on a slow manifold.

        system, relaxing: as in `Constrained`, over the live rates.
        """
        frozen = system
        if self.frozen is not self.live:
            frozen = replace(self.frozen, mass=system.mass, gain=system.gain)
        held = replace(self.frozen, mass=None, gain=relaxing.gain)
        return replace(self, frozen=frozen, live=system, relaxing=held)
