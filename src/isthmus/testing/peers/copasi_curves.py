"""Run in an environment with COPASI (basico): a JSON job a line in, its curves as a line of JSON out.

The jobs and answers are those of `roadrunner_curves.py`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

_ANSWER = "answer: "
_KEYS = {
    "parameter": "initial_value",
    "concentration": "initial_concentration",
    "compartment": "initial_size",
}

basico = import_module("basico")


def rows(table: Any) -> Iterator[tuple[str, Any]]:
    """(name, row) of each line of a table that may not be there."""
    yield from () if table is None else table.iterrows()


def places(model: Any) -> tuple[dict[str, str], dict[str, tuple[str, Any]], list[str]]:
    """(SBML id → name of its curve, SBML id → (name, its setter), ids of all that has a rate)."""
    shown: dict[str, str] = {}
    setters: dict[str, tuple[str, Any]] = {}
    moving: list[str] = []
    for _, row in rows(basico.get_species(model=model)):
        shown[row["sbml_id"]] = f"[{row['display_name']}]"
        setters[row["sbml_id"]] = row["display_name"], basico.set_species
        moving += [row["sbml_id"]] if row["type"] in ("reactions", "ode") else []
    for name, row in rows(basico.get_parameters(model=model)):
        shown[row["sbml_id"]] = f"Values[{name}]"
        setters[row["sbml_id"]] = name, basico.set_parameters
        moving += [row["sbml_id"]] if row["type"] == "ode" else []
    for name, row in rows(basico.get_compartments(model=model)):
        shown[row["sbml_id"]] = f"Compartments[{name}].Volume"
        setters[row["sbml_id"]] = name, basico.set_compartment
        moving += [row["sbml_id"]] if row["type"] == "ode" else []
    for name, row in rows(basico.get_reactions(model=model)):
        shown[row["sbml_id"]] = f"({name}).Flux"
    return shown, setters, moving


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """The curves of one job."""
    model = basico.load_model(job["sbml"])
    if model is None:
        return {"refused": "COPASI does not load it"}
    try:
        return curves_of(model, job)
    finally:
        basico.remove_datamodel(model)


def curves_of(model: Any, job: dict[str, Any]) -> dict[str, Any]:
    """The curves of a loaded model."""
    shown, setters, moving = places(model)
    names = moving if job["observe"] is None else [o["id"] for o in job["observe"]]
    missing = [name for name in names if name not in shown]
    if missing:
        return {"refused": f"COPASI has no quantity {', '.join(missing)}"}
    volumes = {o["id"]: shown[o["compartment"]] for o in job["observe"] or () if o["amount"]}
    seen = [shown[name] for name in names]
    wanted = list(dict.fromkeys([*seen, *volumes.values()]))
    curves = []
    for change in job["changes"]:
        if change is not None:
            name, put = setters[change["id"]]
            key = _KEYS["compartment" if put is basico.set_compartment else change["kind"]]
            before = change["before"]
            put(name, exact=True, model=model, **{key: change["value"]})
        found = basico.run_time_course_with_output(
            wanted,
            values=job["times"],
            start_time=0.0,
            duration=job["times"][-1],
            use_initial_values=True,
            r_tol=job["rtol"],
            a_tol=job["atol"],
            max_steps=1_000_000,
            model=model,
        )
        if found is None or len(found) != len(job["times"]):
            done = 0 if found is None else len(found)
            return {"refused": f"COPASI stops after {done} of {len(job['times'])} times"}
        table = {column: [float(value) for value in found[column]] for column in wanted}
        columns = [
            [a * b for a, b in zip(table[curve], table[volumes[name]], strict=True)]
            if name in volumes
            else table[curve]
            for name, curve in zip(names, seen, strict=True)
        ]
        curves.append([list(row) for row in zip(*columns, strict=True)])
        if change is not None:
            put(name, exact=True, model=model, **{key: before})
    return {"names": names, "curves": curves}


def main() -> None:
    """Answer every job on standard input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            found = answer(json.loads(line)[0])
        except (RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
            found = {"refused": f"{type(error).__name__}: {error}"}
        answers.write(f"{_ANSWER}{json.dumps(found)}\n")
        answers.flush()


main()
