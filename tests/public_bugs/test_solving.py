"""Public bugs of what was left out without a word, of steady states and of integrators."""

import math

import numpy as np
import pytest
from tests.public_bugs.curves import CLOSE, RTOL, curves, dynamics_of, mathml, sbml

from isthmus.cli.app import run as command
from isthmus.errors import ModelError, NumericalError
from isthmus.simulate import simulate, steady_state
from isthmus.solve.result import Solution


def test_a_delay_is_done() -> None:
    """sys-bio/roadrunner#754: delay() was taken for its first argument.

    x' = -x(t - 1), x = 1 before 0: 1 - t, then 1 - t + (t - 1)²/2.
    """
    model = "x = 1; x' = -delay(x, 1)"
    times = [0.0, 0.5, 1.0, 1.5, 2.0]
    exact = [1 - t + max(t - 1, 0) ** 2 / 2 for t in times]
    np.testing.assert_allclose(curves(model, times, ["x"])[:, 0], exact, rtol=CLOSE, atol=CLOSE)


def algebraic(content: str, unknown: str) -> str:
    rule = f"<listOfRules><algebraicRule>{mathml(content)}</algebraicRule></listOfRules>"
    facts = 'hasOnlySubstanceUnits="false" boundaryCondition="false" constant="false"'
    species = f'<species id="A" compartment="c" initialAmount="6" {facts}/>'
    size = "" if unknown == "c" else 'size="2"'
    constant = "false" if unknown == "c" else "true"
    law = mathml("<apply><times/><cn>0.5</cn><ci>A</ci><ci>c</ci></apply>")
    return sbml(
        f'<listOfCompartments><compartment id="c" {size} constant="{constant}"/></listOfCompartments>'
        f"<listOfSpecies>{species}</listOfSpecies>"
        '<listOfParameters><parameter id="p" value="2" constant="true"/>'
        f'<parameter id="T" constant="{str(unknown != "T").lower()}"/></listOfParameters>'
        f"{rule}"
        '<listOfReactions><reaction id="r" reversible="false"><listOfReactants><speciesReference species="A" '
        f'stoichiometry="1" constant="true"/></listOfReactants><kineticLaw>{law}</kineticLaw></reaction>'
        "</listOfReactions>"
    )


def test_a_compartment_given_by_an_algebraic_rule() -> None:
    """copasi/COPASI#19: it silently was 1. Here 0 = c - p - 1: a volume of 3."""
    rule = "<apply><minus/><apply><minus/><ci>c</ci><ci>p</ci></apply><cn>1</cn></apply>"
    found = curves(algebraic(rule, "c"), [0.0, 2.0], ["A", "c"])
    np.testing.assert_allclose(found, [[2.0, 3.0], [2 * math.exp(-1), 3.0]], rtol=CLOSE)


def test_what_an_algebraic_rule_gives_is_there_and_right() -> None:
    """copasi/COPASI#20: it was missing, or wrong, without a word. Here 0 = T - 3 A - p."""
    three = "<apply><times/><cn>3</cn><ci>A</ci></apply>"
    rule = f"<apply><minus/><apply><minus/><ci>T</ci>{three}</apply><ci>p</ci></apply>"
    found = curves(algebraic(rule, "T"), [0.0, 2.0], ["A", "T"])
    left = 3 * math.exp(-1)
    np.testing.assert_allclose(found, [[3.0, 11.0], [left, 3 * left + 2]], rtol=CLOSE)


# S ⇌ P with K = 3 and a total of 8, and a dimer 2 D ⇌ E with a total of 2 E + D = 10.
CYCLE = """species S = 8, P = 0, D = 10, E = 0; f = 3; b = 1
r: S -> P; f*S - b*P; q: 2 D -> E; D^2 - 2*E"""


def test_a_steady_state_after_a_run_keeps_the_totals() -> None:
    """sys-bio/roadrunner#1351: after a run the totals were taken from a mixture of old and new values."""
    dynamics = dynamics_of(CYCLE)
    first = steady_state(dynamics)
    end = simulate(dynamics, 0.7, times=[0.7], rtol=RTOL)
    again = steady_state(dynamics)
    from_there = steady_state(dynamics, {name: float(end[name][-1]) for name in dynamics.states})
    d = (-1 + math.sqrt(1 + 4 * 10)) / 2  # D² = 2 E and D + 2 E = 10: D² + D = 10
    for rest in (first, again, from_there):
        np.testing.assert_allclose(
            [rest["S"], rest["P"], rest["D"], rest["E"]], [2, 6, d, d * d / 2], rtol=1e-7
        )


