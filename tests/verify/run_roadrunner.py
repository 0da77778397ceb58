"""Run in an environment with libRoadRunner: a JSON job in, the curves as JSON in the last line out.

A job is {"sbml": path, "times": [...], "observe": id, "changes": [{"id", "value", "species"}, ...]}; the
answer is a list with the observable's curve for each change, all from one loaded model, the way a person
works: set, reset, simulate.
"""

import json
import sys
from importlib import import_module
from typing import Any
from xml.etree import ElementTree

roadrunner = import_module("roadrunner")


def loaded(source: str) -> Any:
    model = roadrunner.RoadRunner(source)
    for name, value in (
        ("relative_tolerance", 1e-9),
        ("absolute_tolerance", 1e-12),
        ("maximum_num_steps", 1_000_000),
    ):
        model.getIntegrator().setValue(name, value)
    return model


def changed_text(path: str, change: dict[str, Any]) -> str:
    """The SBML with another number in it."""
    tree = ElementTree.parse(path)
    (element,) = (found for found in tree.iter() if found.get("id") == change["id"])
    numbers = ("value", "initialConcentration", "initialAmount", "size")
    attribute = next(name for name in numbers if name in element.attrib)
    element.set(attribute, repr(change["value"]))
    return ElementTree.tostring(tree.getroot(), encoding="unicode")


def main() -> None:
    job = json.load(sys.stdin)
    model = loaded(job["sbml"])
    species = {*model.model.getFloatingSpeciesIds(), *model.model.getBoundarySpeciesIds()}
    seen = f"[{job['observe']}]" if job["observe"] in species else job["observe"]
    curves = []
    for change in job["changes"]:
        if model.model.getNumEvents():
            # No reset puts a parameter that events assign back to an initial assignment of changed values.
            fresh = loaded(changed_text(job["sbml"], change))
            found = fresh.simulate(times=job["times"], selections=["time", seen])
            curves.append([float(row[1]) for row in found])
            continue
        # No reset of libRoadRunner undoes a change to an initial value, so it is put back by hand.
        place = f"init([{change['id']}])" if change["species"] else change["id"]
        before = model[place]
        model[place] = change["value"]
        model.reset()
        found = model.simulate(times=job["times"], selections=["time", seen])
        curves.append([float(row[1]) for row in found])
        model[place] = before
    sys.stdout.write("\n" + json.dumps(curves) + "\n")


main()
