"""How a problem's model agrees with its measurements, as text, JSON and a PEtab table of simulations."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from isthmus.records.fit import Compared, Fit
from isthmus.records.numbers import encode_number


def fit_as_json(fit: Fit) -> dict[str, Any]:
    """χ², log-likelihood and every measurement beside its simulation."""
    return {
        "schema": "isthmus-fit",
        "version": 1,
        "problem": fit.source,
        "model": fit.model,
        "chi_squared": encode_number(fit.chi_squared),
        "log_likelihood": encode_number(fit.log_likelihood),
        "measurements": len(fit.compared),
        "parameters": dict(fit.values),
        "compared": [_as_json(compared) for compared in fit.compared],
    }


def _as_json(compared: Compared) -> dict[str, Any]:
    measurement = compared.measurement
    return {
        "observable": measurement.observable,
        "experiment": measurement.experiment,
        "time": encode_number(measurement.time),
        "measurement": measurement.value,
        "simulation": compared.simulation,
        "noise": compared.noise,
        "residual": compared.residual,
        "log_likelihood": compared.log_likelihood,
    }


def fit_as_text(fit: Fit) -> str:
    """The two figures, and the same by observable: how many, Σ residual², the largest residual."""
    lines = [
        f"{len(fit.compared)} measurements, model {fit.model}",
        f"log-likelihood  {fit.log_likelihood:.10g}",
        f"chi-squared     {fit.chi_squared:.10g}",
        "",
    ]
    groups: dict[str, list[Compared]] = {}
    for compared in fit.compared:
        groups.setdefault(compared.measurement.observable, []).append(compared)
    width = max((len(name) for name in groups), default=0)
    lines.append(f"{'observable':<{width}}   points  chi-squared  largest residual")
    for name, members in groups.items():
        squares = sum(c.residual**2 for c in members)
        largest = max(members, key=lambda c: abs(c.residual))
        place = f"{largest.residual:.3g} at {largest.measurement.time:g} ({largest.measurement.where})"
        lines.append(f"{name:<{max(width, 10)}}  {len(members):>7}  {squares:>11.5g}  {place}")
    return "\n".join(lines) + "\n"


def fit_as_table(fit: Fit) -> str:
    """The table of measurements with `simulation` in the place of `measurement`, as PEtab asks."""
    columns = _columns([compared.measurement.row for compared in fit.compared])
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["simulation" if name == "measurement" else name for name in columns])
    for compared in fit.compared:
        row = {**compared.measurement.row, "measurement": repr(compared.simulation)}
        writer.writerow([row.get(name, "") for name in columns])
    return text.getvalue()


def _columns(rows: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))
