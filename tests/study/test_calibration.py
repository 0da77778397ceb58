"""Problems run: against closed forms, and the likelihood against SciPy's distributions."""

import math

import pytest
from scipy import stats
from tests.reference.petab import CONVERSION, write_problem

from isthmus.algebra.expression import ONE
from isthmus.errors import ModelError, NumericalError, UnsupportedFeature, UsageError
from isthmus.formats.petab import read_problem
from isthmus.model.calibration import MeasuredObservable, Measurement
from isthmus.report.fit import fit_as_json, fit_as_table, fit_as_text
from isthmus.study.calibration.fit import find_fit
from isthmus.study.calibration.likelihood import compare
from isthmus.study.calibration.problem import fit_problem
from isthmus.study.calibration.question import ask_problem

TABLE = "observableId simulationConditionId time measurement"
LONG = "observableId experimentId time measurement"


def close(expected):
    """Runs are made at 10⁻⁸; errors of a few steps add up."""
    return pytest.approx(expected, rel=1e-6, abs=1e-8)


def conversion(t: float, a: float, b: float, k1: float = 0.8, k2: float = 0.6) -> float:
    """A of A ⇌ B."""
    rest = (a + b) * k2 / (k1 + k2)
    return rest + (a - rest) * math.exp(-(k1 + k2) * t)


def simulations(path) -> list[float]:
    return [compared.simulation for compared in find_fit(read_problem(path)).compared]


def test_the_simplest_problem(tmp_path) -> None:
    fit = find_fit(read_problem(write_problem(tmp_path)))
    expected = [1.0, conversion(10, 1, 0)]
    assert [c.simulation for c in fit.compared] == close(expected)
    residuals = [(0.7 - expected[0]) / 0.5, (0.1 - expected[1]) / 0.5]
    assert fit.chi_squared == pytest.approx(sum(r * r for r in residuals), rel=1e-6)
    known = stats.norm.logpdf([0.7, 0.1], loc=expected, scale=0.5).sum()
    assert fit.log_likelihood == pytest.approx(known, rel=1e-6)


def test_a_setting_takes_the_place_of_a_nominal_value(tmp_path) -> None:
    path = write_problem(tmp_path)
    fit = fit_problem(path, ["k1=0.2"])
    assert fit.compared[1].simulation == close(conversion(10, 1, 0, k1=0.2))
    with pytest.raises(UsageError, match="no parameter of the problem"):
        fit_problem(path, ["k9=1"])


def test_conditions_set_parameters_starts_and_sizes(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        conditions="conditionId a0 B cell k1\nc0 3 par _ _\nc1 _ _ 4 0.1\nc2 _ _ _ _",
        parameters="parameterId nominalValue estimate\npar 7 1",
        measurements=f"{TABLE}\nobs c0 1 1\nobs c1 1 1\nobs c2 1 1",
    )
    # A's initial assignment follows a0; a concentration does not feel the size of its compartment.
    expected = [conversion(1, 3, 7), conversion(1, 1, 0, k1=0.1), conversion(1, 1, 0)]
    assert simulations(path) == close(expected)


def test_preequilibration_keeps_what_is_not_set_and_forgets_other_parameters(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        conditions="conditionId k1 k2 A B\nbefore 0.3 0.1 _ 2\nduring 0.5 _ 1 NaN",
        parameters="parameterId estimate",
        measurements="observableId preequilibrationConditionId simulationConditionId time measurement\n"
        "obs before during 0 1\nobs before during 1 1\nsum before during 0 1",
        observables="observableId observableFormula noiseFormula\nobs A 1\nsum A+B 1",
    )
    b = 3 * 0.3 / 0.4
    # k2 is the model's own again, as the condition of the simulation does not set it.
    expected = [1.0, conversion(1, 1, b, k1=0.5), 1 + b]
    assert simulations(path) == close(expected)


