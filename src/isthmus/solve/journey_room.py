"""The memory of a journey: laid out once a model, used again, and enlarged where something is full."""

from __future__ import annotations

from collections import deque
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.switched import EventTable, SwitchedSystem
from isthmus.dynamics.system import Floats, Indices
from isthmus.seeds import generator
from isthmus.solve import journey_table as places
from isthmus.solve.watch import Lookout

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_AT_ONE_TIME = 1000
_FIRST_ROOM = 64
_LOTS = 256
_GROWING = {
    places.QUEUE_FULL: (("pending_time", "pending_event", "pending_given"), "queue_room"),
    places.LOG_FULL: (("log_time", "log_event"), "log_room"),
    places.ECHOES_FULL: (("echo_time", "echo_order"), "echoes_room"),
}
_WHOLE = frozenset({"pending_event", "log_event", "echo_order"})
_PLACE = {name: place for place, name in enumerate(places.Journey.__annotations__)}


class JourneyRoom:
    """The table of a `Journey` and what it points to; it must outlive the journey.

    p: the lengthened parameters. x, time: where the loop is.
    """

    def __init__(self, switched: SwitchedSystem) -> None:
        self.switched = switched
        self._table: Indices = np.zeros(len(_PLACE), dtype=np.int64)
        self.address = int(self._table.ctypes.data)
        self._lay_out()
        self._describe()
        self.lookout = Lookout(switched, self.p)
        self.set(watch=self.lookout.address)
        self._lots: Floats = np.empty(0)
        names = [name for group, _ in _GROWING.values() for name in group]
        self._growing: dict[str, NDArray[Any]] = {
            name: np.empty(0, dtype=np.int64 if name in _WHOLE else np.float64) for name in names
        }
        self._growing["pending_given"] = np.empty((0, self.word("widest")))
        # Enough for all events to be triggered at once, and some more.
        self._make(places.QUEUE_FULL, max(_FIRST_ROOM, 2 * self.word("events")))
        self._make(places.LOG_FULL, _FIRST_ROOM)
        self._make(places.ECHOES_FULL, _FIRST_ROOM * self._lags)

    def _lay_out(self) -> None:
        switched, events = self.switched, self.switched.events
        n, m, e = switched.live.states, switched.modes, 0 if events is None else len(events.ids)
        a, landed = (0, 0) if events is None else (events.values.width, len(events.targets))
        self._lags = 0 if switched.lags is None else switched.lags.width
        sizes = {"number": places.NUMBERS, "time": 1, "x": n, "p": switched.ordinary, "held": m, "given": a}
        sizes |= {"before": n, "unplaced": n, "held_before": m, "live": m, "mark": switched.landmarks.width}
        sizes |= {"holds": e, "held_true": e, "delay": e, "priority": e, "value": a, "landing": landed}
        sizes |= {"lag": self._lags, "state": places.STATES, "persistent": e, "at_trigger": e}
        starts = [0, *accumulate(sizes.values())]
        block: Floats = np.zeros(starts[-1] + 1)
        parts = {
            name: block[start : start + size]
            for (name, size), start in zip(sizes.items(), starts[:-1], strict=True)
        }
        begin = int(block.ctypes.data)
        self.set(**{name: begin + 8 * start for name, start in zip(sizes, starts[:-1], strict=True)})
        self.set(bits=begin, result=self.word("state") + 8 * places.RESULT)
        self.set(raised=self.word("state") + 8 * places.RAISED)
        self._parts = parts
        self.number, self.time, self.x, self.lag = (parts[name] for name in ("number", "time", "x", "lag"))
        self.state: Indices = parts["state"].view(np.int64)
        first = starts[list(sizes).index("p")]
        self.p: Floats = block[first : first + switched.ordinary + m + a]
        self._held_true = parts["held_true"]

    def _describe(self) -> None:
        switched, events = self.switched, self.switched.events
        self.set(
            states=switched.live.states,
            ordinary=switched.ordinary,
            timed=switched.timed.width,
            modes=switched.modes,
            marks=switched.landmarks.width,
            algebraic=int(switched.live.is_algebraic),
            settles=int(switched.settles),
            timed_kernel=switched.timed.address,
            stated_kernel=switched.stated.address,
            marks_kernel=switched.landmarks.address,
        )
        if events is not None:
            self._describe_events(events)

    def _describe_events(self, events: EventTable) -> None:
        self._parts["persistent"].view(np.int64)[:] = events.persistent
        self._parts["at_trigger"].view(np.int64)[:] = events.at_trigger
        self.set(
            events=len(events.ids),
            widest=int(np.diff(events.first_value).max(initial=0)),
            most=_MOST_AT_ONE_TIME + 10 * len(events.ids),
            conditions_kernel=events.conditions.address,
            delays_kernel=events.delays.address,
            priorities_kernel=events.priorities.address,
            values_kernel=events.values.address,
            landings_kernel=events.landings.address,
            first_value=events.first_value.ctypes.data,
            first_target=events.first_target.ctypes.data,
            targets=events.targets.ctypes.data,
        )

    def set(self, **words: int) -> None:
        """Write words of the table by name."""
        for name, word in words.items():
            self._table[_PLACE[name]] = word

    def word(self, name: str) -> int:
        """A word of the table."""
        return int(self._table[_PLACE[name]])

    def begin(self, span: tuple[float, float], p: Floats, lags: Sequence[float]) -> None:
        """Be as new, for another journey; p: the ordinary parameters, lags: above zero."""
        self.state[:], self.number[:] = 0, 0.0
        self.p[: len(p)], self.p[len(p) :] = p, 0.0
        switched = self.switched
        if switched.events is not None:
            self._held_true[:] = switched.events.initially
        if self._lags:
            self.lag[: len(lags)] = lags
        self._table[_PLACE["lags"]] = len(lags)
        self.number[places.START], self.number[places.END] = span
        self.number[places.LIVE_FROM] = np.inf
        self.state[places.MAY_GO_LIVE] = int(switched.frozen is not switched.live)
        self.lookout.begin(span[1] - span[0])

    def march_with(self, words: tuple[int, ...]) -> None:
        """Tell the loop of its marcher: the fields of a `Journey` from `march` on."""
        self._table[_PLACE["march"] :] = words

    def enlarge(self, request: int) -> None:
        """Make room for what the loop has asked for."""
        if request == places.LOTS_USED:
            self._lots = np.concatenate([self._lots, _lots(len(self._lots) // _LOTS)])
            self.set(lots=len(self._lots), lot=self._lots.ctypes.data)
        else:
            self._make(request, 2 * self.word(_GROWING[request][1]))

    def _make(self, request: int, room: int) -> None:
        """Arrays of this length, with what those before them hold."""
        names, said = _GROWING[request]
        for name in names:
            before = self._growing[name]
            after = np.zeros((room, *before.shape[1:]), dtype=before.dtype)
            after[: len(before)] = before
            self._growing[name] = after
            self._table[_PLACE[name]] = after.ctypes.data
        self._table[_PLACE[said]] = room

    def executed(self) -> tuple[tuple[float, int], ...]:
        """What events were executed, as (time, place)."""
        count = int(self.state[places.EXECUTED])
        if not count:
            return ()
        time, event = (self._growing[name][:count].tolist() for name in ("log_time", "log_event"))
        return tuple(zip(time, event, strict=True))


# Laying out takes longer than a short integration: some rooms are used again.
_SPARE: deque[JourneyRoom] = deque(maxlen=4)
_MOST_SPARE = 1 << 16


def take_journey(switched: SwitchedSystem) -> JourneyRoom:
    """Return a room for one journey, a spare one if there is one of this system."""
    for _ in range(len(_SPARE)):
        try:
            room = _SPARE.popleft()
        except IndexError:
            break
        if room.switched is switched:
            return room
        _SPARE.append(room)
    return JourneyRoom(switched)


def give_back_journey(room: JourneyRoom) -> None:
    """Keep a room for the next journey of its system; nothing else may use it any more."""
    if room.word("log_room") <= _MOST_SPARE:
        _SPARE.append(room)


@lru_cache(maxsize=16)
def _lots(block: int) -> Floats:
    """So many numbers from 0 to 1, the same in every run."""
    return generator("events of equal priority", block).random(_LOTS)
