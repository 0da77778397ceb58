"""Times with units, through pint."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Any

from isthmus.errors import UsageError


@lru_cache(maxsize=1)
def _registry() -> Any:
    import pint

    return pint.UnitRegistry()


def seconds(text: str) -> float | None:
    """The seconds that a text such as `1h`, `90 min` or `2 days` stands for; None for a plain number.

    Raises UsageError E-TIME for anything that is neither.
    """
    if re.fullmatch(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", text):
        return None
    import pint

    try:
        value = float(_registry().Quantity(text.strip()).to("second").magnitude)
    except (pint.PintError, ValueError, TypeError, AttributeError, ArithmeticError) as error:
        raise UsageError(
            "E-TIME",
            f"{text!r} is not a time",
            needed="a number, or a number with a unit of time",
            advice="90, 90s, 1.5h or 2days",
        ) from error
    if not math.isfinite(value):
        raise UsageError("E-TIME", f"{text!r} is not a finite time", needed="a finite time")
    return value
