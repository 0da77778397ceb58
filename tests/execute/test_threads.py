"""The ordered map: same results in the same order, errors at their turn, little waste."""

import threading
import time

import pytest

from isthmus.execute import thread_map


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_results_come_in_order_whatever_finishes_first(workers):
    def slow_first(i):
        time.sleep(0.02 if i == 0 else 0)
        return i * i

    assert list(thread_map(slow_first, range(20), workers)) == [i * i for i in range(20)]


def test_an_error_is_raised_when_its_turn_comes():
    def fails_at_three(i):
        if i == 3:
            raise ValueError("three")
        return i

    results = thread_map(fails_at_three, range(10), 2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_a_reader_that_stops_early_starts_little_more():
    started = []
    lock = threading.Lock()

    def note(i):
        with lock:
            started.append(i)
        return i

    results = thread_map(note, range(1000), 2)
    next(results)
    results.close()
    assert len(started) <= 10
