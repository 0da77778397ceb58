"""Where the vectors of an integration lie in memory."""

import pytest

from isthmus.solve.workspace import aligned_zeros, spread


@pytest.mark.parametrize("size", [1, 7, 8, 22, 91, 256, 470, 500, 501, 511, 512, 513, 540, 1022, 1122, 4008])
def test_vectors_are_whole_cache_lines_and_neighbours_no_page_apart(size):
    room = spread(size)
    assert size <= room < size + 80 and room % 8 == 0
    beyond_a_page = room * 8 % 4096
    assert room * 8 < 4096 - 256 or 256 <= beyond_a_page <= 4096 - 256


def test_room_begins_on_a_cache_line():
    for size in range(1, 40):
        found = aligned_zeros(size)
        assert found.ctypes.data % 64 == 0 and found.shape == (size,) and not found.any()
