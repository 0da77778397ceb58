"""Files made to hurt a reader: each gets an answer, in time, and the next file is read as usual."""

import gzip
import time
import zipfile
from pathlib import Path

import pytest

from isthmus import formats
from isthmus.algebra.expression import postorder
from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.prescan import prescan

HARMLESS = "A -> B; k*A; k = 1; A = 2; B = 0"


@pytest.fixture(autouse=True)
def the_next_file_is_read():
    yield
    assert formats.read(HARMLESS).model.species_by_id.keys() == {"A", "B"}


def refusal(source) -> ModelError:
    with pytest.raises(ModelError) as caught:
        formats.read(source)
    return caught.value


def rule(math, content: str) -> str:
    return f'<listOfRules><assignmentRule variable="y">{math(content)}</assignmentRule></listOfRules>'


def doublings(math, count: int, body: str) -> str:
    identity = "<lambda><bvar><ci>x</ci></bvar><ci>x</ci></lambda>"
    functions = [f'<functionDefinition id="f0">{math(identity)}</functionDefinition>']
    for i in range(1, count):
        inner = body.format(i - 1)
        text = math(f"<lambda><bvar><ci>x</ci></bvar>{inner}</lambda>")
        functions.append(f'<functionDefinition id="f{i}">{text}</functionDefinition>')
    return f"<listOfFunctionDefinitions>{''.join(functions)}</listOfFunctionDefinitions>"


def test_entity_bombs_and_external_entities(tmp_path: Path) -> None:
    bomb = (
        '<?xml version="1.0"?>\n<!DOCTYPE sbml [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>\n<sbml>&b;</sbml>'
    )
    outside = (
        '<?xml version="1.0"?>\n<!DOCTYPE sbml [<!ENTITY a SYSTEM "file:///etc/hostname">]>\n<sbml>&a;</sbml>'
    )
    for text in (bomb, outside):
        path = tmp_path / "bomb.xml"
        path.write_text(text)
        error = refusal(path)
        assert error.code == "E-DTD" and str(error).startswith(f"{path}:2:16: a document type declaration")


@pytest.mark.parametrize("depth", [201, 10_000])
def test_depth(sbml, math, parameters, depth: int) -> None:
    text = "<apply><sin/>" * depth + "<cn>1</cn>" + "</apply>" * depth
    assert refusal(sbml(parameters(y=None) + rule(math, text))).code == "E-TOO-DEEP"
    notes = "<p>" * depth + "</p>" * depth
    assert refusal(sbml(f'<notes xmlns="http://www.w3.org/1999/xhtml">{notes}</notes>')).code == "E-TOO-DEEP"


def test_depth_within_the_limit_is_read(sbml, math, parameters) -> None:
    depth = 190
    text = "<apply><sin/>" * depth + "<ci>k</ci>" + "</apply>" * depth
    formula = formats.read(sbml(parameters(k=1.0, y=None) + rule(math, text))).model.assignments[0].formula
    assert len(postorder([formula])) == depth + 1


def test_forty_doubling_functions_and_rules(sbml, math, parameters) -> None:
    call = "<apply><sin/><apply><ci>f{0}</ci><ci>x</ci></apply></apply>"
    body = f"<apply><times/>{call}<apply><exp/>{call}</apply></apply>"
    text = sbml(
        doublings(math, 40, body)
        + parameters(k=1.0, y=None)
        + rule(math, "<apply><ci>f39</ci><ci>k</ci></apply>")
    )
    start = time.monotonic()
    formula = formats.read(text).model.assignments[0].formula
    assert len(postorder([formula])) == 1 + 3 * 39
    assert time.monotonic() - start < 30


def test_doublings_that_share_nothing_are_refused(sbml, math, parameters) -> None:
    call = "<apply><ci>f{{0}}</ci><apply><{0}/><ci>x</ci></apply></apply>"
    body = f"<apply><plus/>{call.format('sin')}{call.format('cos')}</apply>"
    text = sbml(
        doublings(math, 40, body)
        + parameters(k=1.0, y=None)
        + rule(math, "<apply><ci>f39</ci><ci>k</ci></apply>")
    )
    error = refusal(text)
    assert error.code == "E-TOO-LARGE" and error.where.object.startswith("functionDefinition")


