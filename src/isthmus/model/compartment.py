"""A compartment: where species live."""

from dataclasses import dataclass

from isthmus.model.annotation import Annotation


@dataclass(frozen=True, slots=True)
class Compartment:
    """A well-mixed space of a given size.

    size: in `unit` (volume, area or length by `dimensions`); None when it is set by an initial assignment or
    an assignment rule.
    """

    id: str
    size: float | None = 1.0
    constant: bool = True
    dimensions: float = 3.0
    unit: str = ""
    name: str = ""
    annotation: Annotation = Annotation()
