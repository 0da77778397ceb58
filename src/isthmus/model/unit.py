"""Unit definitions as the file gives them."""

from dataclasses import dataclass

from isthmus.model.annotation import Annotation


@dataclass(frozen=True, slots=True)
class UnitFactor:
    """(multiplier · 10^scale · kind)^exponent."""

    kind: str
    exponent: float = 1.0
    scale: int = 0
    multiplier: float = 1.0


@dataclass(frozen=True, slots=True)
class UnitDefinition:
    """A named product of unit factors."""

    id: str
    factors: tuple[UnitFactor, ...] = ()
    name: str = ""
    annotation: Annotation = Annotation()


@dataclass(frozen=True, slots=True)
class ModelUnits:
    """The units a model declares for everything that does not name its own; "" where it declares none."""

    substance: str = ""
    time: str = ""
    volume: str = ""
    area: str = ""
    length: str = ""
    extent: str = ""
