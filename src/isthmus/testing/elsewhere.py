"""Simulators written by others, each in a process of another Python that has them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import UsageError
from isthmus.testing.batch import BatchChild

Floats = NDArray[np.float64]

VARIABLE: Final = "ISTHMUS_VERIFY_PYTHON"
SCRIPTS: Final = {"libroadrunner": "roadrunner_curves.py", "copasi": "copasi_curves.py"}
RTOL: Final = 1e-9
ATOL: Final = 1e-12


@dataclass(frozen=True, slots=True)
class Change:
    """One quantity set to a value: a parameter, or the initial concentration of a species.

    before: its value in the file. kind: "parameter" or "concentration".
    """

    id: str
    value: float
    before: float
    kind: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What to see: an id; amount: of a species its amount, of which COPASI knows the compartment alone."""

    id: str
    amount: bool = False
    compartment: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Curves:
    """What another tool computes. values: (changes, times, names). refused: why it did not."""

    names: tuple[str, ...]
    values: Floats
    refused: str = ""


class Tool(Protocol):
    """Whatever draws the curves of a file."""

    def curves(
        self,
        sbml: Path,
        times: Floats,
        observe: Sequence[Seen] | None = None,
        changes: Sequence[Change | None] = (None,),
        rtol: float = RTOL,
        atol: float = ATOL,
    ) -> Curves:
        """The curves under each change alone; observe: None for everything that has a rate."""


class Elsewhere:
    """One tool of another Python, asked for the curves of one file after the other."""

    def __init__(self, tool: str, python: str, seconds: float = 300.0) -> None:
        script = Path(__file__).parent / "peers" / SCRIPTS[tool]
        self.tool = tool
        self._child = BatchChild(tool, seconds, (python, "-P", str(script)))
        self._lock = Lock()

    def curves(
        self,
        sbml: Path,
        times: Floats,
        observe: Sequence[Seen] | None = None,
        changes: Sequence[Change | None] = (None,),
        rtol: float = RTOL,
        atol: float = ATOL,
    ) -> Curves:
        """The curves under each change alone; observe: None for everything that has a rate."""
        job = {
            "sbml": str(sbml),
            "times": times.tolist(),
            "observe": None if observe is None else [asdict(seen) for seen in observe],
            "changes": [None if change is None else asdict(change) for change in changes],
            "rtol": rtol,
            "atol": atol,
        }
        with self._lock:
            ending = self._child.ask([job])
        if ending.outcome != "done":
            return Curves((), np.empty((0, 0, 0)), f"{ending.outcome}: {ending.detail}")
        if "refused" in ending.answer:
            return Curves((), np.empty((0, 0, 0)), str(ending.answer["refused"]))
        names = tuple(ending.answer["names"])
        shape = (len(changes), len(times), len(names))
        return Curves(names, np.array(ending.answer["curves"], dtype=np.float64).reshape(shape))

    def close(self) -> None:
        """End its process."""
        self._child.close()


def find_tools(python: str) -> dict[str, Elsewhere]:
    """The tools of a Python by name; raises UsageError where it is none."""
    if not Path(python).is_file() or not os.access(python, os.X_OK):
        raise UsageError(
            "E-FILE",
            f"{python!r} is no program",
            needed="a Python with libroadrunner and copasi-basico",
            advice=f"`make verify` makes one; {VARIABLE} names it too",
        )
    return {tool: Elsewhere(tool, python) for tool in SCRIPTS}
