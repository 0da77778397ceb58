"""Small COMBINE archives for tests: a decay A → ∅ at rate k A in a volume of 2, and what to do with it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from io import BytesIO

MODEL = """<?xml version="1.0" encoding="UTF-8"?>
<sbml xmlns="http://www.sbml.org/sbml/level3/version1/core" level="3" version="1">
  <model id="decay">
    <listOfCompartments><compartment id="c" size="2" constant="true"/></listOfCompartments>
    <listOfSpecies>
      <species id="A" compartment="c" initialConcentration="3" hasOnlySubstanceUnits="false"
        boundaryCondition="false" constant="false"/>
    </listOfSpecies>
    <listOfParameters>
      <parameter id="k" value="0.5" constant="true"/>
      <parameter id="unused" value="1" constant="true"/>
    </listOfParameters>
    <listOfReactions>
      <reaction id="loss" reversible="false" fast="false">
        <listOfReactants><speciesReference species="A" stoichiometry="1" constant="true"/></listOfReactants>
        <kineticLaw><math xmlns="http://www.w3.org/1998/Math/MathML">
          <apply><times/><ci>c</ci><ci>k</ci><ci>A</ci></apply></math></kineticLaw>
      </reaction>
    </listOfReactions>
  </model>
</sbml>
"""
CHANGE = """<changeAttribute newValue="0.25"
  target="/sbml:sbml/sbml:model/sbml:listOfParameters/sbml:parameter[@id='k']/@value"/>"""
SPECIES = "/sbml:sbml/sbml:model/sbml:listOfSpecies/sbml:species[@id='A']"
REACTION = "/sbml:sbml/sbml:model/sbml:listOfReactions/sbml:reaction[@id='loss']"
COURSE = (
    '<uniformTimeCourse id="sim" initialTime="0" outputStartTime="1" outputEndTime="5" numberOfPoints="8">'
    '<algorithm kisaoID="KISAO:0000019"/></uniformTimeCourse>'
)
TASK = '<task id="task" modelReference="m" simulationReference="sim"/>'
MATH = '<math xmlns="http://www.w3.org/1998/Math/MathML">'


def sedml(
    changes: str = CHANGE,
    course: str = COURSE,
    tasks: str = TASK,
    version: int = 3,
    source: str = "model.xml",
    models: str = "",
    generators: str = "",
    outputs: str = "",
) -> str:
    """A SED-ML file that wants time, A, 2 A + 1 and the rate of the reaction of a decay."""
    wanted = {
        "time": '<variable id="v" symbol="urn:sedml:symbol:time" taskReference="task"/>',
        "A": f'<variable id="v" target="{SPECIES}" taskReference="task"/>',
        "rate": f'<variable id="v" target="{REACTION}" taskReference="task"/>',
    }
    own = "".join(
        f'<dataGenerator id="g_{name}" name="the {name}">{MATH}<ci>v</ci></math>'
        f"<listOfVariables>{variable}</listOfVariables></dataGenerator>"
        for name, variable in wanted.items()
    )
    own += (
        f'<dataGenerator id="g_double">{MATH}<apply><plus/><apply><times/><ci>two</ci><ci>v</ci></apply>'
        f"<cn>1</cn></apply></math><listOfVariables>{wanted['A']}</listOfVariables>"
        '<listOfParameters><parameter id="two" value="2"/></listOfParameters></dataGenerator>'
    )
    sets = "".join(
        f'<dataSet id="d_{name}" label="{name}" dataReference="g_{name}"/>'
        for name in ("time", "A", "rate", "double")
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<sedML xmlns="http://sed-ml.org/sed-ml/level1/version{version}" level="1" version="{version}"
  xmlns:sbml="http://www.sbml.org/sbml/level3/version2/core">
<listOfModels><model id="m" language="urn:sedml:language:sbml" source="{source}">
<listOfChanges>{changes}</listOfChanges></model>{models}</listOfModels>
<listOfSimulations>{course}</listOfSimulations>
<listOfTasks>{tasks}</listOfTasks>
<listOfDataGenerators>{own}{generators}</listOfDataGenerators>
<listOfOutputs>
<report id="report" name="a report"><listOfDataSets>{sets}</listOfDataSets></report>
<plot2D id="plot"><listOfCurves>
<curve id="c" logX="false" logY="false" xDataReference="g_time" yDataReference="g_A"/></listOfCurves></plot2D>
{outputs}
</listOfOutputs>
</sedML>
"""


def manifest(*lines: tuple[str, str, bool]) -> str:
    """A manifest of (location, tail of the format, master)."""
    base = "http://identifiers.org/combine.specifications"
    contents = "".join(
        f'<content location="{location}" format="{base}/{kind}" master="{str(master).lower()}"/>'
        for location, kind, master in ((".", "omex", False), *lines)
    )
    return f'<omexManifest xmlns="{base}/omex-manifest">{contents}</omexManifest>'


MANIFEST = manifest(("./model.xml", "sbml.level-3.version-1", False), ("./run.sedml", "sed-ml", True))


def archive(files: Mapping[str, str | bytes] | None = None, extra: Sequence[zipfile.ZipInfo] = ()) -> bytes:
    """The bytes of an archive: the decay, changed by `files`; extra: further entries of four bytes."""
    entries: dict[str, str | bytes] = {"manifest.xml": MANIFEST, "model.xml": MODEL, "run.sedml": sedml()}
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in {**entries, **(files or {})}.items():
            target.writestr(name, data)
        for info in extra:
            target.writestr(info, b"evil")
    return stream.getvalue()
