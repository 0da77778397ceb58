"""A steady state: where a model comes to rest, and whether it stays there when pushed."""

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


@dataclass(frozen=True, slots=True, eq=False)
class SteadyState:
    """The values at rest, each what its id stands for in formulas.

    names: states, then observables. values: one a name. stable: whether every small perturbation that keeps
    the conserved totals decays; None where an eigenvalue is zero and the linearisation does not say.
    eigenvalues: of the Jacobian at fixed totals, 1/time, slowest first. residual: the largest rate of change
    left, relative to the peak of its state, 1/time. how: "newton", "integration" or "pseudo-transient".
    conserved: how many totals were held. time: that was integrated. attributes: hashes, versions.
    """

    names: tuple[str, ...]
    values: Floats
    stable: bool | None
    eigenvalues: NDArray[np.complex128]
    residual: float
    how: str
    conserved: int
    time: float
    units: Mapping[str, str] = field(default_factory=dict)
    time_unit: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        """Return one value by name."""
        if name not in self.names:
            raise UsageError(
                "E-UNKNOWN-CURVE", f"no value {name!r}", needed=f"one of {', '.join(self.names)}"
            )
        return float(self.values[self.names.index(name)])

    @property
    def slowest(self) -> float:
        """The time in which the slowest perturbation falls to 1/e; infinite where one does not decay."""
        if len(self.eigenvalues) == 0:
            return 0.0
        rate = float(self.eigenvalues.real.max())
        return -1.0 / rate if rate < 0.0 else float("inf")

    def to_xarray(self) -> xarray.Dataset:
        """Return a Dataset: one value a name, and the eigenvalues by real and imaginary part."""
        import xarray

        parts = np.column_stack([self.eigenvalues.real, self.eigenvalues.imag])
        stable = "undecided" if self.stable is None else str(self.stable).lower()
        return xarray.Dataset(
            {"value": ("name", self.values), "eigenvalue": (("mode", "part"), parts)},
            coords={"name": list(self.names), "part": ["real", "imaginary"]},
            attrs={"stable": stable, "how": self.how, "residual": self.residual, **self.attributes},
        )
