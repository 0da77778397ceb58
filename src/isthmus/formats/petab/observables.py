"""The table of observables: what is seen, and with which noise."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from isthmus.algebra.expression import Expression, free_symbols, symbol
from isthmus.algebra.substitute import substitute
from isthmus.errors import ModelError
from isthmus.formats.petab.formulas import read_formula
from isthmus.formats.petab.parameters import SCALES
from isthmus.formats.petab.table import Row, read_table, refused
from isthmus.model.calibration import MeasuredObservable

_DISTRIBUTIONS = {
    "normal": ("normal", "lin"),
    "laplace": ("laplace", "lin"),
    "log-normal": ("normal", "log"),
    "log-laplace": ("laplace", "log"),
}


def read_observables(paths: Sequence[Path], version: int) -> tuple[MeasuredObservable, ...]:
    """Every observable, with other observables in its formulas written out."""
    found: dict[str, MeasuredObservable] = {}
    for path in paths:
        for row in read_table(path, ("observableId", "observableFormula", "noiseFormula")):
            observable = _observable(row, version)
            if observable.id in found:
                raise refused(
                    f"a second {observable.id!r}", "each observable once", row.where("observableId")
                )
            found[observable.id] = observable
    return tuple(_written_out(observable, found) for observable in found.values())


def _observable(row: Row, version: int) -> MeasuredObservable:
    identifier = row.identifier("observableId")
    formula, noise = read_formula(row, "observableFormula"), read_formula(row, "noiseFormula")
    if version == 1:
        distribution = row.one_of("noiseDistribution", ("normal", "laplace"), "normal")
        transformation = row.one_of("observableTransformation", SCALES, "lin")
        named = _numbered("observableParameter", identifier, (formula, noise))
        noise_named = _numbered("noiseParameter", identifier, (formula, noise))
        return MeasuredObservable(
            identifier,
            formula,
            noise,
            distribution,
            transformation,
            named,
            noise_named,
            row.text("observableName", ""),
            row.where("observableId"),
        )
    kind = row.one_of("noiseDistribution", tuple(_DISTRIBUTIONS), "normal")
    distribution, transformation = _DISTRIBUTIONS[kind]
    # Two observables may use one name for their placeholders: each gets its own.
    own = [_own_names(row, column, identifier) for column in ("observablePlaceholders", "noisePlaceholders")]
    mapping = {symbol(name): symbol(new) for names in own for name, new in names.items()}
    formula, noise = substitute([formula, noise], mapping)
    return MeasuredObservable(
        identifier,
        formula,
        noise,
        distribution,
        transformation,
        tuple(own[0].values()),
        tuple(own[1].values()),
        row.text("observableName", ""),
        row.where("observableId"),
    )


def _numbered(stem: str, identifier: str, formulas: tuple[Expression, ...]) -> tuple[str, ...]:
    """The placeholders `stem1_id`, `stem2_id`, … that the formulas use, up to the last of them."""
    pattern = re.compile(rf"{stem}([1-9]\d{{0,4}})_{re.escape(identifier)}\Z")
    numbers = [int(match[1]) for name in free_symbols(*formulas) if (match := pattern.match(name))]
    return tuple(f"{stem}{i}_{identifier}" for i in range(1, max(numbers, default=0) + 1))


def _own_names(row: Row, column: str, identifier: str) -> dict[str, str]:
    kind = column.removesuffix("Placeholders")
    names: dict[str, str] = {}
    for name in row.parts(column):
        if not (name.isidentifier() and name.isascii()) or name in names:
            raise refused(repr(name[:80]), "names, each once, separated by semicolons", row.where(column))
        names[name] = f"{kind}Parameter{len(names) + 1}_{identifier}"
    return names


def _written_out(observable: MeasuredObservable, others: dict[str, MeasuredObservable]) -> MeasuredObservable:
    formula, noise = observable.formula, observable.noise
    for _ in range(len(others) + 1):
        named = {name for name in free_symbols(formula, noise) if name in others}
        if not named:
            return replace(observable, formula=formula, noise=noise)
        formula, noise = substitute([formula, noise], {symbol(name): others[name].formula for name in named})
    raise ModelError(
        "E-PETAB",
        f"observable {observable.id!r} refers to itself",
        needed="formulas that do not go round in a circle",
        where=observable.where,
    )
