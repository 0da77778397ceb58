"""Running the model of a public bug: its text is read as any file is, and simulated."""

from collections.abc import Mapping, Sequence

import numpy as np

from isthmus import formats
from isthmus.algebra.infix_parser import parse
from isthmus.dynamics.rates import Dynamics, read_rates
from isthmus.model.question import Observable
from isthmus.simulate import simulate

RTOL = 1e-9
# The global error is some hundred local ones: events and restarts at order 1 add up.
CLOSE = 1e3 * RTOL
NAMESPACES = {
    (1, 2): "http://www.sbml.org/sbml/level1",
    (2, 4): "http://www.sbml.org/sbml/level2/version4",
    (3, 2): "http://www.sbml.org/sbml/level3/version2/core",
}
MATHML = "http://www.w3.org/1998/Math/MathML"


def dynamics_of(text: str) -> Dynamics:
    """The rates of a model in SBML or Antimony."""
    return read_rates(formats.read_model(text))


def curves(
    text: str,
    times: Sequence[float],
    formulas: Sequence[str],
    quantities: Mapping[str, float] | None = None,
) -> np.ndarray:
    """The values of some formulas at some times: (times, formulas)."""
    observables = [Observable(f"formula {i}", parse(formula)) for i, formula in enumerate(formulas)]
    run = simulate(
        dynamics_of(text),
        times[-1],
        times=list(times),
        quantities=quantities,
        observables=observables,
        rtol=RTOL,
    )
    return np.column_stack([run[observable.name] for observable in observables])


def sbml(content: str, level: tuple[int, int] = (3, 2)) -> str:
    """An SBML document around the content of a model."""
    root = f'<sbml xmlns="{NAMESPACES[level]}" level="{level[0]}" version="{level[1]}">'
    name = "name" if level[0] == 1 else "id"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n<model {name}="m">\n{content}\n</model></sbml>'


def mathml(content: str) -> str:
    """A `math` element."""
    return f'<math xmlns="{MATHML}">{content}</math>'
