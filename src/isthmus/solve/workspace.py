"""The memory of one integration: a block of numbers and a table that says where in it everything lies."""

from __future__ import annotations

from collections import deque

import numpy as np

from isthmus.dynamics.system import Floats, Indices, System
from isthmus.solve.compiled import part
from isthmus.solve.equations import packed
from isthmus.solve.factorisation import Factors, factor_sizes, table_over
from isthmus.solve.table import reader_of


class Workspace(Factors):
    """Pointers to vectors of n states unless said otherwise."""

    setting: Floats
    """t1, rtol, the step, h / alpha of the factorised matrix or 0, and the longest step"""
    progress: Indices
    """see `ndf_driver`"""
    time: Floats
    """one number"""
    rate: Floats
    """the measured rate of convergence of Newton's iteration, negative when not known; its last norm of d"""
    small: Floats
    """three tables of 8 × 8, for the change of step"""
    predicted: Floats
    psi: Floats
    mass_psi: Floats
    mass_correction: Floats
    correction: Floats
    x: Floats
    slope: Floats
    weights: Floats
    right: Floats
    change: Floats
    before: Floats
    differences: Floats
    """8 × n"""
    v: Floats
    """one a rate"""
    values: Floats
    """one an entry of dv/dx"""
    slots: Floats
    """one an entry of the iteration matrix"""
    factors: int
    """the address of the rest of this table, which is one of `Factors`"""
    matrix: Floats
    row: Indices
    inverse: Floats
    lower_start: Indices
    lower_row: Indices
    lower: Floats
    upper_start: Indices
    upper_column: Indices
    upper: Floats
    straight: Indices
    ordered: Floats
    scaled: Floats
    by_state: Floats


workspace_at = reader_of(Workspace)


class Room:
    """The memory of one integration; it must outlive it.

    x: the state in the middle of a step. accepted: that at the end of the last step.
    """

    def __init__(self, system: System) -> None:
        """Lay everything out."""
        if "layout" not in system.derived:
            system.derived["layout"] = _layout(system)
        offsets, total, state, accepted, factors = system.derived["layout"]
        self.system = system
        self._block = aligned_zeros(total)
        self.table: Indices = offsets + self._block.ctypes.data
        self.address = int(self.table.ctypes.data)
        self.equations = int(packed(system).ctypes.data)
        self.table[factors] = self.address + 8 * (factors + 1)
        self.setting = self._block[:5]
        self.setting[4] = np.inf
        self.progress: Indices = self._block[5:29].view(np.int64)
        self.time = self._block[29:30]
        self._settings = 31
        self.x = self._block[state : state + system.states]
        self.accepted = self._block[accepted : accepted + system.states]

    @property
    def words(self) -> int:
        """Its size in numbers."""
        return len(self._block)

    def clear(self) -> None:
        """Make it as good as new: factorisation leaves its matrix as it found it, the rest is overwritten."""
        self._block[: self._settings] = 0.0
        self.setting[4] = np.inf


# Numbers a cache line, lines a page, and by how many of them vectors are kept apart in it.
_LINE = 8
_LINES_A_PAGE = 64
_APART = 4
# Laying out and touching new memory takes longer than a short integration: some rooms are used again.
_SPARE: deque[Room] = deque(maxlen=4)
_MOST_SPARE = 1 << 22


def take_room(system: System) -> Room:
    """Return a room for one integration, a spare one if there is one of this system."""
    for _ in range(len(_SPARE)):
        try:
            room = _SPARE.popleft()
        except IndexError:
            break
        if room.system is system:
            room.clear()
            return room
        _SPARE.append(room)
    return Room(system)


def give_back(room: Room) -> None:
    """Keep a room for the next integration of its system; nothing else may use it any more."""
    if room.words <= _MOST_SPARE:
        _SPARE.append(room)


def make_workspace(system: System) -> tuple[Indices, Room]:
    """Return the table and the memory it points into; both must outlive the integration."""
    room = Room(system)
    return room.table, room


def spread(size: int) -> int:
    """The numbers to leave for a vector of that size: whole cache lines, and no neighbour a page away.

    What is read close behind something written a multiple of 4096 bytes before waits for it.
    """
    lines = -(-size // _LINE)
    near = lines % _LINES_A_PAGE
    if lines >= _LINES_A_PAGE - _APART and not _APART <= near <= _LINES_A_PAGE - _APART:
        lines += _APART - near if near < _APART else _LINES_A_PAGE - near + _APART
    return lines * _LINE


def aligned_zeros(size: int) -> Floats:
    """That many zeros from the beginning of a cache line on."""
    room = np.zeros(size + _LINE)
    first = -(int(room.ctypes.data) // 8) % _LINE
    return room[first : first + size]


# In the order of the fields.
def _layout(system: System) -> tuple[Indices, int, int, int, int]:
    n, slots = system.states, int(packed(system)[1])
    wide = spread(n)
    sizes = [5, 24, 1, 2, 3 * 64, *[wide] * 11, spread(8 * n), system.rates, len(system.indices), slots]
    offsets, end = table_over(0, [*sizes, 0, *factor_sizes(n)])
    fields = list(Workspace.__annotations__)
    state, accepted = (int(offsets[fields.index(name)]) // 8 for name in ("x", "differences"))
    return offsets, end // 8, state, accepted, len(sizes)


@part
def copy_to(target: Floats, source: Floats, n: int) -> None:
    """Copy n numbers."""
    for i in range(n):
        target[i] = source[i]


@part
def fill(target: Floats, value: float, n: int) -> None:
    """Set n numbers."""
    for i in range(n):
        target[i] = value
