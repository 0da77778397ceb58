"""An ensemble: the trajectories of one model under many sets of quantities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import UsageError

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Ensemble:
    """Curves of s sets at k times, each curve what its id stands for in formulas.

    varied (q): ids of the quantities that were set. table: (s, q) their values. times: (k,). names (w).
    values: (s, k, w), NaN beyond where a set stopped. codes: (s,) how each set ended, 0 for well; meanings:
    their names by number. reached: (s,) the last time of each set. steps: (s,). units: name → unit, where one
    is known.
    """

    varied: tuple[str, ...]
    table: Floats
    times: Floats
    names: tuple[str, ...]
    values: Floats
    codes: Integers
    meanings: Mapping[int, str]
    reached: Floats
    steps: Integers
    units: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        """The number of sets."""
        return len(self.codes)

    @property
    def ok(self) -> NDArray[np.bool_]:
        """Which sets reached the end: (s,)."""
        return np.asarray(self.codes == 0)

    def __getitem__(self, name: str) -> Floats:
        """Return one curve of all sets by name: (s, k)."""
        if name not in self.names:
            raise UsageError(
                "E-UNKNOWN-CURVE", f"no curve {name!r}", needed=f"one of {', '.join(self.names)}"
            )
        return np.asarray(self.values[:, :, self.names.index(name)])

    def endings(self) -> dict[str, int]:
        """How many sets ended in which way."""
        numbers, counts = np.unique(self.codes, return_counts=True)
        return {self.meanings[int(n)]: int(count) for n, count in zip(numbers, counts, strict=True)}

    def to_xarray(self) -> xarray.Dataset:
        """Return a Dataset over `set` and `time` with units, endings and provenance.

        The quantities are coordinates of `set`, `quantity_<id>`; `result_code` carries its meanings as the
        conventions for climate and forecast data do.
        """
        import xarray

        curves = {_free(name): (("set", "time"), self[name], self._unit(name)) for name in self.names}
        meanings = {
            "flag_values": np.array(sorted(self.meanings), dtype=np.int64),
            "flag_meanings": " ".join(self.meanings[number] for number in sorted(self.meanings)),
        }
        per_set = {
            "result_code": ("set", self.codes, meanings),
            "reached": ("set", self.reached, {"units": self.time_unit} if self.time_unit else {}),
            "steps": ("set", self.steps, {}),
        }
        quantities = {
            f"quantity_{name}": ("set", self.table[:, i], self._unit(name))
            for i, name in enumerate(self.varied)
        }
        time = ("time", self.times, {"units": self.time_unit} if self.time_unit else {})
        return xarray.Dataset(
            {**curves, **per_set}, coords={"time": time, **quantities}, attrs=dict(self.attributes)
        )

    def _unit(self, name: str) -> dict[str, str]:
        return {"units": self.units[name]} if self.units.get(name) else {}


def _free(name: str) -> str:
    """The name of a curve; one that the Dataset needs for itself gets a suffix."""
    return f"{name}_" if name in ("time", "set", "result_code", "reached", "steps") else name
