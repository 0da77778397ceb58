"""Events: which are triggered, which wait, and in what order they are executed.

After SBML Level 3 Version 2, section 4.11.6. Of events to be executed at one time the one of largest priority
goes first, and those without a priority last, in the order in which they were triggered, then that of the
model. Among equal priorities the standard asks for a draw by lot: lots here are the same in every run.
"""

from __future__ import annotations

import math

from isthmus.dynamics.system import Floats
from isthmus.solve.compiled import part
from isthmus.solve.journey_table import (
    AFTER_EVENT,
    AFTER_MODES,
    AT_EVENTS,
    CODE,
    EXECUTED,
    LOG_FULL,
    LOT,
    LOTS_USED,
    OVER,
    PART,
    PENDING,
    PLACE,
    QUEUE_FULL,
    ROUND,
    TURN,
    Journey,
)
from isthmus.solve.native_call import call_kernel, row_at
from isthmus.solve.result import ResultCode
from isthmus.solve.workspace import copy_to

_SUCCESS = int(ResultCode.SUCCESS)
_ENDLESS_EVENTS = int(ResultCode.ENDLESS_EVENTS)
_BAD_DELAY = int(ResultCode.BAD_DELAY)

# After a jump: how often implicit unknowns are solved for and events looked at anew.
MOST_PLACINGS = 10
_NOTHING = -1
_UNDRAWN = -2


@part
def happen(journey: Journey, answer: int) -> int:
    """Take events and modes in turns, until neither sets off the other; return a request, or OVER.

    Then ``state[CODE]`` says how it went. answer: the code of the placing that was asked for.
    """
    state = journey.state
    asked = state[PART]
    state[PART], state[CODE] = AT_EVENTS, answer
    if asked != AT_EVENTS and answer != _SUCCESS:
        return OVER
    if asked == AFTER_MODES:
        state[ROUND] += 1
        state[TURN] = 0
        if state[ROUND] >= MOST_PLACINGS or not differ(journey.states, journey.x, journey.unplaced):
            return OVER
    state[CODE] = _SUCCESS
    if journey.events > 0:
        request = _execute_all(journey)
        if request != OVER or state[CODE] != _SUCCESS:
            return request
    if not read_modes(journey) or journey.algebraic == 0:
        return OVER
    copy_to(journey.unplaced, journey.x, journey.states)
    state[PART] = AFTER_MODES
    return PLACE


@part
def read_modes(journey: Journey) -> bool:
    """Hold the modes of here; return whether they are others than before."""
    timed, modes = journey.timed, journey.modes
    if timed > 0:
        call_kernel(journey.timed_kernel, journey.time, journey.x, journey.p, journey.live)
    if modes > timed:
        live = row_at(journey.live, timed)
        call_kernel(journey.stated_kernel, journey.time, journey.x, journey.p, live)
    is_changed = differ(modes, journey.live, journey.held)
    copy_to(journey.held, journey.live, modes)
    return is_changed


@part
def differ(n: int, first: Floats, second: Floats) -> bool:
    """Return whether any of n numbers differ; what is not a number stays so."""
    found = False
    for i in range(n):
        a, b = first[i], second[i]
        found |= a != b and (a == a or b == b)
    return found


@part
def next_event(journey: Journey) -> float:
    """Return when the next event waits to be executed, infinity for none."""
    first = math.inf
    for k in range(journey.state[PENDING]):
        first = min(first, journey.pending_time[k])
    return first


@part
def _execute_all(journey: Journey) -> int:
    """Trigger and execute all that there is here, moving the state."""
    state = journey.state
    while True:
        call_kernel(journey.conditions_kernel, journey.time, journey.x, journey.p, journey.holds)
        if differ(journey.events, journey.holds, journey.held_true):
            if not _trigger(journey):
                return QUEUE_FULL
            if state[CODE] != _SUCCESS:
                return OVER
            copy_to(journey.held_true, journey.holds, journey.events)
        if state[EXECUTED] >= journey.log_room:
            return LOG_FULL
        chosen = _first_due(journey)
        if chosen == _UNDRAWN:
            return LOTS_USED
        if chosen == _NOTHING:
            return OVER
        state[TURN] += 1
        if state[TURN] > journey.most:
            state[CODE] = _ENDLESS_EVENTS
            return OVER
        _execute(journey, chosen)
        if journey.algebraic != 0:
            state[PART] = AFTER_EVENT
            return PLACE


