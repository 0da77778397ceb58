"""The loop over jumps and events: march, arrive, execute, read the modes, go on.

It returns to Python for what is rare (more room, constraints, other rates) and to marchers that are not
compiled, and goes on where it was.
"""

from __future__ import annotations

import math

from isthmus.solve.compiled import entry, part
from isthmus.solve.echo_loop import add_echoes, cross_echoes, has_echo_room
from isthmus.solve.event_loop import differ, happen, read_modes
from isthmus.solve.journey_table import (
    ADVANCE,
    AFTER,
    AHEAD,
    ARRIVED,
    AT_EVENTS,
    BEGIN,
    BEGUN,
    CODE,
    CROSSING,
    ECHOES_FULL,
    END,
    EXECUTED,
    EXECUTED_BEFORE,
    FROM,
    GO_LIVE,
    HAPPENING,
    LIVE_FROM,
    MARCHING,
    MAY_GO_LIVE,
    OVER,
    PART,
    PLACE,
    PLACED,
    READY,
    ROUND,
    SETTLED,
    SHELF_FULL,
    SHORT,
    SLIDES,
    STAGE,
    START,
    STOP,
    SWITCHES,
    TURN,
    Journey,
    journey_at,
)
from isthmus.solve.ndf_advance import advance
from isthmus.solve.next_stop import next_stop
from isthmus.solve.result import ResultCode
from isthmus.solve.storage import FULL, is_full, keep_step, storage_at
from isthmus.solve.workspace import copy_to

_SUCCESS = int(ResultCode.SUCCESS)
_CANCELLED = int(ResultCode.CANCELLED)
_SLIDING = int(ResultCode.SLIDING)
_ENDLESS_EVENTS = int(ResultCode.ENDLESS_EVENTS)
# Failures of held rates that the rates as written may not have.
_STEP_UNDERFLOW = int(ResultCode.STEP_UNDERFLOW)
_NOT_FINITE = int(ResultCode.NOT_FINITE)
_NEWTON_FAILED = int(ResultCode.NEWTON_FAILED)
_SINGULAR = int(ResultCode.SINGULAR)
_INCONSISTENT = int(ResultCode.INCONSISTENT_START)

# Of max(|t|, the span): marches shorter than this, so many in a row, do not get on.
_SHORT = 1e-12
_MOST_SHORT = 40
_GO_ON = -1


@entry
def travel(address: int, answer: int) -> int:
    """Go on, given the answer to the last request; return the next one, or OVER with a code in the state.

    ADVANCE: march to ``number[STOP]`` or the first change of a mode; the answer is the code of it. PLACE:
    put ``x`` on the constraints; the answer is a code. All others are answered by 0.
    """
    journey = journey_at(address)
    state = journey.state
    while True:
        stage = state[STAGE]
        if stage == BEGIN:
            _be_here(journey)
            read_modes(journey)
            journey.number[FROM] = -math.inf
            add_echoes(journey, journey.number[START], 1)
            state[STAGE] = BEGUN
            if journey.settles != 0:
                return PLACE
        elif stage == BEGUN:
            state[STAGE] = ARRIVED
            if differ(journey.states, journey.x, journey.here_x):
                _leap(journey, journey.time[0])
                add_echoes(journey, journey.time[0], 0)
            if answer != _SUCCESS:
                return _over(journey, answer)
        elif stage == ARRIVED:
            _be_here(journey)
            copy_to(journey.before, journey.x, journey.states)
            copy_to(journey.held_before, journey.held, journey.modes)
            state[ROUND], state[TURN], state[PART], answer = 0, 0, AT_EVENTS, _SUCCESS
            state[STAGE] = HAPPENING
        elif stage == HAPPENING:
            request = happen(journey, answer)
            if request != OVER:
                return request
            state[STAGE] = SETTLED
        elif stage == SETTLED:
            if _is_full(journey):
                return SHELF_FULL
            if not has_echo_room(journey):
                return ECHOES_FULL
            state[STAGE] = AHEAD
            request = _settled(journey)
            if request != _GO_ON:
                return request
        elif stage == AHEAD:
            t = journey.here_time[0]
            if t >= journey.number[END]:
                return _over(journey, _SUCCESS)
            journey.number[FROM], state[EXECUTED_BEFORE] = t, state[EXECUTED]
            journey.number[STOP] = next_stop(journey, t)
            state[STAGE] = MARCHING
            if journey.march == 0:
                return ADVANCE
        elif stage == MARCHING:
            code = answer
            if journey.march != 0:
                code = advance(journey)
                if code == FULL:
                    return SHELF_FULL
            if _is_beyond(code) and _goes_live(journey):
                state[STAGE] = AHEAD
                return GO_LIVE
            if code != _SUCCESS:
                return _over(journey, _SLIDING if state[SLIDES] != 0 and code != _CANCELLED else code)
            journey.number[AFTER] = journey.here_time[0]
            state[STAGE] = CROSSING if journey.lags > 0 else ARRIVED
        else:
            if _is_full(journey):
                return SHELF_FULL
            if not cross_echoes(journey):
                return ECHOES_FULL
            state[STAGE] = ARRIVED
            after = min(journey.number[AFTER], journey.number[END])
            if after > journey.here_time[0]:
                copy_to(journey.x, journey.here_x, journey.states)
                _leap(journey, after)


