"""Ctrl-C at a bad moment waits for a better one; at a good one it stops at once."""

import signal
import sys
import threading
import time
from collections import namedtuple
from types import FunctionType

import pytest

from isthmus.study.interruption import careful_interrupts, may_stop


@pytest.fixture(autouse=True)
def usual_ctrl_c():
    """A shell may have started the tests with Ctrl-C ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def as_part_of(module: str, function):
    """The function as if it stood in a module of that name."""
    return FunctionType(function.__code__, {**function.__globals__, "__name__": module})


def frame_of(module: str):
    """A frame whose code belongs to a module of that name, called from here."""
    return as_part_of(module, lambda: sys._getframe())()


def interrupted_for_a_while() -> bool:
    signal.raise_signal(signal.SIGINT)
    time.sleep(0.02)
    return True


def test_it_stops_at_once_between_statements():
    with pytest.raises(KeyboardInterrupt), careful_interrupts():
        signal.raise_signal(signal.SIGINT)
        pytest.fail("the interruption did not come")


def test_compilers_and_named_tuples_are_left_to_finish():
    assert may_stop(frame_of("isthmus.solve.ndf"))
    assert may_stop(frame_of("threading"))
    assert not may_stop(frame_of("numba.core.typing"))
    assert not may_stop(frame_of("namedtuple_Storage"))
    assert namedtuple("Pair", "a b").__new__.__globals__["__name__"].startswith("namedtuple_")


def test_it_comes_back_when_the_bad_moment_is_over():
    done = []
    with pytest.raises(KeyboardInterrupt), careful_interrupts():
        done.append(as_part_of("numba.core.compiler", interrupted_for_a_while)())
        for _ in range(1000):
            time.sleep(0.005)
    assert done == [True]


def test_one_that_is_still_waiting_at_the_end_is_not_lost():
    with pytest.raises(KeyboardInterrupt), careful_interrupts():
        as_part_of("numba", lambda: signal.raise_signal(signal.SIGINT))()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    time.sleep(0.01)


def test_a_handler_of_somebody_else_is_left_alone():
    seen = []
    signal.signal(signal.SIGINT, lambda *_: seen.append(True))
    with careful_interrupts():
        signal.raise_signal(signal.SIGINT)
    assert seen == [True]


def test_other_threads_change_nothing():
    handlers = []

    def work() -> None:
        with careful_interrupts():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


def test_an_integration_stopped_anywhere_leaves_a_living_process(examples):
    """Interrupted many times at every kind of moment, also while a named tuple of arrays is handed over."""
    from isthmus.dynamics.rates import read_rates
    from isthmus.formats import read_model
    from isthmus.simulate.rates import run

    dynamics = read_rates(read_model(examples / "michaelis_menten.ant"))
    run(dynamics, 10.0)
    stopped = 0

    began = time.monotonic()
    while stopped < 100 and time.monotonic() - began < 3:
        try:
            with careful_interrupts():
                thread = threading.Timer(0.001, signal.raise_signal, [signal.SIGINT])
                thread.start()
                while True:
                    run(dynamics, 10.0)
        except KeyboardInterrupt:
            stopped += 1
            thread.join()
    assert stopped > 10
    assert run(dynamics, 10.0).horizon == 10.0