@part
def _trigger(journey: Journey) -> bool:
    """Queue what came true and drop what no longer is; return False, having queued nothing, without room."""
    state, holds, held = journey.state, journey.holds, journey.held_true
    kept, risen = 0, 0
    for k in range(state[PENDING]):
        event = journey.pending_event[k]
        if holds[event] != 0.0 or journey.persistent[event] != 0:
            _move(journey, k, kept)
            kept += 1
    state[PENDING] = kept
    for event in range(journey.events):
        risen += int(holds[event] != 0.0 and held[event] == 0.0)
    if risen == 0:
        return True
    if kept + risen > journey.queue_room:
        return False
    call_kernel(journey.delays_kernel, journey.time, journey.x, journey.p, journey.delay)
    call_kernel(journey.values_kernel, journey.time, journey.x, journey.p, journey.value)
    for event in range(journey.events):
        if holds[event] != 0.0 and held[event] == 0.0:
            if not journey.delay[event] >= 0.0:
                state[CODE] = _BAD_DELAY
                return True
            journey.pending_time[kept] = journey.time[0] + journey.delay[event]
            journey.pending_event[kept] = event
            first = journey.first_value[event]
            row = row_at(journey.pending_given, kept * journey.widest)
            copy_to(row, row_at(journey.value, first), journey.first_value[event + 1] - first)
            kept += 1
            state[PENDING] = kept
    return True


@part
def _move(journey: Journey, source: int, target: int) -> None:
    """Let what waits at one place wait at another."""
    if source == target:
        return
    journey.pending_time[target] = journey.pending_time[source]
    journey.pending_event[target] = journey.pending_event[source]
    width = journey.widest
    copy_to(
        row_at(journey.pending_given, target * width), row_at(journey.pending_given, source * width), width
    )


@part
def _first_due(journey: Journey) -> int:
    """Return the place of the event to be executed now, or that there is none, or that lots are used up."""
    found, due = _NOTHING, 0
    for k in range(journey.state[PENDING]):
        if journey.pending_time[k] <= journey.time[0]:
            due += 1
            if found < 0:
                found = k
    if due <= 1:
        return found
    call_kernel(journey.priorities_kernel, journey.time, journey.x, journey.p, journey.priority)
    largest, equal = -math.inf, 0
    for k in range(found, journey.state[PENDING]):
        if journey.pending_time[k] <= journey.time[0]:
            rank = journey.priority[journey.pending_event[k]]
            if rank > largest:
                largest, found, equal = rank, k, 0
            equal += int(rank == largest)
    if equal <= 1 or largest == -math.inf:
        return found
    if journey.state[LOT] >= journey.lots:
        return _UNDRAWN
    drawn = int(equal * journey.lot[journey.state[LOT]])
    journey.state[LOT] += 1
    for k in range(found, journey.state[PENDING]):
        is_equal = journey.priority[journey.pending_event[k]] == largest
        if is_equal and journey.pending_time[k] <= journey.time[0]:
            if drawn == 0:
                return k
            drawn -= 1
    return found


@part
def _execute(journey: Journey, place: int) -> None:
    event = journey.pending_event[place]
    first, after = journey.first_value[event], journey.first_value[event + 1]
    values = row_at(journey.pending_given, place * journey.widest)
    if journey.at_trigger[event] == 0:
        call_kernel(journey.values_kernel, journey.time, journey.x, journey.p, journey.value)
        values = row_at(journey.value, first)
    copy_to(row_at(journey.given, first), values, after - first)
    for k in range(place + 1, journey.state[PENDING]):
        _move(journey, k, k - 1)
    journey.state[PENDING] -= 1
    call_kernel(journey.landings_kernel, journey.time, journey.x, journey.p, journey.landing)
    for k in range(journey.first_target[event], journey.first_target[event + 1]):
        journey.x[journey.targets[k]] = journey.landing[k]
    executed = journey.state[EXECUTED]
    journey.log_time[executed] = journey.time[0]
    journey.log_event[executed] = event
    journey.state[EXECUTED] = executed + 1
