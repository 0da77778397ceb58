"""delay() of files: read, written, read back, and run the same; rateOf() in the past."""

import numpy as np

from isthmus import formats
from isthmus.algebra.expression import delay, symbol
from isthmus.dynamics.rates import read_rates
from isthmus.formats.sbml_reader import read_sbml
from isthmus.model.question import Observable
from isthmus.simulate import run, simulate

URL = "http://www.sbml.org/sbml/symbols/"
LATE = """
model late()
  compartment cell = 2;
  species A in cell, B in cell;
  A = 10; B = 1; k = 0.1; tau = 1.5;
  J: A -> B; k*cell*delay(A*B, tau);
  K: B -> A; cell*B;
  y := delay(A + time, 0.5);
  at delay(B, 0.25) > 2: A = A - 1;
end
"""


def test_antimony_and_sbml_keep_delays(tmp_path) -> None:
    path = tmp_path / "late.ant"
    path.write_text(LATE)
    model = formats.read_model(path)
    k, cell, a, b, tau = map(symbol, ("k", "cell", "A", "B", "tau"))
    assert model.reactions[0].rate is k * cell * delay(a * b, tau)
    text = formats.sbml_text(model)
    assert formats.check_sbml(text) == []
    times = np.linspace(0.1, 4.0, 9)
    expected = run(read_rates(model), 4.0, times=times).at(times)
    for again in (formats.read_model(text), _through_antimony(tmp_path, model)):
        assert again.definitions == model.definitions
        np.testing.assert_array_equal(run(read_rates(again), 4.0, times=times).at(times), expected)


def _through_antimony(folder, model):
    path = folder / "again.ant"
    path.write_text(formats.antimony_text(model))
    return formats.read_model(path)


def test_nothing_moved_before_time_0(sbml, math) -> None:
    def call(name: str, *inside: str) -> str:
        head = f'<csymbol encoding="text" definitionURL="{URL}{name}">f</csymbol>'
        return f"<apply>{head}{''.join(inside)}</apply>"

    late = math(call("delay", call("rateOf", "<ci>x</ci>"), "<cn>1</cn>"))
    rate = math("<apply><times/><cn>-0.1</cn><ci>x</ci></apply>")
    content = (
        '<listOfParameters><parameter id="x" value="5" constant="false"/>'
        '<parameter id="y" constant="false"/></listOfParameters><listOfRules>'
        f'<rateRule variable="x">{rate}</rateRule><assignmentRule variable="y">{late}</assignmentRule>'
        "</listOfRules>"
    )
    model = read_sbml(sbml(content, version=2).encode(), "m.xml").model
    times = [0.5, 0.999, 1.001, 3.0]
    y = [Observable("y", symbol("y"))]
    seen = simulate(read_rates(model), 3.0, times=times, observables=y, rtol=1e-8).observed[:, 0]
    np.testing.assert_allclose(seen, [0, 0, -0.5 * np.exp(-0.0001), -0.5 * np.exp(-0.2)], rtol=1e-6)
