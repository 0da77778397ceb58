"""What one integration through jumps and events knows, as compiled code sees it."""

from __future__ import annotations

from isthmus.dynamics.system import Floats, Indices
from isthmus.solve.table import reader_of

# What the loop asks of Python; it goes on when it is called again.
OVER, ADVANCE, PLACE, GO_LIVE, SHELF_FULL, QUEUE_FULL, LOG_FULL, ECHOES_FULL, LOTS_USED = range(9)

# Where the loop is.
BEGIN, BEGUN, ARRIVED, HAPPENING, SETTLED, AHEAD, MARCHING, CROSSING = range(8)
# Within HAPPENING: what the answer to PLACE belongs to.
AT_EVENTS, AFTER_EVENT, AFTER_MODES = range(3)

# The places of what changes, in `state` …
(
    STAGE,
    PART,
    CODE,
    ROUND,
    TURN,
    PENDING,
    EXECUTED,
    LOT,
    ECHOES,
    SWITCHES,
    SHORT,
    MAY_GO_LIVE,
    SLIDES,
    EXECUTED_BEFORE,
    READY,
    PLACED,
    CROWDED,
    CALM,
    RESULT,
    RAISED,
    STATES,
) = range(21)
# … and in `number`.
START, END, FROM, STOP, LIVE_FROM, AFTER, SCRATCH, NUMBERS = range(8)


class Journey:
    """A model, a marcher, and where they are; e events with a assignments, n states, m modes."""

    states: int
    ordinary: int
    timed: int
    modes: int
    marks: int
    events: int
    widest: int
    """the most assignments of one event"""
    most: int
    """how many events may happen at one time"""
    algebraic: int
    settles: int
    lags: int
    timed_kernel: int
    stated_kernel: int
    marks_kernel: int
    conditions_kernel: int
    delays_kernel: int
    priorities_kernel: int
    values_kernel: int
    landings_kernel: int
    first_value: Indices
    first_target: Indices
    targets: Indices
    persistent: Indices
    at_trigger: Indices
    state: Indices
    number: Floats
    bits: Indices
    """the same memory as `number`"""
    result: int
    """the address of ``state[RESULT]``, where entries put theirs"""
    raised: int
    time: Floats
    """one number: where kernels are evaluated"""
    x: Floats
    """n: likewise"""
    p: Floats
    held: Floats
    """m: the modes as held in p"""
    given: Floats
    """a: the values of assignments in p"""
    before: Floats
    """n: the state that was arrived in"""
    unplaced: Floats
    """n: the state before it is put on the constraints"""
    held_before: Floats
    live: Floats
    mark: Floats
    holds: Floats
    held_true: Floats
    """e: the conditions when they were last looked at"""
    delay: Floats
    priority: Floats
    value: Floats
    landing: Floats
    lag: Floats
    watch: int
    """the address of a `Watch`, 0 where there are no modes"""
    queue_room: int
    pending_time: Floats
    pending_event: Indices
    pending_given: Floats
    """a row of `widest` for each that waits"""
    log_room: int
    log_time: Floats
    log_event: Indices
    echoes_room: int
    echo_time: Floats
    echo_order: Indices
    lots: int
    lot: Floats
    march: int
    """the address of the marcher's entry, 0 where Python marches"""
    prepare: int
    numbers: int
    work: int
    parameters: int
    tolerances: int
    max_steps: int
    cancel: int
    setting: Floats
    progress: Indices
    """of which the first is how many steps the shelf holds"""
    here_time: Floats
    """one number: where the marcher is"""
    here_x: Floats
    shelf: int


journey_at = reader_of(Journey)
