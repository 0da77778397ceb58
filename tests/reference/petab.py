"""PEtab problems written for a test, each table as text with blanks between the cells."""

from functools import cache
from pathlib import Path

from isthmus import formats

CONVERSION = """
model conversion()
  compartment cell = 1;
  species A in cell, B in cell;
  A = a0; B = b0;
  forth: A -> B; cell * k1 * A;
  back: B -> A; cell * k2 * B;
  a0 = 1; b0 = 0; k1 = 0.8; k2 = 0.6;
end
"""
ONE = """format_version: 1
parameter_file: parameters.tsv
problems:
- condition_files: [conditions.tsv]
  measurement_files: [measurements.tsv]
  observable_files: [observables.tsv]
  sbml_files: [model.xml]
"""
TWO = """format_version: 2.0.0
parameter_files: [parameters.tsv]
condition_files: [conditions.tsv]
experiment_files: [experiments.tsv]
measurement_files: [measurements.tsv]
observable_files: [observables.tsv]
model_files: {m: {language: sbml, location: model.xml}}
"""
BASICS_ONE = {
    "parameters": "parameterId nominalValue estimate\nk1 0.8 1",
    "conditions": "conditionId\nc0",
    "observables": "observableId observableFormula noiseFormula\nobs A 0.5",
    "measurements": "observableId simulationConditionId time measurement\nobs c0 0 0.7\nobs c0 10 0.1",
}
BASICS_TWO = {
    "parameters": "parameterId nominalValue estimate\nk1 0.8 true",
    "conditions": "conditionId targetId targetValue",
    "experiments": "experimentId time conditionId\ne 0 _",
    "observables": "observableId observableFormula noiseFormula\nobs A 0.5",
    "measurements": "observableId experimentId time measurement\nobs e 0 0.7\nobs e 10 0.1",
}


@cache
def sbml(text: str) -> str:
    """Antimony as SBML."""
    return formats.sbml_text(formats.read_model(text))


def write_problem(folder: Path, version: int = 1, model: str = CONVERSION, **tables: str) -> Path:
    """The YAML file of a problem; a cell `_` is empty, and a table that is not given is the simplest one."""
    (folder / "model.xml").write_text(sbml(model))
    manifest = ONE if version == 1 else TWO
    for name, text in ((BASICS_ONE if version == 1 else BASICS_TWO) | tables).items():
        lines = ["\t".join("" if c == "_" else c for c in line.split()) for line in text.splitlines()]
        (folder / f"{name}.tsv").write_text("\n".join(lines) + "\n")
        if name == "mapping":
            manifest += "mapping_files: [mapping.tsv]\n"
    path = folder / "problem.yaml"
    path.write_text(manifest)
    return path
