"""Wall time by stage."""

from __future__ import annotations

from time import perf_counter


class Clock:
    """Wall time by stage."""

    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._last = perf_counter()

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = perf_counter()
        self.laps[stage] = now - self._last
        self._last = now