def test_conserved_cycles_are_no_obstacle() -> None:
    """sys-bio/roadrunner#571: a singular Jacobian, where totals are conserved. Totals follow what is set."""
    rest = steady_state(dynamics_of(CYCLE), {"S": 1.0, "P": 3.0, "f": 1.0})
    assert rest.conserved == 2
    np.testing.assert_allclose([rest["S"], rest["P"]], [2.0, 2.0], rtol=1e-9)


@pytest.mark.parametrize("start", [0.0, 0.5, 40.0])
def test_of_two_roots_the_one_that_is_reached(start: float) -> None:
    """sys-bio/roadrunner#494: negative concentrations. x' = 6 - x - x² has the roots 2 and -3."""
    rest = steady_state(dynamics_of(f"species x = {start}; -> x; 6; x -> ; x + x^2"))
    assert rest["x"] == pytest.approx(2.0, rel=1e-9)


@pytest.mark.parametrize("method", ["ndf", "cvode"])
def test_the_number_of_points_changes_nothing(method: str) -> None:
    """sys-bio/roadrunner#286: results that depended on the number of output points. A stiff oscillator."""
    dynamics = dynamics_of("x = 2; y = 0; x' = y; y' = 50*((1 - x^2)*y - x)")
    runs = [
        simulate(dynamics, 4.0, times=list(np.linspace(0.0, 4.0, points)), rtol=1e-8, method=method)
        for points in (3, 33, 3201)
    ]
    for run in runs[1:]:
        both = run.values[:: (len(run.times) - 1) // 2]
        if method == "ndf":
            assert np.array_equal(both, runs[0].values)
        else:
            np.testing.assert_allclose(both, runs[0].values, rtol=1e-5)


@pytest.mark.parametrize("method", ["ndf", "cvode", "radau"])
@pytest.mark.parametrize("model", ["x = 1; x' = x^2", "x = 0; x' = 1/(1 - time)"])
def test_steps_that_vanish_are_no_success(model: str, method: str) -> None:
    """LLNL/sundials#82: success was reported, with the values of the time where the step vanished."""
    with pytest.raises(NumericalError, match=r"stopped at t = (0\.99|1)"):
        simulate(dynamics_of(model), 3.0, times=[3.0], method=method)


def test_failures_have_an_exit_code(tmp_path, capsys) -> None:
    """biosimulations/biosimulations#2416 and virtualcell/vcell#112: failures were shown as success."""
    path = tmp_path / "explodes.ant"
    path.write_text("x = 1; x' = x^2\n")
    assert command(["simulate", str(path), "--until", "3", "--out", str(tmp_path / "x.csv")]) == 5
    assert "E-INTEGRATION" in capsys.readouterr().err
    assert not (tmp_path / "x.csv").exists()


def test_errors_name_their_object_and_line() -> None:
    """sbmlteam/libsbml#396: no id. sys-bio/tellurium#527: a crash on SBML that is broken."""
    text = sbml(
        '<listOfParameters>\n<parameter id="p" value="1" constant="false"/></listOfParameters>\n'
        "<listOfRules>\n"
        f'  <rateRule variable="p">{mathml("<ci>ghost</ci>")}</rateRule></listOfRules>'
    )
    with pytest.raises(ModelError, match="'ghost'") as caught:
        dynamics_of(text)
    assert (caught.value.where.line, caught.value.where.column) == (7, 3)
    assert caught.value.where.object == "rateRule 'p'"
    for end in range(120, len(text), 37):
        with pytest.raises(ModelError):
            dynamics_of(text[:end])


def test_a_run_is_never_longer_than_its_solution() -> None:
    """LLNL/sundials#82 again: the end of a run that succeeds is the end that was asked for."""
    done = dynamics_of("x = 1; x' = -x")
    from isthmus.simulate import run

    solution = run(done, 900.0).solution
    assert isinstance(solution, Solution) and solution.t[-1] == 900.0
