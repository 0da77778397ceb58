"""Time scales from the Jacobian's spectrum along a run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from isthmus.dynamics.rates import Dynamics
from isthmus.errors import UsageError
from isthmus.records.scales import Mode, Pace, Scales
from isthmus.scales.linearised import Network, Spectrum, network, spectrum

Floats = NDArray[np.float64]

_NEGLIGIBLE = 1e-3


@dataclass(frozen=True, slots=True)
class JacobianSpectrum:
    """Eigenvalues of ∂ẋ/∂x at `points` steps of the run, spread evenly in log time.

    Fewer above 60 states, where each costs more. Mode k is the k-th fastest at every point; its time scale is
    the median over the points. Holds when the modes keep their order along most of the run; the range [low,
    high] shows where they do not.
    """

    points: int = 32

    def analyse(
        self, dynamics: Dynamics, times: Floats, states: Floats, parameters: Floats, horizon: float
    ) -> Scales:
        """Return the scales along a run; see `Analysis`."""
        if not horizon > 0:
            raise UsageError("E-HORIZON", f"horizon {horizon}", needed="a positive time")
        dynamics.need_present()
        net = network(dynamics.gain, len(dynamics.terms), dynamics.algebraic)
        # An eigenvalue problem costs r³: beyond 60 modes the points are thinned out, down to six.
        affordable = max(6, min(self.points, self.points * 60 // max(len(net.independent), 1)))
        chosen = choose_points(times, affordable)
        found = [
            spectrum(net, dynamics.jacobian.dense(float(times[i]), states[i], parameters)) for i in chosen
        ]
        names = tuple(dynamics.states[i] for i in net.differential)
        reactions = tuple(term.owner for term in dynamics.terms)
        return summarise(net, found, times[chosen], names, reactions, horizon)


def choose_points(times: Floats, count: int) -> NDArray[np.int64]:
    """Return the positions of at most `count` steps.

    The first and the last among them, evenly spread in log time.
    """
    if len(times) <= count:
        return np.arange(len(times))
    elapsed = times - times[0]
    # An event at the start leaves two steps there, and a point of no time has no logarithm.
    later = elapsed[elapsed > 0]
    if not len(later):
        return np.array([0, len(times) - 1])
    wanted = np.geomspace(later[0], later[-1], count - 1)
    nearest = np.clip(np.searchsorted(elapsed, wanted), 1, len(times) - 1)
    return np.unique(np.concatenate([[0], nearest, [len(times) - 1]]))


def summarise(
    net: Network,
    found: list[Spectrum],
    times: Floats,
    names: tuple[str, ...],
    reactions: tuple[str, ...],
    horizon: float,
) -> Scales:
    """Return the scales of a list of spectra, one a point."""
    values = np.array([point.values for point in found]).reshape(len(found), -1)
    species = np.array([point.species for point in found])
    labels = tuple(dict.fromkeys(reactions))
    contributions = np.array([_by_reaction(point, reactions, labels) for point in found])
    modes = [
        _mode(values[:, k], species[:, k], contributions[:, k], names, labels, horizon)
        for k in range(values.shape[1])
    ]
    with np.errstate(divide="ignore"):
        own = np.median([1.0 / np.abs(point.diagonal) for point in found], axis=0)
    ordered = sorted(range(len(modes)), key=lambda k: modes[k].tau)
    return Scales(
        horizon,
        tuple(modes[k] for k in ordered),
        net.conserved,
        tuple(times.tolist()),
        dict(zip(names, own.tolist(), strict=True)),
        dict(zip(names, _mode_times(values, species).tolist(), strict=True)),
    )


def _by_reaction(point: Spectrum, reactions: tuple[str, ...], labels: tuple[str, ...]) -> Floats:
    """Sum the terms of each reaction, then normalise their sizes: (modes, reactions)."""
    position = {label: j for j, label in enumerate(labels)}
    summed = np.zeros((len(point.values), len(labels)), dtype=np.complex128)
    for term, label in enumerate(reactions):
        summed[:, position[label]] += point.terms[:, term]
    sizes = np.abs(summed)
    totals = sizes.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(sizes, totals, out=np.zeros_like(sizes), where=totals > 0))


def _mode(
    values: NDArray[np.complex128],
    species: Floats,
    contributions: Floats,
    names: tuple[str, ...],
    labels: tuple[str, ...],
    horizon: float,
) -> Mode:
    with np.errstate(divide="ignore"):
        taus = 1.0 / np.abs(values.real)
    low, tau, high = np.quantile(taus, [0.1, 0.5, 0.9], method="inverted_cdf")
    # A rotation far slower than its decay is rounding of two equal real eigenvalues.
    rotating = np.abs(values.imag) > 1e-6 * np.abs(values)
    period = (
        float(np.median(2 * np.pi / np.abs(values.imag[rotating])))
        if rotating.mean() >= 0.5
        else float("inf")
    )
    growing = float(np.mean(values.real * horizon > 1.0))
    pace = Pace.of(float(high), horizon)
    if pace is Pace.FAST and growing > 0:
        pace = Pace.SLOW
    if pace is Pace.FROZEN and Pace.of(float(tau), horizon) is not Pace.FROZEN:
        pace = Pace.SLOW
    return Mode(
        float(tau),
        float(low),
        float(high),
        period,
        pace,
        growing,
        _largest(names, species.mean(axis=0)),
        _largest(labels, contributions.mean(axis=0)),
    )


def _largest(names: tuple[str, ...], parts: Floats) -> tuple[tuple[str, float], ...]:
    total = parts.sum()
    shares = parts / total if total > 0 else parts
    order = np.argsort(-shares, kind="stable")
    return tuple((names[i], float(shares[i])) for i in order if shares[i] > _NEGLIGIBLE)


def _mode_times(values: NDArray[np.complex128], species: Floats) -> Floats:
    """Return exp(Σ participation ln τ) of each species, over modes and points.

    `inf` for one that takes part in none.
    """
    with np.errstate(divide="ignore"):
        log_tau = -np.log(np.abs(values))
    weights = species.sum(axis=(0, 1))
    finite = np.where(np.isfinite(log_tau), log_tau, 0.0)
    mean = np.einsum("pk,pks->s", finite, species)
    unbounded = np.einsum("pk,pks->s", (~np.isfinite(log_tau)).astype(float), species) > 0.5 * weights
    with np.errstate(divide="ignore", invalid="ignore"):
        result = np.exp(mean / weights)
    return np.where((weights > 0) & ~unbounded, result, np.inf)
