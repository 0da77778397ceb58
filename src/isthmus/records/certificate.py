"""A certificate: what is known of the error of a reduced model, for which question, and how it is known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Self

from isthmus.errors import UsageError
from isthmus.records.numbers import decode_number, encode_number

SCHEMA: Final = "isthmus-certificate"
VERSION: Final = 1

STRENGTHS: Final = ("exact", "bounded", "sampled", "refused")
VERDICTS: Final = ("kept", "broken", "undecided")

_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True)
class Counterexample:
    """One condition under which the reduced model leaves the tolerance; everything needed to run it again.

    values: every free quantity of the full model by id, in the file's own unit. error: in units of the
    metric, infinite where the reduced model could not be run. time, observable: where the error is largest.
    reason: plain words.
    """

    values: Mapping[str, float]
    error: float
    time: float
    observable: str
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """The fields by name."""
        return {
            "values": dict(self.values),
            "error": encode_number(self.error),
            "time": encode_number(self.time),
            "observable": self.observable,
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The counterexample that `as_json` wrote."""
        return cls(
            dict(data["values"]),
            decode_number(data["error"]),
            decode_number(data["time"]),
            data["observable"],
            data["reason"],
        )


@dataclass(frozen=True, slots=True)
class DomainLine:
    """One range of the domain as certified (see `model.question.Range`)."""

    quantity: str
    low: float
    high: float
    relative: bool


@dataclass(frozen=True)
class Certificate:
    """The verdict on one reduced model and one question.

    strength: "exact", "bounded", "sampled" or "refused". verdict: "kept", "broken" or "undecided"; undecided
    is never success. worst_error: the largest error met (fraction of the metric's scale), infinite where a
    run failed, None where nothing was run. violation_probability: upper bound on the probability that a
    condition of the domain breaks the tolerance, at `attempt_confidence` (1 − δ/2ʲ for attempt j, so that
    all attempts together hold with `confidence`). failures: draws that count against the claim, among them
    `undecided_draws` whose full solution could not be verified. sentence: the verdict in plain words.
    side_conditions: name → draws that broke it. reason: a code where refused or undecided.
    """

    strength: str
    verdict: str
    tolerance: float
    worst_error: float | None
    draws: int
    failures: int
    violation_probability: float | None
    confidence: float | None
    attempt: int
    metric: str
    horizon: float
    domain: str
    seed: int
    before_sha256: str
    after_sha256: str
    not_checked: tuple[str, ...]
    after: float = 0.0
    observables: tuple[str, ...] = ()
    error_quantiles: Mapping[str, float] = field(default_factory=dict)
    attempt_confidence: float | None = None
    planned_draws: int = 0
    allowed_failures: int = 0
    undecided_draws: int = 0
    domain_ranges: tuple[DomainLine, ...] = ()
    side_conditions: Mapping[str, int] = field(default_factory=dict)
    counterexample: Counterexample | None = None
    reason: str = ""
    sentence: str = ""

    def __post_init__(self) -> None:
        if self.strength not in STRENGTHS:
            raise ValueError(f"strength is {self.strength!r}, one of {STRENGTHS} is needed")
        if self.verdict not in VERDICTS:
            raise ValueError(f"verdict is {self.verdict!r}, one of {VERDICTS} is needed")
        if self.strength == "refused" and self.verdict == "kept":
            raise ValueError("a refused certificate cannot say that the tolerance is kept")

    @property
    def kept(self) -> bool:
        """Whether the claim holds at the certificate's strength."""
        return self.verdict == "kept"

    def covers(self, horizon: float, start: float | None = None) -> bool:
        """Whether it says kept for all of the window from `start` (its own by default) to `horizon`."""
        begins = self.after if start is None else start
        inside = self.after <= begins <= horizon <= self.horizon * (1 + _ROUNDING)
        return self.kept and inside

    def require(self, horizon: float, start: float | None = None) -> None:
        """Refuse a reading beyond what it covers; raises UsageError E-CERT-HORIZON."""
        if not self.covers(horizon, start):
            begins = self.after if start is None else start
            raise UsageError(
                "E-CERT-HORIZON",
                f"a certificate ({self.verdict}) for times {self.after:g} to {self.horizon:g}, "
                f"read for {begins:g} to {horizon:g}",
                needed="a kept certificate whose window holds the times asked for",
                advice=f"certify again with a horizon of {horizon:g}",
            )

    def as_json(self) -> dict[str, Any]:
        """The document `certificate.json`."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "strength": self.strength,
            "verdict": self.verdict,
            "tolerance": self.tolerance,
            "worst_error": None if self.worst_error is None else encode_number(self.worst_error),
            "draws": self.draws,
            "failures": self.failures,
            "violation_probability": self.violation_probability,
            "confidence": self.confidence,
            "attempt": self.attempt,
            "metric": self.metric,
            "horizon": self.horizon,
            "domain": self.domain,
            "seed": self.seed,
            "before_sha256": self.before_sha256,
            "after_sha256": self.after_sha256,
            "not_checked": list(self.not_checked),
            "after": self.after,
            "observables": list(self.observables),
            "error_quantiles": {name: encode_number(value) for name, value in self.error_quantiles.items()},
            "attempt_confidence": self.attempt_confidence,
            "planned_draws": self.planned_draws,
            "allowed_failures": self.allowed_failures,
            "undecided_draws": self.undecided_draws,
            "domain_ranges": [asdict(line) for line in self.domain_ranges],
            "side_conditions": dict(self.side_conditions),
            "counterexample": None if self.counterexample is None else self.counterexample.as_json(),
            "reason": self.reason,
            "sentence": self.sentence,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The certificate that `as_json` wrote; ValueError where the document is another one."""
        if data.get("schema") != SCHEMA or data.get("version") != VERSION:
            raise ValueError(
                f"not a certificate of version {VERSION}: {data.get('schema')} {data.get('version')}"
            )
        fields = {name: value for name, value in data.items() if name not in ("schema", "version")}
        found = fields["counterexample"]
        worst = fields["worst_error"]
        fields |= {
            "worst_error": None if worst is None else decode_number(worst),
            "not_checked": tuple(fields["not_checked"]),
            "observables": tuple(fields["observables"]),
            "error_quantiles": {
                name: decode_number(value) for name, value in fields["error_quantiles"].items()
            },
            "domain_ranges": tuple(DomainLine(**line) for line in fields["domain_ranges"]),
            "side_conditions": dict(fields["side_conditions"]),
            "counterexample": None if found is None else Counterexample.from_json(found),
        }
        return cls(**fields)
