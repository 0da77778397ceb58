"""The ledger of attempts: every certificate asked for, for one question, whatever it was of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from isthmus.records.certificate import Certificate


@dataclass(frozen=True, slots=True)
class Attempt:
    """One sampled certificate that was asked for, whatever came of it."""

    number: int
    before_sha256: str
    after_sha256: str
    draws: int
    failures: int
    verdict: str


@dataclass(frozen=True, slots=True)
class Attempts:
    """All attempts at one question: the j-th may be wrong with probability δ/2ʲ, so together at most δ."""

    question: str
    entries: tuple[Attempt, ...] = ()

    @property
    def following(self) -> int:
        """The number of the attempt that comes next, from 1."""
        return 1 + max((entry.number for entry in self.entries), default=0)

    def recorded(self, certificate: Certificate) -> Attempts:
        """The ledger with one more entry."""
        entry = Attempt(
            certificate.attempt,
            certificate.before_sha256,
            certificate.after_sha256,
            certificate.draws,
            certificate.failures,
            certificate.verdict,
        )
        return replace(self, entries=(*self.entries, entry))

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {"question": self.question, "attempts": [asdict(entry) for entry in self.entries]}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The ledger that `as_json` wrote."""
        return cls(data["question"], tuple(Attempt(**entry) for entry in data["attempts"]))
