"""What a run over a corpus amounts to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import mean, median
from typing import Any

from isthmus.testing.reductions import CERTIFIED, EXACT_ONLY, NOTHING, ReductionRow
from isthmus.testing.trajectories import TrajectoryRow


def summarise_reductions(rows: Sequence[ReductionRow]) -> dict[str, Any]:
    """Counts by status; the share of states and terms gone in the models answered; how often draws fail."""
    answered = [row for row in rows if row.status in (CERTIFIED, EXACT_ONLY, NOTHING)]
    certified = [row for row in answered if row.status == CERTIFIED]
    drawn = [row for row in answered if row.verdict == "kept" and row.draws]
    return {
        "models": len(rows),
        "status": dict(Counter(row.status for row in rows).most_common()),
        "answered": len(answered),
        "states": _sums(answered, "states"),
        "terms": _sums(answered, "terms"),
        "median share of states gone": {
            "all answered": _gone(answered),
            "oscillating": _gone([row for row in answered if row.oscillates == "yes"]),
            "not oscillating": _gone([row for row in answered if row.oscillates == "no"]),
            "certified": _gone(certified),
        },
        "median share of terms gone": _gone(answered, "terms"),
        "fresh draws": sum(row.draws or 0 for row in drawn),
        "mean violation on fresh draws": mean((row.failures or 0) / (row.draws or 1) for row in drawn)
        if drawn
        else None,
        "verdicts": dict(Counter(f"{row.strength} {row.verdict}".strip() or "none" for row in answered)),
        "median seconds": median(row.total_seconds or 0.0 for row in answered) if answered else None,
        "total seconds": sum(row.total_seconds or 0.0 for row in rows),
    }


def _sums(rows: Sequence[ReductionRow], what: str) -> dict[str, int]:
    names = {"before": what, "exact": f"exact_{what}", "final": f"final_{what}"}
    return {label: sum(getattr(row, name) or 0 for row in rows) for label, name in names.items()}


def _gone(rows: Sequence[ReductionRow], what: str = "states") -> float | None:
    shares = [1.0 - getattr(row, f"final_{what}") / getattr(row, what) for row in rows if getattr(row, what)]
    return median(shares) if shares else None


def summarise_trajectories(rows: Sequence[TrajectoryRow]) -> dict[str, Any]:
    """Counts by status, and the largest difference among the models that agree."""
    agreeing = [row.difference for row in rows if row.status == "agrees" and row.difference is not None]
    return {
        "models": len(rows),
        "status": dict(Counter(row.status for row in rows).most_common()),
        "largest difference that agrees": max(agreeing, default=None),
        "unexplained": [
            row.model
            for row in rows
            if row.status.split()[0] in ("differs", "error", "crash", "timeout") and not row.explained
        ],
    }