@part
def _over(journey: Journey, code: int) -> int:
    journey.state[CODE] = code
    return OVER


@part
def _be_here(journey: Journey) -> None:
    journey.time[0] = journey.here_time[0]
    copy_to(journey.x, journey.here_x, journey.states)


@part
def _is_full(journey: Journey) -> bool:
    return is_full(storage_at(journey.shelf), journey.progress[0])


@part
def _leap(journey: Journey, time: float) -> None:
    """Keep a step to a time and ``x`` on which nothing was integrated, and go on from its end."""
    storage, step = storage_at(journey.shelf), journey.progress[0]
    keep_step(storage, step, time, time - storage.t[step], 0, journey.x)
    journey.progress[0] = step + 1
    journey.here_time[0] = time
    copy_to(journey.here_x, journey.x, journey.states)
    _restart(journey)


@part
def _restart(journey: Journey) -> None:
    journey.state[READY], journey.state[PLACED] = 0, 0


@part
def _settled(journey: Journey) -> int:
    """Go on from where events and modes have led, if that gets on; return a request."""
    state, number, time = journey.state, journey.number, journey.time[0]
    if differ(journey.states, journey.x, journey.before):
        _leap(journey, time)
        add_echoes(journey, time, 0)
    elif differ(journey.modes, journey.held, journey.held_before):
        _restart(journey)
        add_echoes(journey, time, 1)
        state[SWITCHES] += 1
    if state[CODE] != _SUCCESS:
        return OVER
    start = number[FROM]
    if start == -math.inf:
        return _GO_ON
    is_short = time - start <= _SHORT * max(abs(start), number[END] - number[START])
    state[SHORT] = state[SHORT] + 1 if is_short else 0
    if state[SHORT] > _MOST_SHORT:
        state[SHORT] = 0
        if state[EXECUTED] > state[EXECUTED_BEFORE] or not _goes_live(journey):
            return _over(journey, _ENDLESS_EVENTS)
        state[SLIDES] = 1
        return GO_LIVE
    return _GO_ON


@part
def _is_beyond(code: int) -> bool:
    return code in (_STEP_UNDERFLOW, _NOT_FINITE, _NEWTON_FAILED, _SINGULAR, _INCONSISTENT)


@part
def _goes_live(journey: Journey) -> bool:
    """Whether the rates as written are taken from here on; False where that changes nothing."""
    if journey.state[MAY_GO_LIVE] == 0:
        return False
    journey.state[MAY_GO_LIVE] = 0
    journey.number[LIVE_FROM] = journey.here_time[0]
    return True
