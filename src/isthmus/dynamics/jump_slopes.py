"""How jumps and events move with states, parameters and time: their derivatives, compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.algebra.differentiate import sparse_jacobian
from isthmus.algebra.expression import MINUS_ONE, TIME_NODE, Expression, add, call, mul, symbol, symbols_in
from isthmus.algebra.infix_printer import infix
from isthmus.algebra.substitute import substitute
from isthmus.dynamics.events import value_symbol
from isthmus.dynamics.jumps import read_jumps
from isthmus.dynamics.kernel import Kernel, SparseKernel, SparsePattern, Vector, compile_kernels
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.switches import Mode
from isthmus.errors import Where

Matrix = NDArray[np.float64]
_LONGEST = 80


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """Derivatives of formulas; columns are the states, the ordinary p, time, and (of landings) values."""

    kernel: SparseKernel

    def along(self, t: float, x: Vector, p: Vector, moved: Matrix) -> Matrix:
        """How the formulas move where their arguments move by ``moved``, (columns, w): (rows, w)."""
        return self._times(self.kernel.kernel(t, x, p), moved)

    def reach(self, t: float, x: Vector, p: Vector, moved: Matrix) -> Matrix:
        """The most that they move where each argument moves by at most ``moved``: (rows, w)."""
        return self._times(np.abs(self.kernel.kernel(t, x, p)), np.abs(moved))

    def _times(self, values: Vector, moved: Matrix) -> Matrix:
        sparse = self.kernel
        out = np.zeros((sparse.rows, moved.shape[1]))
        row = np.repeat(np.arange(sparse.rows), np.diff(sparse.indptr))
        arguments = moved[sparse.indices]
        # What does not move has no part, even where the slope is infinite (a root at zero).
        with np.errstate(invalid="ignore"):
            np.add.at(out, row, np.where(arguments == 0.0, 0.0, values[:, None] * arguments))
        return out


@dataclass(frozen=True, slots=True, eq=False)
class JumpSlopes:
    """Beside a `SwitchedSystem`: what it takes to carry sensitivities across its jumps.

    forcing: ∂v/∂p of the rates with modes held. conditions: of the events, with modes held. margins: one a
    mode, the quantity whose change of sign (for floor and ceil: whose passing through an integer) changes the
    mode; sizes: of what is compared, |a| + |b|. own: the modes by their own margins, those nested in them
    being held. delays, values, landings: as in `EventTable`.
    """

    forcing: SparseKernel
    conditions: Kernel
    margins: Kernel
    sizes: Kernel
    own: Kernel
    modes: tuple[Mode, ...]
    margin_slopes: Slopes
    delay_slopes: Slopes
    value_slopes: Slopes
    landing_slopes: Slopes
    event_names: tuple[str, ...]
    source: str

    def where(self, events: Sequence[int] = (), modes: Sequence[int] = ()) -> Where:
        """The place that a message speaks of."""
        named = [f"event {self.event_names[event]!r}" for event in events]
        named += [f"the switch {_told(self.modes[mode])}" for mode in modes]
        return Where(file=self.source, object=", ".join(named))


def find_jump_slopes(dynamics: Dynamics) -> JumpSlopes:
    """Differentiate and compile the jumps and events of a model; the modes are those of `find_jumps`."""
    found = read_jumps(dynamics)
    switches, events = found.switches, found.events
    frozen = switches.freeze(found.rates)
    arguments = [switches.freeze(mode.arguments) for mode in switches.modes]
    margins = [_margin(parts) for parts in arguments]
    here = [*dynamics.state_symbols, *dynamics.parameter_symbols, TIME_NODE]
    given = [value_symbol(k) for k in range(len(events.values))]
    patterns = {
        "forcing": _pattern(frozen, dynamics.parameter_symbols),
        "margin_slopes": _pattern(margins, here),
        "delay_slopes": _pattern(events.delays, here),
        "value_slopes": _pattern(events.values, here),
        "landing_slopes": _pattern(events.landings, [*here, *given]),
    }
    routines: dict[str, Sequence[Expression]] = {
        "conditions": switches.freeze(events.conditions),
        "margins": margins,
        "own": switches.by_own_margin(),
        "sizes": [add(*(call("abs", part) for part in parts)) for parts in arguments],
    }
    routines |= {name: pattern.formulas for name, pattern in patterns.items()}
    kernels = compile_kernels(routines, found.slots)
    sparse = {name: pattern.kernel(kernels[name]) for name, pattern in patterns.items()}
    return JumpSlopes(
        forcing=sparse["forcing"],
        conditions=kernels["conditions"],
        margins=kernels["margins"],
        sizes=kernels["sizes"],
        own=kernels["own"],
        modes=switches.modes,
        margin_slopes=Slopes(sparse["margin_slopes"]),
        delay_slopes=Slopes(sparse["delay_slopes"]),
        value_slopes=Slopes(sparse["value_slopes"]),
        landing_slopes=Slopes(sparse["landing_slopes"]),
        event_names=tuple(event.id for event in events.events),
        source=dynamics.model.source,
    )


def _margin(arguments: Sequence[Expression]) -> Expression:
    """What is rounded, or the difference of what is compared."""
    return arguments[0] if len(arguments) == 1 else add(arguments[0], mul(MINUS_ONE, arguments[1]))


def _pattern(formulas: Sequence[Expression], wrt: Sequence[Expression]) -> SparsePattern:
    return SparsePattern.of(sparse_jacobian(formulas, wrt), len(formulas), len(wrt))


def _told(mode: Mode) -> str:
    """The comparison or rounding in the ids of the model, shortened."""
    formula = call(mode.op, *mode.arguments)
    plain = {leaf: symbol(str(leaf.value).rpartition(":")[2]) for leaf in symbols_in([formula])}
    text = infix(substitute([formula], plain)[0])
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
