"""SBML Level 1 to Level 3 Version 2 core → Model, with everything resolved that is left to the reader."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from isthmus.errors import ModelError, Where
from isthmus.formats.imported import Imported, Loss
from isthmus.formats.sbml_algebraic import determined
from isthmus.formats.sbml_completeness import refuse_incomplete
from isthmus.formats.sbml_events import Events, refuse_wrong_targets
from isthmus.formats.sbml_features import losses_of, optional_packages, refuse_unsupported
from isthmus.formats.sbml_file import OWN, SbmlFile
from isthmus.formats.sbml_formulas import Formulas, ordered, read_initial_assignments, read_rules
from isthmus.formats.sbml_plain import plain_reactions
from isthmus.formats.sbml_quantities import Quantities
from isthmus.formats.sbml_rate_of import mark_rates, without_rates
from isthmus.formats.sbml_reactions import Reactions
from isthmus.formats.sbml_size import is_modest, refuse_huge_formulas
from isthmus.formats.sbml_stoichiometry import Stoichiometries
from isthmus.formats.sbml_submodels import flat_text, has_submodels
from isthmus.formats.sbml_units import Units
from isthmus.formats.sbml_validity import Validity, errors_in, level_two, needless_annotations
from isthmus.formats.xml_scan import scan_document
from isthmus.formats.xml_tree import Document, items, namespace, parse_document
from isthmus.model.model import Model

_CORE: Final = "http://www.sbml.org/sbml/level"
_KNOWN: Final = {(1, 1), (1, 2), *((2, version) for version in range(1, 6)), (3, 1), (3, 2)}


def read_sbml(data: bytes, file: str = "", located: bool = True) -> Imported:
    """The model in an SBML file and what of the file it does not keep.

    located: whether line numbers mean something to the user (not when the SBML was made from other text).
    Raises `ModelError` for what is not a model and `UnsupportedFeature` for what isthmus does not handle.
    """
    sbml = _open(_scanned(data, file), file, None if located else {})
    if sbml.level == 1:
        text = level_two(data.decode("utf-8-sig"), file)
        sbml = _open(
            parse_document(text.encode(), file),
            file,
            _places_by(sbml.document, "name") if located else {},
        )
    losses: list[Loss] = []
    if has_submodels(sbml):
        sbml = _flat(sbml, data, located)
        losses.append(Loss(file or "model", "its submodels are written out as one model"))
    refuse_unsupported(sbml)
    refuse_huge_formulas(sbml)
    mark_rates(sbml)
    core = _to_check(sbml)
    validity = Validity(core, file, located and sbml.places is None)
    try:
        validity.refuse_unreadable()
    except ModelError as error:
        if sbml.has_blank_in_namespace:
            needed = "XML namespaces without blanks"
            raise ModelError(error.code, error.found, needed=needed, where=error.where) from None
        raise
    with validity.explaining():
        units = Units(sbml)
        losses += losses_of(sbml)
        model = _model(sbml, units, losses)
        refuse_incomplete(sbml, model)
        refuse_wrong_targets(sbml, model)
        validity.refuse_inconsistent(is_modest(sbml))
    return Imported(model, (*losses, *units.losses))


def _to_check(sbml: SbmlFile) -> str:
    """The text without what libSBML need not see; every other line keeps its number."""
    unseen = list(optional_packages(sbml))
    if not sbml.has_blank_in_namespace:
        unseen += needless_annotations(sbml.document.root) if sbml.is_annotated else ()
        unseen += plain_reactions(sbml)
    in_order = sorted(set(unseen), key=sbml.document.places.start)
    return sbml.document.without(in_order).decode("utf-8-sig")


def check_sbml(data: bytes) -> list[str]:
    """The errors that libSBML finds in an SBML text; none for a valid one."""
    return errors_in(data.decode("utf-8-sig"), is_modest(_open(_scanned(data), "", None)))


def _scanned(data: bytes, file: str = "") -> Document:
    return scan_document(data, file, transparent=OWN)


def _open(document: Document, file: str, places: dict[str, tuple[int, int]] | None) -> SbmlFile:
    root = document.root
    level, version = root.get("level", ""), root.get("version", "")
    known = level.isdigit() and version.isdigit() and (int(level), int(version)) in _KNOWN
    if not known or not namespace(root).startswith(_CORE):
        found = f"SBML Level {level or '?'} Version {version or '?'} in the namespace {namespace(root)!r}"
        raise ModelError(
            "E-SBML",
            found,
            needed="SBML Level 1 to Level 3 Version 2",
            where=Where(file, *document.places.position(root)),
        )
    return SbmlFile(file, document, int(level), int(version), places)


def _flat(sbml: SbmlFile, data: bytes, located: bool) -> SbmlFile:
    """The file with its submodels written out; what keeps its id keeps its place."""
    Validity(data.decode("utf-8-sig"), sbml.file, located).refuse_malformed()
    core = sbml.document.without(optional_packages(sbml)).decode("utf-8-sig")
    flat = flat_text(sbml, core).encode()
    return _open(_scanned(flat, sbml.file), sbml.file, _places_by(sbml.document, "id") if located else {})


def _places_by(document: Document, key: str) -> dict[str, tuple[int, int]]:
    """Places by an attribute; in Level 1 the name is the id."""
    named = (element for element in document.root.iter() if key in element.attrib)
    return {element.attrib[key]: document.places.position(element) for element in named}


def _model(file: SbmlFile, units: Units, losses: list[Loss]) -> Model:
    formulas = Formulas(file)
    taken = _taken(file)
    stoichiometries = Stoichiometries(file, formulas, taken)
    initial = read_initial_assignments(file, formulas, stoichiometries.numbers)
    assignments, rates, constraints, algebraic = read_rules(file, formulas)
    assignments += stoichiometries.rules
    computed = {rule.variable for rule in initial} | {rule.variable for rule in assignments}
    quantities = Quantities(file, units, computed)
    compartments = quantities.compartments()
    reactions = Reactions(file, formulas, quantities, taken)
    read = reactions.read(stoichiometries)
    events = Events(file, formulas, taken)
    element = file.model
    model = Model(
        id=element.get("id", "") or "model",
        compartments=tuple(compartments),
        species=tuple(quantities.species(compartments)),
        parameters=(*quantities.parameters(), *stoichiometries.parameters, *reactions.locals),
        reactions=read,
        rates=tuple(rates),
        initial_assignments=tuple(initial),
        constraints=tuple(constraints),
        events=events.read(),
        name=element.get("name", ""),
        annotation=file.annotation(element),
        source=file.file,
    )
    losses.extend((*reactions.losses, *events.losses))
    model = without_rates(file, determined(file, replace(model, assignments=tuple(assignments)), algebraic))
    laws = {reaction.id: reaction.rate for reaction in model.reactions}
    declared = units.of_model(element)
    # The definitions come last: naming a built-in unit may have added one.
    return replace(
        model,
        assignments=ordered(file, model.assignments, laws),
        units=declared,
        unit_definitions=tuple(units.definitions),
    )


def _taken(file: SbmlFile) -> set[str]:
    """Every id of the model but those of local parameters."""
    lists = ("FunctionDefinitions", "Compartments", "Species", "Parameters", "Reactions", "Events")
    taken = {element.get("id", "") for name in lists for element in items(file.model, f"listOf{name}")}
    return taken | {
        part.get("id", "") for reaction in file.reactions for side in reaction.sides for part in side
    }
