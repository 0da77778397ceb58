"""PEtab files: what is read, and what is refused with its place."""

import math

import pytest
from tests.reference.petab import BASICS_ONE, ONE, TWO, write_problem

from isthmus.algebra.expression import number, symbol
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.petab import read_problem


def refusal(path) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_problem(path)
    return caught.value


def test_version_one_pairs_conditions(tmp_path) -> None:
    problem = read_problem(
        write_problem(
            tmp_path,
            conditions="conditionId conditionName k1 B\nbefore first 0.3 _\nduring second 0.8 NaN",
            measurements="observableId preequilibrationConditionId simulationConditionId time measurement\n"
            "obs before during 1 0.7\nobs _ during inf 0.1\nobs before during 2 0.5",
        )
    )
    pair, single = problem.experiments
    assert [period.time for period in pair.periods] == [-math.inf, 0.0] and pair.is_preequilibrated
    assert [change.target for change in pair.periods[1].changes] == ["k1"]
    assert [period.time for period in single.periods] == [0.0]
    assert [m.experiment for m in problem.measurements] == [pair.id, single.id, pair.id]
    assert problem.measurements[1].time == math.inf and problem.version == 1


def test_version_two_has_periods_and_its_own_placeholders(tmp_path) -> None:
    problem = read_problem(
        write_problem(
            tmp_path,
            2,
            parameters="parameterId nominalValue estimate lowerBound upperBound\n"
            "k1 0.8 true 0 10\nscale 2 false _ _",
            conditions="conditionId targetId targetValue\nc A A+5\nd k1 2*scale",
            experiments="experimentId time conditionId\ne 7 c\ne 7 d\ne -inf _",
            observables="observableId observableFormula noiseFormula noiseDistribution "
            "observablePlaceholders noisePlaceholders\n"
            "one s*A n log-normal s n\ntwo s*B one+1 log-laplace s _",
            measurements="observableId experimentId time measurement observableParameters noiseParameters\n"
            "one e 8 0.7 scale 0.5\ntwo e 9 0.1 3 _",
        )
    )
    (experiment,) = problem.experiments
    assert [(p.time, len(p.changes)) for p in experiment.periods] == [(-math.inf, 0), (7.0, 2)]
    one, two = problem.observables
    assert (one.distribution, one.transformation) == ("normal", "log")
    assert (two.distribution, two.transformation) == ("laplace", "log")
    assert one.formula is symbol(one.placeholders[0]) * symbol("A")
    # `two` names `one` in its noise, with the placeholder that is the other one's.
    assert two.noise is symbol(one.placeholders[0]) * symbol("A") + 1 and two.placeholders != one.placeholders
    first, second = problem.measurements
    assert first.overrides == {one.placeholders[0]: symbol("scale"), one.noise_placeholders[0]: number(0.5)}
    assert second.overrides == {two.placeholders[0]: number(3.0)}
    assert [p.estimated for p in problem.parameters] == [True, False]


def test_a_mapping_names_local_parameters(tmp_path) -> None:
    model = "model m(); compartment c=1; species A in c; A=1; r: A->; c*k*A; k=2; end"
    path = write_problem(
        tmp_path,
        2,
        model,
        parameters="parameterId nominalValue estimate\nrate 3 true",
        mapping="petabEntityId modelEntityId\nrate k\nnote _",
    )
    assert [p.id for p in read_problem(path).parameters] == ["k"]
    (tmp_path / "mapping.tsv").write_text("petabEntityId\tmodelEntityId\nrate\tr.absent\n")
    error = refusal(path)
    assert "no 'r.absent' in the model" in str(error) and (error.where.line, error.where.column) == (2, 2)


@pytest.mark.parametrize(
    ("table", "text", "found", "place"),
    [
        ("parameters", "parameterId nominalValue estimate\nk1 much 1", "'much'", (2, 2)),
        ("parameters", "parameterId nominalValue estimate\nk1 inf 1", "infinite", (2, 2)),
        ("parameters", "parameterId nominalValue estimate\nk1 1 maybe", "'maybe'", (2, 3)),
        ("parameters", "parameterId nominalValue estimate\nk1 1 1\nk1 2 1", "a second 'k1'", (3, 1)),
        ("parameters", "parameterId estimate parameterScale\nk1 1 sqrt", "'sqrt'", (2, 3)),
        ("parameters", "parameterId\nk1", "no column 'estimate'", (1, 0)),
        ("parameters", "parameterId estimate estimate\nk1 1 1", "two columns", (1, 0)),
        ("parameters", "parameterId estimate\nk1 1 7", "3 cells", (2, 0)),
        ("parameters", "parameterId estimate\n1k 1", "'1k'", (2, 1)),
        ("conditions", "conditionId k1\nc0 k-1", "'k-1'", (2, 2)),
        ("conditions", "conditionId\nc0\nc0", "a second 'c0'", (3, 1)),
        (
            "observables",
            "observableId observableFormula noiseFormula\nobs A*(B 1",
            "the formula ends",
            (2, 2),
        ),
        ("observables", "observableId observableFormula noiseFormula\nobs __import__('os') 1", "'", (2, 2)),
        ("observables", "observableId observableFormula noiseFormula\nobs obs+1 1", "itself", (2, 1)),
        ("observables", "observableId observableFormula noiseFormula\nobs A _", "an empty cell", (2, 3)),
        (
            "measurements",
            "observableId simulationConditionId time measurement\nabs c0 0 1",
            "no observable 'abs'",
            (2, 1),
        ),
        (
            "measurements",
            "observableId simulationConditionId time measurement\nobs c9 0 1",
            "no condition 'c9'",
            (2, 2),
        ),
        (
            "measurements",
            "observableId simulationConditionId time measurement\nobs c0 -inf 1",
            "-inf",
            (2, 3),
        ),
        ("measurements", "observableId simulationConditionId time measurement\nobs c0 1 _", "empty", (2, 4)),
        (
            "measurements",
            "observableId simulationConditionId time measurement noiseParameters\nobs c0 1 1 s",
            "1 values",
            (2, 5),
        ),
    ],
)
def test_a_cell_is_refused_by_its_place(tmp_path, table, text, found, place) -> None:
    error = refusal(write_problem(tmp_path, **{table: text}))
    assert found in error.found and error.where.file.endswith(f"{table}.tsv")
    assert (error.where.line, error.where.column) == place


