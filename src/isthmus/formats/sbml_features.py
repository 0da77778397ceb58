"""What a file uses and isthmus does not handle: found before anything is read, refused in one message."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.algebra.mathml import MATH
from isthmus.errors import UnsupportedFeature, Where
from isthmus.formats.imported import Loss
from isthmus.formats.sbml_file import SbmlFile, describe, unkept_annotations
from isthmus.formats.sbml_formulas import has_formula
from isthmus.formats.unique_ids import LAW
from isthmus.formats.xml_tree import child, items, local_name, namespace

_MOST_NAMED: Final = 8
# The mathematics of this package is part of Level 3 Version 2, so nothing is needed to support it.
_EXTENDED_MATH: Final = "l3v2extendedmath"


@dataclass(frozen=True, slots=True)
class Feature:
    """One use of something that is not handled."""

    code: str
    what: str
    where: Where


def refuse_unsupported(file: SbmlFile) -> None:
    """Raise one `UnsupportedFeature` that names every feature found and where."""
    found = list(_features(file))
    if not found:
        return
    kinds = list(dict.fromkeys(feature.what for feature in found))
    named = [
        f"{what} ({_places([feature.where for feature in found if feature.what == what])})" for what in kinds
    ]
    text = f"not supported: {'; '.join(named)}"
    advice = "give a model of reactions and rules without it"
    raise UnsupportedFeature(found[0].code, text, advice=advice, where=found[0].where)


def _places(places: list[Where]) -> str:
    texts = [
        f"line {where.line} {where.object}" if where.line else where.object for where in places[:_MOST_NAMED]
    ]
    more = [f"{len(places) - _MOST_NAMED} more"] if len(places) > _MOST_NAMED else []
    return ", ".join([*dict.fromkeys(texts), *more])


def _features(file: SbmlFile) -> Iterator[Feature]:
    for prefix, needed in _packages(file):
        if needed and _EXTENDED_MATH not in prefix:
            yield Feature(
                "E-PACKAGE", f"required package '{_package_name(prefix)}'", file.where(file.document.root)
            )
    yield from _without_formula(file)


def _without_formula(file: SbmlFile) -> Iterator[Feature]:
    """Reactions without a kinetic law whose rate something needs."""
    still = {
        species.get("id", "")
        for species in items(file.model, "listOfSpecies")
        if file.truth(species, "boundaryCondition", False) or file.truth(species, "constant", False)
    }
    for reaction in file.reactions:
        if reaction.law is not None and has_formula(reaction.law):
            continue
        changed = [part.get("species") for side in reaction.sides for part in side]
        if reaction.id in file.named or any(species not in still for species in changed):
            yield Feature("E-NO-KINETIC-LAW", "reactions without a kinetic law", file.where(reaction.element))


def _packages(file: SbmlFile) -> list[tuple[str, bool]]:
    """(namespace, required) of every package that the root element declares."""
    root = file.document.root
    found = []
    for key, value in root.attrib.items():
        if key.startswith("{") and key.endswith("}required"):
            found.append((key[1:].removesuffix("}required"), value.strip() in ("true", "1")))
    return found


def _package_name(uri: str) -> str:
    """`comp` from …/level3/version1/comp/version1."""
    parts = uri.rstrip("/").split("/")
    return parts[-2] if len(parts) > 1 and parts[-1].startswith("version") else uri


def optional_packages(file: SbmlFile) -> Iterator[Element]:
    """The elements of packages that a reader may ignore, in the order of the file."""
    optional = {uri for uri, required in _packages(file) if not required}
    elements = file.document.root.iter() if optional else ()
    return (element for element in elements if namespace(element) in optional)


def losses_of(file: SbmlFile) -> Iterator[Loss]:
    """Content that the model does not keep because no trajectory depends on it."""
    for uri, required in _packages(file):
        if not required:
            yield Loss(file.file or "model", f"the package '{_package_name(uri)}' is not kept")
    for name, what in (
        ("listOfConstraints", "is not checked"),
        ("listOfCompartmentTypes", "is not kept"),
        ("listOfSpeciesTypes", "is not kept"),
    ):
        for element in items(file.model, name):
            yield Loss(describe(element), what)
    functions = [
        function
        for function in items(file.model, "listOfFunctionDefinitions")
        if not function.get("id", "").startswith(LAW)
    ]
    if functions:
        names = ", ".join(function.get("id", "") for function in functions[:_MOST_NAMED])
        more = ", …" if len(functions) > _MOST_NAMED else ""
        yield Loss("function definitions", f"{names}{more} are written out where they are called")
    for name in ("listOfInitialAssignments", "listOfRules"):
        for element in items(file.model, name):
            if not has_formula(element):
                yield Loss(describe(element), "it has no formula and does nothing")
    yield from _lost_attributes(file)


def _lost_attributes(file: SbmlFile) -> Iterator[Loss]:
    with_units = sum(any(key.endswith("}units") for key in cn.attrib) for cn in file.model.iter(MATH + "cn"))
    if with_units:
        yield Loss("formulas", f"the units written at {with_units} numbers are not kept")
    for compartment in items(file.model, "listOfCompartments"):
        if "outside" in compartment.attrib:
            yield Loss(describe(compartment), f"outside={compartment.attrib['outside']!r} is not kept")
    for species in items(file.model, "listOfSpecies"):
        for key in ("charge", "spatialSizeUnits"):
            if key in species.attrib:
                yield Loss(describe(species), f"{key}={species.attrib[key]!r} is not kept")
    if file.is_annotated:
        yield from _lost_annotations(file)


def _lost_annotations(file: SbmlFile) -> Iterator[Loss]:
    # Most elements are leaves of formulas.
    bearers = [element for element in file.model.iter() if len(element)]
    annotated = sum(
        child(element, "annotation") is not None or child(element, "notes") is not None
        for element in bearers
        if local_name(element) in ("functionDefinition", "kineticLaw", "speciesReference")
    )
    if annotated:
        yield Loss(
            "annotations",
            f"those of {annotated} functions, kinetic laws or species references are not kept",
        )
    for element in bearers:
        annotation = child(element, "annotation")
        unkept = [] if annotation is None else unkept_annotations(annotation)
        if unkept:
            names = ", ".join(dict.fromkeys(local_name(part) for part in unkept[:_MOST_NAMED]))
            yield Loss(
                describe(element), f"annotation elements that Level 3 does not allow are not kept: {names}"
            )
