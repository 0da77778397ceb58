"""A trajectory: what one integration saw, in the user's units."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from isthmus.errors import UsageError

if TYPE_CHECKING:
    import xarray

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Times and curves, each curve what its id stands for in formulas (a concentration where it is one).

    times: (k,). values: (k, states). observed: (k, observables). units: id or observable → unit, where one is
    known. attributes: seed, hashes, versions, integrator, tolerances, counts.
    """

    times: Floats
    states: tuple[str, ...]
    values: Floats
    observables: tuple[str, ...] = ()
    observed: Floats = field(default_factory=lambda: np.empty((0, 0)))
    units: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Floats]:
        """Name → curve: the states, then the observables that are not states."""
        curves = {name: self.values[:, i] for i, name in enumerate(self.states)}
        for i, name in enumerate(self.observables):
            curves.setdefault(name, self.observed[:, i])
        return curves

    def __getitem__(self, name: str) -> Floats:
        """Return one curve by name."""
        curves = self.columns
        if name not in curves:
            raise UsageError("E-UNKNOWN-CURVE", f"no curve {name!r}", needed=f"one of {', '.join(curves)}")
        return curves[name]

    def to_xarray(self) -> xarray.Dataset:
        """Return a Dataset over `time` with units and provenance in `attrs`."""
        import xarray

        variables = {
            name: ("time", curve, {"units": self.units[name]} if self.units.get(name) else {})
            for name, curve in self.columns.items()
        }
        time = xarray.Variable("time", self.times, {"units": self.time_unit} if self.time_unit else {})
        attributes = {name: _attribute(value) for name, value in self.attributes.items()}
        # A species may itself be called "time"; then the coordinate keeps the name and the curve gets a
        # suffix.
        renamed = {(f"{name}_" if name == "time" else name): value for name, value in variables.items()}
        return xarray.Dataset(renamed, coords={"time": time}, attrs=attributes)

    def write(self, path: str | Path) -> Path:
        """Write `.csv` or NetCDF (`.nc`), complete or not at all; return the path."""
        target = Path(path)
        writers: dict[str, Callable[[Path], None]] = {".csv": self._write_csv, ".nc": self._write_netcdf}
        writer = writers.get(target.suffix.lower())
        if writer is None:
            raise UsageError(
                "E-OUTPUT-FORMAT",
                f"{target}: unknown ending {target.suffix!r}",
                needed="a name that ends in .csv or .nc",
            )
        _write_complete(target, writer)
        return target

    def _write_csv(self, path: Path) -> None:
        columns = self.columns
        with path.open("w", newline="", encoding="utf-8") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(["time", *columns])
            for row in np.column_stack([self.times, *columns.values()]).tolist():
                rows.writerow(map(repr, row))

    def _write_netcdf(self, path: Path) -> None:
        self.to_xarray().to_netcdf(path, engine="h5netcdf")

    def _repr_html_(self) -> str:
        return str(self.to_xarray()._repr_html_())


def _attribute(value: Any) -> Any:
    """Return a value that NetCDF can hold."""
    if isinstance(value, bool) or not isinstance(value, str | int | float | np.ndarray):
        return str(value)
    return value


def _write_complete(target: Path, writer: Callable[[Path], None]) -> None:
    """Write beside the target under a temporary name, flush to disk, then rename."""
    if not target.parent.is_dir():
        raise UsageError("E-OUTPUT-FOLDER", f"no folder {target.parent}", needed="a folder that exists")
    handle, name = tempfile.mkstemp(prefix=f".{target.stem}-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        writer(temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)
