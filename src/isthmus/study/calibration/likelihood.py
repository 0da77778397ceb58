"""The likelihood of one measurement."""

from __future__ import annotations

import math

from isthmus.errors import NumericalError
from isthmus.model.calibration import MeasuredObservable, Measurement
from isthmus.records.fit import Compared

_LN10 = math.log(10.0)


def compare(
    observable: MeasuredObservable, measurement: Measurement, simulation: float, noise: float
) -> Compared:
    """A measurement m beside the simulation y with noise σ, on the observable's scale T.

    r = (T(m) − T(y))/σ; ln L = −ln(σ √(2π)) − r²/2 (normal) or −ln(2σ) − |r| (laplace), plus ln |T′(m)|.
    Raises NumericalError where there is none: no number, no noise, a logarithm of what is not positive.
    """
    _require_finite(measurement, simulation, noise)
    apart, slope = _on_scale(observable.transformation, measurement, simulation)
    residual = apart / noise
    if observable.distribution == "normal":
        log_likelihood = -0.5 * math.log(2.0 * math.pi) - math.log(noise) - 0.5 * residual**2
    else:
        log_likelihood = -math.log(2.0 * noise) - abs(residual)
    return Compared(measurement, simulation, noise, residual, log_likelihood + slope)


def _on_scale(transformation: str, measurement: Measurement, simulation: float) -> tuple[float, float]:
    """(T(m) − T(y), ln |T′(m)|)."""
    measured = measurement.value
    if transformation == "lin":
        return measured - simulation, 0.0
    if measured <= 0.0 or simulation <= 0.0:
        what = f"measured {measured:g}" if measured <= 0.0 else f"simulated {simulation:g}"
        raise NumericalError(
            "E-PETAB-LOGARITHM",
            f"{measurement.observable!r} is {what} on a logarithmic scale",
            needed="positive values",
            advice="drop the measurement, or take the observable on the linear scale",
            where=measurement.where,
        )
    apart, slope = math.log(measured) - math.log(simulation), -math.log(measured)
    return (apart, slope) if transformation == "log" else (apart / _LN10, slope - math.log(_LN10))


def _require_finite(measurement: Measurement, simulation: float, noise: float) -> None:
    if not math.isfinite(simulation):
        raise NumericalError(
            "E-PETAB-OBSERVABLE",
            f"{measurement.observable!r} is {simulation} at {measurement.time:g}",
            needed="a finite number",
            advice="look for a division by zero in its formula",
            where=measurement.where,
        )
    if not 0.0 < noise < math.inf:
        raise NumericalError(
            "E-PETAB-NOISE",
            f"the noise of {measurement.observable!r} is {noise:g} at {measurement.time:g}",
            needed="a positive number",
            advice="correct the noise formula, or the noise parameters of this measurement",
            where=measurement.where,
        )
