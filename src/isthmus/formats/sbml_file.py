"""One SBML file under the reader's eye: its tree, its level, and where things are."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Final
from xml.etree.ElementTree import Element

from isthmus.algebra.mathml import MATH
from isthmus.errors import ModelError, Where
from isthmus.formats.sbml_reaction import ReactionElement, reaction_elements
from isthmus.formats.xml_tree import Document, child, local_name, namespace
from isthmus.model.annotation import Annotation

NAMESPACE: Final = "https://isthmus.readthedocs.io/ns/1"
OWN: Final = "{" + NAMESPACE + "}"
MARK: Final = OWN + "kept"
_CI: Final = MATH + "ci"
_SPECIAL: Final = {"INF": math.inf, "+INF": math.inf, "-INF": -math.inf, "NaN": math.nan}
_ANNOTATED: Final = frozenset({"metaid", "sboTerm"})
_NO_ANNOTATION: Final = Annotation()
_PLAIN: Final = re.compile(r"\d{1,9}(\.\d{1,9})?\Z", re.ASCII)
_BLANK_IN_NAMESPACE: Final = re.compile(rb"""\sxmlns(?::[\w.-]+)?\s*=\s*(?:"[^"\s]*+\s|'[^'\s]*+\s)""")
_TRUTH: Final = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True)
class SbmlFile:
    """The parsed document; `file` is its name for messages.

    places: by id, where the text was converted from another; None where the tree's own places are the file's.
    """

    file: str
    document: Document
    level: int
    version: int
    places: dict[str, tuple[int, int]] | None = None

    @cached_property
    def model(self) -> Element:
        """The `model` element."""
        found = child(self.document.root, "model")
        if found is None:
            where = self.where(self.document.root)
            raise ModelError("E-NO-MODEL", "SBML without a <model>", needed="a <model> in it", where=where)
        return found

    @cached_property
    def reactions(self) -> list[ReactionElement]:
        """The reactions in order."""
        return reaction_elements(self.model)

    @cached_property
    def named(self) -> set[str]:
        """Every name in a formula, that of a function and the argument of rateOf() among them."""
        # What rateOf() has been turned into names its quantity behind a colon.
        return {(ci.text or "").strip().rpartition(":")[2] for ci in self.model.iter(_CI)}

    @cached_property
    def is_annotated(self) -> bool:
        """Whether anything may have notes or an annotation: the words are in the file."""
        return any(name in self.document.data for name in (b"annotation", b"notes"))

    @cached_property
    def has_blank_in_namespace(self) -> bool:
        """Whether some XML namespace has a blank in it: a malformed document to libSBML, not to others."""
        return _BLANK_IN_NAMESPACE.search(self.document.data) is not None

    def where(self, element: Element, label: str = "") -> Where:
        """The place of an element in the file, with the object it belongs to."""
        if self.places is None:
            line, column = self.document.places.position(element)
        else:
            line, column = self.places.get(element.get("id", ""), (0, 0))
        return Where(self.file, line, column, label or describe(element))

    def double(self, element: Element, attribute: str) -> float | None:
        """An attribute of type double, None where it is absent."""
        text = element.get(attribute)
        if text is None:
            return None
        text = text.strip()
        if text in _SPECIAL:
            return _SPECIAL[text]
        value = _parsed(text)
        if value is None or math.isinf(value):
            why = "is no number" if value is None else "is beyond the range of doubles"
            found = f"{attribute}={text[:60]!r}, which {why}"
            raise ModelError("E-NUMBER", found, needed="a double", where=self.where(element))
        return value

    def exact(self, element: Element, attribute: str) -> Fraction | None:
        """An attribute of type double as the exact decimal it is written as; only finite ones."""
        text = element.get(attribute)
        if text is None:
            return None
        if _PLAIN.match(text):
            return _decimal(text)
        value = self.double(element, attribute)
        assert value is not None
        if not math.isfinite(value) or abs(value) > 1e300 or 0 < abs(value) < 1e-300:
            found = f"{attribute}={element.get(attribute)!r}"
            raise ModelError(
                "E-NUMBER", found, needed="a finite number of ordinary size", where=self.where(element)
            )
        return _decimal(text.strip())

    def truth(self, element: Element, attribute: str, default: bool) -> bool:
        """An attribute of type boolean."""
        text = element.get(attribute)
        if text is None:
            return default
        if text.strip() not in _TRUTH:
            raise ModelError(
                "E-BOOLEAN", f"{attribute}={text[:60]!r}", needed="true or false", where=self.where(element)
            )
        return _TRUTH[text.strip()]

    def annotation(self, element: Element) -> Annotation:
        """metaid, SBO term, notes and annotation as written, without isthmus' own mark."""
        if not (self.is_annotated or _ANNOTATED & element.attrib.keys()):
            return _NO_ANNOTATION
        notes, annotation = child(element, "notes"), child(element, "annotation")
        if notes is None and annotation is None and not _ANNOTATED & element.attrib.keys():
            return _NO_ANNOTATION
        left_out = [] if annotation is None else [*annotation.findall(MARK), *unkept_annotations(annotation)]
        return Annotation(
            metaid=element.get("metaid", ""),
            sbo=element.get("sboTerm", ""),
            notes="" if notes is None else self.document.verbatim(notes, "notes"),
            xml="" if annotation is None else self.document.verbatim(annotation, "annotation", left_out),
        )


def unkept_annotations(annotation: Element) -> list[Element]:
    """The parts of an annotation that Level 3 forbids: with no namespace, SBML's, or one seen before."""
    seen: set[str] = set()
    unkept: list[Element] = []
    for part in annotation:
        uri = namespace(part)
        if uri in seen or uri == "" or uri == namespace(annotation):
            unkept.append(part)
        seen.add(uri)
    return unkept


def is_plain_annotation(annotation: Element) -> bool:
    """Whether an annotation breaks no rule: parts of namespaces of their own that are none of SBML's."""
    texts = [annotation.text, *(part.tail for part in annotation)]
    return not (
        annotation.attrib
        or unkept_annotations(annotation)
        or any(text and text.strip() for text in texts)
        or any("/sbml/" in namespace(part) for part in annotation)
    )


def mark_of(element: Element) -> Element | None:
    """What isthmus has noted in the element's annotation, if it has."""
    annotation = child(element, "annotation")
    return None if annotation is None else annotation.find(MARK)


def describe(element: Element) -> str:
    """What a person calls the element: its tag and id, or what it is about."""
    tag = local_name(element)
    for key in ("id", "variable", "symbol", "species"):
        if key in element.attrib:
            return f"{tag} '{element.attrib[key]}'"
    return tag if namespace(element) else ""


@lru_cache(maxsize=256)
def _decimal(text: str) -> Fraction:
    return Fraction(text)


def _parsed(text: str) -> float | None:
    # Python also takes "1_000" and "infinity", which SBML does not.
    if not text or "_" in text or text.strip("+-").lower().startswith(("i", "n")):
        return None
    try:
        return float(text)
    except ValueError:
        return None