def test_a_line_of_resting_states_is_followed_not_guessed(tmp_path) -> None:
    """Rate rules hide that A + B is kept: which rest it comes to only the trajectory tells."""
    path = write_problem(
        tmp_path,
        model="model m(); A = 0; B = 2; A' = 0.6*B - k1*A; B' = k1*A - 0.6*B; k1 = 0.3; end",
        conditions="conditionId k1\nc0 0.3",
        parameters="parameterId estimate",
        measurements=f"{TABLE}\nobs c0 inf 1",
    )
    assert simulations(path) == pytest.approx([2 * 0.6 / 0.9], rel=1e-6)


def test_a_steady_state_is_measured_and_one_that_is_not_there_is_an_error(tmp_path) -> None:
    (tmp_path / "rests").mkdir()
    path = write_problem(tmp_path / "rests", measurements=f"{TABLE}\nobs c0 inf 1\nobs c0 1 1")
    assert simulations(path) == close([0.6 / 1.4, conversion(1, 1, 0)])
    growing = write_problem(
        tmp_path,
        model="model m(); A = 1; A' = k1; k1 = 1; end",
        measurements=f"{TABLE}\nobs c0 inf 1",
    )
    with pytest.raises(NumericalError) as caught:
        simulations(growing)
    assert caught.value.code == "E-NO-STEADY-STATE"


def test_periods_one_after_the_other(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        2,
        conditions="conditionId targetId targetValue\nfast k1 2*k1\nadd A A+5\nadd B 1",
        experiments="experimentId time conditionId\ne 0 _\ne 3 fast\ne 7 add\nlater 5 _",
        measurements=f"{LONG}\nobs e 2 1\nobs e 3 1\nobs e 6 1\nobs e 7 1\nobs e 10 1\n"
        "obs later 5 1\nobs later 6 1",
    )
    at3 = conversion(3, 1, 0)
    at6, at7 = conversion(3, at3, 1 - at3, k1=1.6), conversion(4, at3, 1 - at3, k1=1.6)
    expected = [conversion(2, 1, 0), at3, at6, at7 + 5, conversion(3, at7 + 5, 1, k1=1.6)]
    expected += [1.0, conversion(1, 1, 0)]
    assert simulations(path) == close(expected)


def test_time_in_the_model_is_the_time_of_the_experiment(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        2,
        "model m(); A = 0; A' = k1*time; k1 = 1; end",
        parameters="parameterId nominalValue estimate\nk1 2 true",
        conditions="conditionId targetId targetValue\nc k1 1",
        experiments="experimentId time conditionId\ne 10 _\ne 20 c",
        measurements=f"{LONG}\nobs e 10 1\nobs e 14 1\nobs e 22 1\nclock e 22 1",
        observables="observableId observableFormula noiseFormula\nobs A 1\nclock time 1",
    )
    expected = [0.0, 14**2 - 10**2, 20**2 - 10**2 + (22**2 - 20**2) / 2, 22.0]
    assert simulations(path) == close(expected)


EVENTS = "model m(); A = 1; n = 0; A' = -k1*A; k1 = 1; at A > 2: n = n + 1, k1 = 0; end"


def test_a_change_can_trigger_an_event_of_the_model(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        2,
        EVENTS,
        parameters="parameterId estimate",
        conditions="conditionId targetId targetValue\nadd A A+5",
        experiments="experimentId time conditionId\ne 0 _\ne 2 add",
        observables="observableId observableFormula noiseFormula\nobs A 1\ncount n 1",
        measurements=f"{LONG}\nobs e 1 1\nobs e 2 1\nobs e 9 1\ncount e 1 1\ncount e 2 1",
    )
    after = math.exp(-2) + 5
    assert simulations(path) == close([math.exp(-1), after, after, 0, 1])


