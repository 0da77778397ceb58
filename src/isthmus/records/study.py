"""A study: the question, the models on the way down, the one chosen, and what is known of its error."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Self

from isthmus.model.question import Question
from isthmus.records.certificate import Certificate
from isthmus.records.ladder import Rung, Size
from isthmus.records.law import Law, Lumped, Total
from isthmus.records.overlay import Overlay
from isthmus.records.provenance import Provenance
from isthmus.records.question_json import question_as_json, question_from_json
from isthmus.records.scale_line import ScaleLine

SCHEMA: Final = "isthmus-study"
VERSION: Final = 1


@dataclass(frozen=True)
class Study:
    """All that is needed to render a result or to repeat it.

    ladder: from the full model (rung 0) down. chosen: the index of the rung taken, 0 where nothing
    smaller holds. certificate: None where the search was stopped before one could be issued. time_unit:
    of horizon, times and time scales, "" where the model has none. reduced_sbml: the chosen model as a
    file, not part of `study.json`. notes: what the user should know, in plain words. seconds: wall time
    by stage.
    """

    model: str
    question: Question
    before: Size
    after: Size
    ladder: tuple[Rung, ...]
    chosen: int
    certificate: Certificate | None
    laws: tuple[Law, ...]
    lumped: tuple[Lumped, ...]
    totals: tuple[Total, ...]
    scales: tuple[ScaleLine, ...]
    overlay: Overlay
    provenance: Provenance
    notes: tuple[str, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    time_unit: str = ""
    interrupted: bool = False
    reduced_sbml: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.chosen < len(self.ladder):
            raise ValueError(f"chosen is {self.chosen}, but the ladder has {len(self.ladder)} rungs")

    @property
    def found(self) -> bool:
        """Whether something smaller was found and its certificate says kept."""
        return self.certificate is not None and self.certificate.verdict == "kept" and self.chosen > 0

    def as_json(self) -> dict[str, Any]:
        """The document `study.json`."""
        return {
            "schema": SCHEMA,
            "version": VERSION,
            "model": self.model,
            "question": question_as_json(self.question),
            "before": self.before.as_json(),
            "after": self.after.as_json(),
            "ladder": [rung.as_json() for rung in self.ladder],
            "chosen": self.chosen,
            "certificate": self.certificate.as_json() if self.certificate else None,
            "laws": [law.as_json() for law in self.laws],
            "lumped": [lumped.as_json() for lumped in self.lumped],
            "totals": [total.as_json() for total in self.totals],
            "scales": [line.as_json() for line in self.scales],
            "overlay": self.overlay.as_json(),
            "provenance": self.provenance.as_json(),
            "notes": list(self.notes),
            "seconds": dict(self.seconds),
            "time_unit": self.time_unit,
            "interrupted": self.interrupted,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The study that `as_json` wrote; ValueError where the document is another one."""
        if data.get("schema") != SCHEMA or data.get("version") != VERSION:
            raise ValueError(f"not a study of version {VERSION}: {data.get('schema')} {data.get('version')}")
        certificate = data["certificate"]
        return cls(
            model=data["model"],
            question=question_from_json(data["question"]),
            before=Size.from_json(data["before"]),
            after=Size.from_json(data["after"]),
            ladder=tuple(map(Rung.from_json, data["ladder"])),
            chosen=data["chosen"],
            certificate=None if certificate is None else Certificate.from_json(certificate),
            laws=tuple(map(Law.from_json, data["laws"])),
            lumped=tuple(map(Lumped.from_json, data["lumped"])),
            totals=tuple(map(Total.from_json, data["totals"])),
            scales=tuple(map(ScaleLine.from_json, data["scales"])),
            overlay=Overlay.from_json(data["overlay"]),
            provenance=Provenance.from_json(data["provenance"]),
            notes=tuple(data["notes"]),
            seconds=dict(data["seconds"]),
            time_unit=data["time_unit"],
            interrupted=data["interrupted"],
        )
