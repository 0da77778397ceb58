"""What a run over a corpus amounts to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from statistics import mean, median
from typing import Any

from isthmus.testing.portability import PortabilityRow
from isthmus.testing.reductions import CERTIFIED, EXACT_ONLY, NOTHING, ReductionRow
from isthmus.testing.round_trip import RoundTripRow
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


def summarise_round_trips(rows: Sequence[RoundTripRow]) -> dict[str, Any]:
    """Counts by status and by what other tools say; how much is said, and the largest differences."""
    return {
        "models": len(rows),
        "status": dict(Counter(row.status for row in rows).most_common()),
        "antimony": dict(Counter(row.antimony or "none" for row in rows).most_common()),
        "said beside the mathematics": sum(row.elements or 0 for row in rows),
        "of it lost": sum(row.lost or 0 for row in rows),
        "largest difference": max((row.difference or 0.0 for row in rows), default=None),
        "largest difference by Antimony": max((row.antimony_difference or 0.0 for row in rows), default=None),
        "ids renamed by Antimony": sum(row.renamed or 0 for row in rows),
        "unsaid by Antimony": sum(row.unsaid or 0 for row in rows),
        "libroadrunner": _verdicts([row.libroadrunner for row in rows]),
        "copasi": _verdicts([row.copasi for row in rows]),
        "differing": [row.model for row in rows if row.status not in ("pass",)],
    }


def summarise_portability(rows: Sequence[PortabilityRow]) -> dict[str, Any]:
    """Counts by status, by kind of reduction and by what other tools say; the largest error."""
    reduced = [row for row in rows if row.reduced]
    return {
        "models": len(rows),
        "status": dict(Counter(row.status for row in rows).most_common()),
        "reduced": dict(Counter(row.reduced for row in reduced).most_common()),
        "invalid": [row.model for row in reduced if row.invalid],
        "libroadrunner": _verdicts([row.libroadrunner for row in reduced]),
        "copasi": _verdicts([row.copasi for row in reduced]),
        "largest error": max((row.error or 0.0 for row in reduced), default=None),
        "differing": [row.model for row in reduced if row.status != "same"],
    }


def _verdicts(texts: Sequence[str]) -> dict[str, int]:
    """How many a tool found the same, different, or did not run."""
    words = [text.split(":")[0].split(";")[0] if not text[:1].isdigit() else "same" for text in texts if text]
    return dict(Counter(words).most_common())