@pytest.mark.parametrize("event", ["", "never: at time > 100: k2 = 0;"])
def test_a_resized_compartment_keeps_concentrations(tmp_path, event: str) -> None:
    """Whether the period is a run of its own or, in a model with events, an event."""
    path = write_problem(
        tmp_path,
        2,
        CONVERSION.replace("end", f"{event}\nend"),
        conditions="conditionId targetId targetValue\nlarger cell 4*cell\nlarger B B+cell",
        experiments="experimentId time conditionId\ne 0 _\ne 2 larger",
        observables="observableId observableFormula noiseFormula\nobs A 1\nother B 1\nsize cell 1",
        measurements=f"{LONG}\nobs e 2 1\nother e 2 1\nobs e 3 1\nsize e 3 1",
    )
    a = conversion(2, 1, 0)
    expected = [a, 1 - a + 1, conversion(1, a, 1 - a + 1), 4.0]
    assert simulations(path) == close(expected)


def test_a_trigger_that_was_true_before_does_not_fire_again(tmp_path) -> None:
    model = "model m(); A = 1; n = 0; A' = k1*(3 - A); k1 = 1; E: at A > 2, t0=false: n = n + 1; end"
    path = write_problem(
        tmp_path,
        2,
        model,
        parameters="parameterId estimate",
        experiments="experimentId time conditionId\ne -inf _\ne 0 _",
        observables="observableId observableFormula noiseFormula\nobs A 1\ncount n 1",
        measurements=f"{LONG}\nobs e 1 1\ncount e 1 1",
    )
    assert simulations(path) == pytest.approx([3.0, 1.0], rel=1e-6)


def test_overrides_for_each_measurement(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        parameters="parameterId nominalValue estimate\nscale 3 1\nsd 0.25 1",
        observables="observableId observableFormula noiseFormula\n"
        "obs observableParameter1_obs*A+observableParameter2_obs "
        "noiseParameter1_obs*obs",
        measurements=f"{TABLE} observableParameters noiseParameters\n"
        "obs c0 0 1 scale;2 sd\nobs c0 0 1 10;-1 2",
    )
    compared = find_fit(read_problem(path)).compared
    assert [(c.simulation, c.noise) for c in compared] == [(5.0, 1.25), (9.0, 18.0)]


def test_a_parameter_of_the_problem_without_a_value(tmp_path) -> None:
    path = write_problem(tmp_path, parameters="parameterId nominalValue estimate\nk1 _ 1")
    with pytest.raises(ModelError) as caught:
        fit_problem(path)
    assert caught.value.code == "E-NO-VALUE" and caught.value.where.line == 2
    assert len(fit_problem(path, ["k1=1"]).compared) == 2


@pytest.mark.parametrize(
    ("tables", "found"),
    [
        ({"parameters": "parameterId nominalValue estimate\nforth 1 1"}, "which the model computes"),
        ({"conditions": "conditionId k1\nc0 nothing"}, "'nothing' has no value"),
        ({"observables": "observableId observableFormula noiseFormula\nobs A*zzz 1"}, "zzz"),
    ],
)
def test_what_does_not_fit_the_model(tmp_path, tables, found) -> None:
    with pytest.raises(ModelError, match=found):
        fit_problem(write_problem(tmp_path, **tables))


def test_a_measurement_before_the_experiment(tmp_path) -> None:
    path = write_problem(
        tmp_path, 2, experiments="experimentId time conditionId\ne 5 _", measurements=f"{LONG}\nobs e 1 1"
    )
    with pytest.raises(UnsupportedFeature, match="before the experiment"):
        fit_problem(path)


