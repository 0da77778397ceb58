"""A calibration problem: a model, experiments on it, what was measured and with which noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from isthmus.algebra.expression import Expression
from isthmus.errors import NOWHERE, Where
from isthmus.model.model import Model


@dataclass(frozen=True, slots=True)
class ProblemParameter:
    """A parameter of the problem, of the model or of the observation only.

    scale: "lin", "log" or "log10", in which an estimate would search; all numbers here are on the linear one.
    nominal: None where the table gives none.
    """

    id: str
    nominal: float | None
    estimated: bool = False
    scale: str = "lin"
    lower: float = -math.inf
    upper: float = math.inf
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class MeasuredObservable:
    """What a measurement sees, and its noise.

    formula: of model ids, problem parameters and placeholders. noise: of the same; the standard deviation
    (normal) or scale (laplace) on the scale of `transformation`: "lin", "log" or "log10". placeholders,
    noise_placeholders: symbols that every measurement gives a value.
    """

    id: str
    formula: Expression
    noise: Expression
    distribution: str = "normal"
    transformation: str = "lin"
    placeholders: tuple[str, ...] = ()
    noise_placeholders: tuple[str, ...] = ()
    name: str = ""
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Change:
    """target := formula at the start of a period, with the values of just before; all changes at once."""

    target: str
    formula: Expression
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class Period:
    """What an experiment does from `time` on, up to the next period; −∞ is until nothing changes.

    constants_anew: whether what is no state starts anew from the model's values (PEtab 1);
    otherwise earlier changes last (PEtab 2).
    """

    time: float
    changes: tuple[Change, ...] = ()
    constants_anew: bool = False


@dataclass(frozen=True, slots=True)
class Experiment:
    """Periods in the order of their times."""

    id: str
    periods: tuple[Period, ...]

    @property
    def is_preequilibrated(self) -> bool:
        """Whether the first period lasts until nothing changes any more."""
        return self.periods[0].time == -math.inf

    @property
    def start(self) -> float:
        """The time of the first finite period, 0 where there is none."""
        return next((period.time for period in self.periods if math.isfinite(period.time)), 0.0)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number that was measured.

    time: +∞ for a steady state. overrides: placeholder → value. row: the columns of the table as they are.
    """

    observable: str
    experiment: str
    time: float
    value: float
    overrides: Mapping[str, Expression] = field(default_factory=dict)
    row: Mapping[str, str] = field(default_factory=dict)
    where: Where = NOWHERE


@dataclass(frozen=True, slots=True)
class CalibrationProblem:
    """A model with its experiments and measurements. version: of PEtab, 1 or 2."""

    model: Model
    parameters: tuple[ProblemParameter, ...]
    observables: tuple[MeasuredObservable, ...]
    experiments: tuple[Experiment, ...]
    measurements: tuple[Measurement, ...]
    version: int = 1
    source: str = ""

    @property
    def observables_by_id(self) -> dict[str, MeasuredObservable]:
        """id → observable."""
        return {observable.id: observable for observable in self.observables}
