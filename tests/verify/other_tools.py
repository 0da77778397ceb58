"""Simulators written by others, run in an environment of their own; they end with the tests."""

import atexit
import os
from functools import cache

import pytest

from isthmus.testing.elsewhere import VARIABLE, Elsewhere, find_tools

needs_other_tools = pytest.mark.skipif(
    not os.environ.get(VARIABLE),
    reason=f"{VARIABLE} must name a Python with libroadrunner and copasi-basico; `make verify` makes one",
)


def the_tool(name: str) -> Elsewhere:
    """A tool, started when first asked."""
    return _tools()[name]


@cache
def _tools() -> dict[str, Elsewhere]:
    tools = find_tools(os.environ[VARIABLE])
    for tool in tools.values():
        atexit.register(tool.close)
    return tools