DISTRIBUTIONS = {
    ("normal", "lin"): lambda m, y, s: stats.norm.logpdf(m, y, s),
    ("laplace", "lin"): lambda m, y, s: stats.laplace.logpdf(m, y, s),
    ("normal", "log"): lambda m, y, s: stats.lognorm.logpdf(m, s, scale=y),
    ("laplace", "log"): lambda m, y, s: stats.laplace.logpdf(math.log(m), math.log(y), s) - math.log(m),
    ("normal", "log10"): lambda m, y, s: stats.lognorm.logpdf(m, s * math.log(10), scale=y),
    ("laplace", "log10"): lambda m, y, s: stats.loglaplace.logpdf(m, 1 / (s * math.log(10)), scale=y),
}


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_the_likelihood_is_that_of_the_named_distribution(kind) -> None:
    observable = MeasuredObservable("obs", ONE, ONE, *kind)
    for m, y, s in [(0.7, 1.3, 0.4), (2.0, 0.1, 1.7), (5.0, 5.0, 0.01)]:
        found = compare(observable, Measurement("obs", "e", 0.0, m), y, s)
        assert found.log_likelihood == pytest.approx(DISTRIBUTIONS[kind](m, y, s), rel=1e-12)


@pytest.mark.parametrize(
    ("kind", "m", "y", "s", "code"),
    [
        ("lin", 1.0, math.nan, 1.0, "E-PETAB-OBSERVABLE"),
        ("lin", 1.0, 1.0, 0.0, "E-PETAB-NOISE"),
        ("lin", 1.0, 1.0, -1.0, "E-PETAB-NOISE"),
        ("log", -1.0, 1.0, 1.0, "E-PETAB-LOGARITHM"),
        ("log10", 1.0, 0.0, 1.0, "E-PETAB-LOGARITHM"),
    ],
)
def test_where_there_is_no_likelihood(kind, m, y, s, code) -> None:
    observable = MeasuredObservable("obs", ONE, ONE, "normal", kind)
    with pytest.raises(NumericalError) as caught:
        compare(observable, Measurement("obs", "e", 0.0, m), y, s)
    assert caught.value.code == code


def test_the_table_of_simulations_is_that_of_the_measurements(tmp_path) -> None:
    fit = find_fit(read_problem(write_problem(tmp_path)))
    heading, first, second = fit_as_table(fit).splitlines()
    assert heading == "observableId\tsimulationConditionId\ttime\tsimulation"
    assert first == "obs\tc0\t0\t1.0"
    assert float(second.split("\t")[3]) == fit.compared[1].simulation
    document = fit_as_json(fit)
    assert document["log_likelihood"] == fit.log_likelihood and len(document["compared"]) == 2
    assert f"{fit.log_likelihood:.10g}" in fit_as_text(fit)


def test_a_problem_as_a_question(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        conditions="conditionId k1 offset\nc0 0.5 _\nc1 2 3",
        parameters="parameterId nominalValue estimate lowerBound upperBound\nk2 0.3 1 0.1 10\nscale 4 1 0 1",
        observables="observableId observableFormula noiseFormula\n"
        "obs observableParameter1_obs*A 1\nunseen B 1",
        measurements="observableId simulationConditionId time measurement observableParameters\n"
        "obs c0 5 1 scale\nobs c1 7 1 2\nobs c1 inf 1 9",
    )
    asked = ask_problem(read_problem(path), 0.1, vary_estimated=True)
    question = asked.question
    assert [o.name for o in question.observables] == ["obs", "obs_2"]
    assert (question.horizon, question.tolerance) == (7.0, 0.1)
    ranges = {r.quantity: (r.low, r.high, r.relative) for r in question.domain.ranges}
    assert ranges == {"k1": (0.5, 2.0, False), "k2": (0.1, 10.0, False)}
    assert asked.conditions == {"c0": {"k1": 0.5}, "c1": {"k1": 2.0}}
    assert asked.model.parameters_by_id["k2"].value == 0.3


def test_a_question_has_one_start(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        2,
        conditions="conditionId targetId targetValue\nc A 1",
        experiments="experimentId time conditionId\ne 0 _\ne 2 c",
    )
    with pytest.raises(UnsupportedFeature, match="changes the model after its start"):
        ask_problem(read_problem(path))
