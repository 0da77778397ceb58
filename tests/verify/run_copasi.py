"""Run in an environment with COPASI (basico): a JSON job in, the curves as JSON in the last line out.

The job is that of `run_roadrunner.py`.
"""

import json
import sys
from importlib import import_module

basico = import_module("basico")


def main() -> None:
    job = json.load(sys.stdin)
    model = basico.load_model(job["sbml"])
    places = {}
    for get, put, key in (
        (basico.get_species, basico.set_species, "initial_concentration"),
        (basico.get_parameters, basico.set_parameters, "initial_value"),
        (basico.get_compartments, basico.set_compartment, "initial_size"),
    ):
        table = get()
        for name, row in () if table is None else table.iterrows():
            places[row["sbml_id"]] = (name, put, key, row[key])
    shown, put, _, _ = places[job["observe"]]
    seen = f"[{shown}]" if put is basico.set_species else f"Values[{shown}]"
    curves = []
    for change in job["changes"]:
        name, put, key, before = places[change["id"]]
        put(name, exact=True, **{key: change["value"]})
        found = basico.run_time_course_with_output(
            [seen],
            values=job["times"],
            start_time=0.0,
            duration=job["times"][-1],
            use_initial_values=True,
            r_tol=1e-9,
            a_tol=1e-12,
            max_steps=1_000_000,
            model=model,
        )
        curves.append([float(value) for value in found[seen]])
        put(name, exact=True, **{key: before})
    sys.stdout.write("\n" + json.dumps(curves) + "\n")


main()
