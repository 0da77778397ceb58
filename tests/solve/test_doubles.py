"""The doubles next to a number are those of the standard library."""

import math

import numpy as np
import pytest

from isthmus.solve.compiled import entry
from isthmus.solve.doubles import beyond, spacing
from isthmus.solve.journey_table import NUMBERS, Journey, journey_at


@entry
def found_beyond(address: int, value: float, doubles: int) -> float:
    """What compiled code finds."""
    return beyond(journey_at(address), value, doubles)


@entry
def found_spacing(address: int, value: float) -> float:
    """What compiled code finds."""
    return spacing(journey_at(address), value)


@pytest.mark.parametrize("value", [1.0, -1.0, 0.0, 5e-324, -5e-324, 0.1, 1e300, 2.0**-1022, -3.7e-12, 1024.0])
def test_the_next_doubles(value):
    names = list(Journey.__annotations__)
    number, table = np.zeros(NUMBERS), np.zeros(len(names), dtype=np.int64)
    table[names.index("number")] = table[names.index("bits")] = number.ctypes.data
    assert found_spacing(int(table.ctypes.data), value) == math.ulp(value)
    for doubles in range(-4, 5):
        expected = value
        for _ in range(abs(doubles)):
            expected = math.nextafter(expected, math.copysign(math.inf, doubles))
        assert found_beyond(int(table.ctypes.data), value, doubles) == expected
