"""Sensitivities: how much each observable moves, over time, when a quantity is changed a little."""

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
class Sensitivities:
    """∂observable/∂quantity at each time, in the unit of the observable over that of the quantity.

    times: (k,). observables: (o,) names. quantities: (w,) ids; a state's id means its initial value. values:
    (k, o, w). observed: (k, o), the observables themselves. at: (w,), the values of the quantities where the
    derivative is taken. attributes: hashes, versions, tolerances, counts.
    """

    times: Floats
    observables: tuple[str, ...]
    quantities: tuple[str, ...]
    values: Floats
    observed: Floats
    at: Floats
    time_unit: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)

    def of(self, observable: str, quantity: str) -> Floats:
        """Return one curve ∂observable/∂quantity: (k,)."""
        return np.asarray(
            self.values[:, _place(self.observables, observable), _place(self.quantities, quantity)]
        )

    def scaled(self) -> Floats:
        """Return ∂ln observable/∂ln quantity: (k, o, w); NaN where the observable is zero.

        It is zero for a quantity that is zero: no relative change moves it.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            relative = self.values * self.at / self.observed[:, :, None]
        return np.where(self.observed[:, :, None] == 0.0, np.nan, relative)

    def to_xarray(self) -> xarray.Dataset:
        """Return a Dataset over (time, observable, quantity): `sensitivity`, `scaled`, `value` and `at`."""
        import xarray

        time = xarray.Variable("time", self.times, {"units": self.time_unit} if self.time_unit else {})
        axes = ("time", "observable", "quantity")
        return xarray.Dataset(
            {
                "sensitivity": (axes, self.values),
                "scaled": (axes, self.scaled()),
                "value": (axes[:2], self.observed),
                "at": ("quantity", self.at),
            },
            coords={
                "time": time,
                "observable": list(self.observables),
                "quantity": list(self.quantities),
            },
            attrs=dict(self.attributes),
        )

    def _repr_html_(self) -> str:
        return str(self.to_xarray()._repr_html_())


def _place(names: tuple[str, ...], name: str) -> int:
    if name not in names:
        raise UsageError(
            "E-UNKNOWN-CURVE", f"no sensitivity for {name!r}", needed=f"one of {', '.join(names)}"
        )
    return names.index(name)
