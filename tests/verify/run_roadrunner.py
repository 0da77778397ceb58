"""Run in an environment with libRoadRunner: a JSON job in, the curves as JSON in the last line out.

A job is {"sbml": path, "times": [...], "observe": id, "changes": [{"id", "value", "species"}, ...]}; the
answer is a list with the observable's curve for each change, all from one loaded model, the way a person
works: set, reset, simulate.
"""

import json
import sys
from importlib import import_module

roadrunner = import_module("roadrunner")


def main() -> None:
    job = json.load(sys.stdin)
    model = roadrunner.RoadRunner(job["sbml"])
    for name, value in (
        ("relative_tolerance", 1e-9),
        ("absolute_tolerance", 1e-12),
        ("maximum_num_steps", 1_000_000),
    ):
        model.getIntegrator().setValue(name, value)
    species = {*model.model.getFloatingSpeciesIds(), *model.model.getBoundarySpeciesIds()}
    seen = f"[{job['observe']}]" if job["observe"] in species else job["observe"]
    curves = []
    for change in job["changes"]:
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
