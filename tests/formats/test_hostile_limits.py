"""The hostile files that test limits of size: answered by a reader of one gibibyte in ten seconds of CPU."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from isthmus.errors import ModelError
from isthmus.formats.sandbox import Reader

GIBIBYTE = 1024**3
HARMLESS = b"A -> B; k*A; k = 1; A = 2; B = 0"
MATH = "http://www.w3.org/1998/Math/MathML"
COMP = ' xmlns:comp="http://www.sbml.org/sbml/level3/version1/comp/version1" comp:required="true"'
K = '<parameter id="k" value="1" constant="true"/>'
NAMES = f'<listOfParameters>{K}<parameter id="y" constant="false"/>'


def rule(content: str) -> str:
    math = f'<math xmlns="{MATH}">{content}</math>'
    assignment = f'<assignmentRule variable="y">{math}</assignmentRule>'
    return f"{NAMES}</listOfParameters><listOfRules>{assignment}</listOfRules>"


def attributes(count: int, value: str) -> str:
    return f"<notes><p {' '.join(f'a{i}={value!r}' for i in range(count))}/></notes>"


def called(*pairs: tuple[str, str]) -> str:
    body = "<lambda><bvar><ci>x</ci></bvar><apply><ci>{}</ci><ci>x</ci></apply></lambda>"
    return "".join(
        f'<functionDefinition id="{name}"><math xmlns="{MATH}">{body.format(inner)}</math>'
        "</functionDefinition>"
        for name, inner in pairs
    )


def submodels(levels: int) -> str:
    """A model of two models of two models …, and the definitions after it."""
    twice = "".join(f'<comp:submodel comp:id="{side}" comp:modelRef="m{{0}}"/>' for side in "ab")
    inner = f"<listOfParameters>{K}</listOfParameters>"
    definitions = [f'<comp:modelDefinition id="m0">{inner}</comp:modelDefinition>']
    definitions += [
        f'<comp:modelDefinition id="m{i}"><comp:listOfSubmodels>{twice.format(i - 1)}</comp:listOfSubmodels>'
        "</comp:modelDefinition>"
        for i in range(1, levels)
    ]
    first = f'<comp:submodel comp:id="s" comp:modelRef="m{levels - 1}"/>'
    top = f"<comp:listOfSubmodels>{first}</comp:listOfSubmodels>"
    listed = "".join(definitions)
    return f"{top}</model><comp:listOfModelDefinitions>{listed}</comp:listOfModelDefinitions><model>"


def beside(count: int, parameters: int = 1) -> str:
    """A model of so many models of so many parameters, and their definition after it."""
    inner = "".join(f'<parameter id="p{i}" value="1" constant="true"/>' for i in range(parameters))
    part = f"<listOfParameters>{inner}</listOfParameters>"
    all_of_them = "".join(f'<comp:submodel comp:id="s{i}" comp:modelRef="part"/>' for i in range(count))
    definition = f'<comp:modelDefinition id="part">{part}</comp:modelDefinition>'
    return (
        f"<comp:listOfSubmodels>{all_of_them}</comp:listOfSubmodels></model>"
        f"<comp:listOfModelDefinitions>{definition}</comp:listOfModelDefinitions><model>"
    )


def many(count: int) -> str:
    """Antimony: so many parameters."""
    return "\n".join(f"p{i} = 1" for i in range(count))


def doubled(levels: int) -> str:
    """Antimony: a module of two modules of two modules …."""
    twice = [f"model m{i}()\n a: m{i - 1}(); b: m{i - 1}()\nend" for i in range(1, levels + 1)]
    return "\n".join(["model m0() x = 1; end", *twice])


def document(content: str, attributes: str = "") -> str:
    namespace = "http://www.sbml.org/sbml/level3/version2/core"
    root = f'<sbml xmlns="{namespace}" level="3" version="2"{attributes}>'
    text = f'{root}\n<model id="m">\n{content}\n</model></sbml>'
    return text.replace("<model>\n</model>", "")


@pytest.fixture(scope="module")
def reader():
    made = Reader(memory=GIBIBYTE)
    yield made
    made.close()


def ask(reader: Reader, text: str) -> tuple[str, ModelError | None]:
    """("read" or the code, the refusal); neither side may take more than ten seconds of CPU."""
    reader.warm()
    assert reader._process is not None
    process = reader._process.pid
    before, began = cpu_seconds(process), time.process_time()
    try:
        reader.ask("read", text.encode(), "m.xml")
        found: tuple[str, ModelError | None] = ("read", None)
    except ModelError as error:
        found = (error.code, error)
    assert time.process_time() - began < 10
    if reader._process is not None and reader._process.pid == process:
        assert cpu_seconds(process) - before < 10
    return found


def cpu_seconds(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


ROWS: dict[str, tuple[Callable[[], str], str]] = {
    "a sum of a million": (
        lambda: document(rule(f"<apply><plus/>{'<ci>k</ci>' * 1_000_001}</apply>")),
        "E-TOO-LARGE",
    ),
    "a piecewise of many": (
        lambda: document(rule(f"<piecewise>{'<piece><cn>1</cn><true/></piece>' * 30_000}</piecewise>")),
        "E-TOO-LARGE",
    ),
    "an attribute of 20 MB": (
        lambda: document(NAMES[:-2] + ' name="' + "a" * 20_000_000 + '"/></listOfParameters>'),
        "E-TOO-LARGE",
    ),
    "a million attributes": (
        lambda: document(attributes(300_000, "x")),
        "E-TOO-LARGE",
    ),
    "attributes of many megabytes": (
        lambda: document(attributes(100, "x" * 60_000)),
        "E-TOO-LARGE",
    ),
    "a comment of 20 MB": (lambda: document(f"<!--{'a' * 20_000_000}-->"), "E-TOO-LARGE"),
    "an instruction of 5 MB": (lambda: document(f"<?x {'a' * 5_000_000}?>"), "E-TOO-LARGE"),
    "a number of 60,000 digits": (lambda: document(rule(f"<cn>{'1' * 60_000}</cn>")), "E-SBML"),
    "a tower of powers": (
        lambda: document(
            rule(
                '<apply><power/><apply><power/><cn type="integer">9</cn>'
                '<cn type="integer">9999999</cn></apply><cn type="integer">9999999</cn></apply>'
            )
        ),
        "read",
    ),
    "a huge factorial": (
        lambda: document(rule('<apply><factorial/><cn type="integer">1000000000</cn></apply>')),
        "read",
    ),
    "a function of itself": (
        lambda: document(f"<listOfFunctionDefinitions>{called(('f', 'f'))}</listOfFunctionDefinitions>"),
        "E-RECURSION",
    ),
    "functions of each other": (
        lambda: document(
            f"<listOfFunctionDefinitions>{called(('f', 'g'), ('g', 'f'))}</listOfFunctionDefinitions>"
        ),
        "E-RECURSION",
    ),
    "thirty doublings of submodels": (lambda: document(submodels(31), COMP), "E-TOO-LARGE"),
    "sixteen doublings of submodels": (lambda: document(submodels(17), COMP), "E-TOO-LARGE"),
    "ten doublings of submodels": (lambda: document(submodels(11), COMP), "read"),
    "submodels side by side": (lambda: document(beside(2_501), COMP), "E-TOO-LARGE"),
    "large submodels": (lambda: document(beside(31, 1_000), COMP), "E-TOO-LARGE"),
    "a submodel in another file": (
        lambda: document(
            '<comp:listOfSubmodels><comp:submodel comp:id="s" comp:modelRef="e"/>'
            "</comp:listOfSubmodels></model>"
            '<comp:listOfExternalModelDefinitions><comp:externalModelDefinition comp:id="e" '
            'comp:source="/etc/hostname"/></comp:listOfExternalModelDefinitions><model>',
            COMP,
        ),
        "E-IMPORT",
    ),
    "brackets in Antimony": (lambda: f"y := {'(' * 100_000}1{')' * 100_000}", "E-ANTIMONY"),
    "calls in Antimony": (lambda: f"y := {'sin(' * 300}1{')' * 300}", "E-TOO-DEEP"),
    "forty doublings in Antimony": (
        lambda: (
            "function f0(x) x end\n"
            + "".join(f"function f{i}(x) f{i - 1}(x)*f{i - 1}(x) end\n" for i in range(1, 40))
            + "k = 1; y := f39(k)\n"
        ),
        "read",
    ),
    "an open comment in Antimony": (lambda: "/*" * 1_000_000, "E-ANTIMONY"),
    "twenty doublings of modules": (lambda: doubled(20), "E-TOO-LARGE"),
    "nine doublings of modules": (lambda: doubled(9), "read"),
    "modules side by side": (
        lambda: "model m() x = 1; end\nmodel n()\n" + "\n".join(f"a{i}: m()" for i in range(1_501)) + "\nend",
        "E-TOO-LARGE",
    ),
    "a row of modules inside of modules": (
        lambda: "\n".join(
            ["model m0() x = 1; end", *(f"model m{i}() a: m{i - 1}(); end" for i in range(1, 40))]
        ),
        "E-TOO-DEEP",
    ),
    "large modules": (
        lambda: f"model m()\n{many(7_000)}\nend\nmodel n()\n a: m(); b: m(); c: m()\nend",
        "E-TOO-LARGE",
    ),
    "a sum of 20,000": (lambda: "k = 1; y := " + "+".join(["k"] * 20_000), "E-TOO-LARGE"),
    "a product of 50,000": (lambda: "k = 1; y := " + "*".join(["k"] * 50_000), "E-TOO-LARGE"),
    "a maximum of 20,000": (lambda: f"k = 1; y := max({','.join(['k'] * 20_000)})", "E-TOO-LARGE"),
    "many long sums": (
        lambda: "k = 1\n" + "\n".join(f"y{i} := {'+'.join(['k'] * 1_000)}" for i in range(30)),
        "E-TOO-LARGE",
    ),
    "a sum of 5,000": (lambda: "k = 1; y := " + "+".join(["k"] * 5_000), "read"),
    "ten thousand parameters": (lambda: many(10_000), "read"),
}


@pytest.mark.parametrize("name", ROWS)
def test_it_is_answered(reader: Reader, name: str) -> None:
    make, expected = ROWS[name]
    found, error = ask(reader, make())
    assert found == expected, error
    if error is not None:
        assert error.where.file == "m.xml" and error.found


@pytest.mark.parametrize("magic", [b"BZh91AY&SY", b"\xfd7zXZ\x00\x00", b"\x28\xb5\x2f\xfd\x00"])
def test_more_archives_are_not_unpacked(reader: Reader, magic: bytes) -> None:
    with pytest.raises(ModelError) as caught:
        reader.ask("read", magic + b"\0" * 100, "m.xml.bz2")
    assert caught.value.code == "E-COMPRESSED" and "unpack" in caught.value.advice


def test_a_small_file_that_needs_much_time_is_ended_by_its_own_limit(monkeypatch) -> None:
    """50 kB of reactions over which Antimony spends a time that grows with the square of their number."""
    monkeypatch.setattr("isthmus.formats.sandbox._CPU_SECONDS", 1.0)
    reader = Reader(memory=GIBIBYTE)
    reader.ask("read", HARMLESS)
    slow = "k = 1\n" + "\n".join(f"S{i} -> S{i + 1}; k*S{i}" for i in range(2_240))
    with pytest.raises(ModelError) as caught:
        reader.ask("read", slow.encode(), "slow.ant")
    assert caught.value.code == "E-READER-TIMEOUT"
    assert f"{1 + len(slow) / 1e5:.3g} s" in caught.value.found
    assert "SBML" in caught.value.advice
    assert "imported" in reader.ask("read", HARMLESS)
    reader.close()


def test_a_long_formula_in_antimony_is_refused_at_its_line(reader: Reader) -> None:
    text = "k = 1\n// a comment; with + in it\n  y := k +" + "k + \\\n" * 6_000 + " k\n"
    with pytest.raises(ModelError) as caught:
        reader.ask("read", text.encode(), "long.ant")
    assert str(caught.value.where) == "long.ant:3:3"
    assert caught.value.found == "a formula of 6,002 terms" and caught.value.needed == "at most 5,000"


def test_half_of_a_character_in_a_message_of_antimony(reader: Reader) -> None:
    """Antimony quotes the first byte of é, which is no text; its own Python wrapper fails on that."""
    with pytest.raises(ModelError) as caught:
        reader.ask("read", "species é in cell;".encode(), "accent.ant")
    assert caught.value.code == "E-ANTIMONY" and caught.value.where.file == "accent.ant"
