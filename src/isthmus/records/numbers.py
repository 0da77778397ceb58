"""Numbers in JSON: what is not finite is written as text or null, never as a token unknown to JSON."""

from __future__ import annotations

import math

JsonNumber = float | str | None


def encode_number(value: float) -> JsonNumber:
    """The value; NaN as None, infinities as "inf" and "-inf"."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return float(value)


def decode_number(value: JsonNumber) -> float:
    """The float that `encode_number` wrote."""
    return math.nan if value is None else float(value)
