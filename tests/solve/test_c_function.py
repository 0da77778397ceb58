"""Compiled entries as C functions."""

import ctypes

import pytest

from isthmus.solve.c_function import for_c
from isthmus.solve.compiled import entry
from isthmus.solve.native_call import floats_at


@entry
def _count_below(limit: float, first: int, count: int) -> int:
    values, found = floats_at(first), 0
    for i in range(count):
        if values[i] < limit:
            found += 1
    return -found


def test_numbers_and_addresses_come_in_and_an_int_goes_out() -> None:
    made = for_c(_count_below)
    call = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_double, ctypes.c_void_p, ctypes.c_int64)(made.address)
    values = (ctypes.c_double * 5)(1.0, 4.0, 2.0, 9.0, -1.0)
    assert call(2.5, ctypes.addressof(values), 5) == -3
    assert call(2.5, ctypes.addressof(values), 2) == -1


def test_two_functions_of_one_shape_do_not_get_mixed_up() -> None:
    @entry
    def other(limit: float, first: int, count: int) -> int:
        return count + 40

    shape = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_double, ctypes.c_void_p, ctypes.c_int64)
    made = [for_c(_count_below), for_c(other)]
    nothing = (ctypes.c_double * 1)(7.0)
    assert [shape(one.address)(8.0, ctypes.addressof(nothing), 1) for one in made] == [-1, 41]


def test_what_is_not_compiled_is_refused() -> None:
    with pytest.raises(TypeError, match="no compiled entry"):
        for_c(lambda t, y: 0)
