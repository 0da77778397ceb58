"""SED-ML: what a file asks for, its XPaths, and the changes it makes to a model."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.formats.combine_archives import CHANGE, COURSE, MATH, MODEL, REACTION, SPECIES, sedml

from isthmus.algebra.expression import symbol
from isthmus.errors import ModelError
from isthmus.formats import read_bytes
from isthmus.formats.combine import change_model, find_targets, open_sedml
from isthmus.formats.model_changes import changed_model, target_ids
from isthmus.formats.sedml import AlgorithmParameter, Change
from isthmus.formats.sedml_json import sedml_from_json, sedml_to_json
from isthmus.formats.sedml_reader import read_sedml

PREFIXES = {"sbml": "http://www.sbml.org/sbml/level2/version4", "other": "http://example.org"}
K = "/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='k']"
DATA = MODEL.encode()


def refusal(text: str) -> ModelError:
    with pytest.raises(ModelError) as caught:
        read_sedml(text.encode(), "run.sedml")
    return caught.value


@pytest.mark.parametrize("version", [1, 2, 3, 4])
def test_a_file_is_read_and_survives_json(version: int) -> None:
    document = read_sedml(sedml(version=version).encode())
    assert [(task.id, task.model, task.simulation) for task in document.tasks] == [("task", "m", "sim")]
    (course,) = document.simulations
    assert (course.initial, course.start, course.end, course.steps) == (0, 1, 5, 8)
    assert course.kisao == "KISAO_0000019"
    assert document.generators[1].formula is symbol("v")
    assert [output.kind for output in document.outputs] == ["report", "plot2D"]
    assert [row.generator for row in document.outputs[1].sets] == ["g_time", "g_A"]
    assert sedml_from_json(sedml_to_json(document)) == document
    assert open_sedml(sedml(version=version).encode(), "run.sedml") == document, "through the reader process"


def test_version_4_calls_its_points_steps() -> None:
    text = sedml(version=4, course=COURSE.replace("numberOfPoints", "numberOfSteps"))
    assert read_sedml(text.encode()).simulations[0].steps == 8


def test_the_settings_of_an_algorithm_are_read() -> None:
    settings = (
        '<algorithm kisaoID="KISAO_19"><listOfAlgorithmParameters>'
        '<algorithmParameter kisaoID="KISAO:0000209" value="1e-8"/></listOfAlgorithmParameters></algorithm>'
    )
    course = read_sedml(
        sedml(course=COURSE.replace('<algorithm kisaoID="KISAO:0000019"/>', settings)).encode()
    ).simulations[0]
    assert course.kisao == "KISAO_0000019"
    assert course.parameters == (AlgorithmParameter("KISAO_0000209", "1e-8"),)


def test_other_tasks_are_noted_and_the_rest_is_read() -> None:
    tasks = '<task id="task" modelReference="m" simulationReference="sim"/><repeatedTask id="again"/>'
    document = read_sedml(sedml(tasks=tasks).encode())
    assert [task.id for task in document.tasks] == ["task"]
    assert [(part.id, part.kind) for part in document.unsupported] == [("again", "repeatedTask")]
    assert document.unsupported[0].line > 0


BROKEN = [
    (sedml().replace('level="1" version="3"', 'level="2" version="1"'), "SED-ML Level 2 Version 1"),
    (sedml().replace("KISAO:0000019", "CVODE"), "kisaoID='CVODE'"),
    (sedml().replace('numberOfPoints="8"', 'numberOfPoints="-8"'), "'-8' steps"),
    (sedml().replace('numberOfPoints="8"', 'numberOfPoints="99999999999"'), "steps"),
    (sedml().replace('outputEndTime="5"', 'outputEndTime="inf"'), "outputEndTime"),
    (sedml().replace('outputEndTime="5"', 'outputEndTime="0.5"'), "times 0, 1, 0.5"),
    (sedml().replace("<ci>two</ci>", "<ci>three</ci>"), "'three'"),
    (sedml().replace('id="plot"', 'id="report"'), "two elements called 'report'"),
    (sedml().replace('modelReference="m" ', ""), "no modelReference"),
    (sedml(changes='<changeMind target="/a"/>'), "'changeMind'"),
    (sedml().replace("<plus/>", "<nonsense/>"), "nonsense"),
]


@pytest.mark.parametrize(("text", "words"), BROKEN)
def test_what_makes_no_sense_is_refused_with_its_line(text: str, words: str) -> None:
    error = refusal(text)
    assert words in str(error) and error.where.file == "run.sedml" and error.where.line > 0


def test_an_entity_or_another_root_is_refused() -> None:
    assert refusal("<!DOCTYPE a []>" + sedml().partition("?>")[2]).code == "E-DTD"
    assert refusal("<sbml/>").code == "E-XML-ROOT"


TARGETS = [
    (SPECIES, "species A"),
    (REACTION, "reaction loss"),
    ('//sbml:species[@id="A"]', "species A"),
    ("/*/sbml:model//sbml:parameter[2]", "parameter unused"),
    ("//sbml:parameter[@constant='true'][@id='k']", "parameter k"),
    ("//*//*//*//sbml:species[1]", "species A"),
    ("//sbml:listOfParameters/*[1]", "parameter k"),
]


@pytest.mark.parametrize(("path", "found"), TARGETS)
def test_a_target_is_found_whatever_the_level(path: str, found: str) -> None:
    assert target_ids(DATA, [path], PREFIXES) == {path: found}
    assert find_targets(DATA, [path], PREFIXES, "model.xml") == {path: found}


@pytest.mark.parametrize(
    "path",
    [
        "/sbml:sbml/sbml:model/sbml:listOfSpecies/sbml:species[@id='B']",
        "//sbml:parameter",
        "//other:parameter[@id='k']",
        "//undeclared:parameter[@id='k']",
        "//sbml:parameter[@id='k' or @id='unused']",
        "//sbml:parameter[last()]",
        "sbml:parameter",
        "/sbml:sbml/../sbml:sbml",
        "document('/etc/passwd')",
        "",
        "/" * 1000,
        K + "/@value",
    ],
)
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(ModelError, match="E-SEDML-TARGET"):
        target_ids(DATA, [path], PREFIXES, "model.xml")


def test_an_attribute_is_changed_and_no_line_moves() -> None:
    changed = changed_model(DATA, [Change("changeAttribute", K + "/@value", '1 < 2 & "3"')], PREFIXES)
    assert changed.count(b"\n") == DATA.count(b"\n")
    assert b'id="k" value="1 &lt; 2 &amp; &quot;3&quot;" constant="true"' in changed
    added = changed_model(DATA, [Change("changeAttribute", K + "/@name", "new")], PREFIXES)
    assert b'id="k" value="0.5" constant="true" name="new"/>' in added


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=20))
def test_any_value_stays_one_attribute(value: str) -> None:
    changed = changed_model(DATA, [Change("changeAttribute", K + "/@name", value)], PREFIXES)
    assert target_ids(changed, [K], PREFIXES) == {K: "parameter k"}


def test_elements_are_added_replaced_and_removed() -> None:
    namespace = 'xmlns="http://www.sbml.org/sbml/level3/version1/core"'
    new = f'<parameter {namespace} id="added" value="7" constant="true"/>'
    parameters = K.rpartition("/")[0]
    changes = [
        Change("addXML", parameters, new),
        Change("removeXML", "//sbml:parameter[@id='unused']"),
        Change("changeXML", K, new.replace("added", "k")),
    ]
    model = read_bytes(change_model(DATA, changes, PREFIXES, "model.xml"), "model.xml").model
    assert {p.id: p.value for p in model.parameters} == {"k": 7.0, "added": 7.0}


def test_a_value_is_computed_from_others() -> None:
    variable = f'<variable id="a" target="{SPECIES}"/><variable id="b" target="{K}"/>'
    compute = (
        f'<computeChange target="{K}/@value">{MATH}'
        "<apply><times/><ci>a</ci><ci>b</ci><ci>c</ci></apply></math>"
        f'<listOfVariables>{variable}</listOfVariables><listOfParameters><parameter id="c" value="4"/>'
        "</listOfParameters></computeChange>"
    )
    document = read_sedml(sedml(changes=CHANGE + compute).encode())
    changed = changed_model(DATA, document.models[0].changes, dict(document.prefixes))
    # After the first change k is 1/4, so that 3 · ¼ · 4 = 3.
    assert read_bytes(changed, "m.xml").model.parameters_by_id["k"].value == 3.0


def test_a_change_that_fits_nowhere_is_refused_by_name() -> None:
    change = Change("changeAttribute", K.replace("'k'", "'gone'") + "/@value", "1")
    with pytest.raises(ModelError, match=r"changeAttribute of .*gone.*matches nothing"):
        changed_model(DATA, [change], PREFIXES, "model.xml")
    with pytest.raises(ModelError, match="no attribute"):
        changed_model(DATA, [replace(change, target=K)], PREFIXES, "model.xml")


def test_an_undeclared_prefix_is_refused_with_its_line() -> None:
    """The pre-scan knows no namespaces; the parser that does must refuse, not fail."""
    text = sedml().replace("<listOfTasks>", "<listOfTasks><nowhere:note/>")
    error = refusal(text)
    assert error.code == "E-XML" and "unbound prefix" in str(error) and error.where.line > 1
    broken = MODEL.replace("<listOfParameters>", "<listOfParameters><a:b:c/>")
    with pytest.raises(ModelError, match="E-XML"):
        read_bytes(broken.encode(), "model.xml")
