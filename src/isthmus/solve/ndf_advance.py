"""A march of NDF from where it is to a next stop, within compiled code.

The driver's two entries are called by their addresses: as parts of the loop they would be compiled twice.
"""

from __future__ import annotations

from isthmus.solve.compiled import part
from isthmus.solve.journey_table import CALM, CROWDED, PLACED, READY, RESULT, STOP, Journey
from isthmus.solve.native_call import call_for_int, row_at
from isthmus.solve.ndf_driver import JUMPED, SMOOTH, SWITCHED
from isthmus.solve.ndf_march import BETWEEN_JUMPS, CROWD
from isthmus.solve.result import ResultCode
from isthmus.solve.storage import FULL, storage_at
from isthmus.solve.workspace import copy_to

_SUCCESS = int(ResultCode.SUCCESS)


@part
def advance(journey: Journey) -> int:
    """Integrate to ``number[STOP]`` or to the first change of a mode; return a result code, or FULL."""
    state, progress = journey.state, journey.progress
    journey.setting[0] = journey.number[STOP]
    while True:
        if state[READY] == 0:
            code = _prepare(journey)
            if code != _SUCCESS:
                return code
            progress[SMOOTH] = state[CALM] if state[CROWDED] >= CROWD else 0
        code = _march(journey)
        if code == FULL:
            return FULL
        state[READY] = 0
        if code != JUMPED:
            return _SUCCESS if code == SWITCHED else code
        state[CROWDED] = state[CROWDED] + 1 if progress[0] < state[CALM] else 0
        state[CALM] = progress[0] + BETWEEN_JUMPS


@part
def _prepare(journey: Journey) -> int:
    state = journey.state
    call_for_int(
        journey.prepare,
        (
            journey.result,
            journey.raised,
            journey.numbers,
            journey.work,
            journey.parameters,
            journey.tolerances,
        ),
    )
    if state[RESULT] == _SUCCESS:
        state[READY] = 1
        if state[PLACED] == 0:
            # Constraints may have moved the start a little.
            storage = storage_at(journey.shelf)
            copy_to(row_at(storage.x, journey.progress[0] * journey.states), journey.here_x, journey.states)
            state[PLACED] = 1
    return int(state[RESULT])


@part
def _march(journey: Journey) -> int:
    call_for_int(
        journey.march,
        (
            journey.result,
            journey.raised,
            journey.numbers,
            journey.work,
            journey.shelf,
            journey.parameters,
            journey.tolerances,
            journey.max_steps,
            journey.cancel,
            journey.watch,
        ),
    )
    return int(journey.state[RESULT])
