"""Work that makes many objects which stay, done without looking for cycles among them."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


def uncollected(function: Callable[Given, Result]) -> Callable[Given, Result]:
    """Make a function that suspends Python's search for cycles of garbage while it runs.

    A large model is some hundred thousand objects, none of them garbage; Python would go through all of them
    again and again, in a third of the time that it takes to build them.
    """

    @wraps(function)
    def undisturbed(*given: Given.args, **named: Given.kwargs) -> Result:
        if not gc.isenabled():
            return function(*given, **named)
        gc.disable()
        try:
            return function(*given, **named)
        finally:
            gc.enable()

    return undisturbed
