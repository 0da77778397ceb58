"""Models made of submodels are read as the flat model they stand for."""

import pytest

from isthmus.algebra.expression import symbol
from isthmus.errors import ModelError
from isthmus.formats.sbml_reader import read_sbml

COMP = "http://www.sbml.org/sbml/level3/version1/comp/version1"
ATTRIBUTES = f' xmlns:comp="{COMP}" comp:required="true"'
DECAY = """<listOfCompartments><compartment id="c" size="1" constant="true"/></listOfCompartments>
<listOfSpecies>
<species id="A" compartment="c" initialAmount="{amount}" hasOnlySubstanceUnits="true"
  boundaryCondition="false" constant="false"/>
</listOfSpecies><listOfReactions><reaction id="r" reversible="false"><listOfReactants>
<speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
<kineticLaw>{law}</kineticLaw></reaction></listOfReactions>"""


def definitions(math, name: str = "part") -> str:
    inner = DECAY.format(amount=3, law=math("<ci>A</ci>"))
    defined = f'<comp:modelDefinition id="{name}">{inner}</comp:modelDefinition>'
    return f"<comp:listOfModelDefinitions>{defined}</comp:listOfModelDefinitions>"


def submodels(*names: str, ref: str = "part") -> str:
    inner = "".join(f'\n<comp:submodel comp:id="{name}" comp:modelRef="{ref}"/>' for name in names)
    return f"<comp:listOfSubmodels>{inner}</comp:listOfSubmodels>"


def write(sbml, content: str, outside: str) -> str:
    return sbml(content, attributes=ATTRIBUTES).replace("</model>\n", f"</model>\n{outside}\n", 1)


def test_each_submodel_is_written_out(sbml, math) -> None:
    content = DECAY.format(amount=1, law=math("<ci>A</ci>")) + submodels("one", "two")
    imported = read_sbml(write(sbml, content, definitions(math)).encode(), "m.xml")
    model = imported.model
    assert {s.id: s.initial for s in model.species} == {"A": 1.0, "one__A": 3.0, "two__A": 3.0}
    assert model.reactions[1].rate is symbol("one__A")
    assert [str(loss) for loss in imported.losses] == ["m.xml: its submodels are written out as one model"]


def test_what_keeps_its_id_keeps_its_place(sbml, math) -> None:
    content = "\n" + DECAY.format(amount=1, law=math("<ci>ghost</ci>")) + submodels("one")
    with pytest.raises(ModelError) as caught:
        read_sbml(write(sbml, content, definitions(math)).encode(), "m.xml")
    assert "ghost" in str(caught.value)


def test_models_in_other_files_are_refused(sbml, tmp_path) -> None:
    other = tmp_path / "other.xml"
    other.write_text(
        sbml('<listOfParameters><parameter id="secret" value="1" constant="true"/></listOfParameters>')
    )
    outside = (
        '<comp:listOfExternalModelDefinitions>\n<comp:externalModelDefinition comp:id="part" '
        f'comp:source="{other}"/></comp:listOfExternalModelDefinitions>'
    )
    with pytest.raises(ModelError) as caught:
        read_sbml(write(sbml, submodels("one"), outside).encode(), "m.xml")
    assert caught.value.code == "E-IMPORT" and caught.value.where.line == 8


def test_a_tower_of_submodels_is_refused_before_it_is_built(sbml, math) -> None:
    # Each holds ten of the one before: 10^8 copies.
    levels = [
        f'<comp:modelDefinition id="m0">{DECAY.format(amount=1, law=math("<ci>A</ci>"))}'
        "</comp:modelDefinition>"
    ]
    for i in range(1, 9):
        inner = submodels(*(f"s{j}" for j in range(10)), ref=f"m{i - 1}")
        levels.append(f'<comp:modelDefinition id="m{i}">{inner}</comp:modelDefinition>')
    outside = f"<comp:listOfModelDefinitions>{''.join(levels)}</comp:listOfModelDefinitions>"
    with pytest.raises(ModelError) as caught:
        read_sbml(write(sbml, submodels("top", ref="m8"), outside).encode(), "m.xml")
    assert caught.value.code == "E-TOO-LARGE"


def test_a_submodel_of_itself_is_refused(sbml, math) -> None:
    loop = f'<comp:modelDefinition id="part">{submodels("again")}</comp:modelDefinition>'
    outside = f"<comp:listOfModelDefinitions>{loop}</comp:listOfModelDefinitions>"
    with pytest.raises(ModelError) as caught:
        read_sbml(write(sbml, submodels("one"), outside).encode(), "m.xml")
    assert caught.value.code in ("E-CYCLE", "E-SBML")
