"""Progress: how a long task tells the door where it is."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called now and then by a recipe; it returns quickly and never raises."""

    def __call__(self, text: str, done: int = 0, total: int = 0) -> None:
        """Say in plain words what goes on, and how much of it is done; total 0 where that is not known."""


def ignore_progress(text: str, done: int = 0, total: int = 0) -> None:
    """Take no notice."""