@pytest.mark.parametrize(
    ("table", "text", "found"),
    [
        ("experiments", "experimentId time conditionId\ne inf _", "inf"),
        ("experiments", "experimentId time conditionId\ne 0 c", "no condition 'c'"),
        ("experiments", "experimentId time conditionId\nf 0 _", "no experiment 'e'"),
        ("conditions", "conditionId targetId targetValue\nc A 1\nc A 2", "a second value for 'A'"),
    ],
)
def test_experiments_are_checked(tmp_path, table, text, found) -> None:
    assert found in refusal(write_problem(tmp_path, 2, **{table: text})).found


def test_two_conditions_at_one_time_may_not_set_the_same(tmp_path) -> None:
    path = write_problem(
        tmp_path,
        2,
        conditions="conditionId targetId targetValue\nc A 1\nd A 2",
        experiments="experimentId time conditionId\ne 0 c\ne 0 d",
    )
    assert "set 'A' twice" in refusal(path).found


@pytest.mark.parametrize(
    "name",
    ["../model.xml", "/etc/hostname", "https://example.org/m.xml", "a/../../m.xml", "file:///etc/passwd"],
)
@pytest.mark.parametrize("manifest", [ONE, TWO])
def test_no_file_outside_the_folder_is_opened(tmp_path, name, manifest) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write_problem(folder)
    (tmp_path / "model.xml").write_text("A -> B; 1")
    path.write_text(manifest.replace("model.xml", name))
    assert refusal(path).code == "E-PETAB-PATH"
    path.write_text(manifest.replace("[measurements.tsv]", f"['{name}']"))
    assert refusal(path).code == "E-PETAB-PATH"


def test_a_link_out_of_the_folder_is_not_followed(tmp_path) -> None:
    folder = tmp_path / "inner"
    folder.mkdir()
    path = write_problem(folder)
    (folder / "model.xml").rename(tmp_path / "outside.xml")
    (folder / "model.xml").symlink_to(tmp_path / "outside.xml")
    assert refusal(path).code == "E-PETAB-PATH"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("a: &x [1]\nb: [*x, *x]", "E-PETAB"),
        ("[" * 50_000, "E-PETAB"),
        ("a: b: c", "E-PETAB"),
        ("!!python/object/apply:os.system ['true']", "E-PETAB"),
        ("\x00", "E-PETAB"),
        ("", "E-PETAB"),
        ("format_version: 3", "E-PETAB"),
        ("format_version: 1\nproblems: 7", "E-PETAB"),
        (ONE.replace("[model.xml]", "[]"), "E-PETAB-FEATURE"),
        (TWO.replace("sbml", "bngl"), "E-PETAB-FEATURE"),
        (TWO + "extensions: {sciml: {version: 1, required: true}}", "E-PETAB-FEATURE"),
        ("x: " + "a" * 1_100_000, "E-TOO-LARGE"),
    ],
)
def test_what_is_no_problem(tmp_path, text, code) -> None:
    path = write_problem(tmp_path)
    path.write_text(text)
    error = refusal(path)
    assert error.code == code and error.where.file == str(path)


def test_an_alias_bomb_is_refused_by_its_place(tmp_path) -> None:
    path = tmp_path / "problem.yaml"
    lines = ["a0: &a0 [x]", *(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 60))]
    path.write_text("\n".join(lines))
    error = refusal(path)
    assert error.found == "an alias" and (error.where.line, error.where.column) == (2, 10)


def test_several_problems_in_one_file(tmp_path) -> None:
    path = write_problem(tmp_path)
    path.write_text(ONE + ONE.split("problems:\n")[1])
    error = refusal(path)
    assert isinstance(error, UnsupportedFeature) and "2 problems" in error.found


def test_a_table_that_is_not_text(tmp_path) -> None:
    path = write_problem(tmp_path)
    (tmp_path / "measurements.tsv").write_bytes(b"\xff\xfe\x00")
    assert refusal(path).code == "E-ENCODING"
    (tmp_path / "measurements.tsv").unlink()
    assert refusal(path).code == "E-FILE"


def test_windows_line_ends_and_a_byte_order_mark(tmp_path) -> None:
    path = write_problem(tmp_path)
    text = BASICS_ONE["measurements"].replace(" ", "\t").replace("\n", "\r\n")
    (tmp_path / "measurements.tsv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert [m.value for m in read_problem(path).measurements] == [0.7, 0.1]
