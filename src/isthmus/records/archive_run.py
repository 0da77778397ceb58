"""What running a COMBINE archive gave: its tasks, and the data of its reports and plots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SUCCEEDED: Final = "SUCCEEDED"
FAILED: Final = "FAILED"
SKIPPED: Final = "SKIPPED"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why something was not done: the code of the error and its message."""

    code: str
    message: str
    exit_code: int = 4


@dataclass(frozen=True, slots=True)
class TaskRun:
    """One task. asked: the KiSAO id of the file. used: the integrator. notes: what was done otherwise."""

    id: str
    asked: str
    used: str = ""
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    failure: Failure | None = None

    @property
    def status(self) -> str:
        """SUCCEEDED or FAILED."""
        return SUCCEEDED if self.failure is None else FAILED


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One data set: its ids and its values, in the order of time."""

    id: str
    label: str
    name: str
    values: Floats


@dataclass(frozen=True, slots=True, eq=False)
class OutputRun:
    """A report, or the data of a plot. kind: as SED-ML calls it. rows: empty where it failed."""

    id: str
    name: str
    kind: str
    rows: tuple[Row, ...] = ()
    failure: Failure | None = None

    @property
    def status(self) -> str:
        """SUCCEEDED or FAILED."""
        return SUCCEEDED if self.failure is None else FAILED


@dataclass(frozen=True, slots=True, eq=False)
class DocumentRun:
    """One SED-ML file of the archive. failure: why it could not be read."""

    location: str
    tasks: tuple[TaskRun, ...] = ()
    outputs: tuple[OutputRun, ...] = ()
    seconds: float = 0.0
    failure: Failure | None = None

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that failed, the first first."""
        own = () if self.failure is None else (self.failure,)
        parts = [*(task.failure for task in self.tasks), *(output.failure for output in self.outputs)]
        return (*own, *(failure for failure in parts if failure is not None))

    @property
    def status(self) -> str:
        """SUCCEEDED, or FAILED where anything did."""
        return FAILED if self.failures else SUCCEEDED


@dataclass(frozen=True, slots=True, eq=False)
class ArchiveRun:
    """All SED-ML files of an archive that were to be run."""

    source: str
    documents: tuple[DocumentRun, ...]
    seconds: float = 0.0

    @property
    def failures(self) -> tuple[Failure, ...]:
        """Everything that failed."""
        return tuple(failure for document in self.documents for failure in document.failures)

    @property
    def status(self) -> str:
        """SUCCEEDED, or FAILED where anything did."""
        return FAILED if self.failures else SUCCEEDED

    @property
    def exit_code(self) -> int:
        """0 where everything was done, else that of the first failure."""
        return self.failures[0].exit_code if self.failures else 0
