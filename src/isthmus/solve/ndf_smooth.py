"""The NDF driver from one end to the other over rates without events: few calls, and memory used again."""

from __future__ import annotations

import numpy as np

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.native_call import array_address
from isthmus.solve.ndf_driver import JUMPED, SMOOTH, STEPS, march, prepare
from isthmus.solve.ndf_march import BETWEEN_JUMPS, CROWD
from isthmus.solve.result import Counts, ResultCode, Samples, Solution
from isthmus.solve.sampling import Sampling
from isthmus.solve.storage import FULL, Shelf
from isthmus.solve.unrolled import note_use
from isthmus.solve.workspace import Room, give_back, take_room

_NEVER: Indices = np.zeros(1, dtype=np.int64)
_NEVER_AT = array_address(_NEVER)
# Of the steps that the last integration took, beside one in so many more.
_SPARE_STEPS = 16


def march_through(
    system: System,
    span: tuple[float, float],
    start: Floats,
    p: Floats,
    rtol: float,
    atol: Floats,
    max_steps: int,
    cancel: Indices | None,
) -> Solution:
    """Integrate over a span; the arrays are contiguous doubles of the right lengths."""
    shelf = Shelf(span[0], start, system.derived.get("expected"))
    code, counts = _march(system, span, start, p, rtol, atol, max_steps, cancel, shelf)
    arrays = shelf.handed_over(counts.steps)
    steps, rows = counts.steps, len(arrays[-1])
    system.derived["expected"] = (steps + steps // 4 + _SPARE_STEPS, rows + rows // 4 + 4 * _SPARE_STEPS)
    return Solution(code, *arrays, counts)


def sample_through(
    system: System,
    span: tuple[float, float],
    start: Floats,
    p: Floats,
    rtol: float,
    atol: Floats,
    max_steps: int,
    cancel: Indices | None,
    times: Floats,
) -> Samples:
    """Integrate as `march_through` does, and keep the values at ascending times only."""
    sampling, end = Sampling(span[0], start, times), start.copy()
    code, counts = _march(system, span, start, p, rtol, atol, max_steps, cancel, sampling, end)
    ends = np.array([span[0], sampling.reached])
    return Samples(code, ends, np.array([start, end]), times, sampling.values, counts, sampling.peaks)


def _march(
    system: System,
    span: tuple[float, float],
    start: Floats,
    p: Floats,
    rtol: float,
    atol: Floats,
    max_steps: int,
    cancel: Indices | None,
    kept: Shelf | Sampling,
    end: Floats | None = None,
) -> tuple[ResultCode, Counts]:
    """end: where the state that was reached is to be written."""
    room = take_room(system)
    room.x[:], room.time[0] = start, span[0]
    room.setting[0], room.setting[1] = span[1], rtol
    flag = _NEVER_AT if cancel is None else array_address(cancel)
    code = _go_through(room, kept, array_address(p), array_address(atol), max_steps, flag)
    counts = Counts(*room.progress[:6].tolist())
    if end is not None:
        end[:] = room.accepted
    give_back(room)
    note_use(system, counts.rates)
    return ResultCode(code), counts


def _go_through(room: Room, kept: Shelf | Sampling, p: int, atol: int, max_steps: int, flag: int) -> int:
    progress, crowded, calm = room.progress, 0, 0
    begins = True
    while True:
        if begins:
            code = prepare(room.equations, room.address, p, atol)
            if code != ResultCode.SUCCESS:
                return code
            if calm == 0:
                # Constraints may have moved the start a little.
                kept.begin(room.x)
            progress[SMOOTH] = calm if crowded >= CROWD else 0
        code = march(room.equations, room.address, kept.address, p, atol, max_steps, flag, 0)
        begins = code == JUMPED
        if begins:
            steps = int(progress[STEPS])
            crowded = crowded + 1 if steps < calm else 0
            calm = steps + BETWEEN_JUMPS
        elif code == FULL:
            assert isinstance(kept, Shelf)
            kept.enlarge(int(progress[STEPS]))
        else:
            return code
