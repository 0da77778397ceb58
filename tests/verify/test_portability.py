"""A reduced model does in libRoadRunner and COPASI what it does here, whichever quantity is changed.

Each original parameter and each initial value is changed alone. An integration at 1e-9 leaves an error far
below 1e-5 of the peak; the reduced curve may differ from the full model's by the tolerance asked for.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from tests.verify.driven_models import DRIVEN
from tests.verify.other_tools import needs_other_tools, the_tool

from isthmus.algebra.expression import symbol
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.formats import read_model, write_sbml
from isthmus.model.question import Observable
from isthmus.simulate.rates import simulate
from isthmus.study import recipe
from isthmus.study.question import Asked
from isthmus.testing.elsewhere import SCRIPTS, Change, Seen

pytestmark = [pytest.mark.verify, needs_other_tools]

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
TOLERANCE = 0.05
WITHIN = 1e-5
# model: (observable, horizon)
REDUCIBLE = {
    "michaelis_menten": ("P", None),
    "gene_expression": ("P", None),
    "huang_ferrell_1996": ("K_PP", "100"),
    **{name: (observable, horizon) for name, (_, observable, horizon) in DRIVEN.items()},
}
WHOLE = {
    "michaelis_menten": ("P", 100.0),
    "gene_expression": ("P", 60.0),
    "toggle_switch_2000": ("v", 15.0),
    "goldbeter_1991": ("M", 100.0),
    "repressilator_2000": ("p_cI", 50.0),
    "huang_ferrell_1996": ("K_PP", 100.0),
}
# All but x are written as functions, two of them of time.
LONG_LAWS = """model long
  compartment cell = 2; species S in cell = 3, P in cell = 0.5
  a = 0.3; b = 2; t = 0.7; z = 1
  x := (a + S)^2/(b + S) + a*S/(b + P) + sin(time)^2*S/(1 + S + P) + t*S/(1 + t*P + time)
  y := (sqrt(x^2 + 4*a*x*P) - x)/2
  r: S -> P; cell*(a*x*S/(b + x) + t*y*S/(1 + y + exp(-time)))
  q: P -> ; cell*a*P*(1 + y/(1 + y) + x/(1 + x))/(1 + P + t*S + time/9)
  z' = y*x - y*z*t
end"""


@cache
def reduced(name: str) -> recipe.Result:
    observable, horizon = REDUCIBLE[name]
    source = DRIVEN[name][0] if name in DRIVEN else str(EXAMPLES / f"{name}.ant")
    result = recipe.reduce(source, Asked((observable,), "5%", horizon), command="")
    assert result.study.found, f"nothing smaller than {name} was found"
    return result


def changes(dynamics: Dynamics) -> list[Change]:
    """Every quantity × 1.3, one at a time; what is zero becomes a twentieth of the largest initial value."""
    species = dynamics.model.species_by_id
    initial = [
        abs(value)
        for name, value in zip(dynamics.quantities, dynamics.nominal, strict=True)
        if name in species or name.endswith("_0")
    ]
    return [
        Change(
            name,
            1.3 * value if value else 0.05 * max(initial),
            float(value),
            "concentration" if name in species else "parameter",
        )
        for name, value in zip(dynamics.quantities, dynamics.nominal, strict=True)
    ]


def curve(dynamics: Dynamics, observe: str, times: np.ndarray, quantities: dict[str, float]) -> np.ndarray:
    seen = [Observable(observe, symbol(observe))]
    found = simulate(
        dynamics, float(times[-1]), times=times.tolist(), quantities=quantities, observables=seen, rtol=1e-9
    )
    return found.observed[:, 0]


def apart(curve: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(curve - expected).max() / np.abs(expected).max())


def differing(
    tool: str, path: Path, observable: str, times: np.ndarray, changed: list[Change]
) -> dict[str, float]:
    """The changes under which the other tool's curve is not ours."""
    dynamics = read_rates(read_model(path))
    found = the_tool(tool).curves(path, times, [Seen(observable)], changed)
    assert not found.refused
    expected = [curve(dynamics, observable, times, {change.id: change.value}) for change in changed]
    pairs = zip(found.values[:, :, 0], expected, strict=True)
    errors = [apart(values, wanted) for values, wanted in pairs]
    return {change.id: error for change, error in zip(changed, errors, strict=True) if error > WITHIN}


@pytest.mark.parametrize("tool", SCRIPTS)
@pytest.mark.parametrize("name", REDUCIBLE)
def test_a_reduced_model_answers_every_change_as_it_does_here(name, tool, tmp_path):
    result = reduced(name)
    path = tmp_path / "reduced.xml"
    path.write_text(result.reduced_xml, encoding="utf-8")
    dynamics = read_rates(read_model(path))
    observable = REDUCIBLE[name][0]
    times = np.linspace(0.0, result.study.question.horizon, 51)
    # Whether amounts or concentrations stay when a volume is changed by hand is each tool's own choice.
    volumes = dynamics.model.compartments_by_id if name in DRIVEN else {}
    changed = [change for change in changes(dynamics) if change.id not in volumes]
    assert differing(tool, path, observable, times, changed) == {}


@pytest.mark.parametrize("name", REDUCIBLE)
def test_every_change_moves_the_reduced_model_as_it_moves_the_full_one(name, tmp_path):
    result = reduced(name)
    for file, text in (("full.xml", result.full_xml), ("reduced.xml", result.reduced_xml.encode())):
        (tmp_path / file).write_bytes(text)
    full, small = (read_rates(read_model(tmp_path / file)) for file in ("full.xml", "reduced.xml"))
    observable = REDUCIBLE[name][0]
    times = np.linspace(0.0, result.study.question.horizon, 201)
    ranges = {item.quantity for item in result.study.question.domain.ranges}
    far: dict[str, float] = {}
    for change in changes(full):
        name_there = f"{change.id}_0" if f"{change.id}_0" in small.quantities else change.id
        if change.id not in ranges:
            continue
        there = {name_there: change.value} if name_there in small.quantities else {}
        expected = curve(full, observable, times, {change.id: change.value})
        error = apart(curve(small, observable, times, there), expected)
        if error > TOLERANCE:
            far[change.id] = error
    assert not far


@pytest.mark.parametrize("tool", SCRIPTS)
@pytest.mark.parametrize("name", WHOLE)
def test_a_full_model_as_written_runs_elsewhere_as_it_does_here(name, tool, tmp_path):
    observable, end = WHOLE[name]
    path = tmp_path / "full.xml"
    write_sbml(read_model(EXAMPLES / f"{name}.ant"), path)
    dynamics = read_rates(read_model(path))
    times = np.linspace(0.0, end, 51)
    # Whether amounts or concentrations stay when a volume is changed by hand is each tool's own choice.
    volumes = dynamics.model.compartments_by_id
    changed = [change for change in changes(dynamics) if change.id not in volumes]
    assert differing(tool, path, observable, times, changed) == {}


@pytest.mark.parametrize("tool", SCRIPTS)
@pytest.mark.parametrize("observable", ["P", "z"])
def test_laws_written_as_functions_run_elsewhere_as_they_do_here(observable, tool, tmp_path):
    path = tmp_path / "long.xml"
    write_sbml(read_model(LONG_LAWS), path)
    assert path.read_text(encoding="utf-8").count("<functionDefinition") == 4
    # libRoadRunner's reset puts z back, and the volume is each tool's own choice.
    changed = [c for c in changes(read_rates(read_model(path))) if c.id not in ("z", "cell")]
    assert differing(tool, path, observable, np.linspace(0.0, 20.0, 51), changed) == {}
