"""Ctrl-C that waits for compiled code to hand over its results."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_COMPILERS: Final = ("numba", "llvmlite")
# The module in which Python makes the constructors of named tuples, which compiled code calls.
_BUILT: Final = "namedtuple_"
_SECONDS_BETWEEN_TRIES: Final = 0.002


@contextmanager
def careful_interrupts() -> Iterator[None]:
    """Within the block Ctrl-C raises KeyboardInterrupt only where no compiled code or compiler is half-way.

    Compiled code builds its results by calls into Python and does not look for exceptions there: one raised
    at such a moment would crash the process. Does nothing outside the main thread, or where somebody else
    handles Ctrl-C.
    """
    if (
        threading.current_thread() is not threading.main_thread()
        or signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return
    waiting = _Waiting()
    signal.signal(signal.SIGINT, waiting.on_signal)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        asked = waiting.stop()
    if asked:
        raise KeyboardInterrupt


class _Waiting:
    """An interruption that has been asked for and is tried again until it comes at a good moment."""

    def __init__(self) -> None:
        self._retry: threading.Timer | None = None

    def on_signal(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt now, or come back soon."""
        self.stop()
        if may_stop(frame):
            raise KeyboardInterrupt
        self._retry = threading.Timer(_SECONDS_BETWEEN_TRIES, _thread.interrupt_main)
        self._retry.daemon = True
        self._retry.start()

    def stop(self) -> bool:
        """Give up trying; return whether an interruption was still waiting."""
        retry, self._retry = self._retry, None
        if retry is not None:
            retry.cancel()
        return retry is not None


def may_stop(frame: FrameType | None) -> bool:
    """Whether an exception may be raised in a frame: no named tuple is being built, no compiler is below."""
    if frame is None or _module(frame).startswith(_BUILT):
        return False
    below: FrameType | None = frame
    while below is not None:
        if _module(below).partition(".")[0] in _COMPILERS:
            return False
        below = below.f_back
    return True


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
