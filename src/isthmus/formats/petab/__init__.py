"""PEtab problems, versions 1 and 2: a YAML file, tables, an SBML model (`isthmus.model.calibration`)."""

from __future__ import annotations

import os
from pathlib import Path

from isthmus.formats import read_model
from isthmus.formats.petab.conditions import pair_conditions, read_conditions
from isthmus.formats.petab.experiments import read_experiments, read_long_conditions
from isthmus.formats.petab.manifest import read_manifest
from isthmus.formats.petab.mapping import apply_mapping, read_mapping
from isthmus.formats.petab.measurements import read_measurements
from isthmus.formats.petab.observables import read_observables
from isthmus.formats.petab.parameters import read_parameters
from isthmus.model.calibration import CalibrationProblem

__all__ = ["read_problem"]


def read_problem(source: str | os.PathLike[str]) -> CalibrationProblem:
    """Read a problem from its YAML file.

    Only files in the folder of that file are opened. Raises `ModelError` for what is no problem, with file,
    line and column, and `UnsupportedFeature` for what isthmus does not handle.
    """
    manifest = read_manifest(Path(source))
    tables, version = manifest.tables, manifest.version
    model = read_model(manifest.model)
    parameters = read_parameters(tables["parameter"])
    observables = read_observables(tables["observable"], version)
    by_id = {observable.id: observable for observable in observables}
    measurements, measured = read_measurements(tables["measurement"], by_id, version)
    if version == 1:
        experiments = pair_conditions(measured, read_conditions(tables["condition"]))
    else:
        conditions = read_long_conditions(tables["condition"])
        experiments = read_experiments(tables["experiment"], conditions, measured)
    problem = CalibrationProblem(
        model, parameters, observables, experiments, measurements, version, str(manifest.path)
    )
    return apply_mapping(problem, read_mapping(tables["mapping"], model))
