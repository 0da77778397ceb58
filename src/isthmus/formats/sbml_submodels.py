"""Models made of submodels (package comp): written out as one flat model before anything else is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final
from xml.etree.ElementTree import Element

from isthmus.errors import ModelError, UnsupportedFeature
from isthmus.formats.sbml_file import SbmlFile, describe

COMP: Final = "http://www.sbml.org/sbml/level3/version1/comp/version1"
# Measured with libSBML 5.21: it takes 50 to 70 kB for each submodel, and a time that grows with the square of
# what stands side by side. At these limits it takes some 5 s and 300 MB.
MOST_SUBMODELS: Final = 2_500
MOST_WRITTEN_OUT: Final = 30_000
_OPTIONS: Final = (
    ("flatten comp", True),
    ("performValidation", False),
    ("leavePorts", False),
    ("listModelDefinitions", False),
    ("abortIfUnflattenable", "requiredOnly"),
    ("stripUnflattenablePackages", True),
)


def has_submodels(file: SbmlFile) -> bool:
    """Whether the file declares the package as one that it cannot be understood without."""
    return file.document.root.get(f"{{{COMP}}}required", "").strip() in ("true", "1")


def flat_text(file: SbmlFile, text: str) -> str:
    """The SBML text with every submodel written out, by libSBML.

    Refused are models in other files, which no reader follows, and what would grow out of bounds.
    """
    import libsbml

    _refuse_external(file)
    _refuse_growth(file)
    properties = libsbml.ConversionProperties()
    for name, value in _OPTIONS:
        properties.addOption(name, value)
    document = libsbml.readSBMLFromString(text)
    if document.convert(properties) != libsbml.LIBSBML_OPERATION_SUCCESS:
        raise ModelError(
            "E-PACKAGE",
            f"submodels that cannot be written out as one model{_reason(document)}",
            advice="flatten the model with the tool that wrote it",
            where=file.where(file.document.root),
        )
    return str(libsbml.writeSBMLToString(document))


def _reason(document: Any) -> str:
    import libsbml

    errors = [document.getError(i) for i in range(document.getNumErrors())]
    serious = [error for error in errors if error.getSeverity() >= libsbml.LIBSBML_SEV_ERROR]
    return ": " + " ".join(str(serious[0].getMessage()).split())[:300] if serious else ""


def _refuse_external(file: SbmlFile) -> None:
    for element in file.document.root.iter(f"{{{COMP}}}externalModelDefinition"):
        raise UnsupportedFeature(
            "E-IMPORT",
            f"a model in another file ({element.get(f'{{{COMP}}}source', '')[:80]!r})",
            needed="everything in one file",
            advice="put the imported models into this file",
            where=file.where(element, describe(element)),
        )


def _refuse_growth(file: SbmlFile) -> None:
    """Raise `ModelError` where the flat model would be made of too many submodels or elements."""
    definitions = {
        element.get("id", ""): element for element in file.document.root.iter(f"{{{COMP}}}modelDefinition")
    }
    sizes: dict[str, tuple[int, int]] = {}
    open_models: list[str] = []

    def size(name: str, model: Element) -> tuple[int, int]:
        """(the submodels in it, its elements), all written out."""
        if name in open_models:
            cycle = " → ".join([*open_models, name])
            raise ModelError("E-CYCLE", f"submodels of themselves: {cycle}", where=file.where(model))
        if name not in sizes:
            open_models.append(name)
            inner = [size(part, definitions[part]) for part in _submodels(model) if part in definitions]
            open_models.pop()
            submodels = sum(1 + count for count, _ in inner)
            sizes[name] = submodels, sum(1 for _ in model.iter()) + sum(elements for _, elements in inner)
        return sizes[name]

    submodels, elements = size("", file.model)
    if submodels > MOST_SUBMODELS:
        raise _too_large(file, f"{submodels:,} submodels", f"at most {MOST_SUBMODELS:,}")
    if submodels and elements > MOST_WRITTEN_OUT:
        raise _too_large(file, f"submodels of {elements:,} elements", f"at most {MOST_WRITTEN_OUT:,}")


def _too_large(file: SbmlFile, found: str, needed: str) -> ModelError:
    return ModelError(
        "E-TOO-LARGE",
        f"{found} when written out as one model",
        needed=needed,
        advice="flatten the model with the tool that wrote it",
        where=file.where(file.model),
    )


def _submodels(model: Element) -> Iterator[str]:
    for element in model.iter(f"{{{COMP}}}submodel"):
        yield element.get(f"{{{COMP}}}modelRef", "")
