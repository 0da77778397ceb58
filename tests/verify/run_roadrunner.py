"""Run in an environment with libRoadRunner: a JSON job on standard input, the curves as JSON on standard output.

A job is {"sbml": path, "times": [...], "observe": id, "changes": [{"id": id, "value": number, "species": bool}, ...]}; the answer is a
list with the observable's curve for each change, all from one loaded model, the way a person works.
"""

import json
import sys

import roadrunner


def main() -> None:
    job = json.load(sys.stdin)
    roadrunner.Logger.disableLogging()
    model = roadrunner.RoadRunner(job["sbml"])
    integrator = model.getIntegrator()
    integrator.setValue("relative_tolerance", 1e-9)
    integrator.setValue("absolute_tolerance", 1e-12)
    integrator.setValue("maximum_num_steps", 1_000_000)
    species = set(model.model.getFloatingSpeciesIds()) | set(model.model.getBoundarySpeciesIds())
    seen = f"[{job['observe']}]" if job["observe"] in species else job["observe"]
    curves = []
    for change in job["changes"]:
        # No reset of libRoadRunner undoes a change to an initial value.
        place = f"init([{change['id']}])" if change["species"] else change["id"]
        before = model[place]
        model[place] = change["value"]
        model.reset()
        found = model.simulate(times=job["times"], selections=["time", seen])
        curves.append([float(row[1]) for row in found])
        model[place] = before
    json.dump(curves, sys.stdout)


main()
