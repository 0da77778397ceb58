"""PEtab 2: names of a problem for ids of its model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from isthmus.algebra.expression import Expression, symbol
from isthmus.algebra.substitute import substitute
from isthmus.formats.petab.table import read_table, refused
from isthmus.model.calibration import CalibrationProblem
from isthmus.model.model import Model


def read_mapping(paths: Sequence[Path], model: Model) -> dict[str, str]:
    """Name in the problem → id in the model; `reaction.k` is the local parameter k of a reaction."""
    local = {f"{p.local_to}.{p.local_id or p.name or p.id}": p.id for p in model.parameters if p.local_to}
    found: dict[str, str] = {}
    for path in paths:
        for row in read_table(path, ("petabEntityId", "modelEntityId")):
            name, meant = row.identifier("petabEntityId"), row.text("modelEntityId", "")
            if not meant or name == meant:
                continue
            if meant not in model.ids and meant not in local:
                raise refused(f"no {meant!r} in the model", "an id of the model", row.where("modelEntityId"))
            found[name] = local.get(meant, meant)
    return found


def apply_mapping(problem: CalibrationProblem, mapping: Mapping[str, str]) -> CalibrationProblem:
    """The problem in the ids of its model."""
    if not mapping:
        return problem
    symbols = {symbol(name): symbol(meant) for name, meant in mapping.items()}

    def renamed(formula: Expression) -> Expression:
        return substitute([formula], symbols)[0]

    return replace(
        problem,
        parameters=tuple(replace(p, id=mapping.get(p.id, p.id)) for p in problem.parameters),
        observables=tuple(
            replace(o, formula=renamed(o.formula), noise=renamed(o.noise)) for o in problem.observables
        ),
        experiments=tuple(
            replace(
                experiment,
                periods=tuple(
                    replace(
                        period,
                        changes=tuple(
                            replace(c, target=mapping.get(c.target, c.target), formula=renamed(c.formula))
                            for c in period.changes
                        ),
                    )
                    for period in experiment.periods
                ),
            )
            for experiment in problem.experiments
        ),
        measurements=tuple(
            replace(m, overrides={name: renamed(value) for name, value in m.overrides.items()})
            for m in problem.measurements
        ),
    )
