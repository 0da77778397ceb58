"""Many sets of quantities of one model at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from isthmus.algebra.expression import Expression, symbol
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.errors import UsageError
from isthmus.execute.threads import available_workers
from isthmus.model.model import Model
from isthmus.model.question import Observable
from isthmus.records.ensemble import Ensemble
from isthmus.records.provenance import installed_version
from isthmus.simulate.sweep_lanes import run_on_lanes
from isthmus.simulate.sweep_scalar import run_one_by_one
from isthmus.simulate.sweep_task import InThreads, Outcome, SweepTask
from isthmus.solve.result import ResultCode
from isthmus.solve.rodas import lanes_fit

Floats = NDArray[np.float64]
SWEEP_METHODS: Final = ("auto", "lanes", "ndf")
_FEWEST_FOR_LANES: Final = 8
# How a set may end on lanes for good. A step too small is a solution that grows without bound: NDF would find
# the same, a hundred times slower.
_FINAL: Final = (ResultCode.SUCCESS, ResultCode.CANCELLED, ResultCode.STEP_UNDERFLOW)


def sweep(
    source: Dynamics | Model,
    quantities: Mapping[str, ArrayLike] | ArrayLike,
    horizon: float,
    times: ArrayLike,
    observables: Sequence[Observable] | None = None,
    *,
    workers: int | None = None,
    rtol: float = 1e-6,
    atol: ArrayLike | None = None,
    method: str = "auto",
    max_steps: int = 100_000,
    cancel: NDArray[np.int64] | None = None,
) -> Ensemble:
    """Integrate every set from 0 to the horizon and return what is to be seen at the times.

    quantities: columns by id, each a number or one value a set, everything else nominal; or the whole table,
    (sets, quantities) in the order of ``dynamics.quantities``. observables: all states without them. atol:
    absolute tolerance in amounts, a number or one a state; without it each state of each set is scaled by its
    own peak there, which a coarse pass measures. workers: native threads, all available ones without it;
    results are the same bit for bit whatever their number. method: "lanes", "ndf" (one set after the other in
    each worker), or "auto", whose reason is among the ensemble's attributes. cancel: an array of one number;
    setting it ends the sweep, and sets that were not finished are CANCELLED.

    A set that fails has its code, and leaves the others alone; one that fails on lanes, but for growing
    without bound, is tried again with NDF, unless lanes were asked for. Raises UsageError for what cannot be
    asked.
    """
    dynamics = read_rates(source) if isinstance(source, Model) else source
    if not (np.isfinite(horizon) and horizon > 0):
        raise UsageError("E-HORIZON", f"a horizon of {horizon}", needed="a positive, finite time")
    varied, columns, table = read_table(dynamics, quantities)
    names, formulas = _seen(dynamics, observables)
    task = SweepTask(
        dynamics=dynamics,
        table=table,
        horizon=float(horizon),
        times=_times(times, horizon),
        formulas=formulas,
        rtol=rtol,
        atol=None if atol is None else np.asarray(atol, dtype=np.float64),
        max_steps=max_steps,
        cancel=np.zeros(1, dtype=np.int64) if cancel is None else cancel,
    )
    chosen, because = choose_method(task, method)
    count = available_workers() if workers is None else max(1, workers)

    def share_out(work: Callable[[], Any]) -> None:
        in_threads(work, count, task.cancel)

    outcome = (run_on_lanes if chosen == "lanes" else run_one_by_one)(task, share_out)
    again = _try_again(task, outcome, share_out) if chosen == "lanes" and method == "auto" else 0
    return Ensemble(
        varied=varied,
        table=columns,
        times=task.times,
        names=names,
        values=outcome.found,
        codes=outcome.codes,
        meanings={int(code): code.name for code in ResultCode},
        reached=outcome.reached,
        steps=outcome.steps,
        units=_units(dynamics),
        time_unit=dynamics.model.units.time,
        attributes=_attributes(task, outcome, chosen, because, again),
    )


def choose_method(task: SweepTask, method: str) -> tuple[str, str]:
    """Return "lanes" or "ndf" and why; UsageError for lanes where they do not fit."""
    if method not in SWEEP_METHODS:
        raise UsageError("E-METHOD", f"method {method!r}", needed=f"one of {', '.join(SWEEP_METHODS)}")
    task.dynamics.need_present()
    if method == "ndf":
        return "ndf", "asked for"
    switched = task.dynamics.switched()
    if switched is not None and (method == "auto" or switched.events is not None):
        because = "events and jumps of the rates are located one set at a time"
        if method == "lanes":
            raise UsageError(
                "E-METHOD", f"lanes do not suit this model: {because}", needed="method ndf or auto"
            )
        return "ndf", because
    fit = lanes_fit(task.dynamics.system())
    if method == "lanes":
        if not fit.applies:
            raise UsageError(
                "E-METHOD", f"lanes do not suit this model: {fit.because}", needed="method ndf or auto"
            )
        return "lanes", "asked for"
    if fit.applies and len(task.table) < _FEWEST_FOR_LANES:
        return "ndf", f"{len(task.table)} sets do not fill the lanes"
    return ("lanes" if fit.applies else "ndf"), fit.because


def in_threads(work: Callable[[], Any], workers: int, cancel: NDArray[np.int64]) -> None:
    """Do the same work in several native threads, each taking what is next; an interruption cancels."""
    with ThreadPoolExecutor(workers) as pool:
        running = [pool.submit(work) for _ in range(workers)]
        try:
            wait(running)
        except BaseException:
            cancel[0] = 1
            raise
    for future in running:
        future.result()


def read_table(
    dynamics: Dynamics, quantities: Mapping[str, ArrayLike] | ArrayLike
) -> tuple[tuple[str, ...], Floats, Floats]:
    """Return the ids that were set, their values (s, set ids), and the whole table (s, q)."""
    if not isinstance(quantities, Mapping):
        table = np.array(quantities, dtype=np.float64, order="C")
        if table.ndim != 2 or table.shape[1] != len(dynamics.quantities):
            raise UsageError(
                "E-QUANTITIES-SHAPE",
                f"a table of shape {table.shape}",
                needed=f"(sets, {len(dynamics.quantities)})",
            )
        return dynamics.quantities, table, table
    from isthmus.simulate.rates import chosen_quantities

    given = {name: np.atleast_1d(np.asarray(values, dtype=np.float64)) for name, values in quantities.items()}
    if any(values.ndim != 1 for values in given.values()):
        raise UsageError("E-QUANTITIES-SHAPE", "a column of several dimensions", needed="one value a set")
    lengths = {len(values) for values in given.values()} - {1}
    if len(lengths) > 1:
        raise UsageError(
            "E-QUANTITIES-SHAPE", f"columns of lengths {sorted(lengths)}", needed="one value a set in each"
        )
    # One name at a time, so that an unknown one is refused with a guess.
    nominal = chosen_quantities(dynamics, {name: float(values[0]) for name, values in given.items()})
    table = np.tile(nominal, (lengths.pop() if lengths else 1, 1))
    for name, values in given.items():
        table[:, dynamics.quantities.index(name)] = values
    places = [dynamics.quantities.index(name) for name in given]
    return tuple(given), table[:, places], table


def _seen(
    dynamics: Dynamics, observables: Sequence[Observable] | None
) -> tuple[tuple[str, ...], tuple[Expression, ...]]:
    if observables is None:
        return dynamics.states, tuple(map(symbol, dynamics.states))
    return tuple(o.name for o in observables), tuple(o.formula for o in observables)


def _times(times: ArrayLike, horizon: float) -> Floats:
    asked = np.array(times, dtype=np.float64).reshape(-1)
    if not len(asked) or not (asked.min() >= 0 and asked.max() <= horizon and (np.diff(asked) > 0).all()):
        raise UsageError(
            "E-TIMES",
            "no times, or times out of order or outside the run",
            needed=f"increasing times from 0 to {horizon:g}",
        )
    return asked


def _units(dynamics: Dynamics) -> dict[str, str]:
    model = dynamics.model
    units = {species.id: species.unit for species in model.species}
    units |= {parameter.id: parameter.unit for parameter in model.parameters}
    units |= {compartment.id: compartment.unit for compartment in model.compartments}
    return {name: unit for name, unit in units.items() if unit}


def _try_again(task: SweepTask, outcome: Outcome, share_out: InThreads) -> int:
    """Integrate what failed on lanes with NDF, which knows more ways out; return how many sets that were."""
    failed = np.flatnonzero(~np.isin(outcome.codes, list(map(int, _FINAL))))
    if not len(failed) or task.cancel[0]:
        return 0
    found = run_one_by_one(replace(task, table=task.table[failed]), share_out)
    # How it failed is known even where the second attempt was cancelled.
    done = found.codes != int(ResultCode.CANCELLED)
    outcome.put(failed[done], found.only(np.flatnonzero(done)))
    return int(done.sum())


def _attributes(task: SweepTask, outcome: Outcome, chosen: str, because: str, again: int) -> dict[str, Any]:
    model = task.dynamics.model
    lanes = "RODAS5 on lanes" + (f", NDF for {again} sets that failed there" if again else "")
    return {
        "model": model.id,
        "model_sha256": model.sha256,
        "source": model.source,
        "reading": "rates",
        "integrator": lanes if chosen == "lanes" else "NDF",
        "chosen_because": because,
        "rtol": task.rtol,
        "horizon": task.horizon,
        "steps": int(outcome.steps.sum()),
        "isthmus": installed_version("isthmus"),
        "numpy": np.__version__,
    }
