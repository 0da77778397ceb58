"""The comparison that an oracle file asks for."""

import math
from typing import Any


def compare(found: Any, case: dict[str, Any]) -> list[str]:
    """What differs between an answer and a case.

    |x − ref| ≤ atol + rtol |ref|, by key where the case says so.
    """
    problems: list[str] = []
    for key, expected in case["expected"].items():
        tolerance = case["tolerance"] | case.get("tolerance_by_key", {}).get(key, {})
        if key not in found:
            problems.append(f"{case['id']}: no answer for {key!r}")
        else:
            problems += _differences(found[key], expected, f"{case['id']}/{key}", tolerance)
    return problems


def _differences(found: Any, expected: Any, where: str, tolerance: dict[str, Any]) -> list[str]:
    if isinstance(expected, dict):
        missing = [f"{where}: no answer for {key!r}" for key in expected if key not in found]
        return missing + [
            problem
            for key, value in expected.items()
            if key in found
            for problem in _differences(found[key], value, f"{where}/{key}", tolerance)
        ]
    if isinstance(expected, list):
        if len(found) != len(expected):
            return [f"{where}: {len(found)} values instead of {len(expected)}"]
        return [
            problem
            for i, (a, b) in enumerate(zip(found, expected, strict=True))
            for problem in _differences(a, b, f"{where}[{i}]", tolerance)
        ]
    if isinstance(expected, bool | str) or expected is None:
        return [] if found == expected else [f"{where}: {found!r} instead of {expected!r}"]
    distance = abs(float(found) - expected)
    if math.isfinite(distance) and distance <= tolerance["atol"] + tolerance["rtol"] * abs(expected):
        return []
    return [f"{where}: {float(found)!r} instead of {expected!r}"]
