"""Run in an environment with libRoadRunner: a JSON job a line in, its curves as a line of JSON out.

A job is {"sbml": path, "times": […], "rtol", "atol", "observe": [{"id", "amount"}, …] or null for all that
has a rate, "changes": [{"id", "value", "before", "kind"} or null for none, …]}; kind is "parameter" or
"concentration". The answer is {"names": […], "curves": [[[value, …] a time, …] a change, …]} or
{"refused": why}.
The changes are made one after the other in one loaded model, the way a person works: set, reset, simulate.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

_ANSWER = "answer: "
_NUMBERS = ("value", "initialConcentration", "initialAmount", "size")
_PLACES = {"parameter": "{}", "concentration": "init([{}])"}

roadrunner = import_module("roadrunner")
roadrunner.Logger.setLevel(roadrunner.Logger.LOG_CRITICAL)


def loaded(source: str, job: dict[str, Any]) -> Any:
    """The model in an SBML file or text, its integrator set."""
    model = roadrunner.RoadRunner(source)
    for name, value in (
        ("relative_tolerance", job["rtol"]),
        ("absolute_tolerance", job["atol"]),
        ("maximum_num_steps", 1_000_000),
    ):
        model.getIntegrator().setValue(name, value)
    return model


def changed_text(path: str, change: dict[str, Any]) -> str:
    """The SBML with another number in it."""
    tree = ElementTree.parse(path)
    (element,) = (found for found in tree.iter() if found.get("id") == change["id"])
    attribute = next(name for name in _NUMBERS if name in element.attrib)
    element.set(attribute, repr(change["value"]))
    return ElementTree.tostring(tree.getroot(), encoding="unicode")


def selections(model: Any, observe: list[dict[str, Any]] | None) -> tuple[list[str], list[str]]:
    """(ids, what libRoadRunner calls their curves)."""
    species = {*model.model.getFloatingSpeciesIds(), *model.model.getBoundarySpeciesIds()}
    if observe is None:
        names = [*model.model.getFloatingSpeciesIds(), *model.getRateRuleIds()]
        observe = [{"id": name, "amount": False} for name in dict.fromkeys(names)]
    seen = [f"[{o['id']}]" if o["id"] in species and not o["amount"] else o["id"] for o in observe]
    return [o["id"] for o in observe], seen


def answer(job: dict[str, Any]) -> dict[str, Any]:
    """The curves of one job."""
    model = loaded(job["sbml"], job)
    names, seen = selections(model, job["observe"])
    curves = []
    for change in job["changes"]:
        run, place, before = model, "", 0.0
        if change is not None and model.model.getNumEvents():
            # No reset puts a parameter that events assign back to an initial assignment of changed values.
            run = loaded(changed_text(job["sbml"], change), job)
        elif change is not None:
            place = _PLACES[change["kind"]].format(change["id"])
            before = model[place]
            model[place] = change["value"]
        run.reset()
        found = run.simulate(times=job["times"], selections=["time", *seen])
        curves.append([[float(value) for value in row[1:]] for row in found])
        if place:
            # No reset of libRoadRunner undoes a change to an initial value, so it is put back by hand.
            model[place] = before
    return {"names": names, "curves": curves}


def main() -> None:
    """Answer every job on standard input."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        try:
            found = answer(json.loads(line)[0])
        except (RuntimeError, ValueError, KeyError) as error:
            found = {"refused": f"{type(error).__name__}: {error}"}
        answers.write(f"{_ANSWER}{json.dumps(found)}\n")
        answers.flush()


main()
