"""What one pass over two tables finds, against numpy."""

import numpy as np
import pytest

from isthmus.certify.extremes import Sums, extremes


@pytest.mark.parametrize("spoilt", [None, np.nan, np.inf, -np.inf], ids=str)
@pytest.mark.parametrize("table", [0, 1])
def test_one_pass_finds_what_numpy_finds(spoilt: float | None, table: int) -> None:
    random = np.random.default_rng(5)
    tables = random.normal(size=(2, 40, 5))
    if spoilt is not None:
        tables[table, 17, 1] = tables[table, 30, 1] = tables[table, 3, 4] = spoilt
    rows = np.array([[1.0, 0.0, 2.0], [0.0, 0.0, 0.0], [0.0, -3.0, 0.0]])
    seen = extremes(tables[0], tables[1], 2, Sums.of(rows, 2))
    np.testing.assert_array_equal(seen.high, tables[0].max(axis=0))
    np.testing.assert_array_equal(seen.low, tables[0].min(axis=0))
    np.testing.assert_array_equal(seen.low_after, tables[1].min(axis=0))
    np.testing.assert_array_equal(seen.peaks, np.abs(tables[0]).max(axis=0))
    apart = np.abs(tables[0] - tables[1])[:, :2]
    apart[~np.isfinite(apart)] = np.inf
    np.testing.assert_array_equal(seen.gap, apart.max(axis=0))
    np.testing.assert_array_equal(seen.where, apart.argmax(axis=0))
    difference = (tables[1] - tables[0])[:, 2:]
    first = np.abs(difference[:, 0] + 2 * difference[:, 2]).max()
    np.testing.assert_allclose(seen.strayed, [first, 0.0, 3 * np.abs(difference[:, 1]).max()], rtol=1e-14)


def test_tables_with_gaps_in_memory_are_read_as_they_are() -> None:
    random = np.random.default_rng(6)
    wide = random.normal(size=(30, 9))
    seen = extremes(wide[:, 1:4], wide[::-1, 5:8], 3)
    np.testing.assert_array_equal(seen.high, wide[:, 1:4].max(axis=0))
    np.testing.assert_array_equal(seen.gap, np.abs(wide[:, 1:4] - wide[::-1, 5:8]).max(axis=0))
    assert len(seen.strayed) == 0