def test_a_long_chain_of_doubling_rules_is_linear(sbml, math) -> None:
    count = 500
    names = [f"a{i}" for i in range(count)]
    one = "<cn>1</cn>"
    twice = "<apply><plus/><ci>{0}</ci><ci>{0}</ci></apply>"
    parameters = "".join(f'<parameter id="{name}" constant="false"/>' for name in names)
    rules = "".join(
        f'<assignmentRule variable="{name}">{math((before and twice.format(before)) or one)}</assignmentRule>'
        for name, before in zip(names, ["", *names[:-1]], strict=True)
    )
    model = formats.read(
        sbml(f"<listOfParameters>{parameters}</listOfParameters><listOfRules>{rules}</listOfRules>")
    ).model
    assert [assignment.variable for assignment in model.assignments] == names


def test_a_formula_of_a_hundred_thousand_terms(sbml, math, parameters) -> None:
    text = f"<apply><plus/>{'<ci>k</ci>' * 100_001}</apply>"
    assert refusal(sbml(parameters(k=1.0, y=None) + rule(math, text))).code == "E-TOO-LARGE"


def test_a_huge_attribute(sbml) -> None:
    text = sbml(
        f'<listOfParameters><parameter id="k" name="{"a" * 70_000}" value="1" constant="true"/>'
        "</listOfParameters>"
    )
    error = refusal(text)
    assert error.code == "E-TOO-LARGE" and "'name' of 70,000" in error.found


def test_too_many_elements(sbml) -> None:
    with pytest.raises(ModelError, match="more than a million"):
        prescan(sbml("<p/>" * 1_000_001).encode())


def test_numbers_that_grow_without_end(sbml, math, parameters) -> None:
    body = (
        "<apply><times/><apply><ci>f{0}</ci><ci>x</ci></apply><apply><ci>f{0}</ci><ci>x</ci></apply></apply>"
    )
    functions = doublings(math, 60, body)
    text = sbml(functions + parameters(k=1.0, y=None) + rule(math, "<apply><ci>f59</ci><ci>k</ci></apply>"))
    # x ^ (2 ^ 59): one node with an exact exponent, nothing multiplied out.
    assert len(postorder([formats.read(text).model.assignments[0].formula])) == 3


def test_archives_are_not_unpacked(tmp_path: Path, sbml) -> None:
    packed = tmp_path / "m.xml.gz"
    packed.write_bytes(gzip.compress(sbml("").encode()))
    assert "gzip" in str(refusal(packed)) and "unpack" in refusal(packed).advice
    archive = tmp_path / "m.xml"
    with zipfile.ZipFile(archive, "w") as stream:
        stream.writestr("m.xml", sbml(""))
    assert "zip" in str(refusal(archive))


@pytest.mark.parametrize("quote", ['"/etc/hostname"', '"../other.ant"'])
def test_antimony_imports_are_refused(quote: str) -> None:
    error = refusal(f"// a comment with import in it\n  import {quote}\nA -> B; 1\n")
    assert isinstance(error, UnsupportedFeature) and (error.where.line, error.where.column) == (2, 3)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "E-EMPTY"),
        (b"  \n", "E-EMPTY"),
        (b"<html><body/></html>", "E-NOT-SBML"),
        (b"<sbml", "E-XML"),
        (b'<?xml version="1.0" encoding="UTF-16"?><sbml/>', "E-ENCODING"),
        ("<sbml/>".encode("utf-16"), "E-ENCODING"),
        (b"A -> B; \xff\xfe", "E-ENCODING"),
        (b"\x7fELF\0\0\0\0", "E-ENCODING"),
    ],
)
def test_what_is_no_model_text(tmp_path: Path, data: bytes, code: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    assert refusal(path).code == code


def test_a_missing_file_with_a_near_name(tmp_path: Path) -> None:
    (tmp_path / "model.xml").write_text("x")
    error = refusal(tmp_path / "modle.xml")
    assert (
        error.code == "E-FILE"
        and error.found == "no such file"
        and str(tmp_path / "model.xml") in error.advice
    )
    assert refusal(tmp_path).found == "a folder"
