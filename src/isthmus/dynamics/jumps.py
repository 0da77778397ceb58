"""The modes and events of a model, compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from isthmus.algebra.differentiate import sparse_jacobian
from isthmus.algebra.expression import Expression
from isthmus.dynamics.definitions import past_symbol
from isthmus.dynamics.events import EventFormulas, read_events, value_symbol
from isthmus.dynamics.kernel import Kernel, SparsePattern, compile_kernels
from isthmus.dynamics.past import lags_in, varies
from isthmus.dynamics.rates import Dynamics
from isthmus.dynamics.switched import EventTable, Flags, SwitchedSystem
from isthmus.dynamics.switches import Switches, find_switches
from isthmus.dynamics.system import System
from isthmus.errors import UnsupportedFeature, Where


@dataclass(frozen=True, slots=True)
class JumpFormulas:
    """The resolved rates and events of a model, their modes, and where each symbol stands."""

    rates: tuple[Expression, ...]
    events: EventFormulas
    switches: Switches
    slots: Mapping[str, tuple[str, int]]


def read_jumps(dynamics: Dynamics) -> JumpFormulas:
    """What `find_jumps` compiles, as formulas."""
    rates = tuple(term.formula for term in dynamics.terms)
    events = read_events(
        dynamics.model, dynamics.names, dynamics.states, dynamics.state_is_amount, dynamics.volumes
    )
    inert = frozenset(
        name
        for name, row, implicit in zip(dynamics.state_symbols, dynamics.gain, dynamics.algebraic, strict=True)
        if not row and not implicit
    )
    inert |= {past_symbol(name) for name in inert}
    switches = find_switches([*rates, *events.conditions], inert)
    ordinary = len(dynamics.parameter_symbols)
    entries = [mode.entry for mode in switches.modes] + [value_symbol(k) for k in range(len(events.values))]
    slots = dict(dynamics.slots) | {
        str(entry.value): ("p", ordinary + place) for place, entry in enumerate(entries)
    }
    return JumpFormulas(rates, events, switches, slots)


def find_jumps(dynamics: Dynamics) -> SwitchedSystem | None:
    """Compile what a model's jumps and events take; None where there are none."""
    found = read_jumps(dynamics)
    rates, events, switches = found.rates, found.events, found.switches
    is_plain = not events.events and not dynamics.model.has_delays and dynamics.rapid is None
    if not switches.modes and is_plain:
        return None
    frozen_rates = switches.freeze(rates)
    is_smooth = all(new is old for new, old in zip(frozen_rates, rates, strict=True))
    slopes = SparsePattern.of(
        sparse_jacobian(frozen_rates, dynamics.state_symbols), len(rates), len(dynamics.states)
    )
    routines: dict[str, list[Expression] | tuple[Expression, ...]] = {
        "timed": [mode.live for mode in switches.timed],
        "stated": [mode.live for mode in switches.stated],
        "landmarks": switches.landmarks(),
        "conditions": events.conditions,
        "delays": events.delays,
        "priorities": events.priorities,
        "values": events.values,
        "landings": events.landings,
        "lags": _constant_lags(dynamics, [*rates, *events.conditions]),
    }
    if not is_smooth:
        routines |= {"frozen_rates": frozen_rates, "frozen_jacobian": slopes.formulas}
    kernels = compile_kernels(routines, found.slots)
    live = dynamics.live_system
    frozen = live if is_smooth else _frozen(live, slopes, kernels)
    to_rest = dynamics.relaxing_gain
    return SwitchedSystem(
        frozen=frozen,
        live=live,
        ordinary=len(dynamics.parameter_symbols),
        timed=kernels["timed"],
        stated=kernels["stated"],
        landmarks=kernels["landmarks"],
        of_events=_flags(switches.used_by(events.conditions)),
        events=_table(events, kernels) if events.events else None,
        relaxing=None if to_rest is None else replace(frozen, mass=None, gain=to_rest),
        settles=to_rest is not None,
        lags=kernels["lags"] if dynamics.model.has_delays else None,
        has_waves=switches.has_waves,
    )


def _constant_lags(dynamics: Dynamics, formulas: Sequence[Expression]) -> list[Expression]:
    """The lags that integration depends on; UnsupportedFeature where one varies."""
    lags = lags_in(formulas)
    if any(varies(lag) for lag in lags):
        raise UnsupportedFeature(
            "E-DELAY-LAG",
            "the lag of a delay() varies, and rates or triggers depend on it",
            needed="constant lags in rates and in triggers of events",
            advice="make the lag a constant parameter",
            where=Where(file=dynamics.model.source, object=dynamics.model.id),
        )
    return lags


def _frozen(live: System, slopes: SparsePattern, kernels: dict[str, Kernel]) -> System:
    return replace(
        live,
        rates_address=kernels["frozen_rates"].address,
        jacobian_address=kernels["frozen_jacobian"].address,
        indptr=slopes.indptr,
        indices=slopes.indices,
        keep=kernels,
    )


def _table(events: EventFormulas, kernels: dict[str, Kernel]) -> EventTable:
    return EventTable(
        ids=tuple(event.id for event in events.events),
        initially=_flags([event.initially for event in events.events]),
        persistent=_flags([event.persistent for event in events.events]),
        at_trigger=_flags([event.at_trigger for event in events.events]),
        conditions=kernels["conditions"],
        delays=kernels["delays"],
        priorities=kernels["priorities"],
        values=kernels["values"],
        landings=kernels["landings"],
        first_value=np.array(events.first_value, dtype=np.int64),
        first_target=np.array(events.first_target, dtype=np.int64),
        targets=np.array(events.targets, dtype=np.int64),
    )


def _flags(values: Sequence[bool]) -> Flags:
    return np.array(values, dtype=np.bool_)
